"""The mail catcher: a real SMTP conversation, then the page."""

import datetime as dt
import json
import smtplib
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from portfolio.tools.onemachine.machine import _listens
from portfolio.tools.onemachine.mailbox.store import MailStore
from portfolio.tools.onemachine.mailbox.web import MailboxServer
from portfolio.tools.onemachine.supervisor import Service, Supervisor

pytestmark = pytest.mark.long

HOSTILE = "<script>alert(1)</script>"


def reminder(subject: str = "【提醒】林南平房区安置房 还有 7 天") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "ducha@baotou.example", "a@baotou.example", subject
    mail.set_content(f"请看 https://ducha.example/p/1?a=1&b=2 {HOSTILE}")
    mail.add_alternative(f"<html><head></head><body>{HOSTILE}<b>林南</b></body></html>", "html")
    mail.add_attachment("一,二", filename="表.csv")
    return mail


@pytest.fixture
def page(tmp_path: Path) -> Iterator[tuple[MailStore, str]]:
    """A store with its page."""
    store = MailStore(tmp_path, dt.timedelta(days=-400))
    server = MailboxServer(("127.0.0.1", 0), store)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield store, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=5) as answer:
        return answer.read().decode()


def test_a_mail_sent_by_smtp_is_on_the_page_and_survives_a_restart(var_dir: Path, free_port: int):
    service = Service(
        name="mailbox",
        label="邮箱",
        command=(
            *(sys.executable, "-m", "portfolio.tools.onemachine.mailbox", str(var_dir)),
            *("--page-port", str(free_port), "--smtp-port", str(free_port + 1)),
        ),
        folder=Path(__file__).parents[2],
        ready=lambda: all(_listens("127.0.0.1", free_port + step) for step in (0, 1)),
    )
    supervisor = Supervisor(var_dir, var_dir / "processes.json", say=lambda line: None)
    try:
        supervisor.start(service)
        with smtplib.SMTP("127.0.0.1", free_port + 1, timeout=5) as client:
            recipients = ["a@baotou.example", "hidden@baotou.example"]
            assert client.send_message(reminder(), to_addrs=recipients) == {}
        supervisor.stop_all()
        supervisor.start(service)
        address = f"http://127.0.0.1:{free_port}"
        (mail,) = json.loads(read(f"{address}/mails.json"))
        assert mail["to"] == recipients, "a hidden copy's recipient is seen here"
        assert mail["subject"] == "【提醒】林南平房区安置房 还有 7 天"
        assert "【提醒】林南平房区安置房 还有 7 天" in read(address)
        assert list(var_dir.glob("*.eml"))
    finally:
        supervisor.stop_all()


def test_the_list_is_newest_first_and_can_be_narrowed_to_a_recipient(page):
    store, address = page
    store.keep(reminder("第一封").as_bytes(), ["a@baotou.example"])
    store.keep(reminder("第二封").as_bytes(), ["b@baotou.example"])
    html = read(address)
    assert html.index("第二封") < html.index("第一封")
    assert "第二封" not in read(f"{address}/?to=a@baotou.example")
    mails = json.loads(read(f"{address}/mails.json?to=b@baotou.example"))
    assert [mail["subject"] for mail in mails] == ["第二封"]


def test_times_are_the_demo_clocks(page):
    store, address = page
    store.keep(reminder().as_bytes(), ["a@baotou.example"])
    (mail,) = json.loads(read(f"{address}/mails.json"))
    received = dt.datetime.fromisoformat(mail["received"])
    shown = dt.datetime.now(dt.UTC) - dt.timedelta(days=400)
    assert abs(shown - received) < dt.timedelta(minutes=1)


def test_nothing_in_a_mail_reaches_the_page_unescaped(page):
    store, address = page
    mail = reminder(HOSTILE)
    del mail["To"]
    mail["To"], mail["X-Odd"] = f'"{HOSTILE}" <a@baotou.example>', HOSTILE
    key = store.keep(mail.as_bytes(), [f"{HOSTILE}@x"])
    for shown in (read(address), read(f"{address}/mails/{key}")):
        assert HOSTILE not in shown
        assert "&lt;script&gt;" in shown
    assert "href='https://ducha.example/p/1?a=1&amp;b=2'" in shown


def test_the_html_part_lies_in_a_frame_that_can_run_nothing(page):
    store, address = page
    key = store.keep(reminder().as_bytes(), ["a@baotou.example"])
    assert "<iframe sandbox='allow-popups allow-popups-to-escape-sandbox'" in read(
        f"{address}/mails/{key}"
    )
    with urllib.request.urlopen(f"{address}/mails/{key}/html") as answer:
        policy = answer.headers["Content-Security-Policy"]
        html = answer.read().decode()
    assert policy.startswith("sandbox ")
    assert "script" not in policy
    assert "default-src 'none'" in policy
    assert "<head><base target='_blank'></head>" in html, "a link opens in its own tab"


def test_an_attachment_is_only_ever_downloaded(page):
    store, address = page
    key = store.keep(reminder().as_bytes(), ["a@baotou.example"])
    with urllib.request.urlopen(f"{address}/mails/{key}/attachments/0") as answer:
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.read().decode().strip() == "一,二"


def test_a_mail_that_is_no_mail_is_shown_all_the_same(page):
    store, address = page
    key = store.keep(b"\xff\xfe\x00 Subject=\r\n\r\n\xff", ["a@baotou.example"])
    assert key in read(address)
    assert "邮件头" in read(f"{address}/mails/{key}")


@pytest.mark.parametrize("path", ["/mails/../secret_key", "/mails/0000000000000000-00000000", "/x"])
def test_an_address_that_is_no_mail_answers_404(page, path: str):
    with pytest.raises(urllib.error.HTTPError, match="404"):
        read(page[1] + path)

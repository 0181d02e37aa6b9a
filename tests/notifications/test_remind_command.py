import datetime as dt
import io
import subprocess
import sys
from collections import Counter

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from notifications.outbox.models import Message, Reminder
from tests.factories import MembershipFactory, MilestoneFactory, ProjectFactory
from tests.notifications.conftest import free_port

pytestmark = pytest.mark.django_db(transaction=True)


def start(env: dict[str, str], *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "manage.py", "remind", *arguments],
        cwd=settings.BASE_DIR,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def remind(env: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    process = start(env, *arguments)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def said(*arguments: str) -> list[str]:
    """Runs the command in this process; returns its lines."""
    out = io.StringIO()
    call_command("remind", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.long
def test_a_day_is_run_by_hand_and_a_second_time_sends_nothing(linnan, environment, smtp):
    code, out, err = remind(environment(), "--on", "2025-09-23")
    assert (code, err) == (0, "")
    assert "wang@city.example: 1 条提醒, 已发送" in out.splitlines()
    assert len(out.splitlines()) == len(smtp.accepted) == 3
    assert smtp.accepted[0]["Message-ID"].endswith("@ducha.example>")

    code, out, err = remind(environment())  # the environment's day is the same one
    assert (code, err) == (0, "")
    assert "wang@city.example: 1 条提醒, 此前已发送" in out.splitlines()
    assert len(smtp.accepted) == 3
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}


def test_the_history_says_that_it_went_by_the_command(linnan, mail_by_smtp):
    said("--on", "2025-09-23")
    message = Message.objects.first()
    for event in message.events.all():
        assert event.pgh_context["door"] == "command"


@pytest.mark.long
def test_two_at_once_send_each_mail_once(environment, smtp):
    for _ in range(10):
        member = MembershipFactory()
        MilestoneFactory.create_batch(3, project=ProjectFactory(lead_department=member.department))
    running = [start(environment(), "--on", "2025-09-23") for _ in range(2)]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
    assert len(smtp.recipients) == 10
    assert set(Counter(smtp.recipients).values()) == {1}
    assert Reminder.objects.filter(state="sent").count() == 30


def test_an_unreachable_mail_server_is_one_line_and_the_mail_stays_queued(
    linnan, mail_by_smtp, settings
):
    settings.EMAIL_PORT, working_port = free_port(), settings.EMAIL_PORT
    with pytest.raises(CommandError) as refused:
        said("--on", "2025-09-23")
    assert len(str(refused.value).splitlines()) == 1
    assert "邮件服务器" in str(refused.value)
    assert "EMAIL_URL" in str(refused.value)

    settings.EMAIL_PORT = working_port
    said("--on", "2025-09-23")
    assert len(mail_by_smtp.accepted) == 3


@pytest.mark.long
def test_a_bad_date_is_said_in_one_line(environment):
    code, out, err = remind(environment(), "--on", "2025-02-30")
    assert code == 2
    assert out == ""
    assert len(err.splitlines()) == 1
    assert "2025-02-30" in err


@pytest.mark.parametrize("text", ["2025-02-30", "23.9.2025", "20250923", "0001-01-01", "明天"])
def test_what_is_no_date_is_refused_with_the_way_to_write_one(text):
    with pytest.raises(CommandError, match="YYYY-MM-DD") as refused:
        call_command("remind", on=text)
    assert text in str(refused.value)


def test_a_refused_recipient_is_said_and_the_others_are_sent(linnan, mail_by_smtp):
    mail_by_smtp.refuse_recipients = "550 5.1.1 no such mailbox"
    lines = said("--on", "2025-09-23")
    assert "wang@city.example: 1 条提醒, 被拒收 (550 5.1.1 no such mailbox)" in lines


def test_a_day_without_deadlines_says_so(mail_by_smtp):
    assert said("--on", "2025-03-03") == ["2025-03-03 没有要提醒的事项。"]


def test_what_comes_after_the_mail_is_announced_for_the_next_day(linnan, mail_by_smtp):
    said("--on", "2025-09-23")
    MilestoneFactory(project=linnan.project, due_on=dt.date(2025, 9, 30), name="通过验收")
    [announced] = [line for line in said("--on", "2025-09-23") if "新增" in line]
    assert "新增的 3 条提醒并入下一工作日的邮件" in announced

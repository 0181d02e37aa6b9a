"""The mails of subscribed reports, over a real mail server."""

import datetime as dt
import io
from email.message import EmailMessage

import docx
import openpyxl
import pytest

from notifications.outbox.models import Message
from notifications.outbox.send import message_send
from portfolio.celery import app
from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports import tasks
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.run import export_run_next
from portfolio.reports.exporting.services import exports_expire
from portfolio.reports.subscriptions import mail as report_mail
from portfolio.reports.subscriptions.issues import issues_create, report_messages_create
from portfolio.reports.subscriptions.models import SubscriptionCopy, SubscriptionIssue
from tests import clients, factories
from tests.at_once import at_once
from tests.notifications.conftest import free_port

pytestmark = pytest.mark.django_db

TUESDAY = dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)
MONDAY = dt.datetime(2025, 9, 29, 9, tzinfo=CITY_TIME)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def supervisor():
    return factories.MembershipFactory(role="supervisor", user__name="督查员").user


@pytest.fixture
def reporter():
    """Of a bureau with one problem; another bureau has two."""
    with clock.at(TUESDAY):
        ours, theirs = factories.DepartmentFactory.create_batch(2)
        for bureau, count in ((ours, 1), (theirs, 2)):
            for _ in range(count):
                factories.ProblemFactory(project__lead_department=bureau, kind="land")
        return factories.MembershipFactory(department=ours, user__name="填报员").user


def subscribed(owner, *recipients, **fields):
    with clock.at(TUESDAY):
        return factories.ReportSubscriptionFactory(
            owner=owner, recipients=recipients, **{"report": "problems", **fields}
        )


def send(moment: dt.datetime = MONDAY) -> list[str]:
    """Does what the ticks of a minute or two do; returns what became of the mails."""
    with clock.at(moment):
        make()
        return [each.outcome for each in message_send(limit=100, day=moment.date())]


def make() -> None:
    issues_create(now=clock.now())
    while export_run_next():
        pass
    report_messages_create(now=clock.now())


def to(server, user) -> EmailMessage:
    [found] = [mail for mail in server.accepted if mail["To"] == user.email]
    return found


def text_of(mail: EmailMessage) -> str:
    return mail.get_body(("plain",)).get_content()


def attached(mail: EmailMessage) -> bytes:
    [part] = mail.iter_attachments()
    return part.get_payload(decode=True)


def cells(content: bytes) -> list[tuple]:
    [sheet, *_charts] = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return list(sheet.values)


# What it says ------------------------------------------------------------------------------------
def test_a_report_arrives_with_its_day_its_filters_its_first_rows_and_its_file(
    supervisor,
    reporter,
    mail_by_smtp,
):
    subscribed(supervisor, reporter, parameters="stage=construction,reserve", note="周例会用")
    assert send() == ["sent"]

    mail = to(mail_by_smtp, reporter)
    assert mail["Subject"] == "【督查报表】堵点（2025-09-28）"
    text = text_of(mail)
    for words in (
        "填报员：您好。",
        "督查员为您订阅的《堵点》，数据截至2025年9月28日。",
        "说明：周例会用",
        "阶段：开工在建、谋划储备",
        "problems-2025-09-28.xlsx",
        "文件保留 7 天，至2025年10月6日。",
        f"/go/export/{Export.objects.get().pk}/",
        "不再需要时，请告知订阅人 督查员。",
    ):
        assert words in text, words
    page = mail.get_body(("html",)).get_content()
    assert "用地" in text
    assert "用地" in page
    [part] = mail.iter_attachments()
    assert (part.get_filename(), part.get_content_type()) == ("problems-2025-09-28.xlsx", XLSX)


def test_each_recipient_gets_only_what_they_may_see(
    supervisor,
    reporter,
    mail_by_smtp,
):
    subscribed(supervisor, supervisor, reporter)
    assert send() == ["sent", "sent"]

    for user, raised in ((supervisor, 3), (reporter, 1)):
        mail = to(mail_by_smtp, user)
        headings, row = cells(attached(mail))
        found = dict(zip(headings, row, strict=True))
        assert (found["类别"], found["提出 (个)"]) == ("用地", raised)
        assert f"未交办  用地  {raised}  {raised}  0" in text_of(mail)
    exports = {each.owner: each for each in Export.objects.all()}
    assert set(exports) == {supervisor, reporter}
    path = f"/api/v1/exports/{exports[supervisor].pk}/file/"
    assert clients.signed_in(reporter).get(path).status_code == 404


def test_a_bulletin_arrives_as_a_document(supervisor, mail_by_smtp):
    subscribed(
        supervisor,
        supervisor,
        report="bulletin",
        format="docx",
        parameters="number=包督〔2025〕9号",
    )  # fmt: skip
    assert send() == ["sent"]
    mail = to(mail_by_smtp, supervisor)
    document = docx.Document(io.BytesIO(attached(mail)))
    words = "".join(paragraph.text for paragraph in document.paragraphs)
    assert "包督〔2025〕9号" in words
    assert "您订阅的《督查通报》" in text_of(mail)


def test_a_report_without_rows_says_so(supervisor, mail_by_smtp):
    subscribed(supervisor, supervisor)
    send()
    assert "本期没有数据。" in text_of(to(mail_by_smtp, supervisor))


def test_what_is_too_large_is_fetched_by_the_link(
    supervisor,
    mail_by_smtp,
    monkeypatch,
):
    monkeypatch.setattr(report_mail, "MOST_ATTACHED", 100)
    subscribed(supervisor, supervisor)
    send()
    mail = to(mail_by_smtp, supervisor)
    assert list(mail.iter_attachments()) == []
    assert "较大，请在系统中下载" in text_of(mail)


def test_the_link_of_the_mail_opens_the_file(supervisor, client, mail_by_smtp):
    subscribed(supervisor, supervisor)
    send()
    export, message = Export.objects.get(), Message.objects.get()
    client.force_login(supervisor)
    for path in (f"/go/export/{export.pk}/", f"/go/message/{message.pk}/"):
        page = client.get(path, follow=True)
        assert page.status_code == 200
        assert f"/workbench/exports/{export.pk}/file/" in page.content.decode()


# Once --------------------------------------------------------------------------------------------
def test_ticks_that_run_twice_send_once(supervisor, reporter, mail_by_smtp):
    subscribed(supervisor, supervisor, reporter)
    assert send() == ["sent", "sent"]
    for minutes in (1, 2, 60):
        assert send(MONDAY + dt.timedelta(minutes=minutes)) == []
    assert len(mail_by_smtp.accepted) == 2
    next_week = dt.datetime(2025, 10, 9, 9, tzinfo=CITY_TIME)  # the 6th is a holiday
    assert send(next_week) == ["sent", "sent"]
    assert len(mail_by_smtp.accepted) == 4


@pytest.mark.django_db(transaction=True)
def test_ticks_that_run_at_once_send_once(supervisor, reporter, mail_by_smtp):
    subscribed(supervisor, supervisor, reporter)

    def tick_all() -> None:
        send()

    at_once(*[tick_all] * 4)
    at_once(*[tick_all] * 2)

    assert SubscriptionIssue.objects.count() == 1
    assert Export.objects.count() == SubscriptionCopy.objects.count() == 2
    assert sorted(mail_by_smtp.recipients) == sorted([supervisor.email, reporter.email])
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_the_beats_own_tick_asks_makes_and_tells(
    supervisor,
    mail_by_smtp,
    django_capture_on_commit_callbacks,
):
    subscribed(supervisor, supervisor)
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    try:
        for minute in range(2):
            moment = MONDAY + dt.timedelta(minutes=minute)
            with clock.at(moment), django_capture_on_commit_callbacks(execute=True):
                tasks.tick()
    finally:
        app.conf.update(task_always_eager=False, task_eager_propagates=False)
    message = Message.objects.get()
    assert (message.kind, message.recipient) == ("report", supervisor.email)
    assert message.reference == SubscriptionCopy.objects.get().pk


# When something goes wrong -----------------------------------------------------------------------
def test_who_may_not_see_the_whole_gets_nothing_and_the_owner_is_told(
    supervisor,
    reporter,
    mail_by_smtp,
):
    subscribed(supervisor, supervisor, reporter, report="bulletin", format="docx")
    assert send() == ["sent", "sent"]

    assert mail_by_smtp.recipients == [supervisor.email] * 2
    subjects = sorted(mail["Subject"].strip() for mail in mail_by_smtp.accepted)
    assert subjects == [
        "【督查报表】未能生成：督查通报（2025-09-28）",
        "【督查报表】督查通报（2025-09-28）",
    ]
    [failure] = [mail for mail in mail_by_smtp.accepted if "未能生成" in mail["Subject"]]
    assert "填报员：督查通报据全市数据生成" in text_of(failure)
    assert "有 1 份未能生成" in text_of(failure)


def test_a_failed_export_tells_the_owner_once_when_all_copies_are_at_their_end(
    supervisor,
    reporter,
    mail_by_smtp,
):
    other = factories.UserFactory()
    subscribed(supervisor, reporter, other)
    with clock.at(MONDAY):
        issues_create(now=clock.now())
        first, second = Export.objects.order_by("pk")
        fail(first)
        assert report_messages_create(now=clock.now()) == 0  # one still waits
        fail(second)
        assert report_messages_create(now=clock.now()) == 1
        assert report_messages_create(now=clock.now()) == 0
        message_send(limit=10, day=MONDAY.date())

    [mail] = mail_by_smtp.accepted
    assert mail["To"] == supervisor.email
    assert text_of(mail).count("磁盘空间不足") == 2


def fail(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(state="failed", error="磁盘空间不足")


def test_a_mail_whose_file_has_expired_is_withdrawn(
    supervisor,
    settings,
    mail_by_smtp,
):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    subscribed(supervisor, supervisor)
    assert send() == ["unreachable"]
    settings.EMAIL_PORT = port

    with clock.at(MONDAY + dt.timedelta(days=8)):
        exports_expire(at=clock.now())
        [delivery] = message_send(limit=10, day=clock.today())
    assert delivery.outcome == "nothing_left"
    assert Message.objects.get().state == "withdrawn"
    assert mail_by_smtp.accepted == []


def test_who_has_left_is_told_nothing(supervisor, reporter, mail_by_smtp):
    subscribed(supervisor, reporter)
    with clock.at(MONDAY):
        make()
        reporter.is_active = False
        reporter.save()
        [delivery] = message_send(limit=10, day=MONDAY.date())
    assert delivery.outcome == "nothing_left"
    assert mail_by_smtp.accepted == []


def test_who_has_removed_the_export_is_told_nothing(supervisor, mail_by_smtp):
    subscribed(supervisor, supervisor)
    with clock.at(MONDAY):
        make()
        path = f"/api/v1/exports/{Export.objects.get().pk}/"
        assert clients.signed_in(supervisor).delete(path).status_code == 204
        [delivery] = message_send(limit=10, day=MONDAY.date())
    assert delivery.outcome == "nothing_left"
    assert SubscriptionCopy.objects.get().export is None


def test_writing_the_mails_of_a_batch_takes_the_same_queries_for_many(
    supervisor, django_assert_max_num_queries
):
    people = factories.UserFactory.create_batch(6)
    subscribed(supervisor, *people)
    with clock.at(MONDAY):
        make()
        messages = list(Message.objects.select_related("recipient_user"))
        with django_assert_max_num_queries(1):
            assert len(report_mail.ReportMails().mails(messages)) == 6


def test_who_has_no_address_any_more_is_no_mail(supervisor, reporter, mail_by_smtp):
    subscribed(supervisor, supervisor, reporter)
    with clock.at(MONDAY):
        issues_create(now=clock.now())
        reporter.email = ""
        reporter.save()
        make()
    assert Message.objects.get().recipient_user == supervisor


def test_an_owner_who_has_left_is_told_of_no_failure(supervisor, reporter):
    subscribed(supervisor, reporter)
    with clock.at(MONDAY):
        issues_create(now=clock.now())
        fail(Export.objects.get())
        supervisor.email = ""
        supervisor.save()
        assert report_messages_create(now=clock.now()) == 0


def test_an_owner_is_told_once_also_when_a_reader_removes_what_has_failed(supervisor, reporter):
    subscribed(supervisor, reporter, factories.UserFactory())
    with clock.at(MONDAY):
        issues_create(now=clock.now())
        for export in Export.objects.all():
            fail(export)
        assert report_messages_create(now=clock.now()) == 1
        path = f"/api/v1/exports/{Export.objects.get(owner=reporter).pk}/"
        assert clients.signed_in(reporter).delete(path).status_code == 204
        assert report_messages_create(now=clock.now()) == 0
    assert SubscriptionCopy.objects.get(recipient=reporter).refused == "磁盘空间不足"

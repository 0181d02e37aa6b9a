import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, transaction

from notifications.outbox import mail_kinds
from notifications.outbox.mail import Mail
from notifications.outbox.mail_kinds import MailKind
from notifications.outbox.models import Message, MessageKind, Outcome
from notifications.outbox.plan import reminder_plan
from notifications.outbox.send import message_send
from notifications.outbox.signed_links import acknowledge_address
from notifications.outbox.withdraw import reminders_withdraw
from portfolio.core import clock
from tests.clients import signed_in
from tests.factories import MembershipFactory, MessageFactory, UserFactory
from tests.notifications.conftest import REMINDER_DAY, REMINDER_MORNING

pytestmark = pytest.mark.django_db


class Letter(Mail):
    template = "notifications/acknowledge_unknown"  # any that needs no context

    def __init__(self, number: int) -> None:
        self.number = number

    def subject(self) -> str:
        return f"报表 {self.number}"

    def context(self, *, to, number):
        return {}

    def attachments(self):
        return [("报表.csv", b"a,b\n.1,2\n", "text/csv")]


class Letters(MailKind):
    """Brings everything but what is gone."""

    def __init__(self) -> None:
        self.gone: set[int] = set()
        self.asked: list[int] = []

    def mails(self, messages):
        self.asked.append(len(messages))
        return {
            each.pk: Letter(each.reference) for each in messages if each.reference not in self.gone
        }

    def title(self, message):
        return f"报表 {message.reference}"

    def path(self, message):
        return f"/somewhere/{message.reference}/"


@pytest.fixture
def letters(monkeypatch, settings, tmp_path) -> Iterator[Letters]:
    kind = Letters()
    monkeypatch.setitem(mail_kinds._KINDS, MessageKind.REPORT, kind)
    folder = tmp_path / "notifications"
    folder.mkdir()
    (folder / "acknowledge_unknown.txt").write_text("报表")
    [engine] = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]
    return kind


def report(number: int, *, to=None, day: dt.date = REMINDER_DAY) -> Message:
    return MessageFactory(
        kind=MessageKind.REPORT, reference=number, recipient_user=to or UserFactory(), day=day
    )


def deliver() -> list[str]:
    with clock.at(REMINDER_MORNING):
        return [each.outcome for each in message_send(limit=100, day=REMINDER_DAY)]


def test_a_mail_of_another_kind_is_written_by_its_kind_and_sent_once(letters, mail_by_smtp):
    message = report(7)
    assert deliver() == [Outcome.SENT]
    assert deliver() == []

    [mail] = mail_by_smtp.accepted
    assert mail["Subject"] == "报表 7"
    assert mail["To"] == message.recipient
    [attached] = mail.iter_attachments()
    assert attached.get_filename() == "报表.csv"
    assert attached.get_payload(decode=True) == b"a,b\n.1,2\n"
    message.refresh_from_db()
    assert message.state == "sent"


def test_a_kind_writes_all_mails_of_a_batch_at_once(letters, mail_by_smtp):
    for number in range(3):
        report(number)
    assert deliver() == [Outcome.SENT] * 3
    assert letters.asked == [3]


def test_a_mail_with_nothing_left_to_bring_is_withdrawn(letters, mail_by_smtp):
    message = report(7)
    letters.gone = {7}
    assert deliver() == [Outcome.NOTHING_LEFT]
    message.refresh_from_db()
    assert message.state == "withdrawn"
    assert mail_by_smtp.accepted == []


def test_a_mail_whose_kind_nobody_knows_is_withdrawn(mail_by_smtp, monkeypatch):
    monkeypatch.setattr(mail_kinds, "_KINDS", {})
    report(7)
    assert deliver() == [Outcome.NOTHING_LEFT]


def test_reminders_and_a_report_of_one_day_are_two_mails(letters, linnan, mail_by_smtp):
    officer = linnan.project.officer
    brought = report(7, to=officer)
    reminder_plan(day=REMINDER_DAY)
    reminder_plan(day=REMINDER_DAY)

    assert Message.objects.filter(recipient=officer.email).count() == 2
    assert brought.reminders.count() == 0
    assert sorted(deliver()) == [Outcome.SENT] * 4
    assert mail_by_smtp.recipients.count(officer.email) == 2


def test_reminders_do_not_move_into_or_out_of_a_report(letters, linnan, mail_by_smtp):
    earlier = report(7, to=linnan.project.officer, day=REMINDER_DAY - dt.timedelta(days=1))
    reminder_plan(day=REMINDER_DAY)
    reminders_withdraw()

    earlier.refresh_from_db()
    assert earlier.state == "queued"


def test_what_is_brought_to_a_person_is_one_mail_and_reminders_are_one_a_day(db):
    person = UserFactory()
    report(7, to=person)
    report(8, to=person)
    MessageFactory(recipient_user=person)
    for twice in (lambda: report(7, to=person), lambda: MessageFactory(recipient_user=person)):
        with pytest.raises(IntegrityError), transaction.atomic():
            twice()


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": MessageKind.REPORT, "reference": None},
        {"kind": MessageKind.REMINDERS, "reference": 7},
        {"kind": "news", "reference": 7},
    ],
)
def test_the_database_knows_what_a_kind_refers_to(wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        MessageFactory(**wrong)


def test_the_page_of_a_mail_names_what_it_brought(letters, client):
    message = report(7)
    Message.objects.filter(pk=message.pk).update(state="sent", sent_at=REMINDER_MORNING)
    path = acknowledge_address(message.pk, message.recipient).split("//", 1)[1].split("/", 1)[1]
    with clock.at(REMINDER_MORNING):
        page = client.get(f"/{path}").content.decode()
        pressed = client.post(f"/{path}").content.decode()

    assert "报表 7" in page
    assert "载有" not in page
    assert "已收到" in pressed
    message.refresh_from_db()
    assert message.acknowledged_by == message.recipient_user


def test_the_link_in_a_mail_opens_what_it_brought_for_who_may_see_it(letters, client):
    message = report(7)
    client.force_login(message.recipient_user)
    assert client.get(f"/go/message/{message.pk}/").url == "/somewhere/7/"
    client.force_login(UserFactory())
    assert "/somewhere/" not in client.get(f"/go/message/{message.pk}/").url


def test_the_list_of_mails_says_of_which_kind_they_are():
    supervisor = MembershipFactory(role="supervisor").user
    MessageFactory()
    report(7)
    [found] = signed_in(supervisor).get("/api/v1/messages/?kind=report").json()["results"]
    assert (found["kind"], found["kind_display"], found["reference"]) == (
        "report",
        "订阅的报表",
        7,
    )
    everything = signed_in(supervisor).get("/api/v1/messages/").json()
    assert everything["count"] == 2

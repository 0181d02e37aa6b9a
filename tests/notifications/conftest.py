"""What these tests share: a real mail server, 林南, and the environment of other processes."""

import asyncio
import datetime as dt
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from urllib.parse import urlencode

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from notifications.outbox.models import Message, MessageState, Reminder, ReminderState
from notifications.outbox.plan import planned_moment
from portfolio.core.clock import CITY_TIME
from projects.milestones.models import Milestone
from tests.factories import (
    DepartmentFactory,
    MembershipFactory,
    MilestoneFactory,
    ProjectFactory,
    UserFactory,
)

REMINDER_DAY = dt.date(2025, 9, 23)
REMINDER_MORNING = dt.datetime(2025, 9, 23, 9, 0, 30, tzinfo=CITY_TIME)
# Seconds that a held mail waits before it is given up, so that a failing test ends.
LONGEST_HOLD = 60

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells every word


class MailServer:
    """A mail server that keeps what it accepts, and can refuse, hold, hang or hang up.

    ``answers`` are what it says next at a step (MAIL, RCPT, DATA: before the body; BODY: after
    it), one a mail, then it is well again: "" or a reply; "hang": nothing; "drop": it hangs up;
    BODY "lost": it takes the mail and hangs up without saying so. After 421 it hangs up.
    """

    def __init__(self) -> None:
        self.accepted: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.answers: dict[str, list[str]] = {}
        self.refuse_recipients = ""
        self.refuse_data = ""
        self.holding = threading.Event()
        self.release = threading.Event()
        self.release.set()

    async def answer(self, server, step: str) -> str:
        """Returns the reply, "" for the usual one; hanging or hanging up as it was told."""
        waiting = self.answers.get(step)
        said = waiting.pop(0) if waiting else ""
        if said == "hang":
            await asyncio.sleep(LONGEST_HOLD)
        if said == "drop":
            server.transport.abort()
        if said.startswith("421"):
            server.loop.call_later(0.01, server.transport.close)
        return said

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802
        if said := await self.answer(server, "MAIL"):
            return said
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if said := self.refuse_recipients or await self.answer(server, "RCPT"):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if not self.release.is_set():
            self.holding.set()
            await server.loop.run_in_executor(None, self.release.wait, LONGEST_HOLD)
            return "451 held"
        said = self.refuse_data or await self.answer(server, "BODY")
        if said and said != "lost":
            return said
        self.accepted.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        if said == "lost":
            server.transport.abort()
        return "250 OK"


class Session(SMTP):
    """aiosmtpd's server side of a connection, which can also answer DATA before the body."""

    def connection_made(self, transport) -> None:
        self.event_handler.connections += 1
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if said := await self.event_handler.answer(self, "DATA"):
            await self.push(said)
        else:
            await super().smtp_DATA(arg)


class MailController(Controller):
    def factory(self) -> Session:
        return Session(self.handler, **self.SMTP_kwargs)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def smtp() -> Iterator[MailServer]:
    server = MailServer()
    controller = MailController(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    server.connections = 0  # the controller has tried whether it listens
    server.port = controller.port
    yield server
    server.release.set()
    controller.stop()


@pytest.fixture
def mail_by_smtp(settings, smtp) -> MailServer:
    """This process sends by real SMTP."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", smtp.port
    return smtp


@pytest.fixture
def linnan(db) -> Milestone:
    """林南平房区安置房, due 2025-09-30: an officer and two reporters answer for it."""
    bureau = DepartmentFactory(code="housing", short_name="市住建局", name="包头市住房和城乡建设局")
    for name in ("乌兰", "李强"):
        MembershipFactory(department=bureau, user__name=name)
    project = ProjectFactory(
        name="林南平房区安置房",
        lead_department=bureau,
        officer=UserFactory(name="王建国", email="wang@city.example"),
        stage="construction",
    )
    return MilestoneFactory(
        project=project,
        name="建成交付",
        commitment="ensure",
        due_on=dt.date(2025, 9, 30),
        section="§三（五）",
    )


def mails_accept(day: dt.date) -> None:
    """The mail server has taken every mail of the day."""
    waiting = Message.objects.filter(day=day, state=MessageState.QUEUED)
    Reminder.objects.queued().filter(message__in=waiting).update(state=ReminderState.SENT)
    waiting.update(state=MessageState.SENT, sent_at=planned_moment(day))


@pytest.fixture
def environment(transactional_db, smtp) -> Callable[..., dict[str, str]]:
    """Returns the environment in which another process finds this test's database, broker and
    mail server, at the given moment."""

    def build(moment: dt.datetime = REMINDER_MORNING, smtp_port: int = 0) -> dict[str, str]:
        return os.environ | {
            "PORTFOLIO_TESTING": "1",
            "DATABASE_URL": database_url(),
            "REDIS_URL": broker_url(),
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port or smtp.port}",
            "CLOCK_SHIFT_SECONDS": str((moment - timezone.now()).total_seconds()),
            "BASE_URL": "http://ducha.example:8000",
            "ALLOWED_HOSTS": "ducha.example",
        }

    return build


def database_url() -> str:
    known = connection.settings_dict
    where = {
        "host": known["HOST"] or known["OPTIONS"].get("host"),
        "port": known["PORT"] or known["OPTIONS"].get("port"),
    }
    user = known["USER"] + (f":{known['PASSWORD']}" if known["PASSWORD"] else "")
    query = urlencode({name: value for name, value in where.items() if value}, safe="/")
    return f"postgres://{user}@/{known['NAME']}?{query}"


def broker_url() -> str:
    """Returns a database of the broker that no other test process uses."""
    number = 8 + int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "0")) or 0) % 8
    url = django_settings.REDIS_URL
    if "virtual_host=" in url:
        return re.sub(r"virtual_host=\d*", f"virtual_host={number}", url)
    return re.sub(r"^(rediss?://[^/]+)(/\d*)?$", rf"\g<1>/{number}", url)

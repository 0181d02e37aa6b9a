"""The program's own Celery application as the workers and beats of the simulated year load it.

The program has no points of failure built in. From outside, its clock is made to follow the
shared page; beat's minute is made a fraction of a second; and each process says in which step of
a delivery it is, as seen from what it says to the database and to the mail server.
"""

import datetime as dt
import json
import os
import random
import re
import smtplib
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
from celery.signals import task_postrun, task_prerun, worker_ready
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

from portfolio.celery import app
from tests.faults.shared import WINDOWS, Own, Page, Step

django.setup()

from notifications import tasks  # noqa: E402  # they need the settings
from portfolio.core import clock  # noqa: E402

FOLDER = Path(os.environ["FAULTS_FOLDER"])
LONGEST_STOP = 10.0  # seconds that a child waits to be killed, so that nothing hangs for ever
A_CONTENT = 500  # bytes; every command to the mail server is shorter, every mail longer
MESSAGE_ID = re.compile(rb"^Message-ID:\s*<message-(\d+)@", re.IGNORECASE | re.MULTILINE)
CLAIMS = re.compile(r'SKIP LOCKED|INSERT INTO "notifications_deliveryattempt"')
HANDS_OVER = re.compile(r'UPDATE "notifications_deliveryattempt" SET [^;]*"handed_over_at" =')
MARKS = re.compile(r'UPDATE "notifications_deliveryattempt" SET [^;]*"ended_at" =')

page = Page(FOLDER)
clock.shift = lambda: dt.timedelta(seconds=page.shift)
app.conf.beat_schedule = {
    "tick": {"task": "notifications.tasks.tick", "schedule": float(os.environ["FAULTS_TICK"])}
}
# A day of the year has some fifty mails: a few batches of them, so that workers compete.
tasks.BATCH = 20


class Child:
    """Where this process is; the process that forked it has another."""

    def __init__(self) -> None:
        self.pid = 0
        self.step = Step.IDLE
        self.mail = 0
        self.planning: dt.date | None = None
        self.chance = random.Random()

    def at(self, step: Step, mail: int | None = None, *, stop: bool = True) -> None:
        """Says where it is, and waits there to be killed if that is asked for."""
        if self.pid != os.getpid():
            self.pid, self.own = os.getpid(), Own(FOLDER)
            self.chance.seed(self.pid)
        self.step = step
        self.mail = self.mail if mail is None else mail
        self.own.say(step, self.mail)
        if stop and step in WINDOWS and page.order == step and self.chance.random() < 0.3:
            self._wait()

    def _wait(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(
                json.dumps({"pid": self.pid, "parent": os.getppid()}).encode(),
                str(FOLDER / "harness.sock"),
            )
        until = time.monotonic() + LONGEST_STOP
        while page.order == self.step and time.monotonic() < until:
            time.sleep(0.002)


child = Child()


# The tasks --------------------------------------------------------------------------------------
@task_prerun.connect
def begin(task: Any, **_: Any) -> None:
    """No task runs while the clock is moved."""
    child.at(Step.HELD, 0)
    while page.hold:
        time.sleep(0.002)
    if task.name == "notifications.tasks.deliver":
        child.at(Step.BEFORE_CLAIM, 0)
    else:
        child.at(Step.TICK, 0)
        child.planning = clock.today()


@task_postrun.connect
def end(task: Any, state: str, **_: Any) -> None:
    if task.name == "notifications.tasks.tick" and state == "SUCCESS" and child.planning:
        page.ticked = child.planning.toordinal()
    child.at(Step.IDLE, 0)


@worker_ready.connect
def ready(**_: Any) -> None:
    (FOLDER / "ready" / str(os.getpid())).touch()


# What it says to the database ---------------------------------------------------------------------
def watched(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Tells the steps of a delivery by their statements; a step that a commit ends lasts until
    then."""
    if child.step in (Step.IDLE, Step.TICK, Step.HELD) or not isinstance(sql, str):
        return execute(sql, params, many, context)
    committed = None
    if child.step == Step.BEFORE_CLAIM and CLAIMS.search(sql):
        child.at(Step.BEFORE_CLAIM)
    elif HANDS_OVER.search(sql):
        child.at(Step.AFTER_CLAIM)
        # The database may commit it while this process is stopped, and has no time to say so.
        child.at(Step.HANDING, stop=False)
        committed = Step.HANDING
    elif child.step != Step.BEFORE_CLAIM and MARKS.search(sql):
        # A mail that never left is marked too; only after one that did is this that window.
        child.at(child.step, stop=child.step == Step.BEFORE_MARK)
        committed = Step.AFTER_CLAIM
    answer = execute(sql, params, many, context)
    if committed is not None:
        database = context["connection"]
        if database.in_atomic_block:
            database.faults_next = committed
        else:
            child.at(committed, stop=False)
    elif 'INSERT INTO "notifications_deliveryattempt"' in sql:
        context["connection"].faults_next = Step.AFTER_CLAIM
    return answer


_commit = BaseDatabaseWrapper._commit


def commit(self: Any) -> Any:
    answer = _commit(self)
    step, self.faults_next = getattr(self, "faults_next", None), None
    if step is not None and child.step not in (Step.IDLE, Step.TICK):
        child.at(step)
    return answer


BaseDatabaseWrapper._commit = commit


@receiver(connection_created)
def watch(connection: Any, **_: Any) -> None:
    connection.faults_next = None
    if watched not in connection.execute_wrappers:
        # First: whoever adds one for a while takes the last away again.
        connection.execute_wrappers.insert(0, watched)


# What it says to the mail server -----------------------------------------------------------------
_send, _getreply = smtplib.SMTP.send, smtplib.SMTP.getreply


def send(self: Any, content: bytes | str) -> None:
    """Sends a mail's content in two halves, so that there is a moment in the midst of it."""
    if len(content) < A_CONTENT or isinstance(content, str):
        return _send(self, content)
    found = MESSAGE_ID.search(content)
    child.at(Step.IN_DATA, int(found[1]) if found else 0, stop=False)
    half = len(content) // 2
    # Or the second half would wait for the first one's acknowledgement, 40 ms a mail.
    self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        _send(self, content[:half])
        child.at(Step.IN_DATA)
        _send(self, content[half:])
    except OSError:
        page.doubt(child.mail)
        raise
    child.at(Step.AFTER_DATA)
    return None


def getreply(self: Any) -> Any:
    if child.step != Step.AFTER_DATA:
        return _getreply(self)
    try:
        return _getreply(self)
    except (OSError, smtplib.SMTPException):
        page.doubt(child.mail)
        raise
    finally:
        child.at(Step.BEFORE_MARK)


smtplib.SMTP.send, smtplib.SMTP.getreply = send, getreply

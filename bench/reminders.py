"""Plans 20,000 due reminders of 10,000 people and lets two worker processes send the 10,000 mails,
against a bare smtplib loop to the same mail server in the same run.

    .venv/bin/python -m bench.reminders

Starts a throw-away database, broker and mail server (``bench.sink``, a process of its own, which
takes everything). Bare is one process and one connection that builds a mail of the same text and
HTML and sends it, again and again; it runs before and after. Ours is the whole way: a tick, a
broker, two Celery worker processes that claim, settle, write, commit, send and mark, with history.
Ends with code 1 when planning takes more than 20 queries, a mail is lost or comes twice, or ours
is slower than half of bare.
"""

import datetime as dt
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.charset import Charset
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime
from typing import Any

from bench.lists import manage
from bench.sink import Sink
from tests.services import TestServices

PEOPLE = 10_000
EACH = 2
PROJECTS = 1_000
DEPARTMENTS = 100
BARE = 3_000
WORKERS = 2
MOST_QUERIES = 20
LEAST = 0.5
DAY = dt.date(2025, 9, 23)
MORNING = dt.datetime(2025, 9, 23, 1, 0, 30, tzinfo=dt.UTC)  # 09:00:30 in Asia/Shanghai
DUE = dt.date(2025, 9, 30)
LONGEST = 600
UNENCODED = Charset("utf-8")  # eight bits, as Django writes them: the mails are as long as ours
UNENCODED.body_encoding = None


def fill() -> None:
    """Writes 20,000 milestones that are due in a week, two for each of 10,000 officers."""
    from projects.models import Department, Milestone, Project, StageTransition, User
    from projects.services.projects import project_codes_allot

    departments = Department.objects.bulk_create(
        Department(code=f"b{n}", name=f"第{n}局", short_name=f"第{n}局", kind="bureau")
        for n in range(DEPARTMENTS)
    )
    people = User.objects.bulk_create(
        User(username=f"p{n}", name=f"张{n}", email=f"p{n}@city.example", password="!")
        for n in range(PEOPLE)
    )
    codes = project_codes_allot(year=2025, count=PROJECTS)
    projects = Project.objects.bulk_create(
        Project(
            code=codes[n],
            name=f"稀土永磁电机产业园第{n}期",
            pinyin="",
            category="industry",
            cluster="rare_earth",
            lead_department=departments[n % DEPARTMENTS],
            total_investment=12000,
            section="§三（一）",
        )
        for n in range(PROJECTS)
    )
    StageTransition.objects.bulk_create(
        StageTransition(project=each, to_stage="construction", effective_on=dt.date(2024, 1, 1))
        for each in projects
    )
    Milestone.objects.bulk_create(
        Milestone(
            project=projects[n % PROJECTS],
            name=f"第{n}号厂房主体结构封顶",
            officer=people[n % PEOPLE],
            due_on=DUE,
            baseline_on=DUE,
            section="§三（一）",
        )
        for n in range(PEOPLE * EACH)
    )


def plan() -> tuple[int, float]:
    """Plans the day; returns queries and seconds."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from notifications.models import Message, Reminder
    from notifications.services import day_prepare

    start = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        day_prepare(day=DAY)
    took = time.perf_counter() - start
    made = Reminder.objects.count(), Message.objects.count()
    if made != (PEOPLE * EACH, PEOPLE):
        raise SystemExit(f"{made[0]} reminders in {made[1]} mails")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does after so much
    return len(queries), took


def sample() -> tuple[str, str]:
    """Returns text and HTML of one of the mails, for bare to send."""
    from notifications.mail import RemindersMail
    from notifications.models import Message
    from notifications.services.settling import messages_settle

    message = Message.objects.select_related("recipient_user").order_by("pk")[PEOPLE // 2]
    told = messages_settle([message])[message.pk]
    mail = RemindersMail(name=message.recipient_user.name, day=DAY, told=told).build(
        to=message.recipient, number=message.pk, moment=MORNING
    )
    return mail.body, mail.alternatives[0].content


def bare(port: int, text: str, html: str) -> float:
    """Returns the mails a second of one connection: build, send, next. Built with the quickest of
    the standard library's classes; ``EmailMessage`` takes twice as long."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        start = time.perf_counter()
        for number in range(BARE):
            mail = MIMEMultipart("alternative")
            mail["Subject"] = "【督查提醒】2 项承诺事项临近期限（2025年9月23日）"
            mail["From"] = "ducha@baotou.example"
            mail["To"] = f"p{number}@city.example"
            mail["Message-ID"] = f"<bare-{number}@localhost>"
            mail["Date"] = format_datetime(MORNING)
            mail.attach(MIMEText(text, "plain", UNENCODED))
            mail.attach(MIMEText(html, "html", UNENCODED))
            smtp.send_message(mail)
        return BARE / (time.perf_counter() - start)


@contextmanager
def workers() -> Iterator[None]:
    command = [
        sys.executable, "-m", "celery", "-A", "portfolio", "worker", "--concurrency", str(WORKERS),
        "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    process = subprocess.Popen(command)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def deliver(sink: Sink) -> dict[str, float]:
    """Returns mails a second: from the tick until all are marked, and while they come."""
    from notifications.models import Reminder
    from notifications.tasks import tick

    with workers():
        wait_for_workers()
        start = time.perf_counter()
        tick.delay()
        while not sink.taken:
            time.sleep(0.001)
        first = time.perf_counter()
        while sink.taken < PEOPLE:
            if time.perf_counter() - start > LONGEST:
                raise SystemExit(f"only {sink.taken} mails in {LONGEST} seconds")
            time.sleep(0.05)
        last = time.perf_counter()
        while Reminder.objects.exclude(state="sent").exists():
            if time.perf_counter() - start > LONGEST:
                raise SystemExit("sent, but not marked")
            time.sleep(0.05)
        marked = time.perf_counter()
    return {
        "before the first mail, seconds": first - start,
        "ours, while they come": PEOPLE / (last - first),
        "ours, from the tick until all are marked": PEOPLE / (marked - start),
    }


def wait_for_workers() -> None:
    from portfolio.celery import app

    for _attempt in range(100):
        if app.control.ping(timeout=0.5):
            return
    raise SystemExit("the workers did not come up")


def report(queries: int, planning: float, rates: dict[str, Any], twice: int, lost: int) -> bool:
    print(f"planning {PEOPLE * EACH} reminders of {PEOPLE} people: {queries} queries, "
          f"{planning:.1f} seconds")  # fmt: skip
    for name, rate in rates.items():
        print(f"{name:44} {rate:>8.1f}")
    share = rates["ours, while they come"] / rates["bare"]
    print(f"ours to bare: {share:.2f}; lost {lost}, twice {twice}")
    return queries <= MOST_QUERIES and share >= LEAST and not lost and not twice


def measure(sink: Sink) -> bool:
    fill()
    queries, planning = plan()
    text, html = sample()
    before = bare(sink.port, text, html)
    _, size = sink.empty()
    rates: dict[str, Any] = {"bytes of a mail, bare": size / BARE}
    ours = deliver(sink)
    ids, size = sink.empty()
    rates["bytes of a mail, ours"] = size / PEOPLE
    after = bare(sink.port, text, html)
    rates |= {"bare, before": before, "bare, after": after}
    rates |= {"bare": statistics.mean([before, after]), **ours}
    twice = sum(1 for count in ids.values() if count > 1)
    return report(queries, planning, rates, twice, PEOPLE - len(ids))


def main() -> int:
    services = TestServices()
    sink = Sink()
    try:
        services.start()
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "PORTFOLIO_TESTING": "1",
            "VAR_DIR": str(services.paths.var),
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "CLOCK_SHIFT_SECONDS": str((MORNING - dt.datetime.now(dt.UTC)).total_seconds()),
        }
        manage("migrate", "--verbosity", "0")
        import django

        django.setup()
        good = measure(sink)
    finally:
        sink.stop()
        services.stop()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

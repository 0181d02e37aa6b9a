"""Plans 20,000 due reminders of 10,000 people and lets two worker processes send the 10,000 mails,
against a bare smtplib loop to the same mail server in the same run.

    .venv/bin/python -m bench.reminders

Starts a throw-away database, broker and mail server (``bench.sink``, a process of its own, which
takes everything). Bare is one process and one connection that builds a mail of the same text and
HTML and sends it, again and again: built as Python's documentation shows it, and with the quickest
of the standard library's classes. Ours is the whole way: two Celery worker processes that claim,
settle, write, commit, send and mark, with history. They take turns, a quarter of the mails each
round. Ends with code 1 when planning takes more than 20 queries, a mail is lost or comes twice, or
ours is slower than half of bare as documented.
"""

import datetime as dt
import os
import smtplib
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.charset import Charset
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime

from bench.lists import manage
from bench.sink import Sink
from tests.services import TestServices

PEOPLE = 10_000
EACH = 2
PROJECTS = 1_000
DEPARTMENTS = 100
ROUNDS = 4
BARE = 1_000
WORKERS = 2
MOST_QUERIES = 20
LEAST = 0.5
DAY = dt.date(2025, 9, 23)
MORNING = dt.datetime(2025, 9, 23, 1, 0, 30, tzinfo=dt.UTC)  # 09:00:30 in Asia/Shanghai
DUE = dt.date(2025, 9, 30)
LONGEST = 600
SUBJECT = "【督查提醒】2 项承诺事项临近期限（2025年9月23日）"
Builder = Callable[[int, str, str], Message]
UNENCODED = Charset("utf-8")  # eight bits, as Django writes them: the mails are as long as ours
UNENCODED.body_encoding = None


def fill() -> None:
    """Writes 20,000 milestones that are due in a week, two for each of 10,000 officers."""
    from projects.milestones.models import Milestone
    from projects.people.models import Department, User
    from projects.register.models import Project, StageTransition
    from projects.register.services import project_codes_allot

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

    from notifications.outbox.models import Message, Reminder
    from notifications.outbox.plan import reminder_plan
    from notifications.policies.services import schedules_in_force

    schedules_in_force(on=DAY)  # the very first day also writes the tiers
    start = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        reminder_plan(day=DAY)
    took = time.perf_counter() - start
    made = Reminder.objects.count(), Message.objects.count()
    if made != (PEOPLE * EACH, PEOPLE):
        raise SystemExit(f"{made[0]} reminders in {made[1]} mails")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does after so much
    return len(queries), took


def sample() -> tuple[str, str]:
    """Returns text and HTML of one of the mails, for bare to send."""
    from notifications.outbox.mail import RemindersMail
    from notifications.outbox.models import Message
    from notifications.outbox.settle import message_settle

    message = Message.objects.select_related("recipient_user").order_by("pk")[PEOPLE // 2]
    told = message_settle([message])[message.pk]
    mail = RemindersMail(name=message.recipient_user.name, day=DAY, told=told).build(
        to=message.recipient, number=message.pk, moment=MORNING
    )
    return mail.body, mail.alternatives[0].content


def documented(number: int, text: str, html: str) -> Message:
    """Builds a mail as Python's documentation shows it."""
    mail = EmailMessage()
    mail["Subject"] = SUBJECT
    mail["From"] = "ducha@baotou.example"
    mail["To"] = f"p{number}@city.example"
    mail["Message-ID"] = f"<bare-{number}@localhost>"
    mail["Date"] = format_datetime(MORNING)
    mail.set_content(text, cte="8bit")
    mail.add_alternative(html, subtype="html", cte="8bit")
    return mail


def quickest(number: int, text: str, html: str) -> Message:
    """Builds the same mail with the older classes, which check and fold less."""
    mail = MIMEMultipart("alternative")
    mail["Subject"] = SUBJECT
    mail["From"] = "ducha@baotou.example"
    mail["To"] = f"p{number}@city.example"
    mail["Message-ID"] = f"<bare-{number}@localhost>"
    mail["Date"] = format_datetime(MORNING)
    mail.attach(MIMEText(text, "plain", UNENCODED))
    mail.attach(MIMEText(html, "html", UNENCODED))
    return mail


BUILDERS = (documented, quickest)


def bare(port: int, text: str, html: str, build: Builder) -> float:
    """Returns the mails a second of one connection: build, send, next."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        start = time.perf_counter()
        for number in range(BARE):
            smtp.send_message(build(number, text, html))
        return BARE / (time.perf_counter() - start)


@contextmanager
def workers() -> Iterator[None]:
    command = [
        sys.executable, "-m", "celery", "-A", "portfolio", "worker", "--concurrency", str(WORKERS),
        "--loglevel", "ERROR", "--without-gossip", "--without-mingle",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def hold_back() -> list[list[int]]:
    """Keeps all mails from being sent; returns their keys, as many lists as there are rounds."""
    from notifications.outbox.models import Message

    keys = list(Message.objects.order_by("pk").values_list("pk", flat=True))
    Message.objects.update(retry_at=MORNING + dt.timedelta(days=1))
    return [keys[number::ROUNDS] for number in range(ROUNDS)]


def deliver(keys: list[int]) -> float:
    """Lets the workers send these mails; returns mails a second, until the last is marked."""
    from notifications.outbox.models import Message, Reminder
    from notifications.tasks import deliver

    Message.objects.filter(pk__in=keys).update(retry_at=None)
    left = Reminder.objects.filter(message__in=keys).exclude(state="sent")
    start = time.perf_counter()
    for _worker in range(WORKERS):
        deliver.delay()  # each full batch is followed by another
    while left.exists():
        if time.perf_counter() - start > LONGEST:
            raise SystemExit(f"{left.count()} reminders not sent in {LONGEST} seconds")
        time.sleep(0.05)
    return len(keys) / (time.perf_counter() - start)


def wait_for_workers() -> None:
    from portfolio.celery import app

    for _attempt in range(100):
        if app.control.ping(timeout=0.5):
            return
    raise SystemExit("the workers did not come up")


def measure(sink: Sink) -> bool:
    fill()
    queries, seconds = plan()
    print(f"planning {PEOPLE * EACH} reminders of {PEOPLE} people: {queries} queries, "
          f"{seconds:.1f} seconds")  # fmt: skip
    text, html = sample()
    rates: dict[str, list[float]] = defaultdict(list)
    sizes: dict[str, float] = {}
    came: Counter[bytes] = Counter()
    with workers():
        wait_for_workers()
        for keys in hold_back():
            for build in BUILDERS:
                rates[build.__name__].append(bare(sink.port, text, html, build))
                sizes[build.__name__] = sink.empty()[1] / BARE
            rates["ours"].append(deliver(keys))
            ids, size = sink.empty()
            came += ids
            sizes["ours"] = size / len(keys)
    shares = report(rates, sizes)
    lost, twice = PEOPLE - len(came), sum(1 for count in came.values() if count > 1)
    print(f"lost {lost}, twice {twice}")
    return queries <= MOST_QUERIES and shares["documented"] >= LEAST and not lost and not twice


def report(rates: dict[str, list[float]], sizes: dict[str, float]) -> dict[str, float]:
    """Prints medians; returns the median share that ours reached of each way, round by round."""
    shares = {
        name: statistics.median(a / b for a, b in zip(rates["ours"], theirs, strict=True))
        for name, theirs in rates.items()
    }
    print(f"{'':12} {'mails/s':>8} {'bytes each':>11} {'ours to it':>11}")
    for name, each in rates.items():
        rounds = " ".join(f"{rate:.0f}" for rate in each)
        print(f"{name:12} {statistics.median(each):>8.0f} {sizes[name]:>11.0f} "
              f"{shares[name]:>11.2f}   ({rounds})")  # fmt: skip
    return shares


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

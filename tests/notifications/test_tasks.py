import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache

from notifications import tasks
from notifications.outbox.claim import attempt_hand_over, lease_duration, message_claim
from notifications.outbox.models import DeliveryAttempt, Message, MessageState, Reminder
from notifications.outbox.plan import reminder_plan
from notifications.tasks import BEAT_SEEN, deliver, tick
from portfolio.celery import app
from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from tests.notifications.conftest import REMINDER_MORNING, broker_url, free_port

LONGEST_WAIT = 90


@pytest.fixture
def tasks_at_once() -> Iterator[None]:
    """Tasks run where they are queued."""
    app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    app.conf.update(task_always_eager=False, task_eager_propagates=False)


@pytest.fixture
def run_tick(tasks_at_once, django_capture_on_commit_callbacks) -> Callable[..., None]:
    def run(moment: dt.datetime = REMINDER_MORNING) -> None:
        with clock.at(moment), django_capture_on_commit_callbacks(execute=True):
            tick()

    return run


@pytest.mark.django_db
def test_a_tick_prepares_and_delivers_and_a_second_one_does_nothing(linnan, run_tick, mail_by_smtp):
    run_tick()
    assert len(mail_by_smtp.accepted) == 3
    run_tick()
    run_tick(REMINDER_MORNING + dt.timedelta(hours=8))
    assert len(mail_by_smtp.accepted) == 3
    event = Message.objects.first().events.last()
    assert event.pgh_context == {"door": "task", "task": "deliver"}


@pytest.mark.django_db
def test_before_nine_nothing_is_prepared(linnan, run_tick, mail_by_smtp):
    run_tick(dt.datetime(2025, 9, 23, 8, 59, 59, tzinfo=CITY_TIME))
    assert not Reminder.objects.exists()
    run_tick(dt.datetime(2025, 9, 23, 9, 0, 0, tzinfo=CITY_TIME))
    assert len(mail_by_smtp.accepted) == 3


@pytest.mark.django_db
def test_every_tick_leaves_its_real_time_for_the_readiness_check(run_tick):
    cache.delete(BEAT_SEEN)
    run_tick()
    assert abs(cache.get(BEAT_SEEN) - time.time()) < 60


@pytest.mark.django_db
def test_what_could_not_be_sent_is_sent_by_a_later_tick_with_the_days_then_left(
    linnan, run_tick, mail_by_smtp, settings, caplog
):
    settings.EMAIL_PORT, working_port = free_port(), settings.EMAIL_PORT
    run_tick()
    (line,) = said(caplog)  # one line, not three
    assert "3 封邮件: 邮件服务器无法送达" in line
    settings.EMAIL_PORT = working_port
    run_tick()
    assert mail_by_smtp.accepted == []  # not yet
    run_tick(REMINDER_MORNING + dt.timedelta(hours=23))  # the next morning, before nine
    assert len(mail_by_smtp.accepted) == 3
    assert "还有 6 天" in mail_by_smtp.accepted[0]["Subject"]


@pytest.mark.django_db
def test_nothing_is_sent_on_a_day_off_what_was_kept_back_goes_out_on_the_next_working_day(
    linnan, run_tick, mail_by_smtp, settings
):
    settings.EMAIL_PORT, working_port = free_port(), settings.EMAIL_PORT
    run_tick(dt.datetime(2025, 9, 30, 9, 0, 30, tzinfo=CITY_TIME))
    settings.EMAIL_PORT = working_port
    run_tick(dt.datetime(2025, 10, 1, 10, tzinfo=CITY_TIME))  # National Day
    assert mail_by_smtp.accepted == []
    run_tick(dt.datetime(2025, 10, 9, 9, 0, 30, tzinfo=CITY_TIME))
    assert len(mail_by_smtp.accepted) == 3


@pytest.mark.django_db
def test_a_refusal_is_logged(linnan, run_tick, mail_by_smtp, caplog):
    mail_by_smtp.refuse_recipients = "550 5.1.1 no such mailbox"
    run_tick()
    assert len(said(caplog)) == 3
    assert "被拒收: 550 5.1.1" in said(caplog)[0]


@pytest.mark.django_db
def test_an_unknown_fate_is_logged_and_sent_once_more_by_a_later_tick(
    linnan, run_tick, mail_by_smtp, caplog
):
    mail_by_smtp.answers["BODY"] = ["lost"]
    run_tick()
    (line,) = said(caplog)
    assert "送达不明, 将以同一 Message-ID 再发一次" in line
    run_tick(REMINDER_MORNING + dt.timedelta(minutes=2))
    run_tick(REMINDER_MORNING + dt.timedelta(minutes=9))
    assert sorted(Counter(mail_by_smtp.recipients).values()) == [1, 1, 2]
    assert set(Reminder.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db
def test_a_tick_takes_back_what_a_worker_that_died_held(linnan, run_tick, mail_by_smtp, caplog):
    with clock.at(REMINDER_MORNING):
        reminder_plan(day=clock.today())
        first, *_ = message_claim(limit=10, now=clock.now())
        attempt_hand_over(held=first, now=clock.now())
    run_tick()
    assert mail_by_smtp.accepted == []  # they are held
    run_tick(REMINDER_MORNING + lease_duration() + dt.timedelta(seconds=5))
    assert len(mail_by_smtp.accepted) == 2
    assert "2 封邮件的发送进程中断" in said(caplog)[0]
    assert "交付时中断, 送达不明" in said(caplog)[1]
    run_tick(REMINDER_MORNING + lease_duration() + dt.timedelta(minutes=2))
    assert set(Counter(mail_by_smtp.recipients).values()) == {1}
    assert len(mail_by_smtp.accepted) == 3


@pytest.mark.django_db
def test_a_tick_brings_reminders_after_their_mail_and_withdraws_what_is_done(linnan, run_tick):
    with clock.at(REMINDER_MORNING):
        reminder_plan(day=clock.today())
    marked, *_ = Message.objects.order_by("pk")
    marked.state, marked.sent_at = "sent", REMINDER_MORNING
    marked.save()
    linnan.done_on = dt.date(2025, 9, 22)
    linnan.save()
    run_tick()
    assert Counter(Reminder.objects.values_list("state", flat=True)) == {"sent": 1, "withdrawn": 2}
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 1, "withdrawn": 2}


@pytest.mark.django_db
def test_a_full_batch_is_followed_by_another_until_nothing_waits(
    linnan, run_tick, mail_by_smtp, monkeypatch
):
    monkeypatch.setattr(tasks, "BATCH", 1)
    monkeypatch.setattr(tasks, "MOST_JOBS", 1)
    run_tick()
    assert len(mail_by_smtp.accepted) == 3
    assert mail_by_smtp.connections == 3


@pytest.mark.django_db
def test_a_server_out_of_reach_is_not_tried_with_one_batch_after_the_other(
    linnan, run_tick, mail_by_smtp, monkeypatch, settings
):
    monkeypatch.setattr(tasks, "BATCH", 1)
    monkeypatch.setattr(tasks, "MOST_JOBS", 1)
    settings.EMAIL_PORT = free_port()
    run_tick()
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_tasks_that_were_not_run_within_a_minute_expire():
    assert tick.expires == deliver.expires == 60
    assert deliver.acks_late


def said(caplog) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == "notifications.tasks"]


# With a real worker ----------------------------------------------------------------------------


class Worker:
    """A Celery worker in its own processes, with a broker of its own."""

    def __init__(self, env: dict[str, str]) -> None:
        self.env = env
        self.process: subprocess.Popen[bytes] | None = None
        self.broker = app.connection_for_write(broker_url())
        self.broker.default_channel.client.flushdb()

    def start(self) -> None:
        command = "worker --concurrency 1 --loglevel ERROR --without-gossip --without-mingle"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "celery", "-A", "portfolio", *command.split()],
            cwd=settings.BASE_DIR,
            env=self.env,
            start_new_session=True,
        )

    def kill(self) -> None:
        """kill -9 of the worker and its children, at whatever they are doing.

        What they held the broker would give back an hour later; tests run it again themselves.
        """
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None
            self.broker.default_channel.client.delete("unacked", "unacked_index")

    def run(self, task, *arguments) -> None:
        task.apply_async(arguments, connection=self.broker)

    def is_idle(self) -> bool:
        client = self.broker.default_channel.client
        return not client.llen("celery") and not client.hlen("unacked")


@pytest.fixture
def worker(environment) -> Iterator[Worker]:
    worker = Worker(environment())
    yield worker
    worker.kill()
    worker.broker.default_channel.client.flushdb()
    worker.broker.release()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_hand_over_leaves_that_mail_unknown_and_it_is_sent_once_more(
    linnan, worker, smtp, environment
):
    smtp.release.clear()
    worker.start()
    worker.run(tick)
    assert smtp.holding.wait(LONGEST_WAIT)  # one mail is on the line, its answer awaited
    worker.kill()
    smtp.release.set()
    assert smtp.accepted == []
    held = DeliveryAttempt.objects.filter(ended_at__isnull=True)
    assert held.count() == 3
    assert held.filter(handed_over_at__isnull=False).count() == 1

    # Two that had certainly not left go at once when the lease is over, the third a minute later.
    worker.env = environment(REMINDER_MORNING + 2 * lease_duration())
    worker.start()
    for _ in range(2):
        worker.run(tick)
    until(lambda: Message.objects.filter(state="sent").count() == 2)
    (unknown,) = Message.objects.filter(state="unknown", unknowns=1)
    Message.objects.filter(pk=unknown.pk).update(retry_at=REMINDER_MORNING)
    worker.run(tick)
    until(lambda: Reminder.objects.filter(state="sent").count() == 3)
    assert len(smtp.recipients) == 3
    assert set(Counter(smtp.recipients).values()) == {1}


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_after_it_marked_a_mail_sends_it_no_second_time(linnan, worker, smtp):
    worker.start()
    worker.run(tick)
    until(lambda: Message.objects.filter(state=MessageState.SENT).count() == 3)
    worker.kill()

    # What the broker gives back after a kill is the same job again.
    for task in (deliver, deliver, tick):
        worker.run(task)
    worker.start()
    until(worker.is_idle)
    assert len(smtp.recipients) == 3
    assert set(Counter(smtp.recipients).values()) == {1}

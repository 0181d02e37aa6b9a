"""Webhooks from the tick to the receiver: what is told, how it is signed, what is tried again."""

import datetime as dt
import hashlib
import hmac
import ipaddress
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications import tasks
from notifications.outbox.models import Reminder
from notifications.webhooks import call as webhook_calling
from notifications.webhooks import client as webhook_client
from notifications.webhooks.bodies import secret_of
from notifications.webhooks.call import webhooks_call
from notifications.webhooks.client import WebhookCallError, WebhookResponse
from notifications.webhooks.models import Webhook, WebhookDelivery
from notifications.webhooks.prepare import webhook_delivery_plan
from notifications.webhooks.services import webhook_renew_key, webhook_update
from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from tests import factories
from tests.notifications.conftest import REMINDER_DAY, REMINDER_MORNING
from tests.notifications.receiver import receiving

pytestmark = pytest.mark.django_db


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with receiving() as running:
        yield running


@pytest.fixture
def webhook(receiver) -> Webhook:
    """An address that has been there for a day."""
    with clock.at(REMINDER_MORNING - dt.timedelta(days=1)):
        return factories.WebhookFactory(name="短信平台", url=receiver.url)


def reminded(milestone, *, supervisor=False, day=REMINDER_DAY) -> Reminder:
    """A reminder of the milestone in a mail of the day, to the officer or to a new supervisor,
    noted a minute before its hour."""
    user = milestone.project.officer
    if supervisor:
        user = factories.MembershipFactory(role="supervisor").user
    hour = dt.datetime.combine(day, dt.time(9), CITY_TIME)
    with clock.at(hour - dt.timedelta(minutes=1)):
        message = factories.MessageFactory(recipient_user=user, day=day, planned_for=hour)
        return another(message, milestone, capacity="supervisor" if supervisor else "responsible")


def another(message, milestone, **values) -> Reminder:
    """One more reminder in the mail."""
    return factories.ReminderFactory(
        message=message,
        department=milestone.project.lead_department,
        object_id=milestone.pk,
        due_on=milestone.due_on,
        **values,
    )


def prepare(at=REMINDER_MORNING) -> int:
    with clock.at(at):
        return webhook_delivery_plan(day=clock.today(), now=clock.now())


def call(at=REMINDER_MORNING, seconds=30.0) -> dict[str, int]:
    with clock.at(at):
        return dict(webhooks_call(day=clock.today(), seconds=seconds))


def only() -> WebhookDelivery:
    return WebhookDelivery.objects.get()


# What is told -----------------------------------------------------------------------------------
def test_a_call_tells_what_the_mail_tells(linnan, webhook, receiver):
    reminder = reminded(linnan)
    assert prepare() == 1
    assert call() == {"sent": 1}
    [made] = receiver.calls
    told = made.json
    assert made.headers["Content-Type"] == "application/json; charset=utf-8"
    assert dt.datetime.fromisoformat(told.pop("sent_at")).utcoffset() == dt.timedelta(hours=8)
    officer = linnan.project.officer
    assert told == {
        "event": "reminders",
        "id": only().pk,
        "day": "2025-09-23",
        "recipient": {"address": "wang@city.example", "name": "王建国", "user": officer.pk},
        "items": [
            {
                "reminder": reminder.pk,
                "tier": "remind",
                "tier_display": "提醒",
                "ordinal": 7,
                "late": False,
                "kind": "milestone",
                "kind_display": "节点",
                "object_id": linnan.pk,
                "title": told["items"][0]["title"],
                "due_on": "2025-09-30",
                "days_left": 7,
                "department": "市住建局",
                "commitment": "ensure",
                "section": "§三（五）",
                "link": f"http://localhost:8000/go/milestone/{linnan.pk}/",
            }
        ],
    }
    assert "林南平房区安置房" in told["items"][0]["title"]
    assert only().state == "sent"
    assert only().sent_at is not None


def test_only_tiers_of_the_webhook_are_told_the_gravest_first(linnan, webhook, receiver):
    Webhook.objects.update(tiers=["urge", "supervise"])
    first = reminded(linnan)
    others = [
        factories.MilestoneFactory(project=linnan.project, due_on=due)
        for due in (dt.date(2025, 9, 22), dt.date(2025, 9, 9))
    ]
    for milestone, tier, ordinal in zip(others, ("urge", "supervise"), (1, 10), strict=True):
        fell = dt.date(2025, 9, 22)
        another(first.message, milestone, tier=tier, ordinal=ordinal, falls_on=fell)
    prepare()
    call()
    items = receiver.calls[0].json["items"]
    assert [(item["tier"], item["late"]) for item in items] == [("supervise", True), ("urge", True)]
    assert [item["days_left"] for item in items] == [-14, -1]


def test_a_mail_without_any_of_its_tiers_is_not_told(linnan, webhook):
    Webhook.objects.update(tiers=["supervise"])
    reminded(linnan)
    assert prepare() == 0


@pytest.mark.parametrize("change", ["done", "moved", "left"])
def test_what_no_longer_stands_when_it_is_called_is_withdrawn(linnan, webhook, receiver, change):
    reminded(linnan)
    prepare()
    if change == "done":
        type(linnan).objects.update(done_on=REMINDER_DAY)
    elif change == "moved":
        factories.GrantedExtensionFactory(milestone=linnan)
    else:
        type(linnan.project.officer).objects.update(is_active=False)
    assert call() == {"withdrawn": 1}
    assert (receiver.calls, only().state) == ([], "withdrawn")


def test_a_reminder_that_was_withdrawn_is_not_told(linnan, webhook, receiver):
    reminded(linnan)
    prepare()
    Reminder.objects.update(state="withdrawn")
    assert call() == {"withdrawn": 1}
    assert receiver.calls == []


def test_a_mail_that_was_refused_is_told_all_the_same(linnan, webhook, receiver):
    reminder = reminded(linnan)
    Reminder.objects.update(state="failed")
    type(reminder.message).objects.update(state="failed", last_error="550")
    prepare()
    assert call() == {"sent": 1}


def test_preparing_twice_makes_no_second_call(linnan, webhook, receiver):
    reminded(linnan)
    assert [prepare(), prepare()] == [1, 0]
    call()
    assert prepare() == 0
    call()
    assert len(receiver.calls) == 1


def test_what_a_waiting_mail_is_given_later_is_told_too(linnan, webhook, receiver):
    first = reminded(linnan)
    prepare()
    call()
    later = REMINDER_MORNING + dt.timedelta(hours=2)
    more = factories.MilestoneFactory(project=linnan.project, due_on=dt.date(2025, 9, 24))
    with clock.at(later):
        another(first.message, more, ordinal=1)
    assert prepare(later) == 1
    assert call(later) == {"sent": 1}
    assert [len(each.json["items"]) for each in receiver.calls] == [1, 2]
    assert len({each.headers["X-Portfolio-Delivery"] for each in receiver.calls}) == 1
    assert prepare(later + dt.timedelta(minutes=1)) == 0


def test_a_mail_is_not_told_before_its_hour(linnan, webhook):
    reminded(linnan)
    assert prepare(REMINDER_MORNING - dt.timedelta(hours=1)) == 0


def test_a_new_webhook_is_told_no_old_mails(linnan, receiver):
    reminded(linnan)
    with clock.at(REMINDER_MORNING + dt.timedelta(hours=1)):
        factories.WebhookFactory(url=receiver.url)
    assert prepare(REMINDER_MORNING + dt.timedelta(hours=2)) == 0


def test_a_webhook_made_yesterday_evening_is_told_a_mail_noted_before_it(linnan, receiver):
    evening = REMINDER_MORNING - dt.timedelta(hours=12)
    type(reminded(linnan).message).objects.update(recorded_at=evening - dt.timedelta(hours=1))
    with clock.at(evening):
        factories.WebhookFactory(url=receiver.url)
    assert prepare() == 1


def test_an_inactive_webhook_is_told_nothing_and_what_waits_for_it_is_withdrawn(linnan, webhook):
    reminded(linnan)
    prepare()
    webhook_update(webhook=webhook, by=None, changes={"active": False})
    assert only().state == "withdrawn"
    assert prepare() == 0
    assert call() == {}


def test_a_hundred_calls_need_no_more_reads_than_two(linnan, webhook, receiver):
    def reads(count):
        for _ in range(count):
            reminded(linnan, supervisor=True)
        prepare()
        with CaptureQueriesContext(connection) as captured:
            call()
        return sum(each["sql"].startswith("SELECT") for each in captured)

    assert reads(2) == reads(20)


# Signature --------------------------------------------------------------------------------------
def test_each_call_is_signed_over_time_and_body(linnan, webhook, receiver):
    reminded(linnan)
    prepare()
    call()
    [made] = receiver.calls
    header = re.fullmatch(r"t=(\d+),v1=([0-9a-f]{64})", made.headers["X-Portfolio-Signature"])
    key = secret_of(webhook).encode()
    expected = hmac.new(key, header[1].encode() + b"." + made.body, hashlib.sha256).hexdigest()
    assert header[2] == expected
    # The real time: the receiver has a clock of its own, and the demo's is years away.
    assert abs(int(header[1]) - dt.datetime.now(dt.UTC).timestamp()) < 60
    assert made.headers["X-Portfolio-Delivery"] == str(only().pk)
    assert made.headers["User-Agent"] == "Portfolio-Webhook/1"


def test_secrets_differ_by_webhook_key_version_and_system(webhook, settings):
    other = factories.WebhookFactory()
    before = secret_of(webhook)
    renewed, secret = webhook_renew_key(webhook=webhook, by=None)
    assert secret == secret_of(renewed)
    settings.SECRET_KEY = "another system's"
    assert len({before, secret, secret_of(other), secret_of(renewed)}) == 4


# Trying again -----------------------------------------------------------------------------------
def minutes_later(count):
    return REMINDER_MORNING + dt.timedelta(minutes=count)


@pytest.mark.parametrize("status", [301, 307, 400, 404, 429, 500, 503])
def test_what_is_not_taken_is_tried_again_under_the_same_number(linnan, webhook, receiver, status):
    receiver.statuses, receiver.body = [status], "稍后再试".encode()
    reminded(linnan)
    prepare()
    assert call() == {"queued": 1}
    waiting = only()
    assert (waiting.state, waiting.attempts) == ("queued", 1)
    assert str(status) in waiting.last_error
    assert "稍后再试" in waiting.last_error
    assert waiting.retry_at <= minutes_later(1)
    assert call() == {}
    assert call(minutes_later(2)) == {"sent": 1}
    assert len({each.headers["X-Portfolio-Delivery"] for each in receiver.calls}) == 1
    assert (only().attempts, only().last_error, only().retry_at) == (2, "", None)


def test_waits_grow_and_after_two_days_it_is_given_up(linnan, webhook, receiver):
    receiver.status = 500
    reminded(linnan)
    prepare()
    now, waits = REMINDER_MORNING, []
    while call(now):
        if only().retry_at is None:
            break
        waits.append(only().retry_at - now)
        now = only().retry_at
    assert only().state == "failed"
    assert 8 <= only().attempts == len(receiver.calls) <= 14
    assert dt.timedelta(hours=20) < now - REMINDER_MORNING <= dt.timedelta(days=2)
    assert all(earlier < later for earlier, later in zip(waits, waits[2:], strict=False))


def test_gone_is_given_up_at_once_and_the_webhook_stays_in_use(linnan, webhook, receiver):
    receiver.status = 410
    reminded(linnan)
    prepare()
    assert call() == {"failed": 1}
    assert "410" in only().last_error
    assert Webhook.objects.get().active


def test_an_address_that_gives_no_answer_is_tried_once_for_all_that_wait(
    linnan, webhook, receiver, monkeypatch
):
    monkeypatch.setattr(webhook_client, "TIME_LIMIT", 0.2)
    receiver.speak = receiver.hold
    for _ in range(3):
        reminded(linnan, supervisor=True)
    prepare()
    assert call() == {"queued": 1}
    assert len(receiver.calls) == 1
    for each in WebhookDelivery.objects.all():
        assert each.retry_at > REMINDER_MORNING
        assert (each.state, each.attempts, each.lease_until) == ("queued", 1, None)
        assert "没有答复" in each.last_error
    receiver.speak = None
    assert call(minutes_later(2)) == {"sent": 3}


def test_an_address_that_stays_silent_is_tried_a_dozen_times_whatever_waits_for_it(
    linnan, webhook, monkeypatch
):
    tried = []

    def silent(url, *, body, headers):
        tried.append(headers["X-Portfolio-Delivery"])
        raise WebhookCallError("没有答复", code="timed_out")

    monkeypatch.setattr(webhook_calling, "post_json", silent)
    for _ in range(20):
        reminded(linnan, supervisor=True)
    prepare()
    now = REMINDER_MORNING
    while waiting := WebhookDelivery.objects.filter(state="queued").order_by("-retry_at"):
        now = waiting[0].retry_at or now
        assert call(now)
    assert 8 <= len(tried) <= 14
    assert all(one != next_one for one, next_one in pairwise(tried))
    ends = WebhookDelivery.objects.values_list("state", "last_error")
    assert set(ends) == {("failed", "没有答复")}
    assert dt.timedelta(hours=20) < now - REMINDER_MORNING <= dt.timedelta(days=2)


def test_a_call_that_gets_no_answer_holds_up_no_other(linnan, webhook, monkeypatch):
    for _ in range(4):
        reminded(linnan, supervisor=True)
    prepare()
    tried = []

    def post(url, *, body, headers):
        tried.append(headers["X-Portfolio-Delivery"])
        if tried[-1] == tried[0]:  # the receiver dies of it
            raise WebhookCallError("没有答复", code="timed_out")
        return WebhookResponse(200, "")

    monkeypatch.setattr(webhook_calling, "post_json", post)
    assert call() == {"queued": 1}
    assert call(minutes_later(2)) == {"sent": 3, "queued": 1}
    assert len(tried) == 5


def test_a_private_address_is_never_called_even_if_it_got_into_the_table(linnan, settings):
    with receiving() as secret, clock.at(REMINDER_MORNING - dt.timedelta(days=1)):
        factories.WebhookFactory(url=secret.url)
        reminded(linnan)
        prepare()
        assert call() == {"queued": 1}
        assert secret.calls == []
    assert "WEBHOOK_ALLOWED_NETWORKS" in only().last_error


# Leases -----------------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_make_each_call_once(linnan, webhook, receiver):
    receiver.speak = receiver.hold
    for _ in range(6):
        reminded(linnan, supervisor=True)
    prepare()

    def work():
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        first = workers.submit(work)
        assert receiver.holding.wait(10)
        # While the first waits for its answer, the second finds nothing that is free.
        assert workers.submit(work).result(10) == {}
        receiver.release.set()
        assert first.result(30) == {"sent": 6}
    numbers = [each.headers["X-Portfolio-Delivery"] for each in receiver.calls]
    assert len(numbers) == len(set(numbers)) == 6


def test_a_worker_that_died_leaves_a_lease_that_runs_out(linnan, webhook, receiver):
    reminded(linnan)
    prepare()
    WebhookDelivery.objects.update(
        lease_until=REMINDER_MORNING + dt.timedelta(minutes=2), attempts=1
    )
    assert call() == {}
    assert call(minutes_later(3)) == {"sent": 1}
    assert only().attempts == 2


def test_a_worker_that_has_lost_its_lease_writes_nothing(linnan, webhook, monkeypatch):
    reminded(linnan)
    prepare()
    others = REMINDER_MORNING + dt.timedelta(minutes=50)

    def post(url, *, body, headers):
        WebhookDelivery.objects.update(lease_until=others)  # somebody else has taken it over
        return WebhookResponse(500, "")

    monkeypatch.setattr(webhook_calling, "post_json", post)
    call()
    assert (only().lease_until, only().retry_at, only().last_error) == (others, None, "")


def test_a_webhook_that_is_switched_off_between_two_calls_gets_no_second(
    linnan, webhook, monkeypatch
):
    for _ in range(2):
        reminded(linnan, supervisor=True)
    prepare()
    made = []

    def post(url, *, body, headers):
        made.append(body)
        Webhook.objects.update(active=False)
        return WebhookResponse(200, "")

    monkeypatch.setattr(webhook_calling, "post_json", post)
    assert call() == {"sent": 1}
    assert len(made) == 1


def test_time_that_is_up_lets_go_of_the_rest(linnan, webhook, receiver):
    reminded(linnan)
    prepare()
    assert call(seconds=0.0) == {}
    assert only().lease_until is None


# The tick ---------------------------------------------------------------------------------------
def test_the_tick_prepares_and_hands_out_what_waits(linnan, webhook, receiver, monkeypatch):
    monkeypatch.setattr(tasks.deliver, "delay", lambda: None)
    handed_out = []
    monkeypatch.setattr(tasks.call_webhooks, "delay", lambda: handed_out.append(1))
    monkeypatch.setattr(tasks.transaction, "on_commit", lambda job: job())
    with clock.at(REMINDER_MORNING):
        tasks.tick()
        assert WebhookDelivery.objects.count() == 3  # the officer and two reporters
        assert handed_out == [1]
        tasks.call_webhooks()
        assert len(receiver.calls) == 3
        tasks.tick()
    assert handed_out == [1]

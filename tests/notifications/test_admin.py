"""The admin pages of the outbox: to be read, each by those whom it concerns."""

import datetime as dt

import pytest

from notifications.outbox.acknowledge import message_acknowledge
from notifications.outbox.models import DeliveryAttempt, Message, Reminder
from notifications.webhooks.bodies import secret_of
from notifications.webhooks.models import Webhook
from portfolio.core import clock
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


def test_nobody_writes_the_outbox_by_hand():
    reminder = factories.ReminderFactory()
    client = pages.administrator()
    assert client.get(pages.add_url(Reminder)).status_code == 403
    assert client.post(pages.url(reminder), {"title": "x"}).status_code == 403
    assert client.post(pages.url(reminder, "delete"), {"post": "yes"}).status_code == 403
    assert client.get(pages.url(reminder)).status_code == 200
    assert client.get(pages.url(reminder.message)).status_code == 200


def test_a_reporter_sees_the_reminders_of_the_own_department_only():
    own = factories.ReminderFactory()
    other = factories.ReminderFactory()
    client = pages.reporter_of(own.department)
    found = client.get(pages.list_url(Reminder)).context["cl"].result_list
    assert list(found) == [own]
    assert client.get(pages.url(other)).status_code == 302


# How a mail fared, and that it was read ----------------------------------------------------------
def test_the_page_of_a_mail_tells_each_attempt_in_the_servers_words():
    message = factories.MessageFactory(state="failed")
    DeliveryAttempt.objects.create(
        message=message,
        number=1,
        claimed_at=message.planned_for,
        lease_until=message.planned_for + dt.timedelta(minutes=5),
        ended_at=message.planned_for,
        outcome="refused",
        reply="550 5.1.1 no such user",
    )
    viewer = pages.signed_in(factories.MembershipFactory(role="viewer").user)
    page = viewer.get(pages.url(message)).content.decode()
    assert "550 5.1.1 no such user" in page


def test_mails_are_found_by_whether_their_recipient_has_said_that_they_were_read():
    message = factories.MessageFactory(state="sent", sent_at=clock.now())
    message_acknowledge(message=message, by=message.recipient_user)
    client = pages.signed_in(message.recipient_user)
    found = client.get(pages.list_url(Message), {"acknowledged": "yes"}).context["cl"].result_list
    assert list(found) == [message]
    assert not client.get(pages.list_url(Message), {"acknowledged": "no"}).context["cl"].result_list


# Webhooks ----------------------------------------------------------------------------------------
def test_the_secret_of_a_webhook_is_shown_when_it_is_made_and_never_again():
    client = pages.supervisor()
    body = {"name": "短信平台", "url": "https://93.184.215.14/hook", "tiers": ["urge", "supervise"]}
    made = client.post(pages.add_url(Webhook), {**body, "active": "on"})
    assert made.status_code == 200
    webhook = Webhook.objects.get()
    secret = secret_of(webhook)
    assert secret in made.content.decode()
    assert "no-store" in made.headers["Cache-Control"]
    assert (webhook.tiers, webhook.active) == (["urge", "supervise"], True)
    assert secret not in client.get(pages.url(webhook)).content.decode()


def test_a_new_key_is_shown_once_too():
    webhook = factories.WebhookFactory()
    old = secret_of(webhook)
    client = pages.supervisor()
    chosen = {"action": "renew_key", "_selected_action": [webhook.pk]}
    answer = client.post(pages.list_url(Webhook), chosen)
    webhook.refresh_from_db()
    assert secret_of(webhook) != old
    assert secret_of(webhook) in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    viewer = pages.signed_in(factories.MembershipFactory(role="viewer").user)
    assert viewer.post(pages.list_url(Webhook), chosen).status_code == 403


def test_keys_are_renewed_one_at_a_time():
    several = [factories.WebhookFactory() for _each in range(2)]
    olds = [secret_of(each) for each in several]
    chosen = {"action": "renew_key", "_selected_action": [each.pk for each in several]}
    answer = pages.supervisor().post(pages.list_url(Webhook), chosen, follow=True)
    assert "请只选一个接口" in answer.content.decode()
    for each, old in zip(several, olds, strict=True):
        each.refresh_from_db()
        assert secret_of(each) == old


def test_a_webhooks_tiers_are_ticked_and_one_to_an_inner_address_is_refused():
    webhook = factories.WebhookFactory()
    client = pages.supervisor()
    assert pages.save(client, pages.url(webhook), tiers=["urge"]).status_code == 302
    webhook.refresh_from_db()
    assert webhook.tiers == ["urge"]
    answer = pages.save(client, pages.url(webhook), url="https://127.0.0.1/hook")
    assert pages.errors(answer)

"""Webhooks over the API: who is told where, keys that are shown once, trying one out."""

import hashlib
import hmac
import ipaddress
import socket

import pytest

from notifications.webhooks import client as webhook_client
from notifications.webhooks.models import Webhook
from tests import clients, factories
from tests.notifications.receiver import receiving

pytestmark = pytest.mark.django_db
WEBHOOKS = "/api/v1/webhooks/"
DELIVERIES = "/api/v1/webhook-deliveries/"
PUBLIC = "https://93.184.215.14/hook"


@pytest.fixture
def receiver(settings):
    settings.WEBHOOK_ALLOWED_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]
    with receiving() as running:
        yield running


def body(**changes):
    return {"name": "短信平台", "url": PUBLIC, "tiers": ["urge", "supervise"]} | changes


def made(client=None, **changes):
    return clients.post(client or clients.supervisor(), WEBHOOKS, body(**changes))


def verified(secret, call) -> bool:
    fields = dict(part.split("=") for part in call.headers["X-Portfolio-Signature"].split(","))
    told = hmac.new(secret.encode(), f"{fields['t']}.".encode() + call.body, hashlib.sha256)
    return told.hexdigest() == fields["v1"]


def test_a_new_webhook_tells_its_secret_once():
    client = clients.supervisor()
    answer = made(client)
    told = answer.json()
    assert answer.status_code == 201
    assert told["secret"].startswith("whsec_")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Location"] == f"{WEBHOOKS}{told['id']}/"
    assert (told["tiers"], told["active"], told["key_version"]) == (["urge", "supervise"], True, 1)
    for path in (answer.headers["Location"], WEBHOOKS, f"{WEBHOOKS}{told['id']}/history/"):
        assert told["secret"] not in client.get(path).content.decode()


def test_an_answer_with_a_secret_is_not_kept_to_be_given_again():
    answer = clients.supervisor().post(
        WEBHOOKS, body(), content_type="application/json", headers={"Idempotency-Key": "k-1"}
    )
    assert answer.status_code == 400
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("短信平台", "scheme"),
        ("ftp://host.example/", "scheme"),
        ("https://user:pass@host.example/", "credentials"),
        ("https://2130706433/", "invalid"),
        ("https://127.0.0.1/", "private_address"),
        ("https://localhost:6379/", "private_address"),
        ("https://169.254.169.254/latest/meta-data/", "private_address"),
        ("https://[::ffff:10.0.0.1]/", "private_address"),
        ("http://93.184.215.14/", "https_required"),
        ("https://" + "a" * 500 + ".example/", "max_length"),
        ("", "blank"),
    ],
)
def test_an_address_that_may_not_be_called_is_refused_when_it_is_saved(url, code):
    answer = made(url=url)
    assert answer.status_code == 400
    assert clients.errors_of(answer) == {"/url": code}


def test_a_name_that_leads_inside_is_refused_when_it_is_saved_and_the_answer_says_how_to_open_it(
    monkeypatch,
):
    inside = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: inside)
    [error] = made(url="https://sms.city.example/").json()["errors"]
    assert error["code"] == "private_address"
    assert "10.1.2.3" in error["message"]
    assert "WEBHOOK_ALLOWED_NETWORKS" in error["message"]


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"tiers": []}, {"/tiers": "empty"}),
        ({"tiers": ["alarm"]}, {"/tiers/0": "invalid_choice"}),
        ({"name": ""}, {"/name": "blank"}),
        ({"secret": "mine"}, {"/secret": "unknown_field"}),
        ({"key_version": 7}, {"/key_version": "read_only"}),
    ],
)
def test_a_wrong_body_is_refused_by_field(changes, errors):
    assert clients.errors_of(made(**changes)) == errors


def test_tiers_named_twice_are_kept_once():
    assert made(tiers=["urge", "urge"]).json()["tiers"] == ["urge"]


def test_a_second_webhook_of_the_same_name_is_refused():
    made()
    assert clients.errors_of(made()) == {"/name": "unique"}


def test_a_webhook_is_changed_and_switched_off():
    client = clients.supervisor()
    path = made(client).headers["Location"]
    answer = clients.patch(client, path, {"active": False, "tiers": ["remind"]})
    assert answer.status_code == 200
    assert (answer.json()["active"], answer.json()["tiers"]) == (False, ["remind"])
    refused = clients.patch(client, path, {"url": "https://10.0.0.1/"})
    assert clients.errors_of(refused) == {"/url": "private_address"}


def test_an_address_that_stays_as_it_is_is_not_judged_again():
    """A network that was closed meanwhile does not keep a webhook from being switched off."""
    webhook = factories.WebhookFactory(url="https://10.0.0.1/")
    client = clients.supervisor()
    path = f"{WEBHOOKS}{webhook.pk}/"
    answer = clients.patch(client, path, {"url": webhook.url, "active": False})
    assert (answer.status_code, answer.json()["active"]) == (200, False)


def test_a_webhook_that_was_never_used_is_deleted_and_one_with_a_log_is_not():
    client = clients.supervisor()
    unused = factories.WebhookFactory()
    used = factories.WebhookDeliveryFactory().webhook
    assert client.delete(f"{WEBHOOKS}{unused.pk}/").status_code == 204
    assert client.delete(f"{WEBHOOKS}{used.pk}/").status_code == 409


def test_a_renewed_key_makes_another_secret_and_signs_from_then_on(receiver):
    client = clients.supervisor()
    first = made(client, url=receiver.url).json()
    path = f"{WEBHOOKS}{first['id']}/"
    renewed = clients.post(client, f"{path}renew-key/", {})
    assert renewed.status_code == 200
    assert renewed.headers["Cache-Control"] == "no-store"
    told = renewed.json()
    assert told["key_version"] == 2
    assert told["secret"] != first["secret"]
    clients.post(client, f"{path}test/", {})
    [call] = receiver.calls
    assert verified(told["secret"], call)
    assert not verified(first["secret"], call)


def test_a_test_call_is_signed_and_its_answer_is_shown(receiver):
    receiver.status, receiver.body = 202, "收到".encode()
    client = clients.supervisor()
    webhook = made(client, url=receiver.url).json()
    answer = clients.post(client, f"{WEBHOOKS}{webhook['id']}/test/", {})
    assert answer.json() == {"accepted": True, "status": 202, "text": "收到", "error": ""}
    [call] = receiver.calls
    assert verified(webhook["secret"], call)
    assert (call.json["event"], call.json["webhook"]) == ("test", "短信平台")
    assert call.headers["X-Portfolio-Delivery"] == "0"


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_test_call_that_is_not_taken_says_so(receiver, status):
    receiver.status = status
    client = clients.supervisor()
    webhook = made(client, url=receiver.url).json()
    answer = clients.post(client, f"{WEBHOOKS}{webhook['id']}/test/", {}).json()
    assert (answer["accepted"], answer["status"]) == (False, status)


def test_a_test_call_without_an_answer_says_why(receiver, monkeypatch):
    monkeypatch.setattr(webhook_client, "TIME_LIMIT", 0.2)
    client = clients.supervisor()
    webhook = made(client, url=receiver.url).json()
    receiver.speak = receiver.hold
    answer = clients.post(client, f"{WEBHOOKS}{webhook['id']}/test/", {}).json()
    assert (answer["accepted"], answer["status"]) == (False, None)
    assert "没有答复" in answer["error"]


def test_deliveries_are_filtered_by_webhook_and_state():
    client = clients.supervisor()
    one, other = factories.WebhookDeliveryFactory.create_batch(2)
    type(other).objects.filter(pk=other.pk).update(state="failed", last_error="对方答复 410")

    def listed(**asked):
        return [row["id"] for row in client.get(DELIVERIES, asked).json()["results"]]

    assert listed() == [other.pk, one.pk]
    assert listed(webhook=one.webhook_id) == [one.pk]
    assert listed(state="failed,withdrawn") == [other.pk]
    [row] = client.get(DELIVERIES, {"state": "failed"}).json()["results"]
    assert row["state_display"] == "已放弃"
    assert row["recipient"] == other.message.recipient
    assert clients.errors_of(client.get(DELIVERIES, {"state": "lost"})) == {
        "/state": "invalid_choice"
    }


@pytest.mark.parametrize("path", [WEBHOOKS, DELIVERIES])
def test_others_than_supervisors_see_none(path):
    factories.WebhookDeliveryFactory()
    assert clients.viewer().get(path).json()["count"] == 0


@pytest.mark.parametrize("action", ["renew-key", "test"])
def test_others_than_supervisors_can_do_nothing_with_one(action, receiver):
    webhook = factories.WebhookFactory(url=receiver.url)
    answer = clients.post(clients.viewer(), f"{WEBHOOKS}{webhook.pk}/{action}/", {})
    assert answer.status_code in (403, 404)
    assert receiver.calls == []
    assert made(clients.viewer()).status_code == 403

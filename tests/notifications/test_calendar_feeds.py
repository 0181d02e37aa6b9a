"""A person's calendar addresses: made, revoked, answered."""

import datetime as dt
import logging

import pytest
from django.test import Client

from notifications.calendar import services as calendar_feeds
from notifications.calendar.models import CalendarFeed
from portfolio.core import clock
from portfolio.core.api.log_lines import JsonLines
from portfolio.core.api.models import AnsweredRequest
from projects.people.models import User
from tests import clients, factories
from tests.notifications.calendars import MORNING, address_of, change, extend, read

pytestmark = pytest.mark.django_db

FEEDS = "/api/v1/calendar-feeds/"


@pytest.fixture(autouse=True)
def _morning():
    with clock.at(MORNING):
        yield


@pytest.fixture
def officer(linnan) -> User:
    """王建国, who is in charge of 林南."""
    return linnan.project.officer


# The addresses ------------------------------------------------------------------------------------
def test_a_new_feed_tells_its_whole_address_once_and_never_again(officer, settings):
    client = clients.signed_in(officer)
    made = clients.post(client, FEEDS, {"name": "手机"})
    assert made.status_code == 201
    address = made.json()["address"]
    assert address.startswith(f"{settings.BASE_URL}/calendar/")
    assert made.headers["Cache-Control"] == "no-store"
    told = [client.get(FEEDS), client.get(made.headers["Location"])]
    secret = address.rsplit("/", 1)[1].removesuffix(".ics")
    assert all(secret not in answer.content.decode() for answer in told)
    assert "address" not in client.get(FEEDS).json()["results"][0]


def test_only_a_digest_of_the_secret_is_kept_also_in_history(officer):
    client = clients.signed_in(officer)
    made = clients.post(client, FEEDS, {"name": "手机"}).json()
    secret = made["address"].rsplit("/", 1)[1].removesuffix(".ics")
    feed = CalendarFeed.objects.get()
    events = CalendarFeed._meta.get_field("events").related_model.objects
    kept = [str(CalendarFeed.objects.values().get()), *map(str, events.values())]
    assert all(secret not in row for row in kept)
    assert feed.digest == calendar_feeds.digest_of(secret)


def test_a_secret_has_256_bits(officer):
    secret = calendar_feeds.calendar_feed_create(by=officer, name="手机")[1]
    assert len(secret) == 43  # of 6 bits each
    assert secret != calendar_feeds.calendar_feed_create(by=officer, name="手机")[1]


def test_an_answer_with_a_secret_is_not_kept_to_be_given_again(officer):
    answer = clients.signed_in(officer).post(
        FEEDS,
        {"name": "手机"},
        content_type="application/json",
        headers={"Idempotency-Key": "k-1"},
    )
    assert answer.status_code == 400
    assert clients.errors_of(answer) == {"/Idempotency-Key": "not_kept"}
    assert not AnsweredRequest.objects.exists()
    assert not CalendarFeed.objects.exists()


def test_a_feed_needs_a_name(officer):
    answer = clients.post(clients.signed_in(officer), FEEDS, {"name": " "})
    assert clients.errors_of(answer) == {"/name": "blank"}


def test_nobody_makes_a_feed_for_somebody_else(officer):
    other = factories.UserFactory()
    body = {"name": "手机", "user": other.pk}
    answer = clients.post(clients.signed_in(officer), FEEDS, body)
    assert clients.errors_of(answer) == {"/user": "unknown_field"}


def test_a_person_has_at_most_ten_feeds_in_use(officer):
    client = clients.signed_in(officer)
    made = [clients.post(client, FEEDS, {"name": f"手机{n}"}) for n in range(10)]
    refused = clients.post(client, FEEDS, {"name": "第十一个"})
    assert refused.status_code == 409
    assert "10" in refused.json()["detail"]
    assert clients.post(client, f"{made[0].headers['Location']}revoke/", {}).status_code == 200
    assert clients.post(client, FEEDS, {"name": "第十一个"}).status_code == 201


def test_the_feeds_of_others_are_no_ones_business(officer):
    feed = factories.CalendarFeedFactory()
    client = clients.signed_in(officer)
    assert client.get(FEEDS).json()["count"] == 0
    assert clients.post(client, f"{FEEDS}{feed.pk}/revoke/", {}).status_code == 404


def test_a_revoked_feed_is_revoked_for_good(officer):
    feed = calendar_feeds.calendar_feed_create(by=officer, name="手机")[0]
    client = clients.signed_in(officer)
    path = f"{FEEDS}{feed.pk}/"
    revoked = clients.post(client, f"{path}revoke/", {})
    assert revoked.json()["revoked_at"] is not None
    assert clients.post(client, f"{path}revoke/", {}).status_code == 409
    assert client.get(f"{FEEDS}?in_use=true").json()["count"] == 0
    assert client.get(f"{FEEDS}?in_use=false").json()["count"] == 1


# What an address answers --------------------------------------------------------------------------
def test_an_address_answers_a_calendar_without_signing_in(officer, linnan):
    answer = read(address_of(officer))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'inline; filename="deadlines.ics"'
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "Set-Cookie" not in answer.headers


def test_unknown_addresses_are_not_found(db):
    for secret in ("A" * 43, "短", "A" * 42, "A" * 44):
        assert read(f"/calendar/{secret}.ics").status_code == 404


def test_a_revoked_address_is_not_found(officer):
    feed, secret = calendar_feeds.calendar_feed_create(by=officer, name="手机")
    assert read(f"/calendar/{secret}.ics").status_code == 200
    calendar_feeds.calendar_feed_revoke(feed=feed, by=officer)
    assert read(f"/calendar/{secret}.ics").status_code == 404


def test_the_address_of_somebody_who_has_left_is_not_found(officer):
    path = address_of(officer)
    change(officer, is_active=False)
    assert read(path).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_an_address_can_only_be_read(officer, method):
    assert getattr(Client(), method)(address_of(officer)).status_code == 405


def test_what_has_not_changed_is_not_sent_again(officer, linnan):
    path = address_of(officer)
    tag = read(path).headers["ETag"]
    again = read(path, **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    extend(linnan, dt.date(2025, 10, 31))
    assert read(path, **{"If-None-Match": tag}).status_code == 200


def test_a_head_request_says_what_a_get_would(officer):
    path = address_of(officer)
    assert Client().head(path).headers["ETag"] == read(path).headers["ETag"]


@pytest.mark.parametrize("path", ["/calendar/{}.ics", "/calendar/{}.ics/", "/calendar/x{}.ics"])
def test_a_refused_address_leaves_no_secret_in_the_log(caplog, officer, path):
    feed, secret = calendar_feeds.calendar_feed_create(by=officer, name="手机")
    calendar_feeds.calendar_feed_revoke(feed=feed, by=officer)
    with caplog.at_level(logging.INFO):
        assert read(path.format(secret)).status_code == 404
        assert Client().post(path.format(secret)).status_code in (404, 405)
    assert secret in caplog.text  # Django's own record has it …
    lines = [JsonLines().format(record) for record in caplog.records]
    assert lines
    assert secret not in "".join(lines)  # … and our lines do not


def test_a_failure_leaves_no_secret_in_the_log(caplog, officer, monkeypatch):
    path = address_of(officer)

    def fail(**_given):
        raise RuntimeError(f"while answering {path}")

    monkeypatch.setattr(calendar_feeds, "calendar_read", fail)
    client = Client(raise_request_exception=False)
    assert client.get(path).status_code == 500
    lines = "".join(JsonLines().format(record) for record in caplog.records)
    assert "RuntimeError" in lines
    assert path not in lines

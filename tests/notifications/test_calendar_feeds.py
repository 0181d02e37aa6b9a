"""A person's calendar addresses, and what they answer."""

import datetime as dt
import logging
import threading
from itertools import pairwise

import icalendar
import pytest
import vobject
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from notifications.models import CalendarEntry, CalendarFeed
from notifications.services import calendar_feeds
from portfolio import clock
from portfolio.api.log_lines import JsonLines
from portfolio.models import AnsweredRequest
from projects.models import Milestone, User
from tests import clients, factories

pytestmark = pytest.mark.django_db

FEEDS = "/api/v1/calendar-feeds/"
MORNING = dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)


@pytest.fixture(autouse=True)
def _morning():
    with clock.at(MORNING):
        yield


@pytest.fixture
def officer(linnan) -> User:
    """王建国, who is in charge of 林南."""
    return linnan.project.officer


def address_of(user) -> str:
    """Returns the path of a new calendar of the person."""
    secret = calendar_feeds.calendar_feed_create(by=user, name="手机")[1]
    return f"/calendar/{secret}.ics"


def read(path: str, **headers: str):
    return Client(headers=headers).get(path)


def events_of(path: str) -> dict[str, icalendar.Event]:
    """Returns UID without host → event, of what the address answers now."""
    answer = read(path)
    assert answer.status_code == 200
    found = {}
    for event in icalendar.Calendar.from_ical(answer.content).events:
        assert event.errors == []
        found[str(event["uid"]).split("@")[0]] = event
    return found


def event_of(path: str, milestone: Milestone) -> icalendar.Event:
    return events_of(path)[f"milestone-{milestone.pk}"]


def sequence_and_status(event) -> tuple[int, str]:
    return int(event["sequence"]), str(event["status"])


def days_later(days: int):
    return clock.at(MORNING + dt.timedelta(days=days))


def change(row, **values) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def extend(milestone: Milestone, new_due_on: dt.date) -> None:
    milestone.refresh_from_db()
    factories.GrantedExtensionFactory(milestone=milestone, new_due_on=new_due_on)


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


# Which deadlines ----------------------------------------------------------------------------------
def test_a_calendar_has_an_event_for_each_deadline_of_the_persons_own(officer, linnan):
    factories.MilestoneFactory()  # of others
    assert set(events_of(address_of(officer))) == {f"milestone-{linnan.pk}"}


def test_an_event_tells_who_answers_how_firmly_and_where_it_stands(officer, linnan):
    path = address_of(officer)
    event = event_of(path, linnan)
    assert str(event["summary"]) == "林南平房区安置房 · 建成交付"
    assert event.start == dt.date(2025, 9, 30)
    assert str(event["description"]) == "责任单位: 市住建局\n承诺强度: 确保\n出处: §三（五）"
    assert str(event["url"]).endswith(f"/go/milestone/{linnan.pk}/")
    calendar = vobject.readOne(read(path).content.decode())
    assert calendar.contents["x-wr-calname"][0].value == "督查事项 · 王建国"


def test_every_kind_of_deadline_can_be_read_by_others(linnan):
    factories.MembershipFactory(role="supervisor")
    leader = factories.MembershipFactory(role="leader", user__name="李市长").user
    change(linnan.project, sponsor=leader)
    bureau = linnan.project.lead_department
    factories.TargetFactory(lead_department=bureau)
    factories.WorkItemFactory(lead_department=bureau)
    factories.ProgressReturnFactory(project=linnan.project)
    factories.AssignedProblemFactory(solver_department=bureau)
    factories.SignedExtensionFactory(
        milestone=factories.MilestoneFactory(project=linnan.project), decider="leader"
    )
    reporter = User.objects.get(name="乌兰")
    of_reporter = {key.split("-")[0] for key in events_of(address_of(reporter))}
    of_leader = {key.split("-")[0] for key in events_of(address_of(leader))}
    assert of_reporter == {"milestone", "target", "work_item", "progress_return", "problem"}
    assert of_leader == {"milestone", "progress_return", "extension_request"}


@pytest.mark.parametrize(
    ("due_on", "seen"),
    [
        (dt.date(2025, 6, 24), False),
        (dt.date(2025, 6, 25), True),
        (dt.date(2026, 10, 28), True),
        (dt.date(2026, 10, 29), False),
    ],
)
def test_a_calendar_reaches_90_days_back_and_400_ahead(due_on, seen):
    milestone = factories.MilestoneFactory(due_on=due_on, officer=factories.UserFactory())
    assert bool(events_of(address_of(milestone.officer))) is seen


def test_of_more_than_a_calendar_bears_the_nearest_are_taken(officer, linnan, monkeypatch):
    monkeypatch.setattr("notifications.services.calendar_entries.MOST_EVENTS", 3)
    days = [
        factories.MilestoneFactory(project=linnan.project, due_on=day).due_on
        for day in (dt.date(2025, 9, 20), dt.date(2025, 9, 24), dt.date(2025, 8, 1))
    ]
    found = {event.start for event in events_of(address_of(officer)).values()}
    assert found == {linnan.due_on, days[0], days[1]}


def test_what_makes_room_for_nearer_deadlines_is_not_called_off(officer, linnan, monkeypatch):
    monkeypatch.setattr("notifications.services.calendar_entries.MOST_EVENTS", 1)
    path = address_of(officer)
    assert len(events_of(path)) == 1
    factories.MilestoneFactory(project=linnan.project, due_on=dt.date(2025, 9, 24))
    assert [event["status"] for event in events_of(path).values()] == ["CONFIRMED"]


# How events follow their deadlines ----------------------------------------------------------------
def test_an_extension_moves_the_event_and_raises_its_sequence(officer, linnan):
    path = address_of(officer)
    assert sequence_and_status(event_of(path, linnan)) == (0, "CONFIRMED")
    extend(linnan, dt.date(2025, 10, 31))
    with days_later(1):
        event = event_of(path, linnan)
    assert event.start == dt.date(2025, 10, 31)
    assert sequence_and_status(event) == (1, "CONFIRMED")
    assert event["last-modified"].dt.date() == dt.date(2025, 9, 24)


def test_a_new_name_raises_the_sequence(officer, linnan):
    path = address_of(officer)
    events_of(path)
    change(linnan, name="竣工验收")
    event = event_of(path, linnan)
    assert str(event["summary"]) == "林南平房区安置房 · 竣工验收"
    assert int(event["sequence"]) == 1


def test_what_is_done_bears_a_mark_and_leaves_the_day_free(officer, linnan):
    path = address_of(officer)
    events_of(path)
    change(linnan, done_on=dt.date(2025, 9, 23))
    event = event_of(path, linnan)
    assert str(event["summary"]).startswith("✓ ")
    assert "已办结" in event["description"]
    assert str(event["transp"]) == "TRANSPARENT"
    assert sequence_and_status(event) == (1, "CONFIRMED")


def park(milestone):
    factories.HandoverStepFactory(
        milestone=milestone, state="parked", text="等待批复", parked_until=dt.date(2025, 12, 1)
    )


def hand_to_another(milestone):
    change(milestone.project, officer=factories.UserFactory())


def call_off(milestone):
    milestone.project.transitions.create(
        from_stage="construction", to_stage="cancelled", effective_on=dt.date(2025, 9, 22)
    )


def delete(milestone):
    milestone.delete()


@pytest.mark.parametrize("vanish", [park, hand_to_another, call_off, delete])
def test_what_vanishes_stays_as_cancelled(officer, linnan, vanish):
    path, key = address_of(officer), f"milestone-{linnan.pk}"
    events_of(path)
    vanish(linnan)
    event = events_of(path)[key]
    assert sequence_and_status(event) == (1, "CANCELLED")
    assert event.start == dt.date(2025, 9, 30)


def test_what_a_calendar_never_had_is_not_cancelled_in_it(officer, linnan):
    hand_to_another(linnan)
    assert events_of(address_of(officer)) == {}


def test_what_is_cancelled_goes_after_90_days(officer, linnan):
    path = address_of(officer)
    events_of(path)
    hand_to_another(linnan)
    assert len(events_of(path)) == 1
    with days_later(89):
        assert len(events_of(path)) == 1
    with days_later(91):
        assert events_of(path) == {}


@pytest.mark.parametrize("days", [1, 91])
def test_what_comes_back_stands_again_with_a_higher_sequence(officer, linnan, days):
    path = address_of(officer)
    events_of(path)
    hand_to_another(linnan)
    events_of(path)
    with days_later(days):
        events_of(path)
        change(linnan.project, officer=officer)
        assert sequence_and_status(event_of(path, linnan)) == (2, "CONFIRMED")


def test_what_passes_out_of_sight_is_not_called_off(officer, linnan):
    path = address_of(officer)
    events_of(path)
    with days_later(100):
        assert events_of(path) == {}
    assert not CalendarEntry.objects.get().cancelled


def test_a_late_extension_brings_back_what_had_passed_out_of_sight(officer, linnan):
    path = address_of(officer)
    events_of(path)
    with days_later(100):
        events_of(path)
        extend(linnan, dt.date(2026, 2, 1))
        assert sequence_and_status(event_of(path, linnan)) == (1, "CONFIRMED")


def test_a_sequence_never_falls_whatever_happens(officer, linnan):
    path, seen = address_of(officer), []
    project = linnan.project
    happenings = [
        lambda: None,
        lambda: extend(linnan, dt.date(2025, 10, 31)),
        lambda: change(linnan, name="竣工"),
        lambda: change(linnan, done_on=dt.date(2025, 9, 23)),
        lambda: change(linnan, done_on=None),
        lambda: hand_to_another(linnan),
        lambda: change(project, officer=officer),
        lambda: extend(linnan, dt.date(2027, 1, 1)),
    ]
    for happen in happenings:
        happen()
        seen.append(sequence_and_status(event_of(path, linnan)))
    assert [status for _sequence, status in seen].count("CANCELLED") == 2
    assert all(before < after for (before, _a), (after, _b) in pairwise(seen))


def test_the_readers_language_changes_nothing(officer, linnan):
    factories.ProgressReturnFactory(project=linnan.project)
    path = address_of(User.objects.get(name="乌兰"))
    first = read(path, **{"Accept-Language": "zh-hans"})
    again = read(path, **{"Accept-Language": "en"})
    assert first.content == again.content
    assert "月报" in again.content.decode()


def test_two_feeds_of_a_person_tell_the_same(officer, linnan):
    first, second = address_of(officer), address_of(officer)
    events_of(first)
    extend(linnan, dt.date(2025, 10, 31))
    assert read(first).content == read(second).content


# Cost ---------------------------------------------------------------------------------------------
def test_the_number_of_queries_does_not_grow_with_the_deadlines(officer, linnan):
    path, counts = address_of(officer), []
    for more in (1, 20):
        for _each in range(more):
            factories.MilestoneFactory(project=linnan.project)
            factories.WorkItemFactory(officer=officer)
        with CaptureQueriesContext(connection) as captured:
            events = events_of(path)
        counts.append(len(captured))
    assert len(events) == 43
    assert counts[0] == counts[1] <= 20


def test_when_nothing_has_changed_nothing_is_written(officer, linnan):
    path = address_of(officer)
    events_of(path)
    with CaptureQueriesContext(connection) as captured:
        events_of(path)
    written = [query["sql"] for query in captured if not query["sql"].startswith(("SELECT", "(S"))]
    assert all("SAVEPOINT" in sql or "set_config" in sql for sql in written)


@pytest.mark.django_db(transaction=True)
def test_two_readers_at_once_get_the_same_and_write_each_event_once(officer, linnan):
    for _each in range(30):
        factories.MilestoneFactory(project=linnan.project)
    path, answers, start = address_of(officer), [], threading.Barrier(4)

    def reader():
        try:
            start.wait(timeout=30)
            with clock.at(MORNING), clock.seen_at(MORNING):
                answers.append(read(path))
        finally:
            connection.close()

    readers = [threading.Thread(target=reader) for _each in range(4)]
    for each in readers:
        each.start()
    for each in readers:
        each.join(timeout=60)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert CalendarEntry.objects.count() == 31
    assert set(CalendarEntry.objects.values_list("sequence", flat=True)) == {0}

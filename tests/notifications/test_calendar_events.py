"""Which deadlines stand in a person's calendar, and how its events follow them."""

import datetime as dt
import threading
from itertools import pairwise

import pytest
import vobject
from django.db import connection
from django.test.utils import CaptureQueriesContext

from notifications.calendar.models import CalendarEntry
from portfolio.core import clock
from projects.people.models import User
from tests import factories
from tests.notifications.calendars import (
    MORNING,
    address_of,
    change,
    event_of,
    events_of,
    extend,
    read,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _morning():
    with clock.at(MORNING):
        yield


@pytest.fixture
def officer(linnan) -> User:
    """王建国, who is in charge of 林南."""
    return linnan.project.officer


def sequence_and_status(event) -> tuple[int, str]:
    return int(event["sequence"]), str(event["status"])


def days_later(days: int):
    return clock.at(MORNING + dt.timedelta(days=days))


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
    monkeypatch.setattr("notifications.calendar.entries.MOST_EVENTS", 3)
    days = [
        factories.MilestoneFactory(project=linnan.project, due_on=day).due_on
        for day in (dt.date(2025, 9, 20), dt.date(2025, 9, 24), dt.date(2025, 8, 1))
    ]
    found = {event.start for event in events_of(address_of(officer)).values()}
    assert found == {linnan.due_on, days[0], days[1]}


def test_what_makes_room_for_nearer_deadlines_is_not_called_off(officer, linnan, monkeypatch):
    monkeypatch.setattr("notifications.calendar.entries.MOST_EVENTS", 1)
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
            with clock.at(MORNING), clock.stop_at(MORNING):
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

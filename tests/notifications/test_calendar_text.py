"""The calendar's text, as two libraries of others read it."""

import datetime as dt
from dataclasses import replace

import icalendar
import pytest
import vobject

from notifications.calendar.ical import CalendarEvent, calendar_text

EVENT = CalendarEvent(
    kind="milestone",
    kind_label="节点",
    object_id=7,
    title="林南平房区安置房 · 建成交付",
    details="责任单位: 市住建局\n承诺强度: 确保",
    due_on=dt.date(2025, 9, 30),
    done=False,
    cancelled=False,
    sequence=3,
    changed_at=dt.datetime(2025, 9, 23, 1, 2, 3, tzinfo=dt.UTC),
)
DONE = replace(EVENT, done=True)
CANCELLED = replace(EVENT, cancelled=True)


def text_of(*events, name="王建国"):
    return calendar_text(name=name, events=events)


def only_event(text):
    """Returns the event, read by the strict half of one library and by another altogether."""
    [event] = icalendar.Calendar.from_ical(text).events
    assert event.errors == []
    return event, vobject.readOne(text.decode()).vevent


@pytest.fixture(autouse=True)
def _site(settings):
    settings.BASE_URL = "https://ducha.example:8443"


def test_the_calendar_bears_the_persons_name_in_the_new_property_and_the_old():
    read = vobject.readOne(text_of(name="王,建;国").decode())
    assert read.contents["name"][0].value == "督查事项 · 王,建;国"
    assert read.contents["x-wr-calname"][0].value.replace("\\", "") == "督查事项 · 王,建;国"


def test_a_name_with_a_line_break_adds_no_line_of_its_own():
    lines = text_of(name="王\r\nX-EVIL:1\n建国").decode().split("\r\n")
    assert "X-WR-CALNAME:督查事项 · 王 X-EVIL:1 建国" in lines


def test_the_calendar_asks_to_be_read_again_after_four_hours():
    read = icalendar.Calendar.from_ical(text_of())
    assert read["refresh-interval"].dt == dt.timedelta(hours=4)
    assert read["refresh-interval"].params["VALUE"] == "DURATION"
    assert read["x-published-ttl"].to_ical() == b"PT4H"


def test_a_deadline_is_a_whole_day_to_both_readers():
    event, other = only_event(text_of(EVENT))
    assert (event.start, event.end) == (dt.date(2025, 9, 30), dt.date(2025, 10, 1))
    assert (other.dtstart.value, other.dtend.value) == (event.start, event.end)


def test_an_event_bears_its_name_address_and_details_to_both_readers():
    event, other = only_event(text_of(EVENT))
    assert str(event["uid"]) == other.uid.value == "milestone-7@ducha.example"
    assert str(event["url"]) == other.url.value == "https://ducha.example:8443/go/milestone/7/"
    assert str(event["summary"]) == other.summary.value == EVENT.title
    assert str(event["description"]) == other.description.value == EVENT.details
    assert other.categories.value == ["节点"]


def test_the_moment_of_change_is_told_in_utc():
    event, other = only_event(text_of(EVENT))
    assert event["dtstamp"].dt == event["last-modified"].dt == EVENT.changed_at
    assert other.dtstamp.value == EVENT.changed_at
    assert b"\r\nDTSTAMP:20250923T010203Z\r\n" in text_of(EVENT)


@pytest.mark.parametrize(
    ("event", "summary", "status", "transp"),
    [
        (EVENT, "林南平房区安置房 · 建成交付", "CONFIRMED", "OPAQUE"),
        (DONE, "✓ 林南平房区安置房 · 建成交付", "CONFIRMED", "TRANSPARENT"),
        (CANCELLED, "（已取消）林南平房区安置房 · 建成交付", "CANCELLED", "TRANSPARENT"),
    ],
)
def test_where_a_deadline_stands_is_seen_also_where_no_status_is_shown(
    event, summary, status, transp
):
    read, other = only_event(text_of(event))
    assert str(read["summary"]) == other.summary.value == summary
    assert str(read["status"]) == other.status.value == status
    assert str(read["transp"]) == other.transp.value == transp
    assert int(read["sequence"]) == int(other.sequence.value) == 3


def test_no_event_bears_an_alarm():
    assert b"VALARM" not in text_of(EVENT, DONE, CANCELLED)


def test_lines_of_chinese_are_folded_at_75_octets_and_no_character_is_cut():
    title = "建设" * 90 + "；林南, 平房; \\区"
    text = text_of(replace(EVENT, title=title, details=title * 2))
    lines = text.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()  # raises where a character was cut in two
    event, other = only_event(text)
    assert str(event["summary"]) == other.summary.value == title


def test_control_characters_from_sheets_are_left_out():
    text = text_of(replace(EVENT, title="安置\x07房\x0b\t交付\x7f"))
    event, other = only_event(text)
    assert str(event["summary"]) == other.summary.value == "安置 房 交付"


def test_an_empty_calendar_is_read_by_both():
    assert icalendar.Calendar.from_ical(text_of()).events == []
    assert "vevent" not in vobject.readOne(text_of().decode()).contents


def test_the_same_events_give_the_same_text():
    assert text_of(EVENT, DONE) == text_of(EVENT, DONE)

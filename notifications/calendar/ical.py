"""The text of a calendar (RFC 5545, with the name and the pace of RFC 7986)."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration, vText

# How often calendars are asked to come back; mails remind, so a calendar need not be fresher.
REFRESH = dt.timedelta(hours=4)
# What TEXT may not hold (RFC 5545, 3.1): names come from sheets, and sheets hold anything.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A deadline as a calendar shows it: a whole day, without an alarm, for mails remind."""

    kind: str
    kind_label: str
    object_id: int
    title: str
    details: str
    due_on: dt.date
    done: bool
    cancelled: bool
    sequence: int
    changed_at: dt.datetime


def calendar_text(*, name: str, events: Iterable[CalendarEvent]) -> bytes:
    """Returns the calendar of one person, UTF-8, its lines folded at 75 octets.

    The same events give the same text: no moment of reading stands in it.
    """
    host = urlsplit(settings.BASE_URL).hostname
    called = vText(_one_line(_("督查事项 · %(name)s") % {"name": name}))
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", f"-//{host}//portfolio//ZH")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", called)
    calendar.add("x-wr-calname", called)  # what Outlook and phones read instead
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    for event in events:
        calendar.add_component(_vevent(event, host))
    return calendar.to_ical()


def _vevent(event: CalendarEvent, host: str | None) -> Event:
    component = Event()
    component.add("uid", f"{event.kind}-{event.object_id}@{host}")
    component.add("sequence", event.sequence)
    component.add("dtstamp", event.changed_at)
    component.add("last-modified", event.changed_at)
    component.add("dtstart", event.due_on)
    component.add("dtend", event.due_on + dt.timedelta(days=1))
    component.add("summary", _one_line(_summary(event)))
    component.add("description", _CONTROLS.sub(" ", event.details))
    component.add("categories", [event.kind_label])
    component.add("url", f"{settings.BASE_URL}/go/{event.kind}/{event.object_id}/")
    component.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    # What is done keeps nobody's day.
    free = event.done or event.cancelled
    component.add("transp", "TRANSPARENT" if free else "OPAQUE")
    return component


def _summary(event: CalendarEvent) -> str:
    """Returns the title with its mark: not every calendar shows a status."""
    if event.cancelled:
        return _("（已取消）%(title)s") % {"title": event.title}
    return f"✓ {event.title}" if event.done else event.title


def _one_line(text: str) -> str:
    return " ".join(_CONTROLS.sub(" ", text).split())

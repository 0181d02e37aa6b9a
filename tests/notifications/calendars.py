"""Calendars as a person's phone reads them."""

import datetime as dt
from typing import Any

import icalendar
from django.test import Client

from notifications.calendar import services as calendar_feeds
from portfolio.core import clock
from projects.milestones.models import Milestone
from tests import factories

MORNING = dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)


def address_of(user: Any) -> str:
    """Returns the path of a new calendar of the person."""
    secret = calendar_feeds.calendar_feed_create(by=user, name="手机")[1]
    return f"/calendar/{secret}.ics"


def read(path: str, **headers: str) -> Any:
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


def change(row: Any, **values: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**values)


def extend(milestone: Milestone, new_due_on: dt.date) -> None:
    milestone.refresh_from_db()
    factories.GrantedExtensionFactory(milestone=milestone, new_due_on=new_due_on)

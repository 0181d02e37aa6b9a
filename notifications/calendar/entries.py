"""Keeps what a person's calendar has in step with the person's deadlines, when it is read."""

import datetime as dt
from dataclasses import astuple, fields
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from notifications.calendar.ical import CalendarEvent
from notifications.calendar.models import CalendarEntry
from notifications.calendar.rules import (
    AHEAD,
    MOST_EVENTS,
    PAST,
    EventState,
    cancel_event,
    is_still_shown,
    update_event,
)
from notifications.own_deadlines import own_deadlines_condition
from portfolio.core.locks import acquire_transaction_lock
from projects.choices import Commitment
from projects.deadlines import deadline_rows, kind_labels
from projects.people.actors import user_of
from projects.people.models import Department
from projects.permissions import Actor

Key = tuple[str, int]
Row = dict[str, Any]
COLUMNS = tuple(field.name for field in fields(EventState))


@transaction.atomic
def entries_synchronise(*, user: Actor, day: dt.date, at: dt.datetime) -> list[CalendarEvent]:
    """Returns the events of the person's calendar as of now, and keeps them as the last known.

    The number of queries does not depend on the number of deadlines; when nothing has changed
    nothing is written. Two readers at once: the second waits, then finds nothing to change.
    """
    acquire_transaction_lock(f"calendar.{user.pk}")
    rows = _nearest(user, day)
    had = _entries_of(user)
    now = {
        key: update_event(
            had.get(key), title=row["title"], due_on=row["due_on"], done=row["done"], at=at
        )
        for key, row in rows.items()
    }
    now |= {key: cancel_event(had[key], at=at) for key in _find_vanished(had, rows, day)}
    _write(user, {key: entry for key, entry in now.items() if entry != had.get(key)})
    told = {key: entry for key, entry in (had | now).items() if is_still_shown(entry, at=at)}
    shown = {key: now[key] for key in rows} | told
    details = _details(rows)
    return [
        _event(key, entry, details.get(key, ""))
        for key, entry in sorted(shown.items(), key=lambda item: (item[1].due_on, item[0]))
    ]


def _nearest(user: Actor, day: dt.date) -> dict[Key, Row]:
    """Returns the person's deadlines from ninety days back to four hundred ahead; of more than a
    calendar bears, the nearest."""
    mine = own_deadlines_condition(user)
    yesterday = day - dt.timedelta(days=1)
    ahead = deadline_rows(user, where=mine & Q(due_on__range=(day, day + AHEAD)))
    behind = deadline_rows(user, where=mine & Q(due_on__range=(day - PAST, yesterday)))
    newest_first = behind.order_by("-due_on", "kind", "object_id")
    found = [*ahead[:MOST_EVENTS], *newest_first[:MOST_EVENTS]]
    found.sort(key=lambda row: abs(row["due_on"] - day))
    return {(row["kind"], row["object_id"]): row for row in found[:MOST_EVENTS]}


def _entries_of(user: Actor) -> dict[Key, EventState]:
    rows = CalendarEntry.objects.filter(user=user.pk).order_by()
    return {
        (kind, object_id): EventState(*values)
        for kind, object_id, *values in rows.values_list("kind", "object_id", *COLUMNS)
    }


def _find_vanished(had: dict[Key, EventState], rows: dict[Key, Row], day: dt.date) -> set[Key]:
    """Returns what should be seen, by what was last known of it, and is not.

    What has only passed out of sight, because it is long ago or because nearer deadlines take its
    place, is not called off.
    """
    first, last = day - PAST, day + AHEAD
    if len(rows) == MOST_EVENTS:
        reach = max(abs(row["due_on"] - day) for row in rows.values()) - dt.timedelta(days=1)
        first, last = max(first, day - reach), min(last, day + reach)
    return {key for key, entry in had.items() if key not in rows and first <= entry.due_on <= last}


def _write(user: Actor, changed: dict[Key, EventState]) -> None:
    """Adds or changes the entries, in the order of the key, by one statement."""
    CalendarEntry.objects.bulk_create(
        [
            CalendarEntry(
                user=user_of(user),
                kind=kind,
                object_id=object_id,
                **dict(zip(COLUMNS, astuple(changed[kind, object_id]), strict=True)),
            )
            for kind, object_id in sorted(changed)
        ],
        update_conflicts=True,
        unique_fields=["user", "kind", "object_id"],
        update_fields=COLUMNS,
    )


def _details(rows: dict[Key, Row]) -> dict[Key, str]:
    """Returns what an event says below its title; one query for the departments' names."""
    departments = {row["department_id"] for row in rows.values()}
    names = dict(
        Department.objects.filter(pk__in=departments).order_by().values_list("pk", "short_name")
    )
    return {key: _detail(row, names[row["department_id"]]) for key, row in rows.items()}


def _detail(row: Row, department: str) -> str:
    lines = [_("责任单位: %(department)s") % {"department": department}]
    if row["commitment"]:
        commitment = Commitment(row["commitment"]).label
        lines.append(_("承诺强度: %(commitment)s") % {"commitment": commitment})
    if row["section"]:
        lines.append(_("出处: %(section)s") % {"section": row["section"]})
    if row["done"]:
        lines.append(_("已办结"))
    return "\n".join(lines)


def _event(key: Key, entry: EventState, details: str) -> CalendarEvent:
    kind, object_id = key
    return CalendarEvent(
        kind=kind,
        kind_label=str(kind_labels().get(kind, kind)),
        object_id=object_id,
        title=entry.title,
        details=details,
        due_on=entry.due_on,
        done=entry.done,
        cancelled=entry.cancelled,
        sequence=entry.sequence,
        changed_at=entry.changed_at,
    )

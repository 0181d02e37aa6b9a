"""Every cell of the permission table, over HTTP, against an expectation written by hand."""

import csv
import datetime as dt
import io
import logging
from collections import Counter, defaultdict
from contextlib import suppress
from functools import lru_cache
from typing import Any

import pytest
from django.db import transaction

from portfolio.core import clock
from portfolio.core.history import past as as_of
from portfolio.urls import router
from projects.permissions.table import OWN_PATH, TABLE, Scope
from tests import clients
from tests.projects.permission_expectations import PEOPLE, ROWS, expectations
from tests.projects.permission_scene import (
    API,
    BULK,
    INSIDE,
    PREFIXES,
    Scene,
    Try,
    bulk_request_of,
    request_of,
)

pytestmark = pytest.mark.django_db
A_DAY = dt.datetime(2025, 9, 23, 12, tzinfo=clock.CITY_TIME)
EXPECTED = expectations()
# Nobody's in this state, which may be told first: a published round is corrected by amendments.
STATE_FORBIDS = {
    ("projects.InspectionScore", action, "p") for action in ("add", "change", "delete")
}


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker):
    """Makes the city once; each request's traces are undone, and at the end the city."""
    logging.disable(logging.CRITICAL)  # a thousand refusals are meant
    with django_db_blocker.unblock(), clock.at(A_DAY), transaction.atomic():
        yield Scene()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


# What is made for oneself only: there is no way to say that it is for somebody else.
OWN_ONLY = {
    ("notifications.TierOptOut", "add", "x"): "/user",
    ("notifications.CalendarFeed", "add", "x"): "/user",
    ("reports.Export", "add", "x"): "/owner",
}
EXPORT = "export"


class _UndoneError(Exception):
    pass


def undone(ask: Any, *args: Any) -> Any:
    answer = None
    with suppress(_UndoneError), transaction.atomic():
        answer = ask(*args)
        raise _UndoneError
    return answer


def cells_of_the_table() -> int:
    """Counts the cells that the code's table has: action × person × kind of row."""
    cells = 0
    for label, actions in TABLE.items():
        scopes = {scope for circles in actions.values() for scope in circles.values()}
        rows = 3 if label in OWN_PATH else 1
        rows += (Scope.SELF in scopes) + (Scope.PUBLISHED in scopes)
        cells += len(actions) * len(PEOPLE) * rows
    return cells


@pytest.mark.long
@pytest.mark.timeout(300)
def test_every_cell_of_the_permission_table_over_http(scene, capsys):
    wrong, requests, tried = [], Counter(), set()
    seen = lru_cache(maxsize=None)(lambda *asked: listed(scene, requests, *asked))
    for cell, allowed in EXPECTED.items():
        label, action, person, row = cell
        t = Try(scene, label, person, row)
        if action == "view":
            found = views(t, allowed, seen, requests)
        else:
            found = deeds(t, action, allowed, requests)
        wrong += [f"{' '.join(cell)}: {each}" for each in found]
        tried.add(cell)
    with capsys.disabled():
        print(  # noqa: T201
            f"\npermission cells: {len(EXPECTED)} expected, {len(tried)} tried,"
            f" {cells_of_the_table()} in the table;"
            f" {sum(requests.values())} requests {dict(requests)}"
        )
    assert not wrong, "\n".join([f"{len(wrong)} wrong:", *wrong])
    assert len(EXPECTED) == len(tried) == cells_of_the_table()


def test_the_expectation_knows_every_model_and_action_of_the_table():
    known = defaultdict(set)
    for label, action, _person, _row in EXPECTED:
        known[label].add(action)
    assert known == {label: set(actions) for label, actions in TABLE.items()}
    assert {label for label in TABLE if label in OWN_PATH} <= set(ROWS)


def test_what_is_served_is_tried():
    served = {
        viewset.queryset.model._meta.label
        for _prefix, viewset, _name in router.registry
        if getattr(viewset, "queryset", None) is not None
    }
    assert served <= set(PREFIXES)


def listed(scene: Scene, requests: Counter, address: str, person: str, moment: str) -> frozenset:
    """Returns the ids in a list, today's, the past's or a sheet's; asked for once a person."""
    if moment == EXPORT:
        return exported(scene, requests, address, person)
    parameters = {"as_of": moment} if moment else {}
    if "/" not in address.rstrip("/"):
        parameters |= {"page_size": "500", "fields": "id"}
    response = scene.clients[person].get(API + address, parameters)
    requests["list as of" if moment else "list"] += 1
    if response.status_code == 404:
        return frozenset()
    assert response.status_code == 200, (address, person, response.json())
    body = response.json()
    rows = body["results"] if isinstance(body, dict) else body
    return frozenset(row["id"] for row in rows)


def exported(scene: Scene, requests: Counter, address: str, person: str) -> frozenset:
    """Returns the ids in the sheet that a person takes home."""
    response = scene.clients[person].get(API + address, {"format": "csv"})
    requests["export"] += 1
    assert response.status_code == 200, (address, person)
    sheet = csv.DictReader(io.StringIO(response.content.decode("utf-8-sig")))
    return frozenset(int(row["ID"]) for row in sheet)


def views(t: Try, allowed: bool, seen: Any, requests: Counter) -> list[str]:
    """Looks for the row in the list, today's, as of today and exported; at itself, its history."""
    subject = t.subject
    inside = INSIDE.get(t.label)
    address = inside(subject) if inside else f"{PREFIXES[t.label]}/"
    wrong = []
    has_past = as_of.has_history(type(subject))
    past = [str(t.scene.today)] if has_past else []
    for moment in ("", *past, *([] if inside else [EXPORT])):
        if (subject.pk in seen(address, t.person, moment)) != allowed:
            wrong.append(f"list {moment} {'lacks' if allowed else 'shows'} the row")
    if inside:
        return wrong
    for part in ("", *(["history/"] if has_past else [])):
        response = t.scene.clients[t.person].get(f"{API}{address}{subject.pk}/{part}")
        requests[part or "detail"] += 1
        if response.status_code != (200 if allowed else 404):
            wrong.append(f"GET {part} answered {response.status_code}")
    return wrong


def deeds(t: Try, action: str, allowed: bool, requests: Counter) -> list[str]:
    """Does it, one by one and where there is a door for many through that."""
    doors = {action: request_of}
    if t.label in BULK and action in ("add", "change"):
        doors["bulk"] = bulk_request_of
    wrong = []
    for door, ask in doors.items():
        response = undone(ask, t, action)
        requests[door] += 1
        if not fits(t, action, allowed, door, response):
            wrong.append(f"{door} answered {response.status_code} {told(response)}")
    return wrong


def fits(t: Try, action: str, allowed: bool, door: str, response: Any) -> bool:
    status = response.status_code
    if (t.label, action, t.row) in STATE_FORBIDS:
        return status == 409 or (status == 403 and not allowed)
    if field := OWN_ONLY.get((t.label, action, t.row)):
        return status == 400 and clients.errors_of(response) == {field: "unknown_field"}
    if allowed:
        return status in (200, 201, 204)
    sees = EXPECTED[t.label, "view", t.person, t.row]
    if sees or action == "add":
        return status == 403
    # What cannot be seen is not there; among many rows the one that is not there is named.
    if door == "bulk" and status == 400:
        return clients.errors_of(response) == {"/0/id": "does_not_exist"}
    return status in (403, 404)


def told(response: Any) -> str:
    body = response.json() if response.content else {}
    return f"{body.get('detail', '')} {body.get('errors', '')}".strip()[:200]

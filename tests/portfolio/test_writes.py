"""Every resource that is written: a change takes at most 15 queries, a new row at most 18.

Sign-in, savepoints, what history is told of the request and reading the answer are among them.
``-s`` prints what each takes.
"""

import datetime as dt
import logging
from contextlib import suppress
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from portfolio.urls import router
from projects.register.serializers import ProjectWriteSerializer
from tests import clients, factories
from tests.projects.permission_expectations import expectations
from tests.projects.permission_scene import (
    ADD,
    API,
    CHANGE,
    FILES,
    PREFIXES,
    Scene,
    Try,
    request_of,
)

pytestmark = pytest.mark.django_db
MOST = {"add": 18, "change": 15}
SIGNING_IN = ('INNER JOIN "projects_user" ON ("projects_personaltoken"', 'FROM "django_session"')
# Its criteria and judges are read in another shape than they are written.
NOT_SENT_BACK_WHOLE = {"projects.InspectionRound"}
# Returns come with their month.
NOT_WRITTEN = {"add": {"progress-returns"}, "change": set()}
A_DAY = dt.datetime(2025, 9, 23, 12, tzinfo=clock.CITY_TIME)
EXPECTED = expectations()
WRITTEN = [
    (action, label)
    for action, bodies in (("add", ADD | FILES), ("change", CHANGE))
    for label in PREFIXES
    if label in bodies
]
# What is made for oneself only: an administrator too has rows of his own, and no others.
OWN_ONLY = {"notifications.TierOptOut", "notifications.CalendarFeed", "reports.Export"}


@pytest.fixture(scope="module")
def scene(django_db_setup, django_db_blocker):
    """Makes the city once; each request's traces are undone, and at the end the city."""
    logging.disable(logging.CRITICAL)
    with django_db_blocker.unblock(), clock.at(A_DAY), transaction.atomic():
        yield Scene()
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


class _UndoneError(Exception):
    pass


def by_session(user: Any) -> Client:
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend="projects.auth_backend.TableBackend")
    return client


def sent_back_whole(t: Try, action: str) -> Any:
    """Changes a row as a form does: sends back all that was read, with the change in it."""
    client, address = t.scene.clients[t.person], f"{API}{PREFIXES[t.label]}/{t.subject.pk}/"
    row = client.get(address).json()
    body, tag = row | CHANGE[t.label], {"If-Match": "*"}
    return client.patch(address, body, content_type="application/json", headers=tag)


def queries_of(t: Try, action: str, sign_in: Any, ask: Any = request_of) -> list[str]:
    """Returns the queries of one request, the last that is made; its traces are undone."""
    found: list[str] = []
    with suppress(_UndoneError), transaction.atomic():
        client = sign_in(t.scene.users.get(t.person) or factories.AdministratorFactory())
        client.get(f"{API}auth/me")  # a token's first use of the day is a write of its own
        with pytest.MonkeyPatch.context() as patched:
            patched.setitem(t.scene.clients, t.person, client)
            with CaptureQueriesContext(connection) as captured:
                response = ask(t, action)
        assert response.status_code in (200, 201), (t, response.json())
        asked = [query["sql"] for query in captured.captured_queries]
        signing_in = max(
            n for n, sql in enumerate(asked) if any(words in sql for words in SIGNING_IN)
        )
        found += asked[signing_in:]  # what comes before looks up what is sent
        raise _UndoneError
    return found


def allowed(action: str, label: str) -> list[tuple[str, str]]:
    """Returns who may do it on which row: one row a person."""
    found = {} if label in OWN_ONLY else {"administrator": "x"}
    for (of, verb, person, row), may in EXPECTED.items():
        if (of, verb) == (label, action) and may and row != "p":
            found.setdefault(person, row)
    return list(found.items())


def test_every_resource_that_is_written_is_covered_here():
    for action, method, verb in (("add", "post", "create"), ("change", "patch", "partial_update")):
        written = {
            prefix
            for prefix, viewset, _name in router.registry
            if method in viewset.http_method_names
            and hasattr(viewset, verb)
            and viewset.queryset is not None
        }
        covered = {PREFIXES[label] for each, label in WRITTEN if each == action}
        assert written - covered == NOT_WRITTEN[action]


@pytest.mark.parametrize(("action", "label"), WRITTEN)
def test_a_write_takes_few_queries(scene, action, label, capsys):
    found: list[str] = []
    whole = 0
    for person, row in allowed(action, label):
        for sign_in in (clients.signed_in, by_session):
            t = Try(scene, label, person, row)
            found = max(found, queries_of(t, action, sign_in), key=len)
            if action == "change" and label not in NOT_SENT_BACK_WHOLE:
                queries = queries_of(t, action, sign_in, sent_back_whole)
                whole = max(whole, len(queries))
                found = max(found, queries, key=len)
    with capsys.disabled():
        print(f"\n{action:6} {label:36} {len(found):3} {whole or ''}", end="")  # noqa: T201
    assert 0 < len(found) <= MOST[action], "\n".join(found)


@pytest.mark.parametrize("ask", [request_of, sent_back_whole])
def test_the_fields_of_what_is_sent_are_built_once_a_request(scene, ask, monkeypatch):
    built: list[str] = []
    get_fields = ProjectWriteSerializer.get_fields
    monkeypatch.setattr(
        ProjectWriteSerializer,
        "get_fields",
        lambda self: [built.append("fields"), get_fields(self)][1],
    )
    queries_of(Try(scene, "projects.Project", "supervisor", "x"), "change", clients.signed_in, ask)
    assert len(built) == 1

"""History of each model, through every door, and never writable."""

import datetime as dt
from contextlib import contextmanager

import pghistory.models
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from notifications import tasks
from portfolio.core import clock
from portfolio.core.history import past as as_of
from portfolio.urls import router
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.register.models import Project
from tests import admin_pages, clients, factories
from tests.portfolio.test_lists import MAKERS

pytestmark = pytest.mark.django_db

# What is no fact about the city's work: counters, tokens (hashed at rest, listed to their owner),
# what a sheet would change before anybody has said yes; what calendars last had; the logs of
# deliveries, of subscribed reports and the days that were planned, which are histories themselves.
WITHOUT_HISTORY = {
    "notifications.CalendarEntry",
    "notifications.DeliveryAttempt",
    "notifications.PlannedDay",
    "notifications.WebhookDelivery",
    "projects.ImportPreview",
    "projects.ProjectCodeCounter",
    "projects.NoticeCounter",
    "projects.PersonalToken",
    "reports.SubscriptionCopy",
    "reports.SubscriptionIssue",
}
EVENTS = sorted(
    (
        model
        for model in apps.get_models()
        if issubclass(model, pghistory.models.Event) and model._meta.managed
    ),
    key=lambda model: model._meta.label,
)
# One value of each type of column, for a row that is only there to be defended.
FILLINGS = {
    "bigint": "1",
    "integer": "1",
    "smallint": "1",
    "numeric": "1",
    "boolean": "false",
    "date": "now()",
    "time without time zone": "'09:00'",
    "timestamp with time zone": "now()",
    "jsonb": "'{}'",
    "ARRAY": "'{}'",
    "character varying": "''",
    "text": "''",
}


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model._meta.label)
def test_the_database_refuses_to_change_or_delete_history(model):
    pk = add_event(model)
    table = model._meta.db_table
    for statement in (
        f"UPDATE {table} SET pgh_label = 'forged' WHERE pgh_id = %s",
        f"UPDATE {table} SET pgh_created_at = now() - interval '1 year' WHERE pgh_id = %s",
        f"DELETE FROM {table} WHERE pgh_id = %s",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, [pk])
    with pytest.raises(DatabaseError), transaction.atomic():
        model._base_manager.filter(pk=pk).update(pgh_label="forged")
    assert model._base_manager.get(pk=pk).pgh_label == "insert"


def add_event(model) -> int:
    """Adds an event of nothing in particular; history's tables refer to no other."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns"
            " WHERE table_name = %s AND is_nullable = 'NO' AND column_default IS NULL"
            " AND is_identity = 'NO' AND column_name <> 'pgh_label'",
            [table],
        )
        columns = dict(cursor.fetchall())
        values = ", ".join(["'insert'", *(FILLINGS[kind] for kind in columns.values())])
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(['pgh_label', *columns])})"
            f" VALUES ({values}) RETURNING pgh_id"
        )
        return cursor.fetchone()[0]


def test_every_model_of_the_domains_has_a_history():
    without = {
        model._meta.label
        for app in ("projects", "targets", "notifications", "reports")
        for model in apps.get_app_config(app).get_models()
        if not issubclass(model, pghistory.models.Event) and not as_of.has_history(model)
    }
    assert without == WITHOUT_HISTORY


@pytest.mark.parametrize("model", EVENTS, ids=lambda model: model._meta.label)
def test_history_keeps_every_column_but_secrets(model):
    tracked = {field.column for field in model.pgh_tracked_model._meta.concrete_fields}
    kept = {field.column for field in model._meta.concrete_fields}
    assert tracked - kept <= {"password", "last_login"}


@pytest.mark.parametrize(
    "prefix",
    sorted(
        prefix
        for prefix, viewset, _name in router.registry
        if getattr(viewset, "queryset", None) is not None
        and as_of.has_history(viewset.queryset.model)
    ),
)
def test_every_resource_tells_a_rows_history(prefix):
    MAKERS[prefix](0)
    client = clients.administrator()
    rows = client.get(f"/api/v1/{prefix}/?fields=id").json()["results"]
    address = f"/api/v1/{prefix}/{rows[0]['id']}/history/"
    told = client.get(address).json()
    assert told["count"] >= 1
    assert told["results"][-1]["label"] == "insert"
    for method in (client.post, client.put, client.patch, client.delete):
        assert method(address).status_code in (403, 405)


def test_history_says_through_which_door_a_row_was_changed():
    milestone = factories.MilestoneFactory(due_on=dt.date(2099, 9, 30))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_milestone SET evidence = 'c'")
    path = f"/api/v1/milestones/{milestone.pk}/"
    supervisor = clients.supervisor()
    assert clients.patch(supervisor, path, {"section": "§三（五）"}).status_code == 200
    admin_pages.save(admin_pages.administrator(), admin_pages.url(milestone), section="§三（六）")
    with door("command"):
        Milestone.objects.filter(pk=milestone.pk).update(evidence="a")
    with door("task"):
        Milestone.objects.bulk_update([Milestone(pk=milestone.pk, evidence="b")], ["evidence"])
    told = clients.administrator().get(f"{path}history/").json()["results"]
    assert [event["door"] for event in reversed(told)] == [
        "system", "system", "api", "admin", "command", "task",
    ]  # fmt: skip
    assert told[0]["changes"] == {"evidence": {"before": "a", "after": "b"}}


@contextmanager
def door(name: str):
    with pghistory.context(door=name):
        yield


def test_a_task_says_that_it_was_the_task():
    message = factories.MessageFactory(planned_for=clock.now() - dt.timedelta(hours=1))
    factories.ReminderFactory(message=message)
    tasks.deliver()
    told = clients.administrator().get(f"/api/v1/messages/{message.pk}/history/").json()
    assert told["results"][0]["door"] == "task"


def test_a_bulk_write_leaves_an_event_for_each_row_with_who_and_which_request():
    office = factories.ProgrammeOfficeFactory()
    client = clients.reporter_of(office)
    body = [
        {"name": f"项目{n}", "category": "industry", "lead_department": office.pk} for n in range(3)
    ]
    response = clients.post(client, "/api/v1/projects/bulk/", body)
    assert response.status_code == 201, response.json()
    events = Project._meta.get_field("events").related_model.objects
    assert events.filter(pgh_label="insert").count() == 3
    contexts = [event.pgh_context for event in events.filter(pgh_label="insert")]
    assert {context["door"] for context in contexts} == {"api"}
    assert {context["request_id"] for context in contexts} == {response.headers["X-Request-Id"]}
    assert all(context["user"] for context in contexts)


def test_a_deletion_stays_in_history_with_the_last_state():
    department = factories.DepartmentFactory(name="并入他局")
    pk = department.pk
    client = clients.supervisor()
    assert client.delete(f"/api/v1/departments/{pk}/").status_code == 204
    events = Department._meta.get_field("events").related_model.objects
    last = events.filter(pgh_obj_id=pk).order_by("-pgh_id").first()
    assert (last.pgh_label, last.name) == ("delete", "并入他局")

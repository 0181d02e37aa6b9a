"""The permission table: expectations written by hand, checked over HTTP."""

import pytest
from django.contrib.auth.models import AnonymousUser

from portfolio.urls import router
from projects.permissions import may_act, row_condition
from projects.permissions.table import (
    OWN_PATH,
    SELF_PATH,
    SUPERVISED_FIELDS,
    TABLE,
    Scope,
)
from tests import clients, factories

pytestmark = pytest.mark.django_db

# endpoint → who gets past the door of POST (403 else), for a reporter and a head of some
# department, a supervisor, a judge, a leader, a viewer, and someone without a role
MAY_POST = {
    "departments": "supervisor",
    "users": "",
    "memberships": "",
    "calendar-days": "supervisor",
    "programmes": "supervisor",
    "programme-entries": "reporter head supervisor",
    "plan-points": "reporter head supervisor",
    "projects": "reporter head supervisor",
    "milestones": "reporter head supervisor",
    "extension-requests": "reporter head",
    "problems": "reporter head supervisor",
    "funding-applications": "reporter head",
    "inspection-rounds": "supervisor",
    "inspection-entries": "supervisor",
    "inspection-scores": "judge supervisor",
    "inspection-deductions": "supervisor",
    "return-periods": "supervisor",
    "progress-returns": "",
    "spot-checks": "supervisor",
    "monthly-lights": "supervisor",
    "light-policies": "supervisor",
    "light-overrides": "supervisor",
    "light-exemptions": "supervisor",
    "targets": "supervisor",
    "target-path-points": "supervisor",
    "target-parts": "supervisor",
    "work-items": "reporter head supervisor",
    "measurements": "reporter head supervisor",
    "reminder-policies": "supervisor",
    "webhooks": "supervisor",
}
ROLES = ("reporter", "head", "supervisor", "judge", "leader", "viewer", "")


def someone(role: str):
    user = factories.MembershipFactory(role=role).user if role else factories.UserFactory()
    return clients.signed_in(user)


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("prefix", MAY_POST)
def test_who_gets_past_the_door_of_a_post(prefix, role):
    response = clients.post(someone(role), f"/api/v1/{prefix}/", {"nonsense": 1})
    expected = 400 if role and role in MAY_POST[prefix].split() else 403
    assert response.status_code == expected


# What names other people's mail addresses is for those who see all mails.
NOT_FOR_EVERYBODY = {"reminder-preview": "supervisor viewer"}


@pytest.mark.parametrize("role", ROLES)
def test_every_list_is_open_to_everyone_signed_in(role):
    client = someone(role)
    for prefix, _viewset, _name in router.registry:
        readers = NOT_FOR_EVERYBODY.get(prefix)
        expected = 200 if readers is None or (role and role in readers.split()) else 403
        assert client.get(f"/api/v1/{prefix}/").status_code == expected, prefix


def test_no_list_is_open_to_someone_who_is_not():
    client = clients.Client()
    for prefix, _viewset, _name in router.registry:
        assert client.get(f"/api/v1/{prefix}/").status_code == 401, prefix


def test_the_programme_office_writes_for_all_departments():
    office = factories.ProgrammeOfficeFactory()
    project = factories.ProjectFactory()
    client = clients.reporter_of(office)
    response = clients.patch(client, f"/api/v1/projects/{project.pk}/", {"section": "§三"})
    assert response.status_code == 200


def test_nobody_gives_themself_a_role():
    membership = factories.MembershipFactory(role="supervisor")
    body = {
        "user": membership.user.pk,
        "department": membership.department.pk,
        "role": "leader",
    }
    client = clients.signed_in(membership.user)
    assert clients.post(client, "/api/v1/memberships/", body).status_code == 403
    assert clients.post(clients.administrator(), "/api/v1/memberships/", body).status_code == 201


def test_reminders_are_seen_by_whom_they_concern():
    reminder = factories.ReminderFactory()
    path = f"/api/v1/reminders/{reminder.pk}/"
    assert clients.signed_in(reminder.recipient_user).get(path).status_code == 200
    assert clients.reporter_of(reminder.department).get(path).status_code == 200
    assert clients.supervisor().get(path).status_code == 200
    assert clients.reporter_of(factories.DepartmentFactory()).get(path).status_code == 404


def test_who_is_not_signed_in_or_has_left_may_nothing():
    assert row_condition(AnonymousUser(), "view", "projects.Project") is None
    assert row_condition(factories.UserFactory(is_active=False), "view", "projects.Project") is None


def test_an_administrator_may_everything_in_the_table():
    admin = factories.AdministratorFactory()
    for label, actions in TABLE.items():
        for action in actions:
            assert may_act(admin, action, label)


def test_every_scope_in_the_table_knows_its_way_through_the_models():
    """A cell with a scope but no path would be an error at the first request, not at the start."""
    users = [factories.MembershipFactory(role=role).user for role in ROLES if role]
    for label, actions in TABLE.items():
        for action, cells in actions.items():
            for scope in cells.values():
                if scope in (Scope.OWN, Scope.SUPPORTED):
                    assert label in OWN_PATH
                if scope == Scope.SELF:
                    assert label in SELF_PATH
            for user in users:
                row_condition(user, action, label)
    assert set(SUPERVISED_FIELDS) <= set(TABLE)


def test_a_department_proposes_a_plan_but_does_not_approve_it():
    project = factories.ProjectFactory()
    programme = factories.ProgrammeFactory()
    reporter = clients.reporter_of(project.lead_department)
    body = {"programme": programme.pk, "project": project.pk, "planned_investment": "100"}
    approved = body | {"approved_on": "2025-02-01"}
    refused = clients.post(reporter, "/api/v1/programme-entries/", approved)
    assert clients.errors_of(refused) == {"/approved_on": "read_only"}
    proposed = clients.post(reporter, "/api/v1/programme-entries/", body)
    assert proposed.status_code == 201
    path = f"/api/v1/programme-entries/{proposed.json()['id']}/approve/"
    assert clients.post(reporter, path, {}).status_code == 403
    office = clients.reporter_of(factories.ProgrammeOfficeFactory())
    assert clients.post(office, path, {}).status_code == 200


def test_an_administrator_opens_an_account_whose_password_is_kept_as_a_hash():
    admin = clients.administrator()
    body = {"username": "wang", "name": "王", "email": "wang@city.example"}
    weak = clients.post(admin, "/api/v1/users/", body | {"password": "123"})
    assert "/password" in clients.errors_of(weak)
    made = clients.post(admin, "/api/v1/users/", body | {"password": factories.PASSWORD})
    assert made.status_code == 201, made.json()
    user = factories.UserFactory._meta.model.objects.get(username="wang")
    assert user.check_password(factories.PASSWORD)
    changed = clients.patch(admin, f"/api/v1/users/{user.pk}/", {"password": "一个新的长口令 42"})
    assert changed.status_code == 200
    user.refresh_from_db()
    assert user.check_password("一个新的长口令 42")

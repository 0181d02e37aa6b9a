"""The same wrong row through the door for one and through the door for many: the same refusal.

Where a resource takes many rows at once both doors are addresses; what comes in many only as a
sheet is put through the service that writes it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from django.test import Client

from portfolio.core.errors import BatchRefusedError
from portfolio.urls import router
from projects.core.api.bulk import read_rows
from projects.core.bulk import _kinds, bulk_create, bulk_update, kind_of
from projects.inspections.models import InspectionScore
from tests import clients, factories

pytestmark = pytest.mark.django_db
API = "/api/v1/"
VIEWSETS = {prefix: viewset for prefix, viewset, _name in router.registry}
TOMORROW = "2099-01-01"


class Wrong(NamedTuple):
    """A wrong row: who sends it, and what; for a change the row that it would change."""

    by: Any
    body: dict[str, Any]
    changes: Any = None


class Refusal(NamedTuple):
    status: int
    errors: frozenset[tuple[str, str, str]]  # field, code, message; of a state no field


# What is sent ------------------------------------------------------------------------------------
def supervisor() -> Any:
    return factories.MembershipFactory(role="supervisor").user


def reporter_of(department: Any) -> Any:
    return factories.MembershipFactory(role="reporter", department=department).user


def administrator() -> Any:
    return factories.AdministratorFactory()


def new_project(**more: Any) -> Wrong:
    lead = factories.DepartmentFactory()
    row = {"name": "新项目", "category": "industry", "lead_department": lead.pk}
    return Wrong(supervisor(), row | more)


def project_without(name: str) -> Wrong:
    wrong = new_project()
    del wrong.body[name]
    return wrong


def project_taken() -> Wrong:
    factories.ProjectFactory(approval_code="2501-1")
    return new_project(approval_code="2501-1")


def project_changed(**body: Any) -> Wrong:
    return Wrong(supervisor(), body, factories.ProjectFactory())


def project_moved_by_its_department() -> Wrong:
    project = factories.ProjectFactory()
    other = factories.DepartmentFactory()
    return Wrong(reporter_of(project.lead_department), {"lead_department": other.pk}, project)


def project_of_another() -> Wrong:
    wrong = new_project()
    return wrong._replace(by=reporter_of(factories.DepartmentFactory()))


def lead_supports() -> Wrong:
    project = factories.ProjectFactory()
    return Wrong(supervisor(), {"supporting_departments": [project.lead_department_id]}, project)


def new_milestone(**more: Any) -> Wrong:
    project = factories.ProjectFactory()
    return Wrong(
        supervisor(), {"project": project.pk, "name": "节点", "due_on": "2025-12-31"} | more
    )


def milestone_without_a_day() -> Wrong:
    wrong = new_milestone()
    del wrong.body["due_on"]
    return wrong


def milestone_twice() -> Wrong:
    there = factories.MilestoneFactory()
    return new_milestone(project=there.project_id, name=there.name)


def milestone_changed(**body: Any) -> Wrong:
    return Wrong(supervisor(), body, factories.MilestoneFactory())


def milestone_softened() -> Wrong:
    milestone = factories.MilestoneFactory()
    by = reporter_of(milestone.project.lead_department)
    return Wrong(by, {"commitment": "strive", "section": "§九"}, milestone)


def milestone_closed() -> Wrong:
    milestone = factories.DoneMilestoneFactory()
    factories.HandoverStepFactory(milestone=milestone, state="closed")
    return Wrong(supervisor(), {"done_on": "2025-06-01"}, milestone)


def new_score(**more: Any) -> Wrong:
    judge = factories.InspectionJudgeFactory(inspection_round=factories.OpenRoundFactory())
    entry = factories.InspectionEntryFactory(inspection_round=judge.inspection_round)
    row = {
        "entry": entry.pk,
        "judge": judge.pk,
        "criterion": judge.inspection_round.criteria.get().pk,
        "points": "88",
    }
    return Wrong(supervisor(), row | more)


def score_with(change: Callable[[Any, Any], Any]) -> Wrong:
    """A score that the state of its entry, judge or round forbids."""
    wrong = new_score()
    judge = InspectionScore.judge.field.related_model.objects.get(pk=wrong.body["judge"])
    entry = InspectionScore.entry.field.related_model.objects.get(pk=wrong.body["entry"])
    row = change(entry, judge)
    if row is not None:
        row.save()
    return wrong


def _withdrawn(entry: Any, judge: Any) -> Any:
    entry.withdrawn = True
    return entry


def _absent(entry: Any, judge: Any) -> Any:
    judge.absent = True
    return judge


def _closed(entry: Any, judge: Any) -> Any:
    entry.inspection_round.status = "closed"
    return entry.inspection_round


def _own(entry: Any, judge: Any) -> Any:
    factories.MembershipFactory(user=judge.user, department=entry.project.lead_department)


def _scored(entry: Any, judge: Any) -> Any:
    entry.scores.create(
        inspection_round=entry.inspection_round,
        judge=judge,
        criterion=entry.inspection_round.criteria.get(),
        points=70,
    )


def score_of_another_round() -> Wrong:
    return new_score(judge=factories.InspectionJudgeFactory(inspection_round__year=2031).pk)


def score_changed(**body: Any) -> Wrong:
    wrong = score_with(_scored)
    return Wrong(wrong.by, body, InspectionScore.objects.get())


def score_moved() -> Wrong:
    wrong = score_changed()
    entry = factories.InspectionEntryFactory(inspection_round=wrong.changes.inspection_round)
    return wrong._replace(body={"entry": entry.pk})


def new_part(value: str = "100", **more: Any) -> Wrong:
    department = factories.DepartmentFactory()
    target = factories.TargetFactory(measure="cumulative", value=100)
    row = {"target": target.pk, "department": department.pk, "value": value}
    return Wrong(supervisor(), row | more)


def part_below_a_strangers() -> Wrong:
    return new_part(parent=factories.TargetPartFactory().pk)


def part_in_a_circle() -> Wrong:
    part = factories.TargetPartFactory(target__breakdown_note="另有说明")
    below = factories.TargetPartFactory(target=part.target, parent=part, note="另有说明")
    return Wrong(supervisor(), {"parent": below.pk}, part)


def part_of_a_department_twice() -> Wrong:
    part = factories.TargetPartFactory()
    return new_part(target=part.target_id, department=part.department_id, note="重复")


def part_changed(**body: Any) -> Wrong:
    target = factories.TargetFactory(measure="cumulative", value=100)
    return Wrong(supervisor(), body, factories.TargetPartFactory(target=target, value=100))


def part_moved() -> Wrong:
    part = factories.TargetPartFactory(target__breakdown_note="另有说明")
    factories.TargetPartFactory(target=part.target, parent=part, note="另有说明")
    other = factories.TargetFactory(breakdown_note="另有说明")
    return Wrong(supervisor(), {"target": other.pk}, part)


def new_item(**more: Any) -> Wrong:
    target = factories.TargetFactory()
    row = {
        "target": target.pk,
        "name": "新事项",
        "due_on": "2025-12-31",
        "lead_department": target.lead_department_id,
    }
    return Wrong(supervisor(), row | more)


def item_of_a_strangers_target() -> Wrong:
    own = factories.DepartmentFactory()
    return new_item(lead_department=own.pk)._replace(by=reporter_of(own))


def item_twice() -> Wrong:
    item = factories.WorkItemFactory()
    return new_item(target=item.target_id, name=item.name)


def item_changed(**body: Any) -> Wrong:
    return Wrong(supervisor(), body, factories.WorkItemFactory())


def item_closed() -> Wrong:
    item = factories.WorkItemFactory(done_on="2025-06-30")
    factories.WorkItemStepFactory(work_item=item, state="closed")
    return Wrong(supervisor(), {"done_on": "2025-06-01"}, item)


def item_moved_by_its_department() -> Wrong:
    item = factories.WorkItemFactory()
    return Wrong(reporter_of(item.lead_department), {"due_on": "2026-12-31"}, item)


def new_figure(**more: Any) -> Wrong:
    row = {
        "target": factories.TargetFactory().pk,
        "period": "2025-Q1",
        "value": "5",
        "source": "统计局",
    }
    return Wrong(supervisor(), row | more)


def figure_read_off() -> Wrong:
    return new_figure(target=factories.TargetFactory(source="from_items").pk)


def figure_of_a_strangers_part() -> Wrong:
    return new_figure(part=factories.TargetPartFactory().pk)


def return_submitted() -> Wrong:
    submitted = factories.ProgressReturnFactory(state="submitted")
    return Wrong(reporter_of(submitted.project.lead_department), {"work_done": "改"}, submitted)


def return_changed(**body: Any) -> Wrong:
    draft = factories.ProgressReturnFactory()
    return Wrong(reporter_of(draft.project.lead_department), body, draft)


def department_in_a_circle() -> Wrong:
    department = factories.DepartmentFactory()
    below = factories.DepartmentFactory(parent=department)
    return Wrong(administrator(), {"parent": below.pk}, department)


def new_department(**more: Any) -> Wrong:
    row = {"code": "new", "name": "新局", "short_name": "新局", "kind": "bureau"}
    return Wrong(administrator(), row | {"email": "new@city.example"} | more)


def a_second_office() -> Wrong:
    factories.ProgrammeOfficeFactory()
    return new_department(programme_office=True)


def new_person(**more: Any) -> Wrong:
    row = {"username": "newcomer", "name": "新人", "email": "newcomer@city.example"}
    return Wrong(administrator(), row | more)


def membership_twice() -> Wrong:
    held = factories.MembershipFactory()
    row = {"user": held.user_id, "department": held.department_id, "role": held.role}
    return Wrong(administrator(), row)


WRONG: dict[tuple[str, str], tuple[Callable[[], Wrong], str]] = {
    # resource, what is wrong with it: how it comes about, and the code under which it is told
    ("projects", "required"): (lambda: project_without("lead_department"), "required"),
    ("projects", "reference"): (lambda: new_project(lead_department=999_999), "does_not_exist"),
    ("projects", "references"): (
        lambda: new_project(supporting_departments=[999_999]), "does_not_exist",
    ),
    ("projects", "unique"): (project_taken, "unique"),
    ("projects", "constraint"): (lambda: new_project(latitude="40.1"), "constraint"),
    ("projects", "constraint, changed"): (lambda: project_changed(latitude="40.1"), "constraint"),
    ("projects", "field"): (lambda: new_project(owner_credit_code="123"), "invalid"),
    ("projects", "choice"): (lambda: new_project(category="circus"), "invalid_choice"),
    ("projects", "who left"): (
        lambda: project_changed(officer=factories.UserFactory(is_active=False).pk), "not_active",
    ),
    ("projects", "lead supports"): (lead_supports, "leads_already"),
    ("projects", "protected"): (project_moved_by_its_department, "forbidden"),
    ("projects", "permission"): (project_of_another, "forbidden"),
    ("milestones", "required"): (milestone_without_a_day, "required"),
    ("milestones", "reference"): (lambda: new_milestone(project=999_999), "does_not_exist"),
    ("milestones", "unique"): (milestone_twice, "unique"),
    ("milestones", "done tomorrow"): (lambda: new_milestone(done_on=TOMORROW), "in_the_future"),
    ("milestones", "done tomorrow, changed"): (
        lambda: milestone_changed(done_on=TOMORROW), "in_the_future",
    ),
    ("milestones", "due day"): (lambda: milestone_changed(due_on=TOMORROW), "by_extension_only"),
    ("milestones", "protected"): (milestone_softened, "forbidden"),
    ("milestones", "closed"): (milestone_closed, "closed"),
    ("inspection-scores", "range"): (lambda: new_score(points="101"), "range"),
    ("inspection-scores", "decimals"): (lambda: new_score(points="88.888"), "decimals"),
    ("inspection-scores", "range, changed"): (lambda: score_changed(points="101"), "range"),
    ("inspection-scores", "other round"): (score_of_another_round, "other_round"),
    ("inspection-scores", "withdrawn"): (lambda: score_with(_withdrawn), "entry_withdrawn"),
    ("inspection-scores", "absent"): (lambda: score_with(_absent), "judge_absent"),
    ("inspection-scores", "closed"): (lambda: score_with(_closed), "round_not_open"),
    ("inspection-scores", "own department"): (lambda: score_with(_own), "own_department"),
    ("inspection-scores", "unique"): (lambda: score_with(_scored), "unique"),
    ("inspection-scores", "moved"): (score_moved, "fixed"),
    ("target-parts", "sum"): (lambda: new_part("90"), "does_not_add_up"),
    ("target-parts", "sum, changed"): (lambda: part_changed(value="90"), "does_not_add_up"),
    ("target-parts", "other target"): (part_below_a_strangers, "other_target"),
    ("target-parts", "circle"): (part_in_a_circle, "circle"),
    ("target-parts", "in use"): (part_moved, "in_use"),
    ("target-parts", "unique"): (part_of_a_department_twice, "unique"),
    ("work-items", "done tomorrow"): (lambda: new_item(done_on=TOMORROW), "in_the_future"),
    ("work-items", "done tomorrow, changed"): (
        lambda: item_changed(done_on=TOMORROW), "in_the_future",
    ),
    ("work-items", "closed"): (item_closed, "closed"),
    ("work-items", "list"): (item_of_a_strangers_target, "forbidden"),
    ("work-items", "unique"): (item_twice, "unique"),
    ("work-items", "protected"): (item_moved_by_its_department, "forbidden"),
    ("measurements", "year"): (lambda: new_figure(period="2024-Q1"), "other_year"),
    ("measurements", "source"): (figure_read_off, "not_reported"),
    ("measurements", "part"): (figure_of_a_strangers_part, "other_target"),
    ("measurements", "period"): (lambda: new_figure(period="soon"), "invalid"),
    ("progress-returns", "state"): (return_submitted, "return_not_open"),
    ("progress-returns", "constraint"): (
        lambda: return_changed(physical_progress="101"), "max_value",
    ),
    ("departments", "circle"): (department_in_a_circle, "circle"),
    ("departments", "unique"): (
        lambda: new_department(code=factories.DepartmentFactory().code), "unique",
    ),
    ("departments", "one office"): (a_second_office, "unique"),
    ("users", "unique"): (lambda: new_person(username=factories.UserFactory().username), "unique"),
    ("users", "blank"): (lambda: new_person(name=""), "blank"),
    ("memberships", "unique"): (membership_twice, "unique"),
    ("memberships", "choice"): (
        lambda: membership_twice()._replace(
            body={
                "user": factories.UserFactory().pk,
                "department": factories.DepartmentFactory().pk,
                "role": "emperor",
            }
        ),
        "invalid_choice",
    ),
}  # fmt: skip


# The doors ---------------------------------------------------------------------------------------
def by_one(client: Client, prefix: str, wrong: Wrong) -> Refusal:
    if wrong.changes is None:
        return refused(clients.post(client, f"{API}{prefix}/", wrong.body))
    return refused(clients.patch(client, f"{API}{prefix}/{wrong.changes.pk}/", wrong.body))


def by_many(client: Client, prefix: str, wrong: Wrong) -> Refusal:
    row = wrong.body
    if wrong.changes is not None:
        wrong.changes.refresh_from_db()
        row = {"id": wrong.changes.pk, "version": wrong.changes.version, **row}
    if not hasattr(VIEWSETS[prefix], "bulk_kind"):
        return by_service(prefix, wrong, row)
    address = f"{API}{prefix}/bulk"
    if wrong.changes is None:
        return refused(clients.post(client, address, [row]))
    return refused(client.patch(address, [row], content_type="application/json"))


def by_service(prefix: str, wrong: Wrong, row: dict[str, Any]) -> Refusal:
    kind = kind_of(VIEWSETS[prefix].queryset.model)
    creating = wrong.changes is None
    shape = VIEWSETS[prefix].write_serializer_class()
    rows, errors = read_rows([row], shape, creating=creating)
    write = bulk_create if creating else bulk_update
    with pytest.raises(BatchRefusedError) as found:
        write(kind=kind, by=wrong.by, rows=rows, errors=errors)
    status = {"invalid": 400, "forbidden": 403, "conflict": 409}[found.value.kind]
    return told(status, [(e.field, e.code, e.message) for e in found.value.errors])


def refused(response: Any) -> Refusal:
    body = response.json()
    if response.status_code == 403:
        return told(403, [("", "", body["detail"])])
    errors = [
        (error["pointer"].removeprefix("/0").strip("/"), error["code"], error["message"])
        for error in body["errors"]
    ]
    return told(response.status_code, errors)


def told(status: int, errors: list[tuple[str, str, str]]) -> Refusal:
    """What the state of a row forbids is told of the row, by the one door without a field."""
    if status == 409:
        errors = [("", code, message) for _field, code, message in errors]
    return Refusal(status, frozenset(errors))


@pytest.mark.parametrize(("prefix", "what"), WRONG)
def test_a_wrong_row_is_refused_alike_by_both_doors(prefix, what):
    make, code = WRONG[prefix, what]
    wrong = make()
    client = clients.signed_in(wrong.by)
    one, many = by_one(client, prefix, wrong), by_many(client, prefix, wrong)
    assert one == many
    if code == "forbidden":
        assert one.status == 403
    else:
        assert [each[1] for each in one.errors] == [code]


def test_every_kind_is_tried():
    tried = {VIEWSETS[prefix].queryset.model for prefix, _what in WRONG}
    assert set(_kinds) <= tried

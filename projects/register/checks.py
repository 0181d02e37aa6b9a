"""Checks who answers for a project and where it stands, for single rows and for batches alike.

Only fields that change are checked: whoever edits the description is not stopped because the
officer has left since.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from projects.choices import DepartmentKind
from projects.core.batch import Batch, label_of
from projects.people.models import Department, User
from projects.register.models import Project, ProjectSupport

AREAS = frozenset({DepartmentKind.DISTRICT, DepartmentKind.PARK})
PEOPLE = ("sponsor", "responsible_head", "officer")
LEAD, SUPPORTS = "lead_department", "supporting_departments"
CHECKED = frozenset({"district", LEAD, SUPPORTS, *PEOPLE})


class FieldFault(NamedTuple):
    field: str
    message: str
    code: str
    value: Any


def find_project_faults(
    given: Mapping[str, Any], *, lead: Department | None, supporting: Collection[int]
) -> Iterator[FieldFault]:
    """Yields what is wrong with the fields in ``given``, which hold rows.

    ``lead`` and ``supporting`` (ids) are what the project will have, where either changes.
    """
    district = given.get("district")
    if district is not None and district.kind not in AREAS:
        message = _("“%(value)s”是%(kind)s, 不是旗县区或园区; 所在地区请选择旗县区或园区。") % {
            "value": district,
            "kind": district.get_kind_display(),
        }
        yield FieldFault("district", message, "not_an_area", district.pk)
    for name in PEOPLE:
        person = given.get(name)
        if person is not None and not person.is_active:
            message = _("%(field)s“%(value)s”的账号已停用, 请另选在用的人员。") % {
                "field": label_of(Project, name),
                "value": person,
            }
            yield FieldFault(name, message, "not_active", person.pk)
    if lead is not None and lead.pk in supporting:
        message = _("“%(value)s”是牵头单位, 不能同时是配合单位; 请从配合单位中去掉或改选牵头单位。")
        field = SUPPORTS if SUPPORTS in given else LEAD
        yield FieldFault(field, message % {"value": lead}, "leads_already", lead.pk)


def check_project_batch(batch: Batch) -> None:
    """Holds each sound row of a batch to the rule, by at most four queries."""
    rows = [(number, row) for number, row in batch.sound() if CHECKED & row.keys()]
    if not rows:
        return
    leads = _leads(batch, [number for number, row in rows if {LEAD, SUPPORTS} & row.keys()])
    places = {row.get("district") for _number, row in rows}
    departments = batch.related(Department, places | set(leads.values()))
    people = batch.related(User, {row.get(name) for _n, row in rows for name in PEOPLE})
    supports = _supports(batch, [number for number, row in rows if LEAD in row])
    for number, row in rows:
        given = {name: row[name] for name in CHECKED & row.keys()}
        given |= {name: people.get(given[name]) for name in given.keys() & set(PEOPLE)}
        if "district" in given:
            given["district"] = departments.get(given["district"])
        supporting = row.get(SUPPORTS, supports.get(number, ()))
        lead = departments[leads[number]] if number in leads else None
        for each in find_project_faults(given, lead=lead, supporting=supporting):
            batch.wrong(number, each.field, each.message, each.code, each.value)


def _leads(batch: Batch, numbers: list[int]) -> dict[int, int]:
    """Returns by row who will lead its project; the projects are held, so that nobody makes the
    new lead a supporter meanwhile."""
    held: dict[int, int] = {}
    if batch.present is not None and numbers:
        keys = [batch.present[number].pk for number in numbers]
        rows = Project.objects.filter(pk__in=keys).order_by("pk").values_list("pk", LEAD)
        held = dict(rows.select_for_update(no_key=True, of=("self",)))
    return {
        number: batch.rows[number].get(LEAD) or held[batch.present[number].pk]  # type: ignore[index]
        for number in numbers
    }


def _supports(batch: Batch, numbers: list[int]) -> dict[int, set[int]]:
    """Returns by row who supports its project now."""
    if batch.present is None or not numbers:
        return {}
    projects = {batch.present[number].pk: number for number in numbers}
    found: dict[int, set[int]] = {number: set() for number in numbers}
    pairs = ProjectSupport.objects.filter(project__in=projects)
    for project, department in pairs.values_list("project_id", "department_id"):
        found[projects[project]].add(department)
    return found

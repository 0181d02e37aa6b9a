"""What is due, of every kind, the nearest first."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from portfolio.api.filtering import CommaChoiceFilter, CommaTextFilter
from portfolio.reports.report import Asked, Lines, Report, Row, date, text, whole
from projects.choices import Commitment
from projects.deadlines import deadline_rows, in_states, kind_labels
from projects.models import Department, User

DONE, OVERDUE, DUE = "done", "overdue", "due"
STATES = {DUE: _("未到期"), OVERDUE: _("逾期"), DONE: _("已办结")}


class DeadlineScope(FilterSet):
    """Read by the report itself: the rows come from many tables."""

    kind = CommaTextFilter()
    lead_department = CommaTextFilter()
    state = CommaChoiceFilter(choices=list(STATES.items()))

    def filter_queryset(self, queryset: QuerySet) -> QuerySet:
        queryset.asked = self.form.cleaned_data  # type: ignore[attr-defined]
        return queryset


class Deadlines(Report):
    """One line a deadline that falls in the year."""

    name = "deadlines"
    title = _("期限")
    description = _("本年到期的节点、目标、清单事项、月报、堵点、评分和审批, 及其状态。")
    columns = (
        text("kind", _("类别代码")),
        text("kind_display", _("类别")),
        text("object_id", _("编号")),
        text("title", _("事项")),
        text("lead_department", _("责任单位")),
        text("in_charge", _("责任人")),
        text("commitment", _("承诺强度")),
        date("due_on", _("期限")),
        whole("days_left", _("剩余天数"), _("天")),
        text("state", _("状态代码")),
        text("state_display", _("状态")),
        text("section", _("出处")),
    )
    key = ("kind", "object_id")
    filterset = DeadlineScope

    def source(self, *, user: Any, on: Any) -> QuerySet:
        return Department.objects.none()

    def rows(self, asked: Asked) -> Lines:
        wanted = getattr(asked.chosen, "asked", {})
        departments = {
            each.pk: each for each in Department.objects.only("code", "short_name").order_by()
        }
        where = Q(due_on__year=asked.year) & in_states(wanted.get("state") or (), on=asked.on)
        if wanted.get("lead_department"):
            codes = set(wanted["lead_department"])
            chosen = [pk for pk, each in departments.items() if each.code in codes]
            where &= Q(department_id__in=chosen)
        found = list(deadline_rows(asked.user, kinds=wanted.get("kind") or (), where=where))
        people = dict(
            User.objects.filter(pk__in={row["in_charge_id"] for row in found})
            .order_by()
            .values_list("pk", "name")
        )
        return Lines(found, lambda row: _line(row, departments, people, asked))


def _line(
    row: Row, departments: dict[int, Department], people: dict[int, str], asked: Asked
) -> Row:
    days_left = (row["due_on"] - asked.on).days
    state = DONE if row["done"] else OVERDUE if days_left < 0 else DUE
    commitment = row["commitment"]
    return {
        "kind": row["kind"],
        "kind_display": str(kind_labels()[row["kind"]]),
        "object_id": str(row["object_id"]),
        "title": row["title"],
        "lead_department": departments[row["department_id"]].short_name,
        "in_charge": people.get(row["in_charge_id"], ""),
        "commitment": str(Commitment(commitment).label) if commitment else "",
        "due_on": row["due_on"],
        "days_left": days_left,
        "state": state,
        "state_display": str(STATES[state]),
        "section": row["section"],
    }

"""What is due, of every kind, the nearest first."""

from functools import partial
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from portfolio.core.api.filtering import CommaChoiceFilter, CommaTextFilter
from portfolio.reports.engine.report import (
    PagedRows,
    Report,
    ReportQuery,
    Row,
    date_column,
    text_column,
    whole_column,
)
from portfolio.reports.engine.words import labels_of
from projects.choices import Commitment
from projects.deadlines import (
    ROW_COLUMNS,
    deadline_rows,
    in_states,
    kind_labels,
    read_prerequisites,
)
from projects.people.models import Department, User
from projects.permissions import Actor

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
        text_column("kind", _("类别代码")),
        text_column("kind_display", _("类别")),
        text_column("object_id", _("编号")),
        text_column("title", _("事项")),
        text_column("lead_department", _("责任单位")),
        text_column("in_charge", _("责任人")),
        text_column("commitment", _("承诺强度")),
        date_column("due_on", _("期限")),
        whole_column("days_left", _("剩余天数"), _("天")),
        text_column("state", _("状态代码")),
        text_column("state_display", _("状态")),
        text_column("section", _("出处")),
    )
    key = ("kind", "object_id")
    filterset = DeadlineScope

    def source(self, *, user: Actor, on: Any) -> QuerySet:
        return Department.objects.none()

    def rows(self, asked: ReportQuery) -> PagedRows:
        wanted = getattr(asked.chosen, "asked", {})
        where = Q(due_on__year=asked.year) & in_states(wanted.get("state") or (), on=asked.on)
        if wanted.get("lead_department"):
            chosen = Department.objects.filter(code__in=wanted["lead_department"])
            where &= Q(department_id__in=list(chosen.order_by().values_list("pk", flat=True)))
        kinds = wanted.get("kind") or ()
        read = read_prerequisites(kinds)

        def rows() -> QuerySet:
            found = deadline_rows(asked.user, kinds=kinds, where=where, read=read)
            return found.values_list(*ROW_COLUMNS)

        return PagedRows(asked.query(tuple(read.items()), rows), partial(_lines, asked))


def _lines(asked: ReportQuery, page: list[tuple]) -> list[Row]:
    """Returns the rows of a page in words; two queries for the names."""
    found = [dict(zip(ROW_COLUMNS, each, strict=True)) for each in page]
    departments = _names(Department.objects.all(), "short_name", found, "department_id")
    people = _names(User.objects.all(), "name", found, "in_charge_id")
    kinds = {code: str(label) for code, label in kind_labels().items()}
    states = {code: str(label) for code, label in STATES.items()}
    commitments = labels_of(Commitment)
    lines = []
    for row in found:
        days_left = (row["due_on"] - asked.on).days
        state = DONE if row["done"] else OVERDUE if days_left < 0 else DUE
        lines.append(
            {
                "kind": row["kind"],
                "kind_display": kinds[row["kind"]],
                "object_id": str(row["object_id"]),
                "title": row["title"],
                "lead_department": departments[row["department_id"]],
                "in_charge": people.get(row["in_charge_id"], ""),
                "commitment": commitments.get(row["commitment"], ""),
                "due_on": row["due_on"],
                "days_left": days_left,
                "state": state,
                "state_display": states[state],
                "section": row["section"],
            }
        )
    return lines


def _names(rows: QuerySet, name: str, found: list[Row], key: str) -> dict[int, str]:
    keys = {row[key] for row in found}
    return dict(rows.filter(pk__in=keys).order_by().values_list("pk", name))

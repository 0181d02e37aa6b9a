"""节点: the year's dated promises of the projects: promised first, due now, expected, done."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import Case, CharField, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _
from django_filters import DateFilter, FilterSet

from portfolio.core.api.filtering import CommaChoiceFilter
from portfolio.reports.catalogue.deadlines import DONE, DUE, OVERDUE, STATES
from portfolio.reports.engine.report import (
    LazyRows,
    Report,
    ReportQuery,
    Row,
    date_column,
    text_column,
    whole_column,
)
from portfolio.reports.engine.words import labels_of
from projects.choices import Category, Commitment, Stage
from projects.milestones.models import Milestone
from projects.people.filters import department_filter
from projects.permissions import Actor

READ = (
    "pk", "name", "project__code", "project__name", "project__lead_department__short_name",
    "project__district__short_name", "commitment", "baseline_on", "due_on", "forecast_on",
    "done_on", "state",
)  # fmt: skip


class MilestoneScope(FilterSet):
    district = department_filter("project__district")
    lead_department = department_filter("project__lead_department")
    category = CommaChoiceFilter(field_name="project__category", choices=Category.choices)
    commitment = CommaChoiceFilter(field_name="commitment", choices=Commitment.choices)
    state = CommaChoiceFilter(field_name="state", choices=list(STATES.items()))
    due_after = DateFilter(field_name="due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="due_on", lookup_expr="lte")


class Milestones(Report):
    """One line a milestone that is due in the year, the nearest first; those of cancelled
    projects are left out, and those for which the clock stands still (挂账)."""

    name = "milestones"
    title = _("项目节点")
    description = _("本年到期的项目节点: 基准日期、现定期限、预计完成、完成日期和状态。")
    columns = (
        text_column("milestone", _("节点编号")),
        text_column("name", _("节点")),
        text_column("project", _("项目编号")),
        text_column("project_name", _("项目")),
        text_column("lead_department", _("责任单位")),
        text_column("district", _("所在地")),
        text_column("commitment", _("承诺强度")),
        date_column("baseline_on", _("基准日期")),
        date_column("due_on", _("现定期限")),
        date_column("forecast_on", _("预计完成")),
        date_column("done_on", _("完成日期")),
        whole_column("days_moved", _("较基准推迟"), _("天")),
        whole_column("days_left", _("剩余天数"), _("天")),
        text_column("state", _("状态代码")),
        text_column("state_display", _("状态")),
    )
    key = ("milestone",)
    filterset = MilestoneScope

    def source(self, *, user: Actor, on: dt.date) -> QuerySet:
        promised = Milestone.objects.visible_to(user).exclude(project__stage=Stage.CANCELLED)
        return promised.not_parked(on=on).annotate(
            state=Case(
                When(done_on__isnull=False, then=Value(DONE)),
                When(due_on__lt=on, then=Value(OVERDUE)),
                default=Value(DUE),
                output_field=CharField(),
            )
        )

    def rows(self, asked: ReportQuery) -> LazyRows:
        commitments = labels_of(Commitment)
        states = {code: str(label) for code, label in STATES.items()}

        def line(read: tuple[Any, ...]) -> Row:
            return _line(read, asked.on, commitments, states)

        return LazyRows(asked.read("milestones", partial(_due, asked)), line)


def _due(asked: ReportQuery) -> QuerySet:
    chosen = asked.chosen.filter(due_on__year=asked.year)
    return chosen.order_by("due_on", "pk").values_list(*READ)


def _line(
    read: tuple[Any, ...], on: dt.date, commitments: Mapping[str, str], states: Mapping[str, str]
) -> Row:
    pk, name, project, project_name, department, district, commitment, *days, state = read
    baseline_on, due_on, forecast_on, done_on = days
    return {
        "milestone": str(pk),
        "name": name,
        "project": project,
        "project_name": project_name,
        "lead_department": department,
        "district": district or "",
        "commitment": commitments[commitment],
        "baseline_on": baseline_on,
        "due_on": due_on,
        "forecast_on": forecast_on,
        "done_on": done_on,
        "days_moved": (due_on - baseline_on).days,
        "days_left": None if done_on else (due_on - on).days,
        "state": state,
        "state_display": states[state],
    }

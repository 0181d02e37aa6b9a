"""Monthly returns and spot checks, to be read; they are made and decided on their pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin
from projects.core.admin.columns import counted, format_figure, money
from projects.returns.models import ProgressReturn, ReturnPeriod, SpotCheck


@admin.register(ReturnPeriod)
class ReturnPeriodAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, (("year", "month"), ("due_on", "opened_by"))),
        (gettext_lazy("填报情况"), (("due", "submitted", "accepted"), ("late", "missing"))),
    )
    list_display = ("__str__", "due_on", "due", "submitted", "accepted", "late", "missing")
    list_filter = ("year",)
    search_fields = ("year",)
    list_select_related = ("opened_by",)

    due = counted("returns_count", gettext_lazy("应报"))
    submitted = counted("submitted_count", gettext_lazy("已报"))
    accepted = counted("accepted_count", gettext_lazy("已审核"))
    late = counted("late_count", gettext_lazy("迟报"))
    missing = counted("missing_count", gettext_lazy("逾期未报"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_counts()


@admin.register(ProgressReturn)
class ProgressReturnAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, (("project", "period"), ("state", "timeliness"), "sent_back_reason")),
        (
            gettext_lazy("本月"),
            (
                ("investment_reported", "investment_statistical"),
                ("physical_progress", "forecast_commissioning", "department_light"),
                "work_done",
                "obstacles",
            ),
        ),
        (
            gettext_lazy("累计 (由系统推算)"),
            (("year_to_date", "year_to_date_statistical"), ("in_all", "in_all_statistical")),
        ),
        (
            gettext_lazy("办理"),
            (
                ("submitted_by", "submitted_at"),
                ("confirmed_by", "confirmed_at"),
                ("accepted_by", "accepted_at"),
                ("revision", "revision_reason"),
            ),
        ),
    )
    list_display = (
        "project", "period", "lead_department", "state_label", "timeliness",
        "investment_reported", "physical_progress", "submitted_at",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("period", RelatedDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = (
        "project__lead_department", "period", "submitted_by", "confirmed_by", "accepted_by",
    )  # fmt: skip
    search_fields = ("project__name", "project__code", "project__pinyin")

    year_to_date = money("reported_year_to_date", gettext_lazy("本年累计·调度"))
    year_to_date_statistical = money("statistical_year_to_date", gettext_lazy("本年累计·入统"))
    in_all = money("reported_total", gettext_lazy("总累计·调度"))
    in_all_statistical = money("statistical_total", gettext_lazy("总累计·入统"))

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_derived()

    @display(description=gettext_lazy("牵头单位"), ordering="project__lead_department__pinyin")
    def lead_department(self, row: ProgressReturn) -> str:
        return str(row.project.lead_department)

    @display(
        description=gettext_lazy("状态"),
        ordering="state",
        label={
            "draft": "warning", "submitted": "info", "confirmed": "info", "accepted": "success",
            "sent_back": "danger",
        },
    )  # fmt: skip
    def state_label(self, row: ProgressReturn) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(
        description=gettext_lazy("及时"), label={"late": "warning", "missing": "danger", "": "info"}
    )
    def timeliness(self, row: Any) -> tuple[str, str]:
        if row.missing:
            return "missing", _("逾期未报")
        return ("late", _("迟报")) if row.late else ("", "—")


@admin.register(SpotCheck)
class SpotCheckAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, (("project", "progress_return"), ("checked_on", "checked_by"))),
        (
            gettext_lazy("上报与核实"),
            (("progress_reported", "progress_found", "difference"), "found"),
        ),
    )
    list_display = (
        "project", "checked_on", "progress_reported", "progress_found", "difference", "checked_by",
    )  # fmt: skip
    list_filter = (("project__lead_department", RelatedDropdownFilter),)
    list_select_related = (
        "project", "progress_return__project", "progress_return__period", "checked_by",
    )  # fmt: skip
    search_fields = ("project__name", "project__code", "project__pinyin", "found")
    date_hierarchy = "checked_on"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_difference()

    @display(description=gettext_lazy("相差 (百分点)"))
    def difference(self, check: Any) -> str:
        return format_figure(check.difference)

"""Projects: their register; the moves of their stages, to be read."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from portfolio.core.complete import check_complete
from projects.choices import Stage
from projects.core.admin.base import DomainAdmin, ReadOnlyInline
from projects.core.admin.columns import format_figure
from projects.core.admin.defaults import own_department
from projects.core.admin.filters import MineFilter
from projects.permissions import Actor
from projects.register.models import Project, StageTransition
from projects.register.querysets import ProjectQuerySet
from projects.register.services import project_create, project_delete

STAGE_COLOURS = {
    Stage.RESERVE: "default",
    Stage.PREPARATION: "info",
    Stage.CONSTRUCTION: "primary",
    Stage.COMMISSIONED: "success",
    Stage.ENROLLED: "success",
    Stage.SUSPENDED: "warning",
    Stage.CANCELLED: "danger",
}
check_complete("STAGE_COLOURS", STAGE_COLOURS, Stage)


class TransitionsInline(ReadOnlyInline):
    model = StageTransition
    fields = ("from_stage", "to_stage", "effective_on", "recorded_by", "evidence", "reason")
    list_select_related = ("recorded_by",)


@admin.register(Project)
class ProjectAdmin(DomainAdmin):
    _facts = (
        (
            gettext_lazy("责任"),
            (
                ("lead_department", "district"),
                "supporting_departments",
                ("sponsor", "responsible_head"),
                ("officer",),
            ),
        ),
        (
            gettext_lazy("业主与投资"),
            (
                ("owner_company", "owner_credit_code"),
                ("total_investment", "investment_before"),
                ("approval_code", "entered_statistics_on"),
            ),
        ),
        (gettext_lazy("位置"), (("longitude", "latitude"),)),
    )
    sections = (
        (None, (("code", "stage"), "name", ("category", "cluster"), "description")),
        *_facts,
        (gettext_lazy("出处"), (("section", "assigned"), "wording", "note")),
    )
    add_sections = (
        (None, ("name", ("category", "cluster"), "description")),
        *_facts,
        (gettext_lazy("出处"), ("section", "note")),
    )
    list_display = (
        "code", "name", "stage_label", "category", "district", "lead_department", "officer",
        "investment",
    )  # fmt: skip
    list_display_links = ("code", "name")
    list_filter = (
        MineFilter,
        ("stage", ChoicesDropdownFilter),
        ("category", ChoicesDropdownFilter),
        ("cluster", ChoicesDropdownFilter),
        ("lead_department", RelatedDropdownFilter),
        ("district", RelatedDropdownFilter),
        "synthetic",
    )
    list_select_related = ("district", "lead_department", "officer")
    search_fields = ProjectQuerySet.search_fields
    autocomplete_fields = (
        "district", "lead_department", "supporting_departments", "sponsor", "responsible_head",
        "officer",
    )  # fmt: skip
    inlines: tuple[type[InlineModelAdmin], ...] = (TransitionsInline,)  # subjects above add theirs

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> Project:
        return project_create(by=by, fields=fields)

    def write_delete(self, *, by: Actor, instance: Project) -> None:
        project_delete(project=instance, by=by)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return own_department(request) | super().get_changeform_initial_data(request)

    @display(description=gettext_lazy("阶段"), ordering="stage", label=STAGE_COLOURS)
    def stage_label(self, project: Project) -> tuple[str, str]:
        return project.stage, project.get_stage_display()

    @display(description=gettext_lazy("总投资 (万元)"), ordering="total_investment")
    def investment(self, project: Project) -> str:
        return format_figure(project.total_investment)


@admin.register(StageTransition)
class StageTransitionAdmin(DomainAdmin):
    read_only = True
    sections = (
        (
            None,
            (
                "project",
                ("from_stage", "to_stage"),
                ("effective_on", "revokes"),
                ("recorded_by", "recorded_at"),
                "evidence",
                "reason",
            ),
        ),
    )
    list_display = (
        "project", "from_stage", "to_stage", "effective_on", "recorded_by", "recorded_at",
        "taken_back",
    )  # fmt: skip
    list_filter = (("to_stage", ChoicesDropdownFilter),)
    list_select_related = ("project", "recorded_by", "revoked_by", "revokes")
    search_fields = ("project__name", "project__code", "project__pinyin", "evidence")
    date_hierarchy = "effective_on"
    ordering = ("-effective_on", "-id")

    @display(description=gettext_lazy("撤销"))
    def taken_back(self, transition: StageTransition) -> str:
        if transition.revokes_id:
            return _("撤销记录")
        return _("已撤销") if hasattr(transition, "revoked_by") else ""

"""Projects and their stages."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextInputWidget,
)

from portfolio.core import clock
from projects.choices import Stage
from projects.core.admin.base import DomainAdmin, ReadOnlyInline
from projects.core.admin.columns import figure
from projects.core.admin.defaults import own_department
from projects.core.admin.filters import MineFilter
from projects.core.admin.rights import may, may_add_below
from projects.core.admin.verbs import posted, verb_page
from projects.register.models import Project, StageTransition
from projects.register.querysets import ProjectQuerySet
from projects.register.services import (
    possible_stages,
    project_create,
    project_delete,
    project_update,
    transition_record,
    transition_revoke,
)

STAGE_COLOURS = {
    Stage.RESERVE: "default",
    Stage.PREPARATION: "info",
    Stage.CONSTRUCTION: "primary",
    Stage.COMMISSIONED: "success",
    Stage.ENROLLED: "success",
    Stage.SUSPENDED: "warning",
    Stage.CANCELLED: "danger",
}


class TransitionsInline(ReadOnlyInline):
    model = StageTransition
    fields = ("from_stage", "to_stage", "effective_on", "recorded_by", "evidence", "reason")
    list_select_related = ("recorded_by",)


class StageForm(forms.Form):
    """What a move to another stage needs."""

    to_stage = forms.ChoiceField(label=gettext_lazy("新阶段"), widget=UnfoldAdminSelectWidget())
    effective_on = forms.DateField(
        label=gettext_lazy("生效日期"),
        widget=UnfoldAdminSingleDateWidget(),
        help_text=gettext_lazy("变动实际发生的日期, 不晚于今天。"),
    )
    evidence = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("例如施工许可证号、竣工验收文号。"),
    )
    reason = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=500,
        required=False,
        widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("回退和终止须写明, 且只有督查员可以登记。"),
    )

    def __init__(self, project: Project, *args: Any, supervised: bool, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"effective_on": clock.today()})
        super().__init__(*args, **kwargs)
        self.fields["to_stage"].choices = [("", _("请选择")), *possible_stages(project, supervised)]


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=UnfoldAdminTextInputWidget()
    )


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
    inlines = (TransitionsInline,)  # subjects above append theirs
    actions_detail = ("record_stage",)

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> Project:
        return project_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Project, changes: dict[str, Any]) -> None:
        project_update(project=instance, by=by, changes=changes)

    def write_delete(self, *, by: Any, instance: Project) -> None:
        project_delete(project=instance, by=by)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return own_department(request) | super().get_changeform_initial_data(request)

    @display(description=gettext_lazy("阶段"), ordering="stage", label=STAGE_COLOURS)
    def stage_label(self, project: Project) -> tuple[str, str]:
        return project.stage, project.get_stage_display()

    @display(description=gettext_lazy("总投资 (万元)"), ordering="total_investment")
    def investment(self, project: Project) -> str:
        return figure(project.total_investment)

    def has_record_stage_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "add", StageTransition)
        project = self.get_object(request, str(object_id))
        return (
            project is not None
            and project.stage != Stage.CANCELLED
            and may_add_below(request, StageTransition, "project", project)
        )

    @action(
        description=gettext_lazy("登记阶段变动"),
        url_path="stage",
        permissions=["record_stage"],
        icon="moving",
    )
    def record_stage(self, request: HttpRequest, object_id: str) -> HttpResponse:
        project = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            project,
            form=StageForm(
                project,
                posted(request),
                supervised=may(request, "move_back", StageTransition),
            ),
            run=lambda typed: transition_record(project=project, by=request.user, **typed),
            title=_("登记阶段变动: %(project)s") % {"project": project.name},
            explanation=_("现处阶段: %(stage)s。登记后不能修改, 登记错了由督查员撤销。")
            % {"stage": project.get_stage_display()},
            button=_("登记"),
            done=_("已登记阶段变动。"),
        )


@admin.register(StageTransition)
class StageTransitionAdmin(DomainAdmin):
    """Moves are added here or on the project's page; the newest can be taken back."""

    append_only = True
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
    add_sections = ((None, ("project", ("to_stage", "effective_on"), "evidence", "reason")),)
    list_display = (
        "project", "from_stage", "to_stage", "effective_on", "recorded_by", "recorded_at",
        "taken_back",
    )  # fmt: skip
    list_filter = (("to_stage", ChoicesDropdownFilter),)
    list_select_related = ("project", "recorded_by", "revoked_by", "revokes")
    search_fields = ("project__name", "project__code", "project__pinyin", "evidence")
    autocomplete_fields = ("project",)
    date_hierarchy = "effective_on"
    ordering = ("-effective_on", "-id")
    actions_detail = ("revoke",)

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> StageTransition:
        return transition_record(by=by, **fields)

    @display(description=gettext_lazy("撤销"))
    def taken_back(self, transition: StageTransition) -> str:
        if transition.revokes_id:
            return _("撤销记录")
        return _("已撤销") if hasattr(transition, "revoked_by") else ""

    def has_revoke_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may(request, "move_back", StageTransition)

    @action(
        description=gettext_lazy("撤销"), url_path="revoke", permissions=["revoke"], icon="undo"
    )
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        transition = self.get_object(request, object_id)
        if transition is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return verb_page(
            self,
            request,
            transition,
            form=ReasonForm(posted(request)),
            run=lambda typed: transition_revoke(
                transition=transition, by=request.user, reason=typed["reason"]
            ),
            title=_("撤销阶段变动: %(project)s") % {"project": transition.project.name},
            explanation=_("原记录保留, 另记一条撤销; 项目回到“%(stage)s”。")
            % {"stage": transition.get_from_stage_display() or "—"},
            button=_("撤销这次变动"),
            done=_("已撤销。"),
        )

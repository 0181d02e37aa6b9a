"""Monthly returns: the months, each project's return and its way to acceptance, spot checks."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import action, display

from projects.core.admin.base import DomainAdmin
from projects.core.admin.columns import figure
from projects.core.admin.filters import MineFilter
from projects.core.admin.refusals import Refusal, refusing
from projects.core.admin.rights import may
from projects.core.admin.verbs import Confirmation, posted, verb_page
from projects.returns import at_once as returns_at_once
from projects.returns import services as returns
from projects.returns.models import ProgressReturn, ReturnPeriod, SpotCheck
from projects.returns.rules import ALLOWED_FROM


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@admin.register(ReturnPeriod)
class ReturnPeriodAdmin(DomainAdmin):
    append_only = True
    sections = (
        (None, (("year", "month"), ("due_on", "opened_by"))),
        (gettext_lazy("填报情况"), (("due", "submitted", "accepted"), ("late", "missing"))),
    )
    add_sections = ((None, (("year", "month"),)),)
    list_display = ("__str__", "due_on", "due", "submitted", "accepted", "late", "missing")
    list_filter = ("year",)
    search_fields = ("year",)
    list_select_related = ("opened_by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_counts()

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> ReturnPeriod:
        return returns.period_open(by=by, **fields)

    @display(description=gettext_lazy("应报"))
    def due(self, period: Any) -> int:
        return period.returns_count

    @display(description=gettext_lazy("已报"))
    def submitted(self, period: Any) -> int:
        return period.submitted_count

    @display(description=gettext_lazy("已审核"))
    def accepted(self, period: Any) -> int:
        return period.accepted_count

    @display(description=gettext_lazy("迟报"))
    def late(self, period: Any) -> int:
        return period.late_count

    @display(description=gettext_lazy("逾期未报"))
    def missing(self, period: Any) -> int:
        return period.missing_count


def _permission(verb: str) -> Callable[..., bool]:
    """Whether a verb's button stands on the page: the person may, and the state fits."""

    def allowed(self: Any, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, verb, ProgressReturn)
        row = self.get_object(request, str(object_id))
        fits = row is not None and row.state in ALLOWED_FROM[verb]
        return fits and may(request, verb, ProgressReturn, row)

    return allowed


@admin.register(ProgressReturn)
class ProgressReturnAdmin(DomainAdmin):
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
    fixed_after_creation = ("project", "period")
    list_display = (
        "project", "period", "lead_department", "state_label", "timeliness",
        "investment_reported", "physical_progress", "submitted_at",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        ("state", ChoicesDropdownFilter),
        ("period", RelatedDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = (
        "project__lead_department", "period", "submitted_by", "confirmed_by", "accepted_by",
    )  # fmt: skip
    search_fields = ("project__name", "project__code", "project__pinyin")
    actions = ("confirm_selected",)
    actions_detail = ("submit", "no_change", "confirm", "accept", "send_back", "correct")

    has_submit_permission = _permission("submit")
    has_confirm_permission = _permission("confirm")
    has_accept_permission = _permission("accept")
    has_send_back_permission = _permission("send_back")
    has_correct_permission = _permission("correct")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_derived()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # returns come with the month

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        owed = obj is None or obj.state in ALLOWED_FROM["change"]
        return owed and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        returns.return_update(progress_return=instance, by=by, changes=changes)

    def choice_label(self, instance: ProgressReturn) -> str:
        return f"{instance.project.name} · {instance.period}"

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

    @display(description=gettext_lazy("本年累计·调度"))
    def year_to_date(self, row: Any) -> str:
        return figure(row.reported_year_to_date, _("万元"))

    @display(description=gettext_lazy("本年累计·入统"))
    def year_to_date_statistical(self, row: Any) -> str:
        return figure(row.statistical_year_to_date, _("万元"))

    @display(description=gettext_lazy("总累计·调度"))
    def in_all(self, row: Any) -> str:
        return figure(row.reported_total, _("万元"))

    @display(description=gettext_lazy("总累计·入统"))
    def in_all_statistical(self, row: Any) -> str:
        return figure(row.statistical_total, _("万元"))

    @admin.action(description=gettext_lazy("确认所选月报"), permissions=["confirm"])
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        ids = list(queryset.order_by().values_list("pk", flat=True))
        try:
            with refusing():
                count = returns_at_once.returns_confirm(ids=ids, by=request.user)
        except Refusal as refusal:
            self.message_user(request, refusal.words, messages.ERROR)
        else:
            done = _("已确认 %(count)d 份月报。") % {"count": count}
            self.message_user(request, done, messages.SUCCESS)

    @action(
        description=gettext_lazy("提交"), url_path="submit", permissions=["submit"], icon="send"
    )
    def submit(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = _("提交后由本单位负责人确认, 在退回之前不能再改。")
        return self._verb(request, object_id, returns.return_submit, _("提交月报"), words)

    @action(
        description=gettext_lazy("本月无变化"),
        url_path="no-change",
        permissions=["submit"],
        icon="event_repeat",
    )
    def no_change(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = _("按上月的数值填报, 本月完成投资计为 0, 并提交。")
        return self._verb(request, object_id, returns.return_no_change, _("本月无变化"), words)

    @action(
        description=gettext_lazy("确认"), url_path="confirm", permissions=["confirm"], icon="check"
    )
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = _("确认后交项目办审核。")
        return self._verb(request, object_id, returns.return_confirm, _("确认月报"), words)

    @action(
        description=gettext_lazy("审核"), url_path="accept", permissions=["accept"], icon="done_all"
    )
    def accept(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = _("审核后计入累计数; 更正须另行登记。")
        return self._verb(request, object_id, returns.return_accept, _("审核月报"), words)

    @action(
        description=pgettext_lazy("action", "退回"),
        url_path="send-back",
        permissions=["send_back"],
        icon="undo",
    )
    def send_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = _("退回后由填报单位修改并重新提交。")
        service = returns.return_send_back
        return self._verb(request, object_id, service, _("退回月报"), words, ReasonForm)

    @action(
        description=pgettext_lazy("action", "更正"),
        url_path="correct",
        permissions=["correct"],
        icon="edit",
    )
    def correct(self, request: HttpRequest, object_id: str) -> HttpResponse:
        words = _("生成一份新的更正稿, 照填已审核的数值; 更正稿审核之前, 原数值仍然有效。")
        service = returns.return_correct
        return self._verb(request, object_id, service, _("更正月报"), words, ReasonForm)

    def _verb(
        self,
        request: HttpRequest,
        object_id: str,
        service: Callable[..., Any],
        title: str,
        explanation: str,
        form: type[forms.Form] = Confirmation,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            row,
            form=form(posted(request)),
            run=lambda typed: service(progress_return=row, by=request.user, **typed),
            title=f"{title}: {self.choice_label(row)}",
            explanation=explanation,
            button=title,
            done=_("%(title)s: 已完成。") % {"title": title},
        )


@admin.register(SpotCheck)
class SpotCheckAdmin(DomainAdmin):
    append_only = True
    sections = (
        (None, (("project", "progress_return"), ("checked_on", "checked_by"))),
        (
            gettext_lazy("上报与核实"),
            (("progress_reported", "progress_found", "difference"), "found"),
        ),
    )
    add_sections = (
        (None, (("project", "progress_return"), "checked_on", "progress_found", "found")),
    )
    list_display = (
        "project", "checked_on", "progress_reported", "progress_found", "difference", "checked_by",
    )  # fmt: skip
    list_filter = (("project__lead_department", RelatedDropdownFilter),)
    list_select_related = (
        "project", "progress_return__project", "progress_return__period", "checked_by",
    )  # fmt: skip
    search_fields = ("project__name", "project__code", "project__pinyin", "found")
    autocomplete_fields = ("project", "progress_return")
    date_hierarchy = "checked_on"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_difference()

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> SpotCheck:
        return returns.spot_check_record(by=by, fields=fields)

    @display(description=gettext_lazy("相差 (百分点)"))
    def difference(self, check: Any) -> str:
        return figure(check.difference)

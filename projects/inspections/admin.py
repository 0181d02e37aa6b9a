"""The quarterly inspection: its rounds, from preparation to publication."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from projects.core.admin.base import DomainAdmin, DomainInline
from projects.core.admin.refusals import refusing
from projects.core.admin.rights import may
from projects.core.admin.verbs import Confirmation, posted, verb_page
from projects.inspections.judges import judge_mark_absent
from projects.inspections.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    JudgeGroup,
    RoundStatus,
)
from projects.inspections.results import (
    round_approval_revoke,
    round_approve,
    round_close,
    round_publish,
)
from projects.inspections.services import round_create, round_open, round_update
from projects.inspections.standing import Sheet, newest_revision, published_results, sees_standing


class RoundPartInline(DomainInline):
    """A part of the round itself: written with it, as a whole, while it is being prepared."""

    can_delete = True
    show_change_link = False
    hide_title = True

    def _prepared(self, request: HttpRequest, inspection_round: Any) -> bool:
        draft = inspection_round is None or inspection_round.status == RoundStatus.DRAFT
        return draft and may(request, "change", InspectionRound, inspection_round)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._prepared(request, obj)

    has_change_permission = has_delete_permission = has_add_permission


class CriteriaInline(RoundPartInline):
    model = InspectionCriterion
    fields = ("name", "weight")


class JudgeGroupsInline(RoundPartInline):
    model = JudgeGroup
    fields = ("name", "weight")


class JudgesInline(RoundPartInline):
    model = InspectionJudge
    fields = ("user", "group", "absent")
    autocomplete_fields = ("user",)
    list_select_related = ("user", "group")

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "group":
            # The round's own groups; those of a new round can be chosen once it is saved.
            opened = request.resolver_match and request.resolver_match.kwargs.get("object_id")
            number = int(opened) if str(opened).isdecimal() else 0
            kwargs["queryset"] = JudgeGroup._default_manager.filter(inspection_round=number)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class EntriesInline(DomainInline):
    model = InspectionEntry
    fields = ("project", "league")
    autocomplete_fields = ("project",)
    list_select_related = ("project", "inspection_round")


class AbsenceForm(forms.Form):
    judge = forms.ModelChoiceField(
        label=gettext_lazy("评委"),
        queryset=InspectionJudge._default_manager.none(),
        widget=UnfoldAdminSelectWidget(),
    )
    absent = forms.BooleanField(
        label=gettext_lazy("缺席"),
        required=False,
        initial=True,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy("不勾选为取消缺席。"),
    )

    def __init__(self, inspection_round: InspectionRound, *args: Any) -> None:
        super().__init__(*args)
        judges = inspection_round.judges.select_related("user")
        self.fields["judge"].queryset = judges  # type: ignore[attr-defined]


@admin.register(InspectionRound)
class InspectionRoundAdmin(DomainAdmin):
    terms = (
        ("year", "quarter"),
        ("starts_on", "ends_on"),
        ("method", "site_share", "deduction_cap"),
    )
    sections = (
        (None, (*terms, "status")),
        (
            gettext_lazy("结果"),
            (("approved_by", "approved_at"), ("published_by", "published_at"), "standing"),
        ),
    )
    add_sections = ((None, terms),)
    list_display = ("__str__", "status_label", "starts_on", "ends_on", "method", "published_at")
    list_filter = (("status", ChoicesDropdownFilter), "year")
    search_fields = ("year",)
    inlines = (CriteriaInline, JudgeGroupsInline, JudgesInline, EntriesInline)
    actions_detail = (
        "open_round", "mark_absent", "close_round", "approve_round", "revoke_approval",
        "publish_round",
    )  # fmt: skip

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple:
        return self.inlines[:-1] if obj is None else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = super().get_readonly_fields(request, obj)
        if obj is not None and obj.status != RoundStatus.DRAFT:
            fixed += ["year", "quarter", "method", "site_share", "deduction_cap"]
        if obj is not None and obj.status == RoundStatus.PUBLISHED:
            fixed += ["starts_on", "ends_on"]
        return fixed

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        fieldsets = super().get_fieldsets(request, obj)
        published = obj is not None and obj.status == RoundStatus.PUBLISHED
        if obj is None or published or sees_standing(request.user, obj):
            return fieldsets
        return fieldsets[:-1]

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> InspectionRound:
        return round_create(by=by, fields=fields)

    def write_update(self, *, by: Any, instance: Any, changes: dict[str, Any]) -> None:
        round_update(inspection_round=instance, by=by, changes=changes)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        parts = {
            InspectionCriterion: "criteria",
            JudgeGroup: "judge_groups",
            InspectionJudge: "judges",
        }
        if formset.model not in parts:
            super().save_formset(request, form, formset, change)
            return
        if not (formset.has_changed() or formset.deleted_forms):
            return
        rows = [
            each.cleaned_data
            for each in formset.forms
            if each.cleaned_data and not each.cleaned_data.get("DELETE")
        ]
        with refusing(form):
            round_update(
                inspection_round=form.instance,
                by=request.user,
                changes={parts[formset.model]: rows},
            )

    @display(
        description=gettext_lazy("状态"),
        ordering="status",
        label={"open": "success", "closed": "warning", "published": "info"},
    )
    def status_label(self, inspection_round: InspectionRound) -> tuple[str, str]:
        return inspection_round.status, inspection_round.get_status_display()

    @display(description=gettext_lazy("名次"))
    def standing(self, inspection_round: InspectionRound) -> SafeString | str:
        """Lists the ranking: as published, or, before that, as it stands now."""
        newest = newest_revision(inspection_round)
        if newest:
            rows = [
                (each.league, each.rank, each.entry.project.name, each.points)
                for each in published_results(inspection_round, newest)
            ]
            told = _("第 %(revision)s 版") % {"revision": newest}
        else:
            rows = [
                (each.entry.league, each.rank, each.entry.project.name, each.result.points)
                for each in Sheet(inspection_round).standings()
                if each.rank is not None
            ]
            told = _("测算, 尚未公布")
        if not rows:
            return _("还没有评分。")
        lines = format_html_join("", "<li>{} {}. {}: {}</li>", rows)
        return format_html("<p>{}</p><ol>{}</ol>", told, lines)

    # What can be done with a round, and when ---------------------------------------------------
    def _possible(
        self, request: HttpRequest, object_id: Any, verb: str, *statuses: str
    ) -> InspectionRound | None:
        """Returns the round when the person may do this to it in its present status."""
        found = self.get_object(request, str(object_id))
        fits = found is not None and found.status in statuses
        return found if fits and may(request, verb, InspectionRound, found) else None

    def has_open_round_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "open", InspectionRound)
        return self._possible(request, object_id, "open", RoundStatus.DRAFT) is not None

    def has_mark_absent_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "change", InspectionRound)
        return self._possible(request, object_id, "change", RoundStatus.OPEN) is not None

    def has_close_round_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "close", InspectionRound)
        return self._possible(request, object_id, "close", RoundStatus.OPEN) is not None

    def has_approve_round_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "approve", InspectionRound)
        found = self._possible(request, object_id, "approve", RoundStatus.CLOSED)
        return found is not None and found.approved_at is None

    def has_revoke_approval_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "approve", InspectionRound)
        found = self._possible(request, object_id, "approve", RoundStatus.CLOSED)
        return found is not None and found.approved_at is not None

    def has_publish_round_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return may(request, "publish", InspectionRound)
        found = self._possible(request, object_id, "publish", RoundStatus.CLOSED)
        return found is not None and found.approved_at is not None

    def _confirm(
        self, request: HttpRequest, object_id: str, service: Any, **words: str
    ) -> HttpResponse:
        inspection_round = self.get_object(request, object_id)
        words["title"] = words["title"] % {"round": inspection_round}
        return verb_page(
            self,
            request,
            inspection_round,
            form=Confirmation(posted(request)),
            run=lambda typed: service(inspection_round=inspection_round, by=request.user),
            **words,
        )

    @action(
        description=gettext_lazy("开启评分"),
        url_path="open",
        permissions=["open_round"],
        icon="play_circle",
    )
    def open_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirm(
            request,
            object_id,
            round_open,
            title=_("开启评分: %(round)s"),
            explanation=_("开启后评委可以打分; 年度、季度、评分项和评委不能再改, 只能调整日期。"),
            button=_("开启评分"),
            done=_("已开启评分。"),
        )

    @action(
        description=gettext_lazy("评委缺席"),
        url_path="mark-absent",
        permissions=["mark_absent"],
        icon="person_off",
    )
    def mark_absent(self, request: HttpRequest, object_id: str) -> HttpResponse:
        inspection_round: Any = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            inspection_round,
            form=AbsenceForm(inspection_round, posted(request)),
            run=lambda typed: judge_mark_absent(
                inspection_round=inspection_round, by=request.user, **typed
            ),
            title=_("评委缺席: %(round)s") % {"round": inspection_round},
            explanation=_("缺席的评委不再等候其评分, 已打的分不计入结果。"),
            button=_("确定"),
            done=_("已登记。"),
        )

    @action(
        description=gettext_lazy("截止评分"),
        url_path="close",
        permissions=["close_round"],
        icon="stop_circle",
    )
    def close_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirm(
            request,
            object_id,
            round_close,
            title=_("截止评分: %(round)s"),
            explanation=_("评分齐备 (缺席和回避的除外) 方可截止; 截止后不能再打分。"),
            button=_("截止评分"),
            done=_("已截止评分。"),
        )

    @action(
        description=gettext_lazy("批准结果"),
        url_path="approve",
        permissions=["approve_round"],
        icon="verified",
    )
    def approve_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirm(
            request,
            object_id,
            round_approve,
            title=_("批准结果: %(round)s"),
            explanation=_("批准后, 参评项目、经济数据和扣分不能再改; 由督查员公布。"),
            button=pgettext("action", "批准"),
            done=_("已批准。"),
        )

    @action(
        description=gettext_lazy("撤回批准"),
        url_path="revoke-approval",
        permissions=["revoke_approval"],
        icon="undo",
    )
    def revoke_approval(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirm(
            request,
            object_id,
            round_approval_revoke,
            title=_("撤回批准: %(round)s"),
            explanation=_("撤回后可以更正经济数据和扣分, 再行批准。"),
            button=_("撤回批准"),
            done=_("已撤回批准。"),
        )

    @action(
        description=gettext_lazy("公布结果"),
        url_path="publish",
        permissions=["publish_round"],
        icon="campaign",
    )
    def publish_round(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._confirm(
            request,
            object_id,
            round_publish,
            title=_("公布结果: %(round)s"),
            explanation=_("公布后本轮冻结, 人人可见; 评分只能按更正程序更正, 并留痕。"),
            button=_("公布"),
            done=_("已公布。"),
        )

"""The tiers, version by version, and who does not want which of the early ones."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget

from notifications.outbox.preview_page import preview_page
from notifications.policies import services as opt_outs
from notifications.policies import services as policies
from notifications.policies.models import ReminderPolicy, TierOptOut, TierRule
from portfolio.core import clock
from projects.choices import Commitment
from projects.core.admin.base import DomainAdmin, DomainInline, page_of
from projects.core.admin.refusals import RefusedFormError, catch_refusal
from projects.core.admin.rights import may
from projects.deadlines import kind_labels
from projects.permissions import Actor

BLANK_LINES = 3


class TierRulesInline(DomainInline):
    """The rules are written with their policy, as a whole, and never changed."""

    model = TierRule
    fields = (
        "kind", "commitment", "tier", "timing", "days", "repeat_every", "to_heads",
        "to_supervisors", "to_sponsor",
    )  # fmt: skip
    tab = False  # they are the policy
    show_change_link = False
    hide_title = True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else len(_present_rules()) + BLANK_LINES

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.pk is None) and may(request, "add", ReminderPolicy)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        choices = {"kind": kind_labels().items(), "commitment": Commitment.choices}
        if db_field.name in choices:
            return forms.ChoiceField(
                choices=[("", _("不限")), *choices[db_field.name]],
                required=False,
                label=db_field.verbose_name,
                widget=UnfoldAdminSelectWidget,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)


@admin.register(ReminderPolicy)
class ReminderPolicyAdmin(DomainAdmin):
    """A change of the tiers is a new version; its page opens with those that hold today."""

    append_only = True
    sections = ((None, (("number", "in_force_from"), "note")),)
    add_sections = ((_("新版本以现行规则为底稿; 清空一行即去掉这一级"), ("in_force_from", "note")),)
    list_display = ("number", "in_force_from", "note")
    search_fields = ("note",)
    inlines = (TierRulesInline,)
    actions_list = ("preview_present",)
    actions_detail = ("preview",)

    def has_preview_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return may(request, "preview", ReminderPolicy)

    @action(
        description=_("预览今后 30 天"), url_path="preview", permissions=["preview"], icon="preview"
    )
    def preview_present(self, request: HttpRequest) -> HttpResponse:
        schedules = policies.schedules_in_force(on=clock.today())
        back = reverse("admin:notifications_reminderpolicy_changelist")
        title = gettext("预览: 现行规则")
        return preview_page(self, request, schedules, title=title, back=back)

    @action(
        description=_("按此规则预览"), url_path="preview", permissions=["preview"], icon="preview"
    )
    def preview(self, request: HttpRequest, object_id: str) -> HttpResponse:
        policy = self.get_object(request, object_id)
        schedules = policies.schedules_of(policy.rules.order_by("id").values())
        title = gettext("预览: 第 %(number)s 版") % {"number": policy.number}
        return preview_page(self, request, schedules, title=title, back=page_of(self, policy))

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple:
        return self.inlines

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        kwargs = super().get_formset_kwargs(request, obj, inline, prefix)
        if obj.pk is None and request.method == "GET":
            kwargs["initial"] = _present_rules()
        return kwargs

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"in_force_from": clock.today(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The version is written with its rules, below."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        lines = [
            each
            for formset in formsets
            for each in formset.forms
            if each.has_changed() and each.cleaned_data
        ]
        names = TierRulesInline.fields
        rules = [{name: each.cleaned_data[name] for name in names} for each in lines]
        fields = {name: form.cleaned_data[name] for name in ("in_force_from", "note")}
        with catch_refusal(form):
            try:
                policy = policies.reminder_policy_create(
                    by=request.user, fields={**fields, "rules": rules}
                )
            except ValidationError as error:
                raise _beside_its_line(error, lines) from error
        form.instance.__dict__.update(policy.__dict__)


def _present_rules() -> list[dict[str, Any]]:
    """Returns the rules that hold today, as the form's first values."""
    schedules = policies.schedules_in_force(on=clock.today())
    return [
        {
            "kind": kind,
            "commitment": commitment,
            "tier": tier.name,
            "timing": tier.timing,
            "days": tier.days,
            "repeat_every": tier.repeat_every,
            "to_heads": tier.to_heads,
            "to_supervisors": tier.to_supervisors,
            "to_sponsor": tier.to_sponsor,
        }
        for (kind, commitment), schedule in schedules.items()
        for tier in schedule
    ]


def _beside_its_line(error: ValidationError, lines: list[Any]) -> Exception:
    """Returns the refusal of the first line that is wrong (``rules/0/days``), or what it was."""
    for place, errors in getattr(error, "error_dict", {}).items():
        head, _slash, rest = place.partition("/")
        if head == "rules" and rest:
            number, _slash, field = rest.partition("/")
            words = ValidationError({field or NON_FIELD_ERRORS: errors})
            return RefusedFormError(words, lines[int(number)].prefix)
    return error


@admin.register(TierOptOut)
class TierOptOutAdmin(DomainAdmin):
    """Made for oneself and taken back, never changed."""

    sections = ((None, (("user", "days_before"), "recorded_at")),)
    add_sections = ((None, ("days_before",)),)
    list_display = ("user", "days_before", "recorded_at")
    list_filter = ("days_before",)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__username")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> TierOptOut:
        return opt_outs.tier_opt_out_create(by=by, fields=fields)

    def write_delete(self, *, by: Actor, instance: Any) -> None:
        opt_outs.tier_opt_out_delete(opt_out=instance, by=by)

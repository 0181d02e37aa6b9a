"""Red, yellow, green: each month's lights, the policy, overrides and exemptions."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from portfolio.core.complete import check_complete
from portfolio.core.errors import field_error
from projects.choices import LightColour
from projects.core.admin.base import DomainAdmin, DomainInline
from projects.core.admin.refusals import catch_refusal
from projects.core.admin.rights import may
from projects.lights import services as lights
from projects.lights.models import (
    LightExemption,
    LightOverride,
    LightPolicy,
    LightRule,
    MonthlyLight,
)
from projects.permissions import Actor

COLOURS = {"red": "danger", "yellow": "warning", "green": "success", "grey": "info"}
check_complete("COLOURS", COLOURS, LightColour)


class ColourColumn:
    @display(description=_("灯"), ordering="colour", label=COLOURS)
    def colour_label(self, row: Any) -> tuple[str, str]:
        return row.colour, row.get_colour_display()


@admin.register(MonthlyLight)
class MonthlyLightAdmin(ColourColumn, DomainAdmin):
    """Adding keeps the lights of all projects of a month."""

    append_only = True
    sections = (
        (None, ("project", ("year", "month"), ("colour", "computed_colour"), "why")),
        (_("依据"), (("policy", "recorded_at"),)),
    )
    add_sections = ((_("评定并留存某月全部项目的灯"), (("year", "month"),)),)
    list_display = ("project", "year", "month", "colour_label", "computed_colour", "why")
    list_filter = (
        "year",
        "month",
        ("colour", ChoicesDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "policy")
    search_fields = ("project__name", "project__code", "project__pinyin")

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> MonthlyLight:
        lights.lights_record(by=by, **fields)
        newest = MonthlyLight.objects.filter(**fields).order_by("pk").last()
        if newest is None:
            raise field_error("month", str(_("没有可评的项目。")), "no_projects")
        return newest

    @display(description=_("理由"))
    def why(self, light: MonthlyLight) -> str:
        return format_html_join("；", "{}", ((reason["text"],) for reason in light.reasons)) or "—"


class LightRulesInline(DomainInline):
    """The rules are written with their policy, as a whole, and never changed."""

    model = LightRule
    fields = ("measure", "above", "colour", "reason")
    show_change_link = False
    hide_title = True

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        return 0 if obj else 3

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (obj is None or obj.pk is None) and may(request, "add", LightPolicy)


@admin.register(LightPolicy)
class LightPolicyAdmin(DomainAdmin):
    """A change of the policy is a new version."""

    append_only = True
    sections = ((None, (("number", "in_force_from"), "note")),)
    add_sections = ((None, ("in_force_from", "note")),)
    list_display = ("number", "in_force_from", "note")
    search_fields = ("note",)
    inlines = (LightRulesInline,)

    def get_inlines(self, request: HttpRequest, obj: Any) -> tuple:
        return self.inlines

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The version is written with its rules, below."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        names = LightRulesInline.fields
        rules = [
            {name: each.cleaned_data[name] for name in names}
            for formset in formsets
            for each in formset.forms
            if each.has_changed() and each.cleaned_data
        ]
        fields = {name: form.cleaned_data[name] for name in ("in_force_from", "note")}
        with catch_refusal(form):
            policy = lights.light_policy_create(by=request.user, fields={**fields, "rules": rules})
        form.instance.__dict__.update(policy.__dict__)


@admin.register(LightOverride)
class LightOverrideAdmin(ColourColumn, DomainAdmin):
    sections = ((None, ("project", "colour", "reason", ("starts_on", "ends_on"), "set_by")),)
    add_sections = ((None, ("project", "colour", "reason", ("starts_on", "ends_on"))),)
    fixed_after_creation = ("project",)
    list_display = ("project", "colour_label", "reason", "starts_on", "ends_on", "set_by")
    list_filter = (
        ("colour", ChoicesDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "set_by")
    search_fields = ("project__name", "project__code", "project__pinyin", "reason")
    autocomplete_fields = ("project",)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> LightOverride:
        return lights.light_override_create(by=by, fields=fields)


@admin.register(LightExemption)
class LightExemptionAdmin(DomainAdmin):
    sections = ((None, ("project", "measure", "reason", ("until",), ("granted_by", "granted_on"))),)
    add_sections = ((None, ("project", "measure", "reason", "until")),)
    fixed_after_creation = ("project",)
    list_display = ("project", "measure", "reason", "until", "granted_by", "granted_on")
    list_filter = (
        ("measure", ChoicesDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "granted_by")
    search_fields = ("project__name", "project__code", "project__pinyin", "reason")
    autocomplete_fields = ("project",)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> LightExemption:
        return lights.light_exemption_create(by=by, fields=fields)

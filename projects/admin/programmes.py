"""The year's programme and its entries."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from projects.admin.base import DomainAdmin
from projects.admin.filters import MineFilter
from projects.models import Programme, ProgrammeEntry
from projects.permissions import protected_fields

APPROVAL = ("approved_on", "approved_by")
FROZEN = ("planned_investment", "planned_start", "planned_commissioning", *APPROVAL)


@admin.register(Programme)
class ProgrammeAdmin(DomainAdmin):
    sections = ((None, ("title", ("year", "planned_count"), "section", "registered")),)
    add_sections = ((None, ("title", ("year", "planned_count"), "section")),)
    list_display = ("title", "year", "planned_count", "registered")
    search_fields = ("title", "year")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_registered_count()

    @display(description=_("已登记项目"))
    def registered(self, programme: Programme) -> str:
        url = reverse("admin:projects_programmeentry_changelist")
        return format_html(
            '<a class="text-primary-600" href="{}?programme__id__exact={}">{}</a>',
            url,
            programme.pk,
            programme.registered_count,
        )


@admin.register(ProgrammeEntry)
class ProgrammeEntryAdmin(DomainAdmin):
    sections = (
        (None, ("project", "programme")),
        (
            _("年度计划"),
            (
                "planned_investment",
                ("planned_start", "planned_commissioning"),
                "expected_outcome",
            ),
        ),
        (_("批准"), (APPROVAL,)),
    )
    fixed_after_creation = ("project", "programme")
    list_display = (
        "project", "programme", "planned_investment", "planned_start", "planned_commissioning",
        "expected_outcome", "approved_on",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        ("programme", RelatedDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "programme", "approved_by")
    search_fields = ("project__name", "project__code", "project__pinyin", "expected_outcome")
    autocomplete_fields = ("project", "programme", "approved_by")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixed = set(super().get_readonly_fields(request, obj))
        if obj is None and protected_fields(request.user, "projects.ProgrammeEntry"):
            fixed |= {*APPROVAL}  # a department does not approve its own plan
        if obj is not None and obj.approved_on:
            fixed |= {*FROZEN}
        return sorted(fixed)

"""Problems, to be read; money that is sought."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin
from projects.core.admin.columns import format_figure
from projects.core.admin.filters import MineFilter
from projects.funding.models import FundingApplication
from projects.funding.querysets import FundingApplicationQuerySet
from projects.funding.services import funding_update
from projects.permissions import Actor


@admin.register(FundingApplication)
class FundingApplicationAdmin(DomainAdmin):
    """Registered on the project's page, kept here."""

    sections = (
        (None, ("project", ("channel", "state"))),
        (_("金额"), (("asked", "granted"),)),
        (_("日期"), (("submitted_on", "decided_on"), "note")),
    )
    fixed_after_creation = ("project",)
    list_display = (
        "project", "channel", "state_label", "asked_figure", "granted_figure", "submitted_on",
        "decided_on",
    )  # fmt: skip
    list_filter = (
        MineFilter,
        ("channel", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project",)
    search_fields = FundingApplicationQuerySet.search_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        funding_update(application=instance, by=by, changes=changes)

    @display(
        description=_("状态"),
        ordering="state",
        label={
            "planned": "info",
            "submitted": "primary",
            "granted": "success",
            "refused": "danger",
        },
    )
    def state_label(self, application: FundingApplication) -> tuple[str, str]:
        return application.state, application.get_state_display()

    @display(description=_("申请金额 (万元)"), ordering="asked")
    def asked_figure(self, application: FundingApplication) -> str:
        return format_figure(application.asked)

    @display(description=_("获批金额 (万元)"), ordering="granted")
    def granted_figure(self, application: FundingApplication) -> str:
        return format_figure(application.granted)

"""The registers of hand-over steps, which are taken on the page of their task."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin, ReadOnlyInline
from projects.handover.models import AbstractHandoverStep as HandoverSteps


class StepsInline(ReadOnlyInline):
    """The steps of a task's hand-over; a subclass names their model."""

    fields = ("state", "notice_number", "text", "parked_until", "by", "recorded_at")
    verbose_name_plural = _("交办记录")


class StepsAdmin(DomainAdmin):
    """A register of steps, whatever was handed over; ``task`` is the field that leads there."""

    task: str
    read_only = True
    date_hierarchy = "recorded_at"
    ordering = ("-id",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list:
        told = (self.task, ("state", "notice_number"), "text", "parked_until")
        return [
            (None, {"fields": told}),
            (_("办理"), {"fields": (("by", "recorded_at"),)}),
        ]

    def get_list_display(self, request: HttpRequest) -> tuple:
        return ("notice_number", self.task, "state_label", "text", "by", "recorded_at")

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> tuple:
        return (self.task,)

    @display(
        description=_("状态"),
        ordering="state",
        label={
            "assigned": "info",
            "reported": "primary",
            "returned": "danger",
            "parked": "warning",
            "closed": "success",
        },
    )
    def state_label(self, step: HandoverSteps) -> tuple[str, str]:
        return step.state, step.get_state_display()

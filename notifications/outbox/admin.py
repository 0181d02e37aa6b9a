"""What was told to whom: to be read, never written by hand; 收到 is said on the mail's page."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from notifications.outbox.models import DeliveryAttempt, Message, Reminder
from projects.core.admin.base import DomainAdmin, DomainInline, ReadOnlyInline
from projects.core.admin.rights import may

STATE_COLOURS = {"queued": "info", "sent": "success", "failed": "danger", "unknown": "warning"}


class AcknowledgedFilter(admin.SimpleListFilter):
    """Whether the recipient has said that the mail was read."""

    title = _("收到确认")
    parameter_name = "acknowledged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("已确认")), ("no", _("未确认"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(acknowledged_at__isnull=self.value() == "no")


class RemindersInline(ReadOnlyInline):
    model = Reminder
    fields = ("title", "due_on", "tier", "ordinal", "falls_on", "capacity", "department", "state")
    list_select_related = ("department",)
    hide_title = True


class AttemptsInline(ReadOnlyInline):
    """Each attempt to hand the mail over, in the mail server's words."""

    model = DeliveryAttempt
    fields = ("number", "claimed_at", "handed_over_at", "ended_at", "outcome", "reply")
    ordering = ("-number",)
    show_change_link = False
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "view", Message, obj)


@admin.register(Message)
class MessageAdmin(DomainAdmin):
    read_only = True
    sections = (
        (
            None,
            (
                ("recipient", "recipient_user"),
                ("kind", "reference"),
                ("day", "state"),
                "last_error",
            ),
        ),
        (_("时间"), (("planned_for", "sent_at"), ("recorded_at", "retry_at"))),
        (
            _("投递与确认"),
            (("attempts", "unknowns"), ("acknowledged_at", "acknowledged_by")),
        ),
    )
    list_display = (
        "recipient", "recipient_user", "day", "kind", "told", "state_label", "planned_for",
        "sent_at", "acknowledged_at", "attempts", "last_error",
    )  # fmt: skip
    list_filter = (
        ("kind", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
        AcknowledgedFilter,
        ("day", RangeDateFilter),
    )
    list_select_related = ("recipient_user",)
    search_fields = ("recipient", "recipient_user__name", "reminders__title")
    date_hierarchy = "day"
    inlines: tuple[type[DomainInline], ...] = (RemindersInline, AttemptsInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_counts()

    @display(description=_("提醒条数"))
    def told(self, message: Any) -> int:
        return message.told

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, message: Message) -> tuple[str, str]:
        return message.state, message.get_state_display()


@admin.register(Reminder)
class ReminderAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, ("title", ("tier", "ordinal"), ("due_on", "falls_on"), ("department", "state"))),
        (
            _("收件"),
            (
                ("recipient", "recipient_user"), ("capacity", "message"),
                ("planned_for", "recorded_at"),
            ),
        ),
    )  # fmt: skip
    list_display = (
        "title", "due_on", "tier", "ordinal", "falls_on", "late", "department", "recipient",
        "capacity", "state_label", "planned_for",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("tier", ChoicesDropdownFilter),
        ("capacity", ChoicesDropdownFilter),
        ("department", RelatedDropdownFilter),
        ("falls_on", RangeDateFilter),
    )
    list_select_related = ("department", "recipient_user", "message")
    search_fields = ("title", "recipient", "recipient_user__name")
    date_hierarchy = "planned_for"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_lateness()

    @display(description=_("迟发"), boolean=True)
    def late(self, reminder: Any) -> bool:
        return reminder.late

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, reminder: Reminder) -> tuple[str, str]:
        return reminder.state, reminder.get_state_display()

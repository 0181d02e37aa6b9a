"""What was told to whom: to be read, never written by hand."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from notifications.models import Message, Reminder
from projects.admin.base import DomainAdmin, ReadOnlyInline

STATE_COLOURS = {"queued": "info", "sent": "success", "failed": "danger"}


class RemindersInline(ReadOnlyInline):
    model = Reminder
    fields = ("title", "due_on", "tier", "ordinal", "department", "state")
    list_select_related = ("department",)
    hide_title = True


@admin.register(Message)
class MessageAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, (("recipient", "recipient_user"), ("day", "state"), ("attempts", "last_error"))),
        (_("时间"), (("planned_for", "sent_at"), "recorded_at")),
    )
    list_display = (
        "recipient", "recipient_user", "day", "told", "state_label", "planned_for", "sent_at",
        "last_error",
    )  # fmt: skip
    list_filter = (("state", ChoicesDropdownFilter),)
    list_select_related = ("recipient_user",)
    search_fields = ("recipient", "recipient_user__name", "reminders__title")
    date_hierarchy = "day"
    inlines = (RemindersInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).with_counts()

    @display(description=_("提醒条数"))
    def told(self, message: Message) -> int:
        return message.told

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, message: Message) -> tuple[str, str]:
        return message.state, message.get_state_display()


@admin.register(Reminder)
class ReminderAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, ("title", ("tier", "ordinal"), ("due_on", "state"), "department")),
        (_("收件"), (("recipient", "recipient_user"), ("message", "planned_for"), "recorded_at")),
    )
    list_display = (
        "title", "due_on", "tier", "ordinal", "department", "recipient", "state_label",
        "planned_for",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("tier", ChoicesDropdownFilter),
        ("department", RelatedDropdownFilter),
    )
    list_select_related = ("department", "recipient_user", "message")
    search_fields = ("title", "recipient", "recipient_user__name")
    date_hierarchy = "planned_for"

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, reminder: Reminder) -> tuple[str, str]:
        return reminder.state, reminder.get_state_display()

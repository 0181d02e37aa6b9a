"""The shapes of what is told to whom."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from notifications.outbox.models import DeliveryAttempt, Message, Reminder
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import KeyField, ReadSerializer
from projects.people.serializers import DepartmentBriefSerializer, UserBriefSerializer


class ReminderSerializer(ReadSerializer):
    capacity_display = DisplayField()
    tier_display = DisplayField()
    state_display = DisplayField()
    late = serializers.BooleanField(
        read_only=True, help_text=_("晚于应提醒日的邮件: 中断后补发, 或并入下一工作日的邮件")
    )
    sent_at = serializers.DateTimeField(source="message.sent_at", read_only=True)
    acknowledged_at = serializers.DateTimeField(
        source="message.acknowledged_at", read_only=True, help_text=_("收件人确认收到的时间")
    )
    message_id = KeyField(source="message", read_only=True)
    expandable = {"recipient_user": UserBriefSerializer, "department": DepartmentBriefSerializer}

    class Meta:
        model = Reminder
        fields = [
            "id", "recipient", "recipient_user", "capacity", "capacity_display", "department",
            "deadline_kind", "object_id", "title", "due_on", "tier", "tier_display", "ordinal",
            "falls_on", "late", "state", "state_display", "planned_for", "sent_at",
            "acknowledged_at", "message_id", "version",
        ]  # fmt: skip


class MessageSerializer(ReadSerializer):
    kind_display = DisplayField()
    state_display = DisplayField()
    expandable = {"recipient_user": UserBriefSerializer, "acknowledged_by": UserBriefSerializer}

    class Meta:
        model = Message
        fields = [
            "id", "kind", "kind_display", "reference", "recipient", "recipient_user", "day",
            "planned_for", "state", "state_display", "sent_at", "attempts", "unknowns", "retry_at",
            "last_error", "acknowledged_at", "acknowledged_by", "version",
        ]  # fmt: skip


class DeliveryAttemptSerializer(ReadSerializer):
    outcome_display = DisplayField()

    class Meta:
        model = DeliveryAttempt
        fields = [
            "id", "number", "claimed_at", "lease_until", "handed_over_at", "ended_at", "outcome",
            "outcome_display", "reply",
        ]  # fmt: skip

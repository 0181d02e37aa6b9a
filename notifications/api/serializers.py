"""The shapes of what is told to whom."""

from rest_framework import serializers

from notifications import models
from portfolio.api.rows import DisplayField
from portfolio.api.serializers import ReadSerializer
from projects.api.serializers import DepartmentBriefSerializer, UserBriefSerializer


class ReminderSerializer(ReadSerializer):
    tier_display = DisplayField()
    state_display = DisplayField()
    sent_at = serializers.DateTimeField(source="message.sent_at", read_only=True)
    message_id = serializers.PrimaryKeyRelatedField(source="message", read_only=True)
    expandable = {"recipient_user": UserBriefSerializer, "department": DepartmentBriefSerializer}

    class Meta:
        model = models.Reminder
        fields = [
            "id", "recipient", "recipient_user", "department", "deadline_kind", "object_id",
            "title", "due_on", "tier", "tier_display", "ordinal", "state", "state_display",
            "planned_for", "sent_at", "message_id", "version",
        ]  # fmt: skip


class MessageSerializer(ReadSerializer):
    state_display = DisplayField()
    expandable = {"recipient_user": UserBriefSerializer}

    class Meta:
        model = models.Message
        fields = [
            "id", "recipient", "recipient_user", "day", "planned_for", "state", "state_display",
            "sent_at", "attempts", "last_error", "version",
        ]  # fmt: skip

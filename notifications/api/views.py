"""The endpoints of who is told, when. Nothing is written here: the tick writes."""

from notifications import models
from notifications.api import filters, serializers
from projects.api.base import DomainReadOnly


class ReminderViewSet(DomainReadOnly):
    queryset = models.Reminder.objects.all()
    serializer_class = serializers.ReminderSerializer
    filterset_class = filters.ReminderFilter
    ordering_fields = ("id", "due_on", "planned_for", "recipient")


class MessageViewSet(DomainReadOnly):
    queryset = models.Message.objects.all()
    serializer_class = serializers.MessageSerializer
    filterset_class = filters.MessageFilter
    ordering_fields = ("id", "day", "planned_for", "sent_at", "recipient")

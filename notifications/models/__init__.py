"""The models of who is told, when."""

from notifications.models.outbox import Message, MessageState, Reminder, ReminderState, Tier

__all__ = ["Message", "MessageState", "Reminder", "ReminderState", "Tier"]

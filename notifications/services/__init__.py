"""The writes of the outbox."""

from notifications.services.delivering import (
    Delivery,
    Outcome,
    message_deliver,
    unreachable_text,
)
from notifications.services.preparing import Prepared, day_prepare, planned_moment

__all__ = [
    "Delivery",
    "Outcome",
    "Prepared",
    "day_prepare",
    "message_deliver",
    "planned_moment",
    "unreachable_text",
]

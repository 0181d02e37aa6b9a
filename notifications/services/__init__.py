"""The writes of the outbox."""

from notifications.services.claiming import leases_expire
from notifications.services.delivering import (
    Delivery,
    batch_deliver,
    reminders_follow,
    unreachable_text,
)
from notifications.services.preparing import Prepared, day_prepare, planned_moment
from notifications.services.withdrawing import reminders_withdraw

__all__ = [
    "Delivery",
    "Prepared",
    "batch_deliver",
    "day_prepare",
    "leases_expire",
    "planned_moment",
    "reminders_follow",
    "reminders_withdraw",
    "unreachable_text",
]

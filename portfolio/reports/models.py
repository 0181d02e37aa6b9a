"""The models of the app, listed for Django; nobody imports them from here."""

from portfolio.reports.exporting.models import Export
from portfolio.reports.subscriptions.models import (
    ReportSubscription,
    SubscriptionCopy,
    SubscriptionIssue,
    SubscriptionRecipient,
)

__all__ = [
    "Export",
    "ReportSubscription",
    "SubscriptionCopy",
    "SubscriptionIssue",
    "SubscriptionRecipient",
]

"""The models of what is made ready to be fetched, and of what comes by itself."""

from portfolio.reports.models.export import Export, ExportFormat, ExportState
from portfolio.reports.models.subscription import (
    BULLETIN,
    ReportSubscription,
    RhythmKind,
    SubscriptionCopy,
    SubscriptionIssue,
    SubscriptionRecipient,
)

__all__ = [
    "BULLETIN",
    "Export",
    "ExportFormat",
    "ExportState",
    "ReportSubscription",
    "RhythmKind",
    "SubscriptionCopy",
    "SubscriptionIssue",
    "SubscriptionRecipient",
]

"""The routes of what is made ready to be fetched."""

from portfolio.reports.api import exports, subscriptions

ROUTES = [
    ("exports", exports.ExportViewSet),
    ("report-subscriptions", subscriptions.ReportSubscriptionViewSet),
]

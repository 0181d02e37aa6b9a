"""The routes of what is made ready to be fetched."""

from portfolio.reports.exporting import api as exports
from portfolio.reports.subscriptions import api as subscriptions

ROUTES = [
    ("exports", exports.ExportViewSet),
    ("report-subscriptions", subscriptions.ReportSubscriptionViewSet),
]

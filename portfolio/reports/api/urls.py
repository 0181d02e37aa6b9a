"""The routes of what is made ready to be fetched."""

from portfolio.reports.api import exports

ROUTES = [
    ("exports", exports.ExportViewSet),
]

"""The registers in the admin, listed for Django; nobody imports them from here."""

from portfolio.reports.exporting import admin as exporting
from portfolio.reports.subscriptions import admin as subscriptions

__all__ = [
    "exporting",
    "subscriptions",
]

"""The admin pages of exports and subscriptions."""

from portfolio.reports.admin import exports, subscriptions

__all__ = ["exports", "subscriptions"]

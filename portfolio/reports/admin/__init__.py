"""The admin pages of exports."""

from portfolio.reports.admin import exports

__all__ = ["exports"]

"""The whole: settings, what the parts share, and what is said of the portfolio as a whole."""

from portfolio.celery import app as celery_app

__all__ = ["celery_app"]

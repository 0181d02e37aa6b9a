"""Writes of exports: asked for, run, kept, removed; and of what comes by itself."""

from portfolio.reports.services.asking import MOST_WAITING, export_create, export_remove
from portfolio.reports.services.issuing import issues_prepare, messages_prepare
from portfolio.reports.services.keeping import exports_expire, exports_sweep
from portfolio.reports.services.running import KEPT, MOST_ATTEMPTS, next_export_run

__all__ = [
    "KEPT",
    "MOST_ATTEMPTS",
    "MOST_WAITING",
    "export_create",
    "export_remove",
    "exports_expire",
    "exports_sweep",
    "issues_prepare",
    "messages_prepare",
    "next_export_run",
]

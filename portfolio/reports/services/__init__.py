"""Writes of exports: asked for, run, kept, removed."""

from portfolio.reports.services.asking import MOST_WAITING, export_create, export_remove
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
    "next_export_run",
]

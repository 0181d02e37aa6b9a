"""The models of what is made ready to be fetched."""

from portfolio.reports.models.export import Export, ExportFormat, ExportState

__all__ = ["Export", "ExportFormat", "ExportState"]

"""Gives out the file of an export, or says why there is none."""

import logging

from django.http import FileResponse, Http404
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.api.tables import XLSX
from portfolio.core.errors import StateConflictError
from portfolio.reports.bulletin.views import DOCX, PDF
from portfolio.reports.exporting import files
from portfolio.reports.exporting.models import Export, ExportState

logger = logging.getLogger(__name__)

CONTENT_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX, "docx": DOCX, "pdf": PDF}


def open_export_file(export: Export) -> FileResponse:
    """Returns the file as a download; raises ``StateConflictError`` where there is none (yet)."""
    _refuse_unready(export)
    try:
        stream = files.path_of(export.stored_as).open("rb")
    except FileNotFoundError as error:
        logger.error("export %s: its file is missing", export.pk)
        raise Http404 from error
    response = FileResponse(
        stream,
        as_attachment=True,
        filename=export.file_name,
        content_type=CONTENT_TYPES[export.format],
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def _refuse_unready(export: Export) -> None:
    """Raises ``StateConflictError`` for what has no file: not yet, or no more."""
    if export.state == ExportState.FAILED:
        told = _("导出失败, 没有文件: %(why)s") % {"why": export.error}
        raise StateConflictError(told, code="failed")
    if export.state in (ExportState.QUEUED, ExportState.RUNNING):
        raise StateConflictError(
            _("导出尚未完成; percent 和 seconds_left 说明进度。"), code="not_ready"
        )
    over = export.expires_at is not None and export.expires_at <= clock.now()
    if export.state == ExportState.EXPIRED or over:
        raise StateConflictError(_("文件只保留 7 天, 已经删除; 请重新导出。"), code="expired")

"""A worker runs one export: the oldest that waits, as of one moment, with its owner's rights.

Whoever holds the lock is the only one in the city who runs an export; so what is called running
when somebody takes the lock was left by a worker that died.
"""

import datetime as dt
import errno
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override
from rest_framework.exceptions import APIException

from portfolio.core import clock
from portfolio.core.locks import try_session_lock
from portfolio.reports.exporting import files
from portfolio.reports.exporting.addresses import parse_address
from portfolio.reports.exporting.models import Export, ExportState
from portfolio.reports.exporting.progress import ExportRemovedError, Meter
from portfolio.reports.exporting.refusals import LONGEST_REASON, describe_refusal
from projects.people.models import User

logger = logging.getLogger(__name__)

RETENTION = dt.timedelta(days=7)
MOST_ATTEMPTS = 3  # then it is the export that kills its workers


def export_run_next() -> Export | None:
    """Runs the oldest export that waits to its end, good or bad, and returns it; ``None`` when
    none waits, or when another worker runs one: it will go on with the next."""
    with try_session_lock("exports") as free:
        if not free:
            return None
        files.remove_scratch_folder()
        _requeue_abandoned()
        export = _claim()
        if export is not None:
            _run(export)
        return export


def _requeue_abandoned() -> None:
    """Queues again what a dead worker left, unless it has died of it too often."""
    for export in Export.objects.running():
        logger.warning("导出 %s: 进程中断", export.pk)
        if export.attempts < MOST_ATTEMPTS:
            _update_running(export, state=ExportState.QUEUED, started_at=None)
        else:
            with override(export.language):
                _fail(
                    export,
                    _("导出进程已中断 %(count)d 次, 不再重试。") % {"count": export.attempts},
                )


@transaction.atomic
def _claim() -> Export | None:
    waiting = Export.objects.queued().select_for_update(no_key=True, skip_locked=True)
    export = waiting.first()
    if export is not None:
        export.state = ExportState.RUNNING
        export.started_at = clock.now()
        export.attempts += 1
        export.save(update_fields=["state", "started_at", "attempts"])
    return export


def _run(export: Export) -> None:
    """Writes the file and says what became of it. Only a lost database ends it without a word:
    nothing can be said then, and whoever comes next takes it up."""
    with override(export.language), files.open_scratch_folder() as scratch:
        try:
            _write(export, scratch)
        except ExportRemovedError:
            logger.info("导出 %s: 已取消", export.pk)
        except (APIException, PermissionDenied) as error:  # the right or the filter is gone since
            _fail(export, describe_refusal(error))
        except SoftTimeLimitExceeded:
            _fail(export, _("超过时限仍未完成; 请加筛选条件分次导出。"))
        except OSError as error:
            logger.exception("export %s", export.pk)
            full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            _fail(export, _("磁盘空间不足, 请联系管理员。") if full else _internal_error_text())
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            logger.exception("export %s", export.pk)
            _fail(export, _internal_error_text())


def _write(export: Export, scratch: Any) -> None:
    content, owner = parse_address(export.address), User.objects.get(pk=export.owner_id)
    if not owner.is_active:
        raise PermissionDenied(_("导出人的账号已停用。"))
    meter = Meter(export.pk)
    written = scratch / "file"
    with _open_snapshot(), written.open("wb") as file:
        content.write(file, user=owner, scratch=str(scratch), told=meter)
    size = written.stat().st_size
    stored_as = files.store_file(written, export.format)
    ended_at = clock.now()
    done = _update_running(
        export,
        state=ExportState.DONE,
        rows_total=meter.total,
        rows_done=meter.done,
        ended_at=ended_at,
        expires_at=ended_at + RETENTION,
        stored_as=stored_as,
        size=size,
    )
    if not done:  # removed at the last moment
        files.remove_file(stored_as)


@contextmanager
def _open_snapshot() -> Iterator[None]:
    """Lets all that is read within be of one moment, and nothing be written."""
    outermost = not connection.in_atomic_block  # else a test's, which has begun to read already
    with transaction.atomic(durable=True):
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _internal_error_text() -> str:
    return _("系统内部错误, 请联系管理员。")


def _fail(export: Export, why: str) -> None:
    _update_running(
        export, state=ExportState.FAILED, error=why[:LONGEST_REASON], ended_at=clock.now()
    )


def _update_running(export: Export, **changes: Any) -> bool:
    """Changes an export that is still running; returns whether it is."""
    changed = Export.objects.running().filter(pk=export.pk, attempts=export.attempts)
    return changed.update(**changes) == 1

"""A sheet is shown first and written under the token of what was shown: all of it, or nothing."""

import datetime as dt

import pghistory
from django.db import transaction
from django.http import Http404
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error, permission_error
from projects.core.sheets import Subject
from projects.importing.models import ImportPreview
from projects.importing.plan import WRONG, ImportPlan, make_plan
from projects.importing.reader import read_sheet
from projects.importing.subjects import SUBJECTS
from projects.people.actors import user_of
from projects.permissions import Actor, may_act

RETENTION = dt.timedelta(minutes=30)


def find_subject(name: str) -> Subject:
    """Returns the subject; raises ``ValidationError`` that names those there are."""
    if name not in SUBJECTS:
        known = ", ".join(SUBJECTS)
        raise field_error(
            "model", _("不能导入“%(name)s”。可用: %(known)s。") % {"name": name, "known": known}
        )
    return SUBJECTS[name]


def may_import(by: Actor, subject: Subject) -> bool:
    label = subject.model._meta.label
    return any(may_act(by, action, label) for action in ("add", "change"))


def list_subjects(by: Actor) -> dict[str, Subject]:
    """Returns name → subject of what the person may import, each subject once."""
    found: dict[str, Subject] = {}
    for name, subject in SUBJECTS.items():
        if subject not in found.values() and may_import(by, subject):
            found[name] = subject
    return found


def preview_create(
    *, subject_name: str, by: Actor, file_name: str, content: bytes
) -> tuple[ImportPreview, ImportPlan]:
    """Reads the file, keeps it for half an hour and returns what it would do."""
    subject = find_subject(subject_name)
    if not may_import(by, subject):
        raise permission_error()
    plan = make_plan(subject=subject, by=by, sheet=read_sheet(file_name, content))
    ImportPreview.objects.filter(expires_at__lt=clock.now()).delete()
    preview = ImportPreview.objects.create(
        user=user_of(by),
        subject=subject_name,
        file_name=file_name[:200],
        content=content,
        digest=plan.digest(),
        expires_at=clock.now() + RETENTION,
    )
    return preview, plan


def preview_plan(*, token: str, by: Actor) -> tuple[ImportPreview, ImportPlan]:
    """Returns the preview and what its file would do now."""
    preview = _preview(token, by)
    return preview, _plan(preview, by)


@transaction.atomic
def preview_commit(*, token: str, by: Actor) -> dict[str, int]:
    """Writes what was shown; refuses when rows are wrong or the data has changed since."""
    preview = _preview(token, by, lock=True)
    if preview.committed_at:
        raise StateConflictError(_("这份预览已经写入, 不能再次写入。"), code="already_committed")
    plan = _plan(preview, by, lock=True)
    counts = plan.counts()
    if counts[WRONG]:
        message = _("还有 %(count)d 行有误, 没有写入任何数据; 请改正后重新上传。")
        raise StateConflictError(message % {"count": counts[WRONG]}, code="wrong_rows")
    if plan.digest() != preview.digest:
        raise StateConflictError(
            _("预览之后数据已有变化, 请重新上传并核对。"), code="changed_meanwhile"
        )
    with pghistory.context(door="import", file=preview.file_name):
        plan.write()
    preview.committed_at = clock.now()
    preview.save(update_fields=["committed_at"])
    return counts


def _preview(token: str, by: Actor, *, lock: bool = False) -> ImportPreview:
    rows = ImportPreview.objects.select_for_update() if lock else ImportPreview.objects.all()
    preview = rows.filter(token=token, user=by.pk, expires_at__gte=clock.now()).first()
    if preview is None:
        raise Http404
    return preview


def _plan(preview: ImportPreview, by: Actor, *, lock: bool = False) -> ImportPlan:
    sheet = read_sheet(preview.file_name, bytes(preview.content))
    return make_plan(subject=SUBJECTS[preview.subject], by=by, sheet=sheet, lock=lock)

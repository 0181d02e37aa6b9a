"""Takes files as evidence: type and size are read off the content, never off the name."""

import hashlib
from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.utils.translation import gettext as _

from portfolio.core.errors import field_error
from projects.core.rows import require_any, row_create
from projects.evidence.models import EvidenceFile, EvidenceSubject, KeptFile, evidence_path
from projects.evidence.rules import (
    CONTENT_TYPES,
    FileType,
    UnfitFileError,
    check_file,
    extension_of,
    sanitize_name,
)
from projects.funding.models import FundingApplication
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.permissions import Actor
from projects.problems.models import Problem
from projects.register.models import Project, StageTransition
from projects.returns.models import ProgressReturn, SpotCheck

F = TypeVar("F", bound=KeptFile)

# What a file can prove → the model, and the way from its row to the project.
SUBJECTS: dict[str, tuple[type[models.Model], str]] = {
    EvidenceSubject.STAGE_TRANSITION: (StageTransition, "project"),
    EvidenceSubject.MILESTONE: (Milestone, "project"),
    EvidenceSubject.HAND_OVER_STEP: (HandoverStep, "milestone__project"),
    EvidenceSubject.EXTENSION_REQUEST: (ExtensionRequest, "milestone__project"),
    EvidenceSubject.PROGRESS_RETURN: (ProgressReturn, "project"),
    EvidenceSubject.SPOT_CHECK: (SpotCheck, "project"),
    EvidenceSubject.PROBLEM: (Problem, "project"),
    EvidenceSubject.FUNDING_APPLICATION: (FundingApplication, "project"),
}


def evidence_add(
    *,
    by: Actor | None,
    project: Project,
    file: UploadedFile,
    subject_kind: str = "",
    subject_id: int | None = None,
) -> EvidenceFile:
    """Keeps a file for a project, or for one thing of the project.

    It is kept under a name that the system makes; the sender's, made harmless, is only shown.
    """
    require_any(by, "add", EvidenceFile)
    _check_subject(project, subject_kind, subject_id)
    proves = {"project": project, "subject_kind": subject_kind, "subject_id": subject_id}
    return file_keep(model=EvidenceFile, by=by, file=file, proves=proves)


def file_keep(
    *, model: type[F], by: Actor | None, file: UploadedFile, proves: Mapping[str, Any]
) -> F:
    """Keeps a file as a row of the model, with what it proves."""
    require_any(by, "add", model)
    content = _read(file)
    found = _check_content(file.name or "", content)
    kept = ContentFile(content, name=f"{uuid4().hex}.{found.extension}")
    fields = {
        **proves,
        "name": sanitize_name(file.name or ""),
        "content_type": found.content_type,
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "file": kept,
        "uploaded_by": by,
    }
    try:
        return row_create(model=model, by=by, fields=fields)
    except Exception:
        _forget(model, kept)
        raise


def _forget(model: type[KeptFile], kept: ContentFile) -> None:
    """Removes the file of a row that was refused after its file was written."""
    storage = model._meta.get_field("file").storage
    path = evidence_path(model(), kept.name or "")
    if storage.exists(path):
        storage.delete(path)


def _read(file: UploadedFile) -> bytes:
    most = settings.EVIDENCE_MAX_MB * 1024 * 1024
    size = file.size or 0
    if size > most:
        raise field_error(
            "file",
            _("文件 %(size).1f MB, 超过上限 %(most)d MB; 请压缩图片或拆分后再传。")
            % {"size": size / 1024 / 1024, "most": settings.EVIDENCE_MAX_MB},
            "too_large",
        )
    file.seek(0)
    return file.read()


def _check_content(name: str, content: bytes) -> FileType:
    try:
        return check_file(name, content)
    except UnfitFileError as unfit:
        raise field_error("file", _words(unfit.code, name), unfit.code) from unfit


def _words(code: str, name: str) -> str:
    words = {
        "empty": _("文件是空的, 请重新选择。"),
        "unknown_type": _("不接受“%(extension)s”文件或其内容无法识别。可用: %(known)s。"),
        "type_mismatch": _("内容不是 %(extension)s 文件: 扩展名被改过。请用原来的文件。"),
        "damaged": _("文件不完整或已损坏, 请重新导出后再传。"),
        "polyglot": _("文件中夹带了另一种内容, 为安全起见不接受; 请重新导出后再传。"),
        "macros": _("文件含宏, 不接受; 请另存为不含宏的文件或 PDF。"),
        "encrypted": _("文件有密码保护, 请去掉密码后再传。"),
        "too_many_parts": _("文件解开后过大, 不接受; 请另存为 PDF。"),
    }
    return words[code] % {
        "extension": extension_of(sanitize_name(name)) or _("无扩展名"),
        "known": ", ".join(CONTENT_TYPES),
    }


def _check_subject(project: Project, kind: str, pk: int | None) -> None:
    if bool(kind) != (pk is not None):
        missing = "subject_id" if kind else "subject_kind"
        raise field_error(missing, _("所证事项的类别和编号须一并填写。"), "required")
    if not kind:
        return
    if kind not in SUBJECTS:
        raise field_error("subject_kind", _("没有“%(kind)s”这类事项。") % {"kind": kind}, "invalid")
    model, way = SUBJECTS[kind]
    if not model._base_manager.filter(**{"pk": pk, way: project}).exists():
        raise field_error(
            "subject_id",
            _("该项目没有编号为 %(id)s 的%(kind)s。")
            % {"id": pk, "kind": EvidenceSubject(kind).label},
            "does_not_exist",
        )

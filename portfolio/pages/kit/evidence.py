"""Evidence on pages: the list of files, and the step that adds some."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.pages.kit.fields import files_field
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.steps import Step
from projects.evidence.models import EvidenceFile
from projects.evidence.services import evidence_add
from projects.permissions import Actor, may_act_below
from projects.register.models import Project

MOST_FILES = 100


class FilesForm(PageForm):
    file: forms.Field = files_field(required=True)


def may_add_evidence(user: Actor, project: Project) -> bool:
    """Returns whether the person may add files that prove something of the project."""
    return may_act_below(user, "add", EvidenceFile._meta.label, "project", project)


def add_evidence(
    *, by: Actor, project: Project, kind: str, pk: int | None, file: list[Any]
) -> None:
    """Keeps the files as evidence of this thing of the project."""
    for each in file:
        evidence_add(by=by, project=project, file=each, subject_kind=kind, subject_id=pk)


def files_of(user: Actor, kind: str, pk: int) -> QuerySet[EvidenceFile]:
    """Returns the newest files of the thing, as far as the person may see them."""
    rows = EvidenceFile.objects.visible_to(user).filter(subject_kind=kind, subject_id=pk)
    return rows.select_related("uploaded_by")[:MOST_FILES]


def evidence_step(kind: str, project_of: Any = lambda row: row.project) -> Step:
    """Returns the step that adds files to a row of the project."""

    def take(row: Any, by: Actor, file: list[Any]) -> None:
        add_evidence(by=by, project=project_of(row), kind=kind, pk=row.pk, file=file)

    return Step(
        name="evidence",
        label=_("上传佐证材料"),
        done=_("已上传。"),
        form=FilesForm,
        take=take,
        allowed=lambda user, row: may_add_evidence(user, project_of(row)),
        explanation=_("上传后不能删除或替换。"),
    )

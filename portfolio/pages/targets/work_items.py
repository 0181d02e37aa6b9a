"""An item of a list 清单事项: said to be done with proof, reported, struck off."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from portfolio.pages.kit.evidence import MOST_FILES, FilesForm
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.pages.kit.steps import Step, steps_page
from portfolio.pages.kit.timeline import time_line
from portfolio.pages.milestones import handover
from portfolio.pages.milestones.done import done_steps
from projects.permissions import Actor, may_act_below
from targets.models import WorkItem, WorkItemEvidence, WorkItemStep
from targets.services.targets import work_item_evidence_add, work_item_update


def _write(row: WorkItem, by: Actor, changes: dict[str, Any]) -> None:
    work_item_update(work_item=row, by=by, changes=changes)


def _keep(row: WorkItem, by: Actor, file: list[Any]) -> None:
    for each in file:
        work_item_evidence_add(by=by, work_item=row, file=each)


def _may_prove(user: Actor, item: WorkItem) -> bool:
    return may_act_below(user, "add", WorkItemEvidence._meta.label, "work_item", item)


DONE, CORRECT = done_steps(_write, _keep)
REPORT, *DECISIONS = handover.STEPS
STEPS = (
    DONE,
    REPORT,
    Step(
        name="evidence",
        label=_("上传佐证材料"),
        done=_("已上传。"),
        form=FilesForm,
        take=_keep,
        allowed=_may_prove,
        explanation=_("上传后不能删除或替换。"),
    ),
    *DECISIONS,
    CORRECT,
)


@page
def work_item_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows an item; its steps are taken here."""
    rows = WorkItem.objects.visible_to(request.user).with_due_state()
    item: Any = get_object_or_404(
        rows.select_related("target", "lead_department", "officer"), pk=pk
    )

    def context() -> dict[str, Any]:
        user: Actor = request.user
        evidence = WorkItemEvidence.objects.visible_to(user).filter(work_item=item)
        steps = WorkItemStep.objects.visible_to(user).filter(work_item=item)
        parts: list[QuerySet] = [WorkItem.objects.filter(pk=pk), steps, evidence]
        return {
            "handover_label": handover.label_of(item.hand_over_state),
            "days_left": (item.due_on - clock.today()).days,
            "files": evidence.select_related("uploaded_by")[:MOST_FILES],
            "content_address": "work-item-evidence-content",
            "history": time_line(parts, page=page_number(request, "history")),
        }

    return steps_page(request, item, STEPS, "workbench/work_item.html", context)

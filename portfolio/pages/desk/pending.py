"""What waits for the reader's hand, as the workbench shows it: a tile and a few lines each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from projects.handover.waiting import steps_to_close
from projects.inspections.waiting import rounds_to_approve, rounds_to_publish
from projects.milestones.waiting import extensions_to_decide, extensions_to_sign, reports_to_close
from projects.permissions import Actor
from projects.problems.waiting import problems_to_assign, problems_to_confirm
from projects.returns.waiting import returns_to_accept, returns_to_confirm
from targets.models import WorkItemStep

FIRST = 8  # lines of each kind


@dataclass(frozen=True)
class PendingTile:
    """``label`` as a tile says it; ``page`` is where all of it stands."""

    name: str
    label: str | Promise
    count: int
    lines: list[tuple[str, str]]
    page: str

    @property
    def more(self) -> bool:
        return self.count > len(self.lines)


def _to_items(user: Actor) -> QuerySet:
    return steps_to_close(WorkItemStep.objects.all(), user)


def _extension(row: Any) -> tuple[str, str]:
    words = f"{row.milestone.project.name} · {row.milestone.name} → {row.new_due_on}"
    return reverse("workbench-extensions-extension", args=[row.pk]), words


def _return(row: Any) -> tuple[str, str]:
    return reverse("go", args=["progress_return", row.pk]), f"{row.project.name} · {row.period}"


def _problem(row: Any) -> tuple[str, str]:
    words = f"{row.project.name} · {row.title}"
    return reverse("workbench-problems-problem", args=[row.pk]), words


def _report(row: Any) -> tuple[str, str]:
    words = f"{row.milestone.project.name} · {row.milestone.name}"
    return reverse("workbench-milestone", args=[row.milestone_id]), words


def _item(row: Any) -> tuple[str, str]:
    words = f"{row.work_item.target.name} · {row.work_item.name}"
    return reverse("workbench-work-item", args=[row.work_item_id]), words


def _round(row: Any) -> tuple[str, str]:
    return reverse("workbench-inspections-round", args=[row.pk]), str(row)


# Name, label, rows, what is read with them, a row in words, the page of all (and what it is asked).
PendingRows = Callable[[Any], QuerySet]
PENDING_TILES: tuple[tuple[str, Any, PendingRows, tuple[str, ...], Any, str, str], ...] = (
    (
        "sign", _("延期申请待我签字"), extensions_to_sign,
        ("milestone__project",), _extension, "workbench-extensions", "?state=mine",
    ),
    (
        "decide", _("延期申请待我决定"), extensions_to_decide,
        ("milestone__project",), _extension, "workbench-extensions", "?state=mine",
    ),
    (
        "confirm-returns", _("月报待我确认"), returns_to_confirm,
        ("project", "period"), _return, "workbench-returns-confirm", "",
    ),
    (
        "accept-returns", _("月报待我审核"), returns_to_accept,
        ("project", "period"), _return, "workbench-returns-accept", "",
    ),
    (
        "close", _("节点反馈待销号"), reports_to_close,
        ("milestone__project",), _report, "", "",
    ),
    (
        "close-items", _("事项反馈待销号"), _to_items,
        ("work_item__target",), _item, "", "",
    ),
    (
        "assign", _("堵点待交办"), problems_to_assign,
        ("project",), _problem, "workbench-problems", "?state=mine",
    ),
    (
        "confirm-problems", _("堵点待我确认"), problems_to_confirm,
        ("project",), _problem, "workbench-problems", "?state=mine",
    ),
    (
        "approve-rounds", _("观摩结果待我批准"), rounds_to_approve,
        (), _round, "workbench-inspections", "",
    ),
    (
        "publish-rounds", _("观摩结果待发布"), rounds_to_publish,
        (), _round, "workbench-inspections", "",
    ),
)  # fmt: skip


def list_pending_tiles(user: Actor) -> list[PendingTile]:
    """Returns what waits for the person, without what does not; two queries a kind at most."""
    found = []
    for name, label, rows_of, related, words, name_of_page, asked in PENDING_TILES:
        rows = rows_of(user)
        if rows.query.is_empty():
            continue  # nobody asks the database for what the table forbids
        count = rows.count()
        if count:
            read = rows.select_related(*related) if related else rows
            lines = [words(row) for row in read.order_by("pk")[:FIRST]]
            address = f"{reverse(name_of_page)}{asked}" if name_of_page else ""
            found.append(PendingTile(name, label, count, lines, address))
    return found

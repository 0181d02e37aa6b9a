"""Monthly returns of all of the reader's projects: the grid of a month, and how the month stands.

What a clerk may expect of saving and handing in stands in ``returns_grid``; the page of one
return is ``returns_one``, what waits for a decision ``returns_waiting``.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from portfolio.core.errors import RowFault
from portfolio.pages.kit.lists import query_of
from portfolio.pages.kit.page import page
from portfolio.pages.returns.cells import COLUMNS, UnreadableGridCellError, cell_text, read_cell
from portfolio.pages.returns.grid import (
    GridReader,
    SubmittedRow,
    build_grid_rows,
    keys_of,
    parse_rows,
)
from portfolio.pages.returns.months import ReturnsQuery, months_frame
from projects.importing.values import cell_to_text
from projects.permissions import may_act
from projects.returns.at_once import FillInResult, returns_fill_in, returns_no_change
from projects.returns.models import ProgressReturn, ReturnPeriod

PAGE_ROWS = 100  # with nine fields a row just below Django's thousand


@page
def returns_page(request: HttpRequest) -> HttpResponse:
    """The grid, to those who fill in returns; to others how the month stands."""
    if not may_act(request.user, "change", "projects.ProgressReturn"):
        return _month(request)
    asked = ReturnsQuery(request)
    if request.method == "POST":
        sent = GridSubmission(request)
        sent.carry_out()
        if not sent.errors:
            return redirect(request.get_full_path())
        return _grid(request, asked, sent)
    return _grid(request, asked)


@page
def month_page(request: HttpRequest) -> HttpResponse:
    """All returns of a month that the reader sees: who is late, what is missing."""
    return _month(request)


@page
@require_POST
def check_cells(request: HttpRequest) -> HttpResponse:
    """Tells a script how cells are read: key → text as it will stand there, or what is wrong."""
    periods = ReturnPeriod.objects.visible_to(request.user)
    month = keys_of(request.POST.get("month", "").split("-"))
    if len(month) != 2:
        raise Http404
    period = get_object_or_404(periods, year=month[0], month=month[1])
    told = {}
    for key in list(request.POST)[: PAGE_ROWS * len(COLUMNS)]:
        _number, _dash, name = key.partition("-")
        if name in COLUMNS:
            told[key] = _check_cell(name, request.POST[key], period)
    return JsonResponse(told)


def _check_cell(name: str, text: str, period: ReturnPeriod) -> dict[str, str]:
    try:
        value = read_cell(name, text, period)
        ProgressReturn._meta.get_field(name).run_validators(value)  # type: ignore[union-attr]
    except UnreadableGridCellError as error:
        return {"text": cell_to_text(text), "error": str(error)}
    except ValidationError as error:
        return {"text": cell_to_text(text), "error": " ".join(error.messages)}
    return {"text": cell_text(name, value), "error": ""}


class GridSubmission:
    """What a clerk sent of the grid, and what became of it."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.do = request.POST.get("do", "save")
        self.typed = parse_rows(request.POST)
        self.picked = keys_of(request.POST.getlist("pick"))
        if "no_change" in request.POST:
            self.do, self.picked = "no-change", keys_of([request.POST["no_change"]])
        self.unchanging = set(self.picked) & self.typed.keys() if self.do == "no-change" else set()
        self.errors: dict[int, list[RowFault]] = {}
        self.handing_in = 0

    def carry_out(self) -> None:
        """Writes what is right and notes what is wrong; tells both at the head of the page."""
        filled = [row for pk, row in self.typed.items() if pk not in self.unchanging]
        outcome = self._fill_in(filled)
        self._note(outcome, [row.pk for row in filled])
        if self.do == "no-change":
            rows: list[dict[str, Any]] = [
                {"id": pk, "version": self.typed[pk].version} for pk in self.unchanging
            ]
            unchanged = returns_no_change(rows=rows, by=self.request.user)
            self._note(unchanged, [row["id"] for row in rows])
            outcome.handed_in += unchanged.handed_in
            if not rows:
                messages.warning(self.request, _("请先勾选要报“无变化”的项目。"))
        self._tell(outcome)

    def _fill_in(self, filled: Sequence[SubmittedRow]) -> FillInResult:
        reading = GridReader(filled, self._present())
        hand_in = reading.filled_in() if self.do in ("submit", "submit-right") else []
        self.handing_in = len(hand_in)
        self.left_alone = len(filled) - len(hand_in)
        return returns_fill_in(
            rows=reading.rows,
            by=self.request.user,
            hand_in=set(hand_in),
            although=self.do == "submit-right",
            errors=reading.errors,
        )

    def _present(self) -> Mapping[int, ProgressReturn]:
        rows = ProgressReturn.objects.visible_to(self.request.user).select_related("period")
        return rows.in_bulk(list(self.typed))

    def _note(self, outcome: FillInResult, ids: Sequence[int]) -> None:
        for error in outcome.errors:
            self.errors.setdefault(ids[error.row], []).append(error)

    def _tell(self, outcome: FillInResult) -> None:
        handed_in, saved = len(outcome.handed_in), len(outcome.saved)
        if handed_in:
            words = ngettext("已提交 %(count)d 份月报。", "已提交 %(count)d 份月报。", handed_in)
            messages.success(self.request, words % {"count": handed_in})
        if saved and not (handed_in and self.do != "no-change"):
            words = ngettext("已保存 %(count)d 行。", "已保存 %(count)d 行。", saved)
            messages.success(self.request, words % {"count": saved})
        if self.do.startswith("submit") and not self.errors:
            self._tell_left_alone(handed_in)
        elif self.do == "save" and not (saved or self.errors):
            messages.info(self.request, _("没有改动。"))

    def _tell_left_alone(self, handed_in: int) -> None:
        if not handed_in:
            messages.warning(
                self.request, _("没有可以提交的行: 请先填写本月投资和进展, 或报“无变化”。")
            )
        elif self.left_alone:
            words = ngettext(
                "另有 %(count)d 行尚未填写, 没有提交。",
                "另有 %(count)d 行尚未填写, 没有提交。",
                self.left_alone,
            )
            messages.info(self.request, words % {"count": self.left_alone})

    @property
    def may_hand_in_the_right_ones(self) -> bool:
        return self.do == "submit" and self.handing_in > len(self.errors)


def _grid(
    request: HttpRequest, asked: ReturnsQuery, sent: GridSubmission | None = None
) -> HttpResponse:
    rows = asked.rows(ProgressReturn.objects.permitted(request.user, "change"))
    paged = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    found = build_grid_rows(
        paged.object_list,
        typed=sent.typed if sent else None,
        errors=sent.errors if sent else None,
        picked=sent.picked if sent else (),
    )
    shown = {each.row.pk for each in found}
    elsewhere = sent.errors.keys() - shown if sent else set()
    return render(
        request,
        "workbench/returns.html",
        {
            **months_frame(request, asked, here="fill"),
            "paged": paged,
            "query": query_of(request),
            "rows": found,
            "editable": any(each.editable for each in found),
            "wrong": [each for each in found if each.wrong],
            "wrong_elsewhere": [e.message for pk in elsewhere for e in sent.errors[pk]]
            if sent
            else [],
            "sent": sent,
        },
    )


def _month(request: HttpRequest) -> HttpResponse:
    asked = ReturnsQuery(request)
    rows = asked.rows(ProgressReturn.objects.visible_to(request.user))
    paged = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    frame = months_frame(request, asked, here="month")
    context = {**frame, "paged": paged, "query": query_of(request)}
    return render(request, "workbench/returns_month.html", context)

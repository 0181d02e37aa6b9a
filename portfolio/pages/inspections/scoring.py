"""评分表: one judge's scores of a round in one grid; saved cell by cell or together."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.page import page
from projects.inspections.models import Amendment, InspectionJudge, InspectionScore, RoundStatus
from projects.inspections.scoring import CellInput, sheet_save
from projects.inspections.scoring_sheet import (
    ScoringCell,
    ScoringLine,
    ScoringSheet,
    may_fill_in_sheet,
    may_see_sheet,
)
from projects.permissions import Actor, may_act

# A browser sends two fields a cell; Django takes at most a thousand fields.
MOST_CELLS = 450


class PointsField(forms.DecimalField):
    """Points as they are typed, also by a Chinese keyboard: ９０, 90。5. The rule of 0 to 100 and
    two decimals is the service's."""

    default_error_messages = {"invalid": gettext_lazy("请填 0 到 100 的数, 至多两位小数。")}

    def __init__(self, *, required: bool = False, **more: Any) -> None:
        attrs = {"inputmode": "decimal", "autocomplete": "off", "maxlength": 20}
        super().__init__(required=required, widget=forms.TextInput(attrs=attrs), **more)

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).replace("。", ".").strip()
        return super().to_python(value)


class SheetForm(PageForm):
    """The cells of a sheet: a field each, named by its cell."""

    def __init__(self, cells: Iterable[ScoringCell], data: QueryDict | None = None) -> None:
        self.cells = {cell.key: cell for cell in cells}
        initial = {key: format_score(cell.score) for key, cell in self.cells.items() if cell.score}
        super().__init__(data, prefix="p", initial=initial, auto_id="%s")
        for key, cell in self.cells.items():
            label = f"{cell.entry.project.name} · {cell.criterion.name}"
            self.fields[key] = PointsField(label=label)

    def given(self) -> list[CellInput]:
        """Returns the cells that were sent: one, or all of the page."""
        return [
            CellInput(cell.entry, cell.criterion, self.cleaned_data[key], self._seen(key))
            for key, cell in self.cells.items()
            if self.add_prefix(key) in self.data
        ]

    def _seen(self, key: str) -> int | None:
        sent = str(self.data.get(f"v-{key}", ""))
        return int(sent) if sent.isdecimal() and len(sent) < 10 else None


@dataclass(frozen=True)
class ScoringFormCell:
    cell: ScoringCell
    field: Any  # bound to the form, or None where nothing can be typed

    @property
    def points(self) -> str:
        return format_score(self.cell.score) if self.cell.score else ""


@dataclass(frozen=True)
class ScoringFormLine:
    line: ScoringLine
    cells: list[ScoringFormCell]

    @property
    def total(self) -> str:
        return "" if self.line.total is None else format_points(self.line.total)


@page
def scoring_page(request: HttpRequest, judge: int) -> HttpResponse:
    """Shows a judge's sheet; takes all of it, or, from the page's script, one cell."""
    found = get_object_or_404(
        InspectionJudge._default_manager.select_related("inspection_round", "user", "group"),
        pk=judge,
    )
    if not may_see_sheet(request.user, found):
        raise PermissionDenied(_("这是其他评委的评分表; 公布前只有本人和督查员可以查看。"))
    if request.method == "POST":
        return _save(request, found)
    return _show(request, found)


def _save(request: HttpRequest, judge: InspectionJudge) -> HttpResponse:
    sheet = ScoringSheet(judge, user=request.user)
    form = SheetForm(_cells(sheet.lines), request.POST)
    saved: list[int] = []

    def save(**given: Any) -> None:
        saved.append(sheet_save(**given))

    carried_out = form.is_valid() and form.carried_out(
        save, judge=judge, by=request.user, cells=form.given()
    )
    if "HX-Request" in request.headers:
        return _one_cell(request, judge, form)
    if not carried_out:
        return _show(request, judge, form)
    # What was left before the button was pressed is saved already.
    count = sum(saved)
    told = _("已保存 %(count)d 个评分。") % {"count": count} if count else _("已全部保存。")
    messages.success(request, told)
    return redirect(request.get_full_path())


def _one_cell(request: HttpRequest, judge: InspectionJudge, form: SheetForm) -> HttpResponse:
    """Answers a cell that was left: saved or not, and what that makes of totals and gaps."""
    sheet = ScoringSheet(judge, user=request.user)  # as it is now
    sent = next((key for key in form.cells if form.add_prefix(key) in form.data), None)
    lines = _pair_with_fields(sheet.lines, form)
    here = next((x for x in lines for c in x.cells if c.cell.key == sent), None)
    cell = next((c for c in here.cells if c.cell.key == sent), None) if here else None
    context = {"sheet": sheet, "line": here, "cell": cell, "form": form}
    return render(request, "workbench/scoring_cell.html", context)


def _show(
    request: HttpRequest, judge: InspectionJudge, form: SheetForm | None = None
) -> HttpResponse:
    sheet = ScoringSheet(judge, user=request.user)
    fills_in = may_fill_in_sheet(request.user, judge)
    if form is not None and not fills_in:  # nothing to put the words beside
        for refusal in form.non_field_errors():
            messages.error(request, str(refusal))
    size = max(MOST_CELLS // max(len(sheet.criteria), 1), 1)
    paged = Paginator(sheet.lines, size).get_page(request.GET.get("page"))
    if form is None and fills_in:
        form = SheetForm(_cells(paged))
    return render(
        request,
        "workbench/scoring.html",
        {
            "judge": judge,
            "round": judge.inspection_round,
            "own": judge.user_id == request.user.pk,
            "sheet": sheet,
            "paged": paged,
            "lines": _pair_with_fields(paged, form if fills_in else None),
            "form": form if fills_in else None,
            "amends": may_amend(request.user, judge.inspection_round.status),
            "weights": {str(each.pk): str(each.weight) for each in sheet.criteria},
        },
    )


def may_amend(user: Actor, status: str) -> bool:
    """Returns whether the person may correct the scores of a round in this status."""
    published = status == RoundStatus.PUBLISHED
    return published and may_act(user, "add", Amendment._meta.label)


def _cells(lines: Iterable[ScoringLine]) -> list[ScoringCell]:
    return [cell for line in lines if not line.excused for cell in line.cells]


def _pair_with_fields(
    lines: Iterable[ScoringLine], form: SheetForm | None
) -> list[ScoringFormLine]:
    return [
        ScoringFormLine(
            line,
            [
                ScoringFormCell(cell, form[cell.key] if form and cell.key in form.fields else None)
                for cell in line.cells
            ],
        )
        for line in lines
    ]


def format_score(score: InspectionScore) -> str:
    return format_points(score.points)


def format_points(value: Decimal) -> str:
    """Returns the number without needless zeros: 90, 88.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

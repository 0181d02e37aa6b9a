"""The board 督查看板: the city on one page, as of any day of the year."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers

from portfolio.pages.board import panels
from portfolio.pages.board.changes import build_changes_panel
from portfolio.pages.board.milestones import build_milestones_panel
from portfolio.pages.board.panel import answer_for_board
from portfolio.pages.board.question import BoardQuery
from portfolio.pages.kit.page import page
from portfolio.reports.catalogue.scoreboard import DISTRICTS
from projects.register.models import Project


@page
def board_page(request: HttpRequest) -> HttpResponse:
    """Shows the board; its own controls are answered with the panels alone."""
    question = BoardQuery.of(request.GET, user=request.user)
    context = {"question": question, **_build_board(question)}
    if _is_part(request):
        response = render(request, "dashboard/panels.html", context)
        response["HX-Push-Url"] = question.board()
    else:
        context["choices"] = _choices(question)
        response = render(request, "dashboard/board.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@page
def changes_panel(request: HttpRequest) -> HttpResponse:
    """Shows what changed since last week: read when it comes into view."""
    question = BoardQuery.of(request.GET, user=request.user)
    with question.reading():
        panel = build_changes_panel(question)
    if _is_part(request):
        return render(request, "dashboard/panel.html", {"panel": panel})
    return redirect(panel.table)


@page
def open_project(request: HttpRequest, code: str) -> HttpResponse:
    """Leads from a project's code to its page."""
    found = get_object_or_404(Project.objects.visible_to(request.user), code=code)
    return redirect("workbench-projects-project", found.pk)


def _build_board(question: BoardQuery) -> dict[str, Any]:
    with question.reading():
        summary = answer_for_board(question, "portfolio-summary")
        overdue = panels.answer_overdue(question)
        return {
            "tiles": panels.build_tiles(question, summary, overdue),
            "beginning": [
                panels.build_batches_panel(question),
                panels.build_money_panel(question, summary),
            ],
            "panels": [
                panels.build_targets_panel(question),
                panels.build_lights_panel(question, summary),
                build_milestones_panel(question),
                panels.build_deadlines_panel(question, overdue),
                panels.build_inspection_panel(question),
            ],
        }


def _choices(question: BoardQuery) -> dict[str, list[tuple[str, str, bool]]]:
    """Returns what can be chosen in the filters: code, name, whether it is chosen."""
    return {
        "district": [
            (code, name, code == question.given.get("district"))
            for _pk, code, name, kind in question.departments
            if kind in DISTRICTS
        ],
        "lead_department": [
            (code, name, code == question.given.get("lead_department"))
            for _pk, code, name, _kind in question.departments
        ],
    }


def _is_part(request: HttpRequest) -> bool:
    """Returns whether a script asks for a part; going back in the browser asks for the whole."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers

"""Export 导出: asked for in words, watched while a worker writes it, fetched, removed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from rest_framework.exceptions import ValidationError as ApiValidationError

from portfolio.core.errors import StateConflictError
from portfolio.core.history import past as as_of
from portfolio.pages.files.exports_choice import (
    ExportForm,
    describe_filters,
    parse_initial,
    split_address,
)
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.reports.exporting.addresses import parse_address
from portfolio.reports.exporting.models import Export, ExportState
from portfolio.reports.exporting.progress import ExportProgress, read_progress
from portfolio.reports.exporting.services import export_remove
from portfolio.reports.exporting.serving import open_export_file
from portfolio.reports.exporting.tasks import run_export_soon
from projects.permissions import Actor

PAGE_SIZE = 15
A_MINUTE = 90  # seconds; what takes longer is told in minutes
A_QUARTER = 25  # per cent; a listener is told no oftener
UNFINISHED = (ExportState.QUEUED, ExportState.RUNNING)


@dataclass(frozen=True)
class ExportStatus:
    """An export as its page shows it, with how far it has got at this moment."""

    export: Export
    progress: ExportProgress | None
    now: float

    @property
    def unfinished(self) -> bool:
        return self.export.state in UNFINISHED

    @property
    def percent(self) -> int:
        return self.progress.percent if self.progress else 0

    @property
    def rows(self) -> str:
        """Returns how many rows are done, or are there, in words; "" while that is not known."""
        if self.progress and self.progress.total:
            done, total = self.progress.done, self.progress.total
            return _("已完成 %(done)s / %(total)s 行") % {
                "done": f"{done:,}",
                "total": f"{total:,}",
            }
        rows = self.export.rows_total
        if self.export.state != ExportState.DONE or not rows:
            return ""
        return _("共 %(rows)s 行") % {"rows": f"{rows:,}"}

    @property
    def left(self) -> str:
        """Returns how long it will still take, in words; "" while that is not known."""
        if self.progress is None:
            return ""
        seconds = self.progress.seconds_left(format=self.export.format, now=self.now)
        if seconds is None:
            return ""
        if seconds < A_MINUTE:
            return ngettext("约还需 %(count)d 秒", "约还需 %(count)d 秒", seconds) % {
                "count": seconds
            }
        minutes = round(seconds / 60)
        return ngettext("约还需 %(count)d 分钟", "约还需 %(count)d 分钟", minutes) % {
            "count": minutes
        }

    @property
    def told(self) -> str:
        """Returns what a listener is told: its state, and each quarter of it that is done."""
        words = f"{self.export.title}: {self.export.get_state_display()}"
        part = self.percent // A_QUARTER * A_QUARTER
        return f"{words} {part}%" if self.export.state == ExportState.RUNNING and part else words

    @property
    def filtered(self) -> bool:
        return bool(split_address(self.export.address)[1])

    @property
    def again(self) -> str:
        """Returns what the page of exports is asked to begin the same anew."""
        return urlencode({"address": self.export.address})


@page
def exports_page(request: HttpRequest) -> HttpResponse:
    """Lists one's exports, newest first, and takes a new one."""
    user: Actor = request.user
    if "HX-Request" in request.headers and request.method == "GET":
        return render(request, "workbench/exports_list.html", _list_exports(request))
    if request.method == "POST":
        form = ExportForm(user, request.POST, asked=request.POST.get("what", ""))
        export = _create_export(form) if form.is_valid() else None
        if export:
            messages.success(request, _("已开始导出“%(what)s”。") % {"what": export.title})
            return redirect("workbench-exports")
    else:
        form = _initial_form(request)
    return render(request, "workbench/exports.html", {"form": form, **_list_exports(request)})


@page
def export_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows one export: where a mail leads to."""
    export = _get_export(request, pk)
    context = {**_with_progress([export]), "one": True}
    if "HX-Request" in request.headers:
        return render(request, "workbench/exports_list.html", context)
    told = {
        "export": export,
        "filters": _filters(export, request.user),
        "day": QueryDict(export.address.partition("?")[2]).get(as_of.PARAMETER),
    }
    return render(request, "workbench/exports_export.html", {**context, **told})


@page
def export_file(request: HttpRequest, pk: int) -> Any:
    """The file, as a download; why there is none, on the export's page."""
    export = _get_export(request, pk)
    try:
        return open_export_file(export)
    except StateConflictError as refusal:
        if refusal.code != "not_ready":  # the page shows how far it is
            messages.error(request, refusal.message)
        return redirect("workbench-exports-export", pk=pk)


@page
@require_POST
def export_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Cancels an export, or removes it with its file."""
    export = _get_export(request, pk)
    export_remove(export=export, by=request.user)
    told = _("已取消导出“%(what)s”。") if export.state in UNFINISHED else _("已移除“%(what)s”。")
    messages.success(request, told % {"what": export.title})
    return redirect("workbench-exports")


def _get_export(request: HttpRequest, pk: int) -> Export:
    return get_object_or_404(Export.objects.visible_to(request.user), pk=pk)


@transaction.atomic
def _create_export(form: ExportForm) -> Export | None:
    export = form.export()
    if export:
        run_export_soon()
    return export


def _initial_form(request: HttpRequest) -> ExportForm:
    """Returns the form, filled in with the address that another page asks for."""
    address = request.GET.get("address", "")
    if not address:
        return ExportForm(request.user)
    try:
        what, initial = parse_initial(address, user=request.user)
    except ApiValidationError:
        messages.error(request, _("这个地址不能导出, 请在下面选择要导出的内容。"))
        return ExportForm(request.user)
    return ExportForm(request.user, asked=what, initial=initial)


def _list_exports(request: HttpRequest) -> dict[str, Any]:
    user: Actor = request.user
    own = Export.objects.visible_to(user).filter(owner=user.pk)
    paged = Paginator(own, PAGE_SIZE).get_page(page_number(request))
    return {"paged": paged, "query": "", **_with_progress(list(paged))}


def _with_progress(exports: Sequence[Export]) -> dict[str, Any]:
    """Returns the exports with their progress, and whether there is more to come."""
    running = [each.pk for each in exports if each.state == ExportState.RUNNING]
    progress, now = read_progress(running), time.time()
    shown = [ExportStatus(each, progress.get(each.pk), now) for each in exports]
    return {"exports": shown, "watched": any(each.unfinished for each in shown)}


def _filters(export: Export, user: Actor) -> list[tuple[str, str]]:
    try:
        return describe_filters(parse_address(export.address), user=user)
    except ApiValidationError:  # what it asked for is gone since
        return [(_("地址"), export.address)]

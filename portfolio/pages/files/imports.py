"""Import 导入: a sheet is uploaded, looked at row by row, corrected, and taken over whole."""

from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.core.api.tables import XLSX
from portfolio.core.errors import StateConflictError, permission_error
from portfolio.pages.kit.fields import choice_field
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page, redirect_page
from projects.core.sheets import Subject
from projects.importing.annotation import annotate_upload
from projects.importing.headings import heading_of
from projects.importing.models import ImportPreview
from projects.importing.plan import CHANGED, NEW, WRONG, ImportPlan
from projects.importing.previews import (
    list_subjects,
    preview_commit,
    preview_create,
    preview_plan,
)
from projects.importing.reader import MOST_BYTES, MOST_ROWS
from projects.importing.template import build_template
from projects.permissions import Actor

ERRORS_A_PAGE = 100
CHANGES_A_PAGE = 50
NOTHING = "—"


class UploadForm(PageForm):
    subject = choice_field(gettext_lazy("导入什么"), ())
    file = forms.FileField(
        label=gettext_lazy("表格文件"),
        widget=forms.FileInput({"accept": ".xlsx,.csv"}),
        error_messages={"required": gettext_lazy("请选择要上传的表格文件。")},
    )

    def __init__(self, user: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        names = [(name, title_of(subject)) for name, subject in list_subjects(user).items()]
        subject: Any = self.fields["subject"]
        subject.choices = [*subject.choices, *names]
        help_text = _("Excel 工作簿 (.xlsx) 或 .csv, 至多 %(size)d MB、%(rows)d 行。")
        limits = {"size": MOST_BYTES // 1024**2, "rows": MOST_ROWS}
        self.fields["file"].help_text = help_text % limits

    def preview(self) -> ImportPreview | None:
        """Returns the preview of what was uploaded, or None with the reason beside the field."""
        made: list[ImportPreview] = []
        file = self.cleaned_data["file"]
        carried_out = self.carried_out(
            lambda **given: made.append(preview_create(**given)[0]),
            subject_name=self.cleaned_data["subject"],
            by=self.user,
            file_name=file.name,
            content=file.read(MOST_BYTES + 1),  # what is longer is refused by its length
        )
        return made[0] if carried_out else None


class CorrectionForm(UploadForm):
    """The same sheet once more: what it is of is known."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["subject"].widget = forms.HiddenInput()


@dataclass(frozen=True)
class ImportChoice:
    """Something that can be imported, and where a sheet to begin with comes from."""

    name: str
    title: str

    @property
    def exported(self) -> str:
        """Returns the page that exports what is there; "" where there is no such list."""
        try:
            listed = reverse(f"{self.name}-list")
        except NoReverseMatch:
            return ""
        return f"{reverse('workbench-exports')}?address={listed}"


@page
def imports_page(request: HttpRequest) -> HttpResponse:
    """Takes a sheet, and leads to what it would do."""
    user: Actor = request.user
    if request.method == "POST":
        form = UploadForm(user, request.POST, request.FILES)
        preview = form.preview() if form.is_valid() else None
        if preview:
            return redirect_page(
                request, reverse("workbench-imports-preview", args=[preview.token])
            )
    else:
        form = UploadForm(user, initial={"subject": request.GET.get("subject")})
    found = [ImportChoice(name, title_of(each)) for name, each in list_subjects(user).items()]
    return render(request, "workbench/imports.html", {"form": form, "importable": found})


@page
def template_file(request: HttpRequest, name: str) -> HttpResponse:
    """An empty sheet to fill in."""
    subject = list_subjects(request.user).get(name)
    if subject is None:
        raise permission_error()
    file_name = _("%(what)s导入模板.xlsx") % {"what": title_of(subject)}
    return _workbook(build_template(subject), file_name)


@page
def preview_page(request: HttpRequest, token: str) -> HttpResponse:
    """Shows what the sheet would do, what is wrong first; a POST takes all of it over."""
    form = PageForm(request.POST) if request.method == "POST" else PageForm()
    try:
        if form.is_valid() and _commit_import(request, token, form):
            return redirect_page(request, reverse("workbench-imports"))
        preview, plan = preview_plan(token=token, by=request.user)
    except Http404:
        return _redirect_expired(request)
    counts = plan.counts()
    errors = Paginator(plan.errors, ERRORS_A_PAGE).get_page(page_number(request, "errors"))
    writes = counts[NEW] + counts[CHANGED]
    changes = Paginator(range(writes), CHANGES_A_PAGE).get_page(page_number(request))
    context = {
        "form": form,
        "preview": preview,
        "title": title_of(plan.subject),
        "counts": counts,
        "errors": errors,
        "error_lines": [_describe_error(each) for each in errors],
        "changes": changes,
        "change_lines": _describe_changes(plan, changes),
        "ignored": plan.headings.ignored,
        "ready": writes and not counts[WRONG] and not preview.committed_at,
        "writes": writes,
        "corrected": CorrectionForm(request.user, initial={"subject": preview.subject}),
    }
    return render(request, "workbench/imports_preview.html", context)


@page
def annotated_file(request: HttpRequest, token: str) -> HttpResponse:
    """The uploaded sheet with each error in its cell."""
    try:
        preview, plan = preview_plan(token=token, by=request.user)
    except Http404:
        return _redirect_expired(request)
    content = bytes(preview.content)
    try:
        copy = annotate_upload(plan=plan, file_name=preview.file_name, content=content)
    except StateConflictError as refusal:
        messages.error(request, refusal.message)
        return redirect("workbench-imports-preview", token=token)
    stem = preview.file_name.rpartition(".")[0] or preview.file_name
    return _workbook(copy, _("%(name)s-标注.xlsx") % {"name": stem})


def title_of(subject: Subject) -> str:
    return str(subject.model._meta.verbose_name)


def _commit_import(request: HttpRequest, token: str, form: PageForm) -> bool:
    """Takes the sheet over and says how many rows; returns False with the reason in the form."""
    counted: list[dict[str, int]] = []
    if not form.carried_out(
        lambda **given: counted.append(preview_commit(**given)), token=token, by=request.user
    ):
        return False
    told = _("已全部写入: 新增 %(new)d 行, 修改 %(changed)d 行。")
    messages.success(request, told % counted[0])
    return True


def _redirect_expired(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("没有这份预览: 预览只保留半小时, 且只供上传者本人使用。请重新上传。"))
    return redirect_page(request, reverse("workbench-imports"))


def _workbook(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def _describe_error(error: Any) -> dict[str, Any]:
    return {**asdict(error), "value": _format_value(error.value)}


def _describe_changes(plan: ImportPlan, changes: Page) -> list[dict[str, Any]]:
    """Returns the page's rows in words: each field by its heading, before and after."""
    if not changes.paginator.count:
        return []
    rows = plan.told_rows(changes.end_index())[changes.start_index() - 1 :]
    names = plan.told_keys([row["row"] for row in rows])
    return [
        {
            "row": row["row"],
            "name": names[row["row"]],
            "new": row["state"] == NEW,
            "cells": [
                {
                    "heading": heading_of(plan.subject, name),
                    "before": _format_value(told["before"]),
                    "after": _format_value(told["after"]),
                }
                for name, told in row["changes"].items()
            ],
        }
        for row in rows
    ]


def _format_value(value: Any) -> str:
    """Returns a value as people read it."""
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list):
        return "、".join(str(each) for each in value) or NOTHING
    return NOTHING if value is None or value == "" else str(value)

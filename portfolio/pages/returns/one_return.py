"""The page of one monthly return, made for a phone: filled in already, handed in by one tap."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portfolio.core.errors import StateConflictError
from portfolio.pages.kit.forms import DateInput, PageForm, VersionedForm
from portfolio.pages.kit.page import page
from portfolio.pages.kit.steps import Step, steps_page
from portfolio.pages.kit.timeline import time_line
from portfolio.pages.returns.cells import (
    COLUMNS,
    NUMBERS,
    UnreadableGridCellError,
    cell_text,
    label_of_column,
    read_cell,
)
from portfolio.pages.returns.months import month_words
from projects.choices import LightColour
from projects.importing.values import cell_to_text
from projects.permissions import Actor, may_act_on
from projects.returns import services as returns
from projects.returns.models import ProgressReturn
from projects.returns.rules import ALLOWED_FROM


class NumberField(forms.CharField):
    """A number as people write it: ``1,234.5``, ``60%``."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        widget = forms.TextInput({"inputmode": "decimal", "autocomplete": "off"})
        super().__init__(required=False, widget=widget, **kwargs)
        self.name = name

    def clean(self, value: Any) -> Any:
        try:
            return read_cell(self.name, super().clean(value), None)
        except UnreadableGridCellError as error:
            raise forms.ValidationError(str(error), code="unreadable") from error


class WordsField(forms.CharField):
    """Words of several lines, with lines ended as they are kept."""

    def __init__(self, *, rows: int) -> None:
        super().__init__(required=False, widget=forms.Textarea({"rows": rows}))

    def to_python(self, value: Any) -> str:
        return cell_to_text(super().to_python(value))


class MonthlyReturnForm(VersionedForm):
    """What a department fills in of a month."""

    use_required_attribute = False

    investment_reported = NumberField("investment_reported")
    investment_statistical = NumberField("investment_statistical")
    physical_progress = NumberField("physical_progress")
    work_done = WordsField(rows=3)
    obstacles = WordsField(rows=2)
    forecast_commissioning = forms.DateField(required=False, widget=DateInput())
    department_light = forms.ChoiceField(
        required=False, choices=[("", gettext_lazy("未填")), *LightColour.choices]
    )

    def __init__(self, *args: Any, row: ProgressReturn, **kwargs: Any) -> None:
        initial = {name: getattr(row, name) for name in COLUMNS}
        initial |= {name: cell_text(name, initial[name]) for name in NUMBERS}
        super().__init__(*args, initial={**initial, "version": row.version}, **kwargs)
        for name in COLUMNS:
            self.fields[name].label = label_of_column(name)
        # A page that is opened says what will be needed; what is only saved needs nothing yet.
        if not self.is_bound or self.data.get("do") == "submit":
            for name in returns.required_fields(row):
                self.fields[name].required = True


def _allow(action: str) -> Callable[[Any, Any], bool]:
    """Whether a step stands on the page: the state fits, and the person may."""

    def allowed(user: Actor, row: Any) -> bool:
        return row.state in ALLOWED_FROM[action] and may_act_on(user, action, row)

    return allowed


def _may_send_back(user: Actor, row: Any) -> bool:
    confirmed = row.state in ALLOWED_FROM["accept"]
    return _allow("send_back")(user, row) and (not confirmed or may_act_on(user, "accept", row))


class ReturnReasonForm(VersionedForm):
    reason = forms.CharField(
        label=gettext_lazy("理由"), max_length=500, widget=forms.Textarea({"rows": 3})
    )


STEPS = (
    Step(
        "confirm",
        gettext_lazy("确认月报"),
        gettext_lazy("已确认, 转项目办审核。"),
        lambda row, by: returns.return_confirm(progress_return=row, by=by),
        _allow("confirm"),
        VersionedForm,
    ),
    Step(
        "accept",
        gettext_lazy("审核通过"),
        gettext_lazy("已审核通过, 数据从现在起计入累计。"),
        lambda row, by: returns.return_accept(progress_return=row, by=by),
        _allow("accept"),
        VersionedForm,
    ),
    Step(
        "send-back",
        pgettext_lazy("action", "退回"),
        gettext_lazy("已退回填报人。"),
        lambda row, by, reason: returns.return_send_back(progress_return=row, by=by, reason=reason),
        _may_send_back,
        ReturnReasonForm,
        gettext_lazy("请写明哪里需要改; 填报人会看到。"),
        grave=True,
    ),
    Step(
        "correct",
        gettext_lazy("更正"),
        gettext_lazy("已生成更正稿, 请在本页最新一次更正上修改并提交; 审核通过前仍以原数为准。"),
        lambda row, by, reason: returns.return_correct(progress_return=row, by=by, reason=reason),
        lambda user, row: _allow("correct")(user, row) and not row.newer,
        ReturnReasonForm,
        gettext_lazy("已审核的数字有误时用: 生成一份按原数预填的更正稿, 重新走提交、确认、审核。"),
        away=lambda row: reverse("workbench-returns-newest", args=[row.pk]),
    ),
)


@page
def return_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a return with all that the reader may do with it now."""
    row = _row(request, pk)
    owed = row.state in ALLOWED_FROM["change"] and may_act_on(request.user, "change", row)
    if request.method == "POST" and "do" in request.POST:
        return _fill_in(request, row)
    if owed and request.method == "GET":
        return _show_form(request, row, MonthlyReturnForm(row=row))
    return steps_page(request, row, STEPS, "workbench/return.html", lambda: _context(request, row))


@page
def newest_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Leads to the newest revision of the return's month."""
    row = _row(request, pk)
    newest = _revisions(request, row)[-1]
    return redirect("workbench-returns-one", pk=newest.pk)


def _row(request: HttpRequest, pk: int) -> Any:
    rows = ProgressReturn.objects.visible_to(request.user).with_derived()
    related = ("project__lead_department", "period", "submitted_by", "confirmed_by", "accepted_by")
    row: Any = get_object_or_404(rows.select_related(*related), pk=pk)
    row.newer = any(each.revision > row.revision for each in _revisions(request, row))
    return row


def _revisions(request: HttpRequest, row: ProgressReturn) -> list[ProgressReturn]:
    rows = ProgressReturn.objects.visible_to(request.user)
    return list(rows.filter(project=row.project_id, period=row.period_id).order_by("revision"))


def _fill_in(request: HttpRequest, row: Any) -> HttpResponse:
    """Saves, hands in, or says that nothing has changed: all of it or nothing."""
    do, form = request.POST["do"], MonthlyReturnForm(request.POST, row=row)
    if do == "no-change":
        form = MonthlyReturnForm(row=row)
        call, given = returns.return_no_change, {"progress_return": row, "by": request.user}
        # An unbound form has no place for refusals; they stand at the head of the page.
        try:
            call(**given)
        except StateConflictError as refusal:
            messages.error(request, refusal.message)
            return _show_form(request, row, MonthlyReturnForm(request.POST, row=row))
    elif not (
        form.is_valid()
        and form.carried_out(_write, row=row, form=form, by=request.user, hand_in=do == "submit")
    ):
        return _show_form(request, _row(request, row.pk), _keep_typed(form, row))
    done = _("已保存, 尚未提交。") if do == "save" else _("已提交, 待负责人确认。")
    messages.success(request, done)
    return redirect("workbench-returns-one", pk=row.pk)


@transaction.atomic
def _write(*, row: ProgressReturn, form: MonthlyReturnForm, by: Actor, hand_in: bool) -> None:
    locked = ProgressReturn.objects.select_for_update(no_key=True).get(pk=row.pk)
    form.check_version(locked)
    changes = {name: form.cleaned_data[name] for name in COLUMNS if name in form.changed_data}
    if changes:
        returns.return_update(progress_return=locked, by=by, changes=changes)
    if hand_in:
        returns.return_submit(progress_return=locked, by=by)


def _keep_typed(form: MonthlyReturnForm, row: ProgressReturn) -> MonthlyReturnForm:
    """Keeps what was typed; over a colleague's change it can be sent once more, having seen it."""
    row.refresh_from_db(fields=["version"])
    data = form.data.copy()  # type: ignore[attr-defined]
    data["version"] = str(row.version)
    form.data = data
    return form


def _show_form(request: HttpRequest, row: Any, form: PageForm) -> HttpResponse:
    context = {"row": row, "fill_in": form, **_context(request, row)}
    return render(request, "workbench/return.html", context)


def _context(request: HttpRequest, row: Any) -> dict[str, Any]:
    mine = ProgressReturn.objects.permitted(request.user, "change")
    own = ProgressReturn.objects.filter(pk=row.pk)
    return {
        "month_words": month_words(row.period),
        "month": str(row.period),
        "revisions": [each for each in _revisions(request, row) if each.pk != row.pk],
        "others_owed": mine.owed_by_period().get(row.period_id, 0),
        "figures": [
            (label_of_column(name), name, cell_text(name, getattr(row, name))) for name in COLUMNS
        ],
        "history": time_line([own]),
    }

"""Steps of a row's life on its page: each a small form, one service, one button.

A page declares its steps once; a step is shown to whoever may take it, on rows that allow it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from portfolio.pages.kit.forms import PageForm, VersionedForm
from portfolio.pages.kit.registers import register_address
from projects.permissions import Actor

Words = str | Promise


@dataclass(frozen=True)
class Step:
    """``allowed(user, row)`` says whether the person may take it now; ``take(row, by, **typed)``
    calls the service. A form with ``prepare(row, user)`` is told whose it is; one with a version
    writes nothing over a colleague's change."""

    name: str
    label: Words
    done: Words
    take: Callable[..., Any]
    allowed: Callable[[Any, Any], bool]
    form: type[PageForm] = PageForm
    explanation: Words = ""
    initial: Callable[[Any], dict[str, Any]] = lambda row: {}
    opened: bool = False
    grave: bool = False
    away: Callable[[Any], str] | None = None  # where to go on, when it leaves no page to come to


@dataclass(frozen=True)
class StepWithForm:
    """A step with the form that the page shows."""

    step: Step
    form: PageForm

    @property
    def opened(self) -> bool:
        return self.step.opened or self.form.is_bound or not self.form.visible_fields()


def steps_page(
    request: HttpRequest,
    row: Model,
    steps: Sequence[Step],
    template: str,
    context: Callable[[], dict[str, Any]],
) -> HttpResponse:
    """Shows the row with the steps that the person may take now; a POST takes one of them."""
    refused = None
    if request.method == "POST":
        step = _find_step(steps, request.POST.get("step", ""))
        form = _form(step, row, request.user, data=request.POST, files=request.FILES)
        away = step.away(row) if step.away else request.get_full_path()
        carried = form.is_valid() and form.carried_out(
            _take, step=step, row=row, by=request.user, form=form
        )
        if carried:
            messages.success(request, str(step.done))
            return redirect(away)
        row.refresh_from_db()
        refused = _keep_typed(request, step, form, row)
    shown = [
        refused
        if refused and refused.step is step
        else StepWithForm(step, _form(step, row, request.user))
        for step in steps
        if step.allowed(request.user, row)
    ]
    register = register_address(request, row)
    return render(request, template, {"row": row, "steps": shown, "register": register} | context())


def _find_step(steps: Sequence[Step], name: str) -> Step:
    for step in steps:
        if step.name == name:
            return step
    raise Http404


def _form(step: Step, row: Any, user: Actor, **sent: Any) -> PageForm:
    initial = {"version": getattr(row, "version", None), **step.initial(row)}
    form = step.form(prefix=step.name, initial=initial, **sent)
    prepare = getattr(form, "prepare", None)
    if prepare:
        prepare(row, user)
    return form


@transaction.atomic
def _take(*, step: Step, row: Any, by: Actor, form: PageForm) -> None:
    typed = dict(form.cleaned_data)
    if isinstance(form, VersionedForm):
        row = type(row).objects.select_for_update().get(pk=row.pk)
        form.check_version(row)
        typed.pop("version")
    step.take(row, by, **typed)


def _keep_typed(request: HttpRequest, step: Step, form: PageForm, row: Any) -> StepWithForm:
    """Keeps what was typed; over a colleague's change it can be sent once more, having seen it."""
    if not step.allowed(request.user, row):
        for error in [word for words in form.errors.values() for word in words]:
            messages.error(request, str(error))
    if isinstance(form, VersionedForm):
        form.data = {**form.data.dict(), form.add_prefix("version"): row.version}  # type: ignore[attr-defined]
    return StepWithForm(step, form)

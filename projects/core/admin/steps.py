"""Steps of a row's life as buttons on its page: each a small form and one service.

A step is declared once; its button is shown to whoever may take it, on rows that allow it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSingleDateWidget, UnfoldAdminTextareaWidget

from projects.core.admin.verbs import Confirmation, posted, verb_page


@dataclass(frozen=True)
class Step:
    """``allowed(request, row)`` says whether the person may take the step on this row;
    ``service`` takes the row under the name ``subject``, ``by`` and what was typed."""

    name: str
    label: Any
    icon: str
    service: Callable[..., Any]
    subject: str
    allowed: Callable[[HttpRequest, Any], bool]
    anyone: Callable[[HttpRequest], bool]
    explanation: Any
    form: type[forms.Form] = Confirmation


def with_steps(*steps: Step) -> Callable[[type], type]:
    """Gives an admin class a button for each of the steps."""

    def add(admin: Any) -> Any:
        for step in steps:
            setattr(admin, f"has_{step.name}_permission", _permission(step))
            setattr(admin, step.name, _button(step))
        names = tuple(step.name for step in steps)
        admin.actions_detail = (*admin.actions_detail, *names)
        return admin

    return add


def _permission(step: Step) -> Callable:
    def allowed(self: Any, request: HttpRequest, object_id: Any = None) -> bool:
        if object_id is None:
            return step.anyone(request)
        row = self.get_object(request, str(object_id))
        return row is not None and step.allowed(request, row)

    return allowed


def _button(step: Step) -> Any:
    def take(self: Any, request: HttpRequest, object_id: str) -> HttpResponse:
        row = self.get_object(request, object_id)
        return verb_page(
            self,
            request,
            row,
            form=step.form(posted(request)),
            run=lambda typed: step.service(**{step.subject: row}, by=request.user, **typed),
            title=f"{step.label}: {row}",
            explanation=str(step.explanation),
            button=str(step.label),
            done=str(_("已登记。")),
        )

    take.__name__ = step.name
    return action(
        description=step.label,
        url_path=step.name.replace("_", "-"),
        permissions=[step.name],
        icon=step.icon,
    )(take)


def words(label: Any, *, required: bool = True, most: int = 500) -> forms.CharField:
    """Returns a field for a few sentences."""
    return forms.CharField(
        label=label, max_length=most, required=required, widget=UnfoldAdminTextareaWidget
    )


def day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=UnfoldAdminSingleDateWidget)

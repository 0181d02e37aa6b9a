"""A page for a verb that is not an edit (record a stage, open a round): a form and one service."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from projects.core.admin.refusals import Refusal, refusing, say_refusal


class Confirmation(forms.Form):
    """A verb that needs nothing but a yes."""


def verb_page(
    admin: Any,
    request: HttpRequest,
    instance: models.Model,
    *,
    form: forms.BaseForm,
    run: Callable[[dict[str, Any]], Any],
    title: str,
    explanation: str,
    button: str,
    done: str,
) -> HttpResponse:
    """Shows the form; on POST calls ``run`` with what was typed and goes back to the row."""
    if request.method == "POST" and form.is_valid():
        try:
            with refusing(form), transaction.atomic():
                run(form.cleaned_data)
        except Refusal as refusal:
            say_refusal(form, refusal.error)
        else:
            admin.message_user(request, done, messages.SUCCESS)
            return redirect(page_of(admin, instance))
    return TemplateResponse(
        request,
        "admin/verb.html",
        {
            **admin.admin_site.each_context(request),
            "title": title,
            "opts": admin.opts,
            "object": instance,
            "form": form,
            "media": admin.media + form.media,
            "explanation": explanation,
            "button": button,
            "back": page_of(admin, instance),
        },
    )


def posted(request: HttpRequest) -> Any:
    """Returns what was sent, also when that is nothing; ``None`` when the page is only opened."""
    return request.POST if request.method == "POST" else None


def page_of(admin: Any, instance: models.Model) -> str:
    name = f"{admin.admin_site.name}:{admin.opts.app_label}_{admin.opts.model_name}_change"
    return reverse(name, args=[instance.pk])

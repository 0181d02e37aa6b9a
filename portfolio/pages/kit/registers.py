"""登记和设置: the registers that a person keeps, each on its page of the admin site."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from portfolio.pages.kit.page import page


@page
def registers_page(request: HttpRequest) -> HttpResponse:
    """Lists what the reader may enter or set there, and what no other page shows."""
    site: Any = admin.site
    return render(request, "workbench/registers.html", {"groups": site.registers(request)})


def register_address(request: HttpRequest, row: Any) -> str:
    """Returns where the row's own facts are changed, "" for who may not."""
    register = admin.site.get_model_admin(type(row))
    if not register.has_change_permission(request, row):
        return ""
    return reverse(f"{_names_of(type(row))}_change", args=[row.pk])


def add_address(request: HttpRequest, model: type[Model]) -> str:
    """Returns where a row of the model is registered, "" for who may not."""
    register = admin.site.get_model_admin(model)
    if not register.has_add_permission(request):
        return ""
    return reverse(f"{_names_of(model)}_add")


def _names_of(model: type[Model]) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"

"""登记和设置: the registers that a person keeps, each on its page of the admin site."""

from typing import Any

from django.contrib import admin
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
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])

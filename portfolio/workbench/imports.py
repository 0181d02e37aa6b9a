from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from portfolio.pages.page import page


@page
def imports_page(request: HttpRequest) -> HttpResponse:
    return render(request, "workbench/imports.html", {})

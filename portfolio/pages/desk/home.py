"""The first page: everybody's own."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portfolio.pages.kit.navigation import first_page
from portfolio.pages.kit.page import page


@page
def home(request: HttpRequest) -> HttpResponse:
    """Opens the first of the reader's pages."""
    return redirect(first_page(request.user))

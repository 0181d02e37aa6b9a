"""Signing in and out."""

from typing import Any

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from portfolio.admin_login import LoginForm
from portfolio.pages.kit.page import add_security_headers


class SignInView(LoginView):
    """One sign-in for everybody; afterwards the page that was asked for, or one's own first."""

    authentication_form = LoginForm
    template_name = "pages/sign_in.html"
    redirect_authenticated_user = True
    next_page = "home"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return add_security_headers(super().dispatch(request, *args, **kwargs))


class SignOutView(LogoutView):
    next_page = "sign-in"

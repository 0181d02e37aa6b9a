"""Makes a view a page: signed in, in the reader's language, with nothing from anywhere else."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.views.decorators.cache import never_cache
from rest_framework.exceptions import ValidationError as ApiValidationError

from portfolio.core.api.problems import iter_messages
from portfolio.core.errors import StateConflictError

# No inline script, no inline style, nothing of another host: data for scripts lies in blocks of
# JSON, which are no scripts.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

View = Callable[..., HttpResponse]
R = TypeVar("R", bound=HttpResponseBase)


def page(view: View) -> View:
    """Requires a signed-in user and sets the security headers.

    If the view raises ``StateConflictError`` or the address has a wrong parameter, the same page is
    shown without its parameters (or the first page, if it had none), with the message on top."""

    @never_cache
    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _redirect_to_sign_in(request)
        try:
            return add_security_headers(view(request, *args, **kwargs))
        except StateConflictError as refusal:
            return _redirect_back(request, refusal.message)
        except ApiValidationError as refusal:
            return _redirect_back(request, " ".join(iter_messages(refusal.detail)))

    return shown


def add_security_headers(response: R) -> R:
    """Returns the response with the policy of all pages."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("Referrer-Policy", "same-origin")
    return response


def redirect_page(request: HttpRequest, address: str) -> HttpResponse:
    """Leads on after a form was taken, also one that the page's script has sent."""
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = address
        return response
    return redirect(address)


def _redirect_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Leads to the sign-in and back; a part of a page takes the whole page there."""
    sign_in = resolve_url(settings.LOGIN_URL)
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)
        response["HX-Redirect"] = sign_in
        return response
    return redirect(f"{sign_in}?{urlencode({'next': request.get_full_path()})}")


def _redirect_back(request: HttpRequest, message: str) -> HttpResponse:
    """Shows the message on the same page without its parameters: without them the page can always
    be shown."""
    messages.error(request, message)
    if "HX-Request" in request.headers:
        response = HttpResponse(status=204)
        response["HX-Refresh"] = "true"
        return response
    if request.method == "GET" and not request.GET:
        return add_security_headers(redirect("home"))
    return add_security_headers(redirect(request.path))

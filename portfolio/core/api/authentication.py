"""Who is asking: a personal token for scripts, the session for browsers."""

from typing import Any

from django.utils.translation import gettext as _
from knox.auth import TokenAuthentication as KnoxTokenAuthentication
from rest_framework.authentication import SessionAuthentication as DrfSessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from portfolio.core import clock
from portfolio.core.errors import explain_csrf_failure


class TokenAuthentication(KnoxTokenAuthentication):
    """``Authorization: Token <token>``; a read-only token may only read."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        try:
            found = super().authenticate(request)
        except UnicodeError as error:
            raise AuthenticationFailed(_("令牌无效。")) from error
        if found is None:
            return None
        user, token = found
        if token.read_only and request.method not in SAFE_METHODS:
            raise PermissionDenied(_("该令牌是只读的, 请换用可写的令牌。"))
        today = clock.today()
        if token.last_used_on != today:  # one write a day, not one a request
            type(token).objects.filter(pk=token.pk).update(last_used_on=today)
        return user, token


class SessionAuthentication(DrfSessionAuthentication):
    """The browser's session, with its CSRF check."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:  # its own words are English only
            raise PermissionDenied(explain_csrf_failure()) from error

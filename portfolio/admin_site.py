"""The admin site: open to everyone with an account; the permission table decides what it shows."""

from django.http import HttpRequest
from unfold.sites import UnfoldAdminSite


class CityAdminSite(UnfoldAdminSite):
    """Department staff work here too, so "staff" is no condition; each model's rights are."""

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active

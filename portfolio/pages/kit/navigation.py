"""Which pages a person is shown the way to; what they may see or do there, the table decides."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from projects.choices import Role
from projects.importing.previews import list_subjects
from projects.permissions import Actor
from projects.permissions.access import access_of
from projects.permissions.table import OFFICE

STAFF = frozenset({Role.REPORTER, Role.HEAD, OFFICE})


@dataclass(frozen=True, slots=True)
class NavigationItem:
    """A page that stands in the navigation."""

    name: str
    label: str | Promise

    @property
    def address(self) -> str:
        return reverse(self.name)


def list_navigation_items(user: Actor) -> list[NavigationItem]:
    """Returns the pages that the person has a use for, the most used first."""
    circles = access_of(user).circles()
    everything = user.is_superuser
    found = []
    if Role.LEADER in circles:
        found.append(NavigationItem("leader", _("领导页")))
    if everything or circles & {Role.SUPERVISOR, Role.VIEWER}:
        found.append(NavigationItem("board", _("督查看板")))
    found.append(NavigationItem("workbench", _("工作台")))
    if everything or circles & {*STAFF, Role.SUPERVISOR}:
        found.append(NavigationItem("workbench-returns", _("月报")))
    found.append(NavigationItem("workbench-projects", _("项目")))
    found.append(NavigationItem("workbench-targets", _("目标")))
    found.append(NavigationItem("workbench-problems", _("堵点")))
    found.append(NavigationItem("workbench-inspections", _("观摩测评")))
    if list_subjects(user):
        found.append(NavigationItem("workbench-imports", _("导入")))
    found.append(NavigationItem("workbench-exports", _("导出")))
    if not everything and not circles & {Role.SUPERVISOR, Role.VIEWER}:
        found.append(NavigationItem("board", _("督查看板")))
    return found


def first_page(user: Actor) -> str:
    """Returns the name of the page that the person begins with."""
    return list_navigation_items(user)[0].name


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Gives templates the navigation (a context processor): the pages, which one is open, and the
    day when it is not the real one."""
    if request.path.startswith(("/admin/", "/api/")):
        return {}
    found_day = {"shifted_day": clock.today()} if settings.CLOCK_SHIFT else {}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return found_day
    found = list_navigation_items(user)
    name = (request.resolver_match.url_name if request.resolver_match else None) or ""
    # A page below another one bears its name with more behind it.
    above = [way.name for way in found if name.startswith(way.name)]
    return {"ways": found, "here": max(above, key=len, default=""), **found_day}

"""The parameters of a bulletin (its month, the last day whose records count, its cover), and how it
is written from them."""

import datetime as dt
import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import override
from rest_framework.serializers import ValidationError

from portfolio.core import clock
from portfolio.core.history import past as as_of
from portfolio.reports.bulletin.content import compose_bulletin
from portfolio.reports.bulletin.figures import read_bulletin_figures
from portfolio.reports.bulletin.parts import Bulletin, Cover
from projects.permissions import Actor
from projects.permissions.access import row_condition
from projects.programmes.rules import month_end

ISSUER = "包头市人民政府督查室"
RECIPIENTS = "各旗县区人民政府、各开发区管委会，市直各有关部门、单位"
_MONTH = re.compile(r"(20\d{2})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class BulletinDays:
    """``on``: the day that the figures are of; ``known``: the end of what is read."""

    on: dt.date
    known: dt.date


def parse_bulletin_month(month: str, known: str | None) -> BulletinDays:
    """Returns the days of a month such as 2025-09: its last one, or today while it runs.

    ``known`` lets in what was recorded later, up to the end of the next month: the lights and the
    returns of September come in October. What is known later still is the next bulletin's.
    """
    found = _MONTH.fullmatch(month)
    if found is None:
        message = _("“%(value)s”不是月份, 应写作 2025-09。") % {"value": month[:40]}
        raise ValidationError({"month": message}, code="invalid")
    first = dt.date(int(found[1]), int(found[2]), 1)
    last = month_end(first.year, first.month)
    today = clock.today()
    if first > today:
        message = _("%(month)s 尚未到来; 今天是 %(today)s。") % {"month": month, "today": today}
        raise ValidationError({"month": message}, code="in_the_future")
    if known is None:
        day = min(last, today)
        return BulletinDays(on=day, known=day)
    day, next_month = as_of.parse_day(known), last + dt.timedelta(days=1)
    latest = month_end(next_month.year, next_month.month)
    if not first <= day <= latest:
        message = _("%(month)s 的通报只能按 %(first)s 至 %(last)s 某日所知生成。")
        told = message % {"month": month, "first": first, "last": latest}
        raise ValidationError({as_of.PARAMETER: told}, code="not_of_the_month")
    return BulletinDays(on=min(day, last), known=day)


def require_whole_city(user: Actor) -> None:
    """Raises PermissionDenied to whoever sees only a part of the city: under a red head a part
    would be taken for the whole."""
    if row_condition(user, "view", "projects.ProgressReturn") != Q():
        raise PermissionDenied(_("督查通报据全市数据生成, 只有能查看全部月报的人可以生成。"))


def write_bulletin(
    *, user: Actor, days: BulletinDays, around: Mapping[str, Any], answers: Mapping[str, str]
) -> Bulletin:
    """Returns the bulletin as of the day; raises PermissionDenied to whoever sees only a part of
    the city.

    ``around``: the fields of :class:`Cover` that are given; the others have their defaults.
    """
    require_whole_city(user)
    fields: dict[str, Any] = {
        "issuer": ISSUER, "number": "", "signer": "", "recipients": RECIPIENTS, "copies": "",
        "issued_on": days.known, **around,
    }  # fmt: skip
    with ExitStack() as reading:
        reading.enter_context(override(settings.LANGUAGE_CODE))  # the office's own language
        reading.enter_context(as_of.read_as_of(days.known))
        figures = read_bulletin_figures(user=user, on=days.on, known=days.known)
        return compose_bulletin(figures, cover=Cover(**fields), answers=answers)

"""Which months may be asked for: returns and lights are of months that have begun."""

import datetime as dt

from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import field_error


def check_month(year: int, month: int) -> None:
    """Raises ``ValidationError`` unless it is a month that has begun."""
    if not 1 <= month <= 12:
        raise field_error("month", _("月份应为 1 到 12。"), "range")
    if not 2000 <= year <= 2100:
        raise field_error("year", _("年度应在 2000 与 2100 之间。"), "range")
    if dt.date(year, month, 1) > clock.today():
        raise field_error(
            "month",
            _("%(year)d 年 %(month)d 月尚未开始。") % {"year": year, "month": month},
            "in_the_future",
        )

"""How a reminder is put into words: how late, by which tier, why this reader gets it.

In the language that is active; mails are written in the system's own.
"""

import datetime as dt
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from notifications.outbox.models import Capacity, Reminder, Tier
from projects.deadlines import Deadline

DAY = "Y年n月j日"
DAY_AND_WEEKDAY = "Y年n月j日 l"
DAY_OF_THE_YEAR = "n月j日"

# From the gravest to the mildest, as mails are ordered.
TIERS = (Tier.SUPERVISE, Tier.URGE, Tier.REMIND)
CAPACITIES = tuple(Capacity)

# Why the reader gets it and what to do, where it is not the reader's own.
REASONS = {
    Capacity.HEAD: gettext_lazy("由贵单位牵头，抄告您，请督促落实。"),
    Capacity.SUPERVISOR: gettext_lazy("贵室督办：请督促责任单位办理，并核实办理情况。"),
    Capacity.SPONSOR: gettext_lazy("由您包联，请协调推动。"),
    Capacity.STAND_IN: gettext_lazy(
        "责任单位无人可提醒：请督促该单位补齐填报员或单位邮箱，并转告其抓紧办理。"
    ),
}
OWN = {
    Tier.SUPERVISE: gettext_lazy(
        "由您负责或由贵单位牵头，逾期未完成，已列入督办，请立即办理，并在系统中说明进展。"
    ),
    Tier.URGE: gettext_lazy(
        "由您负责或由贵单位牵头，已逾期或预计逾期，请尽快办理，并在系统中更新进展。"
    ),
    Tier.REMIND: gettext_lazy("由您负责或由贵单位牵头，期限将至，请抓紧办理，并在系统中更新进展。"),
}


def reason_text(tier: str, capacity: str) -> str:
    """Returns why the reader is told of what stands under this tier, and what to do."""
    return str(REASONS.get(Capacity(capacity)) or OWN[Tier(tier)])


def day_text(day: dt.date, pattern: str = DAY_AND_WEEKDAY) -> str:
    """Returns the day in words; mails by the thousand speak of the same few days."""
    return _day_text(day, pattern, get_language())


@lru_cache(maxsize=4096)
def _day_text(day: dt.date, pattern: str, language: str | None) -> str:
    return date_format(day, pattern)


def days_left_text(due_on: dt.date, day: dt.date) -> str:
    """Returns how far away the due day is, in words."""
    days = (due_on - day).days
    if days == 0:
        return _("今日到期")
    if days < 0:
        return ngettext("已过期限 %(days)d 天", "已过期限 %(days)d 天", -days) % {"days": -days}
    return ngettext("还有 %(days)d 天", "还有 %(days)d 天", days) % {"days": days}


def lateness_text(reminder: Reminder, deadline: Deadline, day: dt.date) -> str:
    """Returns how late it is, in working days where the tier counts them, or how long is left."""
    if _counts_working_days(reminder) and reminder.falls_on >= day:
        return _working_day_text(reminder.ordinal)
    return days_left_text(deadline.due_on, day)


def late_text(reminder: Reminder, day: dt.date) -> str:
    """Returns when the reader should have been told; "" when that is today."""
    if reminder.falls_on >= day:
        return ""
    pattern = DAY_OF_THE_YEAR if reminder.falls_on.year == day.year else DAY
    words = _("应于%(day)s%(tier)s") % {
        "day": day_text(reminder.falls_on, pattern),
        "tier": Tier(reminder.tier).label,
    }
    if _counts_working_days(reminder):
        words = f"{words}（{_working_day_text(reminder.ordinal)}）"
    return words


def forecast_text(deadline: Deadline) -> str:
    """Returns when it is expected if that is after the due day, else ""."""
    if deadline.forecast_on is None or deadline.forecast_on <= deadline.due_on:
        return ""
    days = (deadline.forecast_on - deadline.due_on).days
    return _("%(day)s（晚于期限 %(days)d 天）") % {
        "day": day_text(deadline.forecast_on),
        "days": days,
    }


def _counts_working_days(reminder: Reminder) -> bool:
    # 0 is the forecast's; 提醒 counts the days before.
    return reminder.tier != Tier.REMIND and reminder.ordinal > 0


def _working_day_text(number: int) -> str:
    return _("逾期后第 %(number)d 个工作日") % {"number": number}

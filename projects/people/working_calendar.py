"""Loads the city's own working days, which go before the holiday package."""

import datetime as dt

from projects.people.models import CalendarDay


def calendar_overrides() -> dict[dt.date, bool]:
    """Returns every day that the city has entered: a few dozen rows a year, one query."""
    return dict(CalendarDay.objects.order_by().values_list("day", "working"))

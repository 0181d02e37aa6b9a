"""Columns that several lists show."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from portfolio.core import clock

DUE_SOON_DAYS = 30


DUE_COLOURS = {"done": "success", "soon": "warning", "overdue": "danger", "open": "info"}


class DueStateColumn:
    """Where a dated promise stands today: done, days left, or days overdue."""

    @display(
        description=gettext_lazy("情况"),
        label=DUE_COLOURS,
    )
    def due_state(self, row: Any) -> tuple[str, str]:
        if row.done_on:
            return "done", _("已完成")
        days = (row.due_on - clock.today()).days
        if days < 0:
            return "overdue", _("逾期 %(days)d 天") % {"days": -days}
        if days == 0:
            return "soon", _("今天到期")
        return ("soon" if days <= DUE_SOON_DAYS else "open"), _("还有 %(days)d 天") % {"days": days}


def format_figure(value: Any, unit: str = "") -> str:
    """Returns a decimal without its trailing zeros, with its unit."""
    if value is None:
        return "—"
    return f"{value.normalize():f} {unit}".strip()


def counted(name: str, label: Any) -> Callable[[Any, Any], int]:
    """Returns a column that shows what the list's query has counted."""

    @display(description=label)
    def column(self: Any, row: Any) -> int:
        return getattr(row, name)

    return column


def money(name: str, label: Any) -> Callable[[Any, Any], str]:
    """Returns a column of 万元."""

    @display(description=label)
    def column(self: Any, row: Any) -> str:
        return format_figure(getattr(row, name), _("万元"))

    return column

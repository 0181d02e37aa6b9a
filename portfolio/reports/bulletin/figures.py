"""The rows that a bulletin is written from: those of the reports themselves, as they tell them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from portfolio.reports.catalogue.light_reasons import (
    LightWithReasons,
    lights_month,
    list_red_and_yellow,
)
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.engine.report import ReportQuery, Row, make_row_shaper
from projects.permissions import Actor
from projects.programmes.rules import month_end


@dataclass(frozen=True)
class BulletinFigures:
    """What is known at the end of the month (or of the day within it that is asked for)."""

    on: dt.date
    known: dt.date  # the end of what was read: later than ``on`` when September is told in October
    summary: Row  # the line of the whole
    batches: Sequence[Row]
    targets: Sequence[Row]
    scores: Sequence[Row]
    due_from: dt.date
    due: Sequence[Row]  # of the next month, still to be done
    lit: Sequence[LightWithReasons]
    lights: Sequence[Row]  # month by month
    lights_of: tuple[int, int] | None


def read_bulletin_figures(*, user: Actor, on: dt.date, known: dt.date) -> BulletinFigures:
    """Reads the rows; the past is read by whoever asks within ``read_as_of``."""
    first = month_end(on.year, on.month) + dt.timedelta(days=1)
    last = month_end(first.year, first.month)
    due = [
        row
        for row in _rows("deadlines", user=user, on=on, year=first.year)
        if first <= row["due_on"] <= last and row["state"] != "done"
    ]
    return BulletinFigures(
        on=on,
        known=known,
        summary=_rows("portfolio-summary", user=user, on=on)[0],
        batches=_rows("four-batches", user=user, on=on),
        targets=_rows("target-progress", user=user, on=on),
        scores=_rows("department-scoreboard", user=user, on=on),
        due_from=first,
        due=due,
        lights=_rows("lights-by-month", user=user, on=on),
        lit=list_red_and_yellow(user=user, on=on),
        lights_of=lights_month(user=user, on=on),
    )


def _rows(name: str, *, user: Actor, on: dt.date, year: int | None = None) -> list[Row]:
    report = REPORTS[name]
    source = partial(report.source, user=user, on=on)
    asked = ReportQuery(user=user, on=on, year=year or on.year, choose=source)
    return list(map(make_row_shaper(report.columns), report.rows(asked)))

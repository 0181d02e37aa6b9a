"""Slip of a project against a version of its plan: days and money (domain §2).

Later is positive, for days; less than planned is positive, for money. What nobody knows is
``None``.
"""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Basis(StrEnum):
    """What the later of the two days is."""

    ACTUAL = "actual"  # it happened
    FORECAST = "forecast"  # the newest accepted return expects it
    OVERDUE = "overdue"  # it has not happened, and the planned day is over: still growing
    NONE = ""


@dataclass(frozen=True)
class SlipFacts:
    """How the project stands on the day; ``started``: also when nobody knows since when."""

    started_on: dt.date | None = None
    started: bool = False
    commissioned_on: dt.date | None = None
    commissioned: bool = False
    forecast_commissioning: dt.date | None = None
    investment_done: Decimal | None = None


@dataclass(frozen=True)
class DaySlip:
    """Days that a promised day slipped by; negative when it came early."""

    planned: dt.date | None
    stands_at: dt.date | None
    days: int | None
    basis: Basis


@dataclass(frozen=True)
class Slip:
    """Slip of a version on a day; ``money`` is what the plan to date wants less what is done."""

    start: DaySlip
    commissioning: DaySlip
    money: Decimal | None


def compute_slip(
    *,
    planned_start: dt.date | None,
    planned_commissioning: dt.date | None,
    planned_to_date: Decimal | None,
    facts: SlipFacts,
    on: dt.date,
) -> Slip:
    """Returns by how much the project slipped against one version of its plan, on a day."""
    money = None
    if planned_to_date is not None and facts.investment_done is not None:
        money = planned_to_date - facts.investment_done
    return Slip(
        start=day_slip(planned_start, actual=facts.started_on, happened=facts.started, on=on),
        commissioning=day_slip(
            planned_commissioning,
            actual=facts.commissioned_on,
            happened=facts.commissioned,
            forecast=facts.forecast_commissioning,
            on=on,
        ),
        money=money,
    )


def day_slip(
    planned: dt.date | None,
    *,
    actual: dt.date | None,
    happened: bool,
    on: dt.date,
    forecast: dt.date | None = None,
) -> DaySlip:
    """Returns how far a planned day slipped: to the day that it happened on, else to the day that
    is expected, and never to one that is over without its having happened."""
    if actual is not None:
        at, basis = actual, Basis.ACTUAL
    elif happened:
        return DaySlip(planned, None, None, Basis.NONE)
    elif forecast is not None and forecast >= on:
        at, basis = forecast, Basis.FORECAST
    elif planned is not None and planned < on:
        at, basis = on, Basis.OVERDUE
    else:
        return DaySlip(planned, None, None, Basis.NONE)
    days = (at - planned).days if planned is not None else None
    return DaySlip(planned, at, days, basis)

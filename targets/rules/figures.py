"""A target's figure for a period, wherever it was read."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, order=True)
class Figure:
    """What a target's value was at a period's last day."""

    period_end: dt.date
    value: Decimal

"""What the rules need to know of a target, free of the database."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from targets.choices import Comparator, Frequency, Measure


@dataclass(frozen=True)
class PublicationCalendar:
    """When a period's figure is due: statistics come late (domain §4)."""

    frequency: str = Frequency.MONTH
    jan_feb_combined: bool = False
    after_days: int = 10
    year_after_days: int | None = None


@dataclass(frozen=True)
class Goal:
    """A target as promised. ``path`` is its own plan, month → value at the month's end.

    ``listed``: what the list comes to that the target is counted off, 0 while there is none;
    ``None`` for whatever is counted otherwise. Such a level begins the year at nothing, whatever
    stood before; any other level without a baseline has no line that leads to it.
    """

    year: int
    due_on: dt.date
    comparator: str
    measure: str
    value: Decimal | None = None
    unit: str = ""
    tolerance: Decimal | None = None
    baseline: Decimal | None = None
    commitment: str = ""
    listed: Decimal | None = None
    path: tuple[tuple[int, Decimal], ...] = ()
    calendar: PublicationCalendar = field(default_factory=PublicationCalendar)

    @property
    def start(self) -> Decimal | None:
        """Where the year's line begins; ``None`` where no line leads to the value."""
        if self.measure == Measure.CUMULATIVE:
            return Decimal(0)
        if self.listed is not None and self.baseline is None:
            return Decimal(0)
        return None if self.measure == Measure.GROWTH else self.baseline

    @property
    def unlisted(self) -> bool:
        """Whether the list that it is to be counted off is still missing."""
        return self.listed is not None and not self.listed

    @property
    def held(self) -> bool:
        """Whether the value is to be kept all along (保持在…以上), not to be come to."""
        return self.comparator == Comparator.KEEP_AT_LEAST and self.measure != Measure.CUMULATIVE

    @property
    def last_day(self) -> dt.date:
        """The day that the promise is due, within the year whose figures are kept for it."""
        return min(self.due_on, dt.date(self.year, 12, 31))

    @property
    def downwards(self) -> bool:
        return self.comparator == Comparator.AT_MOST

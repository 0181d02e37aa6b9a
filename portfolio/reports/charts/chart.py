"""What a chart is: a picture described in plain values, and the same told in words."""

import datetime as dt
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _

Line = Mapping[str, Any]
Rows = Sequence[Line]
CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class ReportDate:
    """What the rows are of: the end of which day, which year."""

    on: dt.date
    year: int


@dataclass(frozen=True, slots=True)
class Style:
    """How a series looks. Colours are Okabe and Ito's, told apart by colour-blind eyes; in grey
    the hatching tells them apart."""

    fill: str
    hatch: str = ""


RED = Style("#D55E00", "xxxx")
ORANGE = Style("#E69F00", "////")
YELLOW = Style("#F0E442", "..")
GREEN = Style("#009E73")
SKY = Style("#56B4E9", "\\\\\\\\")
BLUE = Style("#0072B2")
PALE = Style("#FFFFFF", "----")


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a bar chart; ``marker`` is what the value is held against, ``told`` stands at
    the end of the line. A bar without a value is a heading."""

    label: str
    value: float | None = None
    told: str = ""
    marker: float | None = None
    style: Style = BLUE


@dataclass(frozen=True, slots=True)
class Bars:
    """Lying bars, one below the other. ``most``: where the axis ends; what is longer is cut
    there and bears an arrow."""

    bars: Sequence[Bar]
    axis: str
    legend: Sequence[tuple[Style, str]] = ()
    marker: str = ""
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Stacks:
    """Standing columns of counts, one upon the other."""

    labels: Sequence[str]
    series: Sequence[tuple[Style, str, Sequence[int]]]
    axis: str


@dataclass(frozen=True, slots=True)
class Ranks:
    """Ranks over periods, best on top, one panel a league: name → rank of each period."""

    periods: Sequence[str]
    panels: Sequence[tuple[str, Sequence[tuple[str, Sequence[int | None]]]]]


@dataclass(frozen=True, slots=True)
class Heat:
    """A table of per cents in bands of darkness; ``None``: nothing was owed."""

    rows: Sequence[str]
    columns: Sequence[str]
    values: Sequence[Sequence[Decimal | None]]


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart ready to be drawn; ``None`` has no rows to draw. ``note`` says what is left out."""

    title: str
    alt: str
    content: Bars | Stacks | Ranks | Heat | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NativeChart:
    """What a workbook draws by itself: ``kind`` with ``subtype`` of xlsxwriter, the column of the
    categories, those of the values; ``scale``: the columns that are shaded by their values.

    ``across``: columns over which each row is a line of its own, named by ``categories``;
    ``ranks``: the first place is on top; ``most``: where the axis of the values ends.
    """

    kind: str = ""
    subtype: str = ""
    categories: str = ""
    values: Sequence[str] = ()
    scale: Sequence[str] = ()
    across: Sequence[str] = ()
    ranks: bool = False
    most: float | None = None


class Chart(ABC):
    """A report's chart, made from the rows that its JSON shows."""

    native: ClassVar[NativeChart | None] = None

    def picture(self, rows: Rows, told: ReportDate) -> Picture:
        """Returns the chart of the rows with its title, its words and its notes."""
        title = self.title(rows, told)
        if not rows:
            return Picture(title, self.alt(rows, told), None)
        return Picture(title, self.alt(rows, told), self.content(rows), self.note(rows))

    def alt(self, rows: Rows, told: ReportDate) -> str:
        """Returns what the chart shows, in words, for those who do not see it."""
        words = self.words(rows) if rows else _("无数据。")
        return f"{self.title(rows, told)}: {words}"

    @abstractmethod
    def title(self, rows: Rows, told: ReportDate) -> str:
        """Returns the heading, with the day."""

    @abstractmethod
    def words(self, rows: Rows) -> str:
        """Returns the sentence for rows that are not empty."""

    @abstractmethod
    def content(self, rows: Rows) -> Bars | Stacks | Ranks | Heat | None:
        """Returns what is drawn of rows that are not empty."""

    def note(self, rows: Rows) -> str:
        """Returns what the chart does not show of the rows; "" for nothing."""
        return ""

    def native_rows(self, rows: Rows) -> range:
        """Returns the places of the rows that a workbook's own chart shows."""
        return range(len(rows))


def format_dated_title(title: Any, told: ReportDate) -> str:
    """Returns the heading of a chart of a year, as of a day."""
    return _("%(title)s · %(year)s 年 (截至 %(on)s)") % {
        "title": title, "year": told.year, "on": told.on,
    }  # fmt: skip


def format_number(value: Any) -> str:
    """Returns a number with at most two decimals, as charts and their words tell it."""
    text = f"{Decimal(value).quantize(CENT, ROUND_HALF_UP):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def join_list(parts: Sequence[str]) -> str:
    return "、".join(parts)


def strip_controls(text: Any) -> str:
    """Returns the text without what neither XML nor a font knows: control characters."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in str(text))

"""What a report is: its name, its columns with headings and units, and a function of its rows."""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_filters import FilterSet

from portfolio.core.api.filtering import CommaChoiceFilter
from portfolio.core.api.kept_query import KeptQuery
from portfolio.core.history import past as as_of
from portfolio.reports.charts.chart import Chart
from projects import choices
from projects.people.filters import department_filter
from projects.permissions import Actor
from projects.permissions.access import row_condition
from projects.register.models import Project

Row = dict[str, Any]
Text = str | Promise


class ColumnKind(StrEnum):
    """What a column holds; numbers are compared by their difference, money is in 万元."""

    TEXT = "text"
    WHOLE = "whole"
    MONEY = "money"
    PERCENT = "percent"
    NUMBER = "number"
    DATE = "date"
    LIST = "list"  # of texts


CENT, ONE = Decimal("0.01"), Decimal(1)
NUMERIC = frozenset({ColumnKind.WHOLE, ColumnKind.MONEY, ColumnKind.PERCENT, ColumnKind.NUMBER})


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in JSON, its heading for people, its unit ("" for none)."""

    name: str
    heading: Text
    kind: ColumnKind = ColumnKind.TEXT
    unit: Text = ""

    @property
    def title(self) -> str:
        """Returns the heading with its unit, as sheets show it."""
        return f"{self.heading} ({self.unit})" if self.unit else str(self.heading)


def text_column(name: str, heading: Text) -> Column:
    return Column(name, heading)


def whole_column(name: str, heading: Text, unit: Text = "") -> Column:
    return Column(name, heading, ColumnKind.WHOLE, unit)


def money_column(name: str, heading: Text) -> Column:
    return Column(name, heading, ColumnKind.MONEY, _("万元"))


def percent_column(name: str, heading: Text) -> Column:
    return Column(name, heading, ColumnKind.PERCENT, "%")


def number_column(name: str, heading: Text, unit: Text = "") -> Column:
    return Column(name, heading, ColumnKind.NUMBER, unit)


def date_column(name: str, heading: Text) -> Column:
    return Column(name, heading, ColumnKind.DATE)


def texts_column(name: str, heading: Text) -> Column:
    return Column(name, heading, ColumnKind.LIST)


class ProjectScope(FilterSet):
    """The filters that every report on projects shares."""

    district = department_filter("district")
    lead_department = department_filter("lead_department")
    category = CommaChoiceFilter(field_name="category", choices=choices.Category.choices)
    cluster = CommaChoiceFilter(field_name="cluster", choices=choices.Cluster.choices)
    stage = CommaChoiceFilter(field_name="stage", choices=choices.Stage.choices)
    light = CommaChoiceFilter(
        field_name="light", choices=choices.LightColour.choices, label=_("红黄绿灯")
    )


@dataclass(frozen=True)
class ReportQuery:
    """The parameters of a report: user, day, year, period and filters.

    ``choose`` returns the rows that the filters leave; ``filtered`` says whether any filter is set.
    ``question`` is the key under which SQL is kept; ``None`` if the filters make it too varied to
    keep.
    """

    user: Actor
    on: dt.date
    year: int
    choose: Callable[[], QuerySet]
    filtered: bool = False
    more: dict[str, Any] = field(default_factory=dict)
    question: Hashable = None

    @cached_property
    def chosen(self) -> QuerySet:
        """Returns the rows that the report is about: of most reports the projects."""
        return self.choose()

    def narrowed(self, rows: Any) -> Any:
        """Returns those of the rows that belong to the chosen projects; asks the database for no
        projects when all of them are."""
        if not self.filtered and row_condition(self.user, "view", "projects.Project") == Q():
            return rows
        return rows.filter(project__in=self.chosen.order_by().values("pk"))

    def read(self, what: str, queryset: Callable[[], QuerySet]) -> list[tuple]:
        """Returns the rows of a ``values_list()``. ``what`` names this query among the report's
        queries; its SQL is kept for the next person with the same question."""
        return self.query(what, queryset).rows()

    def query(self, what: Hashable, queryset: Callable[[], QuerySet]) -> KeptQuery:
        """Returns the query that ``read`` reads; its SQL is kept for the next who asks it."""
        return KeptQuery(self.question and (self.question, what), queryset)

    @property
    def first(self) -> dt.date:
        """Returns the first day of the period: the year's, unless ``since`` says otherwise."""
        return self.more.get("since") or dt.date(self.year, 1, 1)

    @property
    def last(self) -> dt.date:
        """Returns the last day of the period that is over: of the year, but never after ``on``."""
        return min(self.on, dt.date(self.year, 12, 31))


class LazyRows(Sequence[Row]):
    """Rows that are put into words only when they are shown: a page of many costs a page."""

    def __init__(self, found: Sequence[Any], line: Callable[[Any], Row]) -> None:
        self._found, self._line = found, line

    def __len__(self) -> int:
        return len(self._found)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice):
            return [self._line(each) for each in self._found[place]]
        return self._line(self._found[place])


class PagedRows(Sequence[Row]):
    """Rows that stay in the database until they are asked for: a page of many costs a page.

    They are read as of the moment that was read when they were promised.
    """

    def __init__(self, found: KeptQuery, lines: Callable[[list[tuple]], list[Row]]) -> None:
        """``lines`` makes rows of what is found."""
        self._found, self._lines = found, lines
        self._reading = as_of.remember_moment()

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return iter(self._all)

    def __getitem__(self, place: Any) -> Any:
        if not isinstance(place, slice):
            return self._all[place]
        with self._reading():
            return self._lines(self._found.rows(place.start or 0, place.stop))

    @cached_property
    def _count(self) -> int:
        if "_all" in self.__dict__:
            return len(self._all)
        with self._reading():
            return self._found.count()

    @cached_property
    def _all(self) -> list[Row]:
        return self[:]


class Report(ABC):
    """One report. ``key`` names the columns by which rows of two days are the same row."""

    name: ClassVar[str]
    title: ClassVar[Text]
    description: ClassVar[Text]
    columns: ClassVar[Sequence[Column]]
    key: ClassVar[tuple[str, ...]]
    filterset: ClassVar[type[FilterSet]] = ProjectScope
    # Parameters beside the filters: ``since`` (a day), ``quarter``. ``year`` all reports take.
    parameters: ClassVar[tuple[str, ...]] = ()
    chart: ClassVar[Chart | None] = None

    def source(self, *, user: Actor, on: dt.date) -> QuerySet:
        """Returns what the filters choose from: by default the projects that the user may see."""
        return Project.objects.visible_to(user).with_light(on=on)

    @abstractmethod
    def rows(self, asked: ReportQuery) -> Sequence[Row]:
        """Returns the rows in their order; every column has its value or ``None``. Read while the
        day is asked for: only ``PagedRows`` rows know how to read later as of the same day."""


def shape_row(columns: Sequence[Column], row: Row) -> Row:
    """Returns the row with its columns in their order and its figures as they are told: money and
    per cent with two decimals, other numbers without trailing zeros."""
    return make_row_shaper(columns)(row)


def make_row_shaper(columns: Sequence[Column]) -> Callable[[Row], Row]:
    """Returns what shapes rows of these columns, as ``shaped`` does."""
    names = [each.name for each in columns]
    figures = [(each.name, _FIGURES[each.kind]) for each in columns if each.kind in _FIGURES]

    def shape(row: Row) -> Row:
        if list(row) == names:
            found = row.copy()
        else:
            found = dict(zip(names, map(row.get, names), strict=True))
        for name, told in figures:
            value = found[name]
            if value.__class__ is Decimal:
                found[name] = told(value)
        return found

    return shape


def _two_decimals(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def _plain(value: Decimal) -> Decimal:
    shortest = value.normalize()  # 80.00 is 8E+1 then
    return shortest.quantize(ONE) if shortest == shortest.to_integral_value() else shortest


_FIGURES: dict[ColumnKind, Callable[[Decimal], Decimal]] = {
    ColumnKind.NUMBER: _plain,
    ColumnKind.MONEY: _two_decimals,
    ColumnKind.PERCENT: _two_decimals,
}

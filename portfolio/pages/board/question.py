"""The parameters of the board (year, day, whose projects), and the addresses of pages that keep
them."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from portfolio.core import clock
from portfolio.core.api.filtering import CommaKeyFilter
from portfolio.core.history import past as as_of
from portfolio.reports.engine.parameters import ReportQuerySerializer
from portfolio.reports.engine.report import Report
from projects.people.models import Department
from projects.permissions import Actor
from projects.permissions.access import access_of

DISTRICT, DEPARTMENT, LEAGUE, YEAR = "district", "lead_department", "league", "year"
ASKED = (YEAR, as_of.PARAMETER, DISTRICT, DEPARTMENT, LEAGUE)
YEARS_BACK = 2


@dataclass(frozen=True)
class BoardQuery:
    """``given`` holds the parameters of the address that are not empty; ``on`` is the day whose
    figures are shown."""

    user: Actor
    given: Mapping[str, str]
    today: dt.date
    on: dt.date
    year: int

    @classmethod
    def of(cls, parameters: QueryDict, *, user: Actor) -> "BoardQuery":
        """Reads the address; raises the ``ValidationError`` of the API for what is wrong in it."""
        given = {name: parameters.get(name, "").strip() for name in ASKED}
        given = {name: value for name, value in given.items() if value}
        today = clock.today()
        on = as_of.parse_day(given[as_of.PARAMETER]) if as_of.PARAMETER in given else today
        year = ReportQuerySerializer(data={YEAR: given.get(YEAR, on.year)})
        year.is_valid(raise_exception=True)
        return cls(user, given, today, on, year.validated_data[YEAR])

    @property
    def first(self) -> dt.date:
        """Returns the first day that can be chosen."""
        return dt.date(self.year, 1, 1)

    @property
    def last(self) -> dt.date:
        """Returns the last day of the year that is over, or has begun."""
        return max(self.first, min(self.today, dt.date(self.year, 12, 31)))

    @property
    def years(self) -> list[int]:
        found = {self.year, *range(self.today.year - YEARS_BACK, self.today.year + 1)}
        return sorted(found, reverse=True)

    @cached_property
    def departments(self) -> list[tuple[int, str, str, str]]:
        """Returns the id, code, name and kind of each department that can be chosen."""
        found = Department.objects.visible_to(self.user).order_by("kind", "code")
        return list(found.values_list("pk", "code", "short_name", "kind"))

    @cached_property
    def keys(self) -> dict[str, int]:
        return {code: pk for pk, code, _name, _kind in self.departments}

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Lets all reports of the page see the same day, and arranges for it once."""
        access_of(self.user)  # rights are today's, and so is what can be chosen
        self.keys.get("")  # read before the past is
        if not self.is_past:
            yield
            return
        with as_of.read_as_of(self.on), as_of.join_whole_tables():
            yield

    @property
    def is_past(self) -> bool:
        """Returns whether a day before today is asked for: today is what stands now."""
        return self.on != self.today

    def parameters(self, report: Report, **more: str) -> QueryDict:
        """Returns what the report is asked: of the board's parameters those that it knows."""
        asked = {name: value for name, value in self.given.items() if name != LEAGUE}
        if not self.is_past:
            asked.pop(as_of.PARAMETER, None)
        found = QueryDict(mutable=True)
        known = {*report.filterset.base_filters, *report.parameters, YEAR, as_of.PARAMETER}
        found.update({name: value for name, value in {**asked, **more}.items() if name in known})
        return found

    def asked_of(self, report: Report, **more: str) -> QueryDict:
        """Returns the same with departments named by their ids: a report then need not ask
        whether there is one of that code."""
        found = self.parameters(report, **more)
        filters = report.filterset.base_filters
        for name in (DISTRICT, DEPARTMENT):
            key = self.keys.get(self.given.get(name, ""))
            if key and name in found and isinstance(filters[name], CommaKeyFilter):
                found[name] = str(key)
        return found

    def unknown_to(self, report: Report) -> set[str]:
        """Returns the filters that are set and that the report does not know."""
        return ({DISTRICT, DEPARTMENT} & self.given.keys()) - report.filterset.base_filters.keys()

    def sheet(self, report: Report, format: str, **more: str) -> str:
        """Returns the address of the report as a sheet, from the API."""
        parameters = {**_plain(self.parameters(report, **more)), "format": format}
        return f"{reverse('report', kwargs={'name': report.name})}?{urlencode(parameters)}"

    def table(self, report: Report, **more: str) -> str:
        """Returns the address of the report as a page."""
        return _address("board-report", _plain(self.parameters(report, **more)), report.name)

    def board(self, **changed: str) -> str:
        """Returns the address of the board as it is asked, or asked otherwise."""
        return _address("board", {**self.given, **changed})

    @property
    def board_today(self) -> str:
        return self.board(**{as_of.PARAMETER: ""})

    @property
    def query(self) -> str:
        """Returns what the address asks, with its question mark; "" for nothing."""
        return f"?{urlencode(self.given)}" if self.given else ""


def _plain(parameters: QueryDict) -> dict[str, str]:
    return {name: str(value) for name, value in parameters.items()}


def _address(name: str, parameters: Mapping[str, str], *args: str) -> str:
    encoded = urlencode({key: value for key, value in parameters.items() if value})
    return f"{reverse(name, args=args)}?{encoded}" if encoded else reverse(name, args=args)

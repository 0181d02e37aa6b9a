"""What can be answered into a file: a list of any length, a report, the bulletin.

Each is answered by the code that answers the same address at once; only a list is long enough to
be written while it is read.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.api import tables
from portfolio.core.api.views import ReadOnlyResource
from portfolio.core.history import past as as_of
from portfolio.reports.bulletin.answering import parse_bulletin_query, write_bulletin_file
from portfolio.reports.bulletin.asking import require_whole_city
from portfolio.reports.engine.answer import answer_report
from portfolio.reports.engine.parameters import parse_days, parse_query
from portfolio.reports.engine.report import Report
from portfolio.reports.formats.sheets import sheet_bytes
from projects.permissions import Actor
from projects.permissions.access import access_of

ProgressCallback = Callable[[int, int], None]  # rows done, rows in all


@dataclass(frozen=True)
class Content(ABC):
    """Something that can be exported: a list, a report or the bulletin. The user is passed to each
    method, because the file is made with the rights of whoever gets it."""

    format: str
    parameters: QueryDict

    @property
    @abstractmethod
    def title(self) -> str:
        """Returns what it is, for people."""

    @property
    @abstractmethod
    def file_name(self) -> str:
        """Returns the name under which it is downloaded."""

    @abstractmethod
    def check(self, user: Actor) -> None:
        """Raises what the address itself would answer: a wrong filter, a right that lacks."""

    @abstractmethod
    def write(self, file: BinaryIO, *, user: Actor, scratch: str, told: ProgressCallback) -> None:
        """Writes the file. Calls ``told`` as rows are done; what that raises ends the writing."""


@dataclass(frozen=True)
class ListContent(Content):
    """A list, whole."""

    path: str
    view: type[ReadOnlyResource]
    initkwargs: dict[str, Any]

    @property
    def title(self) -> str:
        model: Any = self.view.queryset.model
        return str(model._meta.verbose_name)

    @property
    def file_name(self) -> str:
        day = self.parameters.get(as_of.PARAMETER) or clock.today()
        return f"{self.initkwargs['basename']}-{day}.{self.format}"

    def check(self, user: Actor) -> None:
        with self._opened(user):
            pass

    def write(self, file: BinaryIO, *, user: Actor, scratch: str, told: ProgressCallback) -> None:
        with self._opened(user) as listed:
            total = listed.queryset.count()
            told(0, total)
            with tables.stream_table(listed) as stream:
                counted = replace(stream, chunks=_count_rows(stream.chunks, total, told))
                if self.format == "xlsx":
                    tables.write_workbook(counted, file, scratch=scratch)
                else:
                    tables.write_csv(counted, file)

    def _opened(self, user: Actor) -> AbstractContextManager[tables.ListQuery]:
        request: Any = HttpRequest()
        request.method, request.path, request.GET = "GET", self.path, self.parameters
        return self.view(**self.initkwargs).opened(request, user)


@dataclass(frozen=True)
class ReportContent(Content):
    """A report: as many rows as a person reads."""

    report: Report

    @property
    def title(self) -> str:
        return str(self.report.title)

    @property
    def file_name(self) -> str:
        on, _other = parse_days(self.parameters)
        return f"{self.report.name}-{on}.{self.format}"

    def check(self, user: Actor) -> None:
        access_of(user)
        on, _other = parse_days(self.parameters)
        past = as_of.PARAMETER in self.parameters
        with as_of.read_as_of(on) if past else nullcontext():
            parse_query(self.report, self.parameters, user=user, on=on).choose()

    def write(self, file: BinaryIO, *, user: Actor, scratch: str, told: ProgressCallback) -> None:
        found = answer_report(self.report, self.parameters, user=user)
        told(0, len(found.rows))
        file.write(sheet_bytes(found, self.format))
        told(len(found.rows), len(found.rows))


@dataclass(frozen=True)
class BulletinContent(Content):
    """The bulletin, which has pages instead of rows."""

    @property
    def title(self) -> str:
        return _("督查通报")

    @property
    def file_name(self) -> str:
        return parse_bulletin_query(self.parameters).file_name(self.format)

    def check(self, user: Actor) -> None:
        parse_bulletin_query(self.parameters)
        require_whole_city(user)

    def write(self, file: BinaryIO, *, user: Actor, scratch: str, told: ProgressCallback) -> None:
        told(0, 0)
        file.write(
            write_bulletin_file(
                parse_bulletin_query(self.parameters), user=user, format=self.format
            )
        )


def _count_rows(chunks: Iterable[list], total: int, told: ProgressCallback) -> Iterator[list]:
    done = 0
    for rows in chunks:
        yield rows
        done += len(rows)
        told(done, total)

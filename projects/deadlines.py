"""Declares what a deadline is, and keeps the register of everything that has one (domain §5).

A kind of deadline is one class: a :class:`DeadlineSource` that names its rows and says where the
common columns stand in them. Each app registers its own in ``ready()``; whoever asks here sees
them all, and no app needs to know another's.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import BigIntegerField, DateField, Expression, F, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.utils.functional import Promise

from projects.choices import Role
from projects.permissions import Actor

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Deadline:
    """Something that is due on a day, and who answers for it.

    ``whole`` is what the promise is part of (a project, a target), "" when it stands alone;
    ``commitment`` is "" for kinds that know none; ``forecast_on`` is when those who do it think it
    will be done; ``sponsor_id`` is the city leader who stands for it.
    """

    kind: str
    object_id: int
    title: str
    whole: str
    promise: str
    due_on: dt.date
    forecast_on: dt.date | None
    commitment: str
    section: str
    department_id: int
    department_name: str
    in_charge_id: int | None
    in_charge_name: str | None
    sponsor_id: int | None
    project_id: int | None
    target_id: int | None

    @property
    def key(self) -> tuple[str, int]:
        return self.kind, self.object_id

    @property
    def path(self) -> str:
        """Returns the address, below the site's own, that opens it for a person."""
        return f"/go/{self.kind}/{self.object_id}/"


DEADLINE_COLUMNS = tuple(Deadline.__dataclass_fields__)

# What a list of all kinds shows: the columns of every source's ``rows()``, in this order.
ROW_COLUMNS = (
    "kind",
    "object_id",
    "title",
    "due_on",
    "forecast_on",
    "commitment",
    "section",
    "department_id",
    "in_charge_id",
    "sponsor_id",
    "project_id",
    "target_id",
    "done",
)

# Typed NULLs: in a UNION of three an untyped one would become text.
NO_ID = Cast(Value(None), BigIntegerField())
NO_DAY = Cast(Value(None), DateField())


class DeadlineSource(ABC):
    """One kind of deadline."""

    kind: ClassVar[str]
    label: ClassVar[str | Promise]
    # Who answers beside the person in charge: the department's reporters, the supervisors (of
    # whatever department), or nobody else.
    answering: ClassVar[Role | None] = Role.REPORTER
    # Column → expression, for each column that is no field of that very name already.
    columns: ClassVar[Mapping[str, Expression | Subquery | F]]

    @abstractmethod
    def queryset(self) -> QuerySet[Any]:
        """Returns the objects that have a deadline of this kind, done ones too, cancelled not."""

    def read_before(self) -> Hashable:
        """Returns what must have been read before the rows can be asked for; most need nothing.
        ``annotated`` takes it, and reads it itself when it is not given."""
        return None

    def annotated(self, wanted: Collection[str], read: Any = None) -> QuerySet[Any]:
        """Returns the objects with those of the common columns that are asked for."""
        columns = {"kind": Value(self.kind), "object_id": F("pk"), **self.columns}
        return (
            self.queryset()
            .order_by()
            .annotate(**{name: each for name, each in columns.items() if name in wanted})
        )

    def rows(self, user: Actor | None = None, read: Any = None) -> QuerySet[Any, dict[str, Any]]:
        """Returns ``ROW_COLUMNS`` as dicts, of what the user may see (None: of all).

        It can be filtered by any of these columns, and joined with the rows of other kinds by
        ``union()``. ``read``: what ``read_prerequisites`` returned.
        """
        objects = self.annotated(ROW_COLUMNS, read)
        if user is not None:
            objects = objects.visible_to(user)  # type: ignore[attr-defined]
        return objects.values(*ROW_COLUMNS)

    def open_rows(self, which: Q) -> QuerySet[Any, tuple[Any, ...]]:
        """Returns ``DEADLINE_COLUMNS`` of those that are still to be done, as tuples."""
        rows = self.annotated({*DEADLINE_COLUMNS, "done"})
        return rows.filter(which, done=False).values_list(*DEADLINE_COLUMNS)

    def open_by_id(self, object_ids: Iterable[int]) -> Iterator[Deadline]:
        """Yields those of the objects that are still to be done; one query."""
        found = self.open_rows(Q(pk__in=list(object_ids)))
        return (Deadline(*row) for row in found.iterator(chunk_size=CHUNK))


_sources: dict[str, DeadlineSource] = {}


def register_source(source: DeadlineSource) -> None:
    """Adds a kind of deadline; a second one of the same kind is a mistake of the programmer."""
    known = _sources.setdefault(source.kind, source)
    if type(known) is not type(source):
        raise ValueError(f"deadline kind {source.kind!r} is taken by {type(known).__name__}")


def sources(kinds: Collection[str] = ()) -> list[DeadlineSource]:
    """Returns the sources of these kinds, or all of them."""
    return [source for kind, source in _sources.items() if not kinds or kind in kinds]


def find_answering_role(kind: str) -> Role | None:
    """Returns in which role people answer for deadlines of this kind, beside the one in charge."""
    return _sources[kind].answering


def kind_labels() -> dict[str, str | Promise]:
    """Returns each kind's code with the name that a person reads."""
    return {kind: source.label for kind, source in _sources.items()}


def open_deadlines(
    due_from: dt.date, due_to: dt.date, *, slipping_from: dt.date | None = None
) -> Iterator[Deadline]:
    """Yields what is due from one day to the other, both included, of every kind; one query.

    With ``slipping_from`` also what is due from that day on and expected later than it is due.
    """
    which = Q(due_on__range=(due_from, due_to))
    if slipping_from is not None:
        which |= Q(due_on__gte=slipping_from, forecast_on__gt=F("due_on"))
    first, *others = [source.open_rows(which) for source in _sources.values()]
    for row in first.union(*others, all=True).iterator(chunk_size=CHUNK):
        yield Deadline(*row)


def open_deadlines_by_key(keys: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Deadline]:
    """Returns, of the deadlines named by (kind, object id), those still to be done.

    What is done, cancelled, deleted, or of a kind that no longer exists is left out. One query a
    kind.
    """
    wanted: dict[str, list[int]] = {}
    for kind, object_id in keys:
        wanted.setdefault(kind, []).append(object_id)
    found: dict[tuple[str, int], Deadline] = {}
    for source in sources(wanted) if wanted else []:
        found |= {each.key: each for each in source.open_by_id(wanted[source.kind])}
    return found


def in_states(states: Collection[str], *, on: dt.date) -> Q:
    """Returns the condition over ``ROW_COLUMNS`` for deadlines that are ``done``, ``overdue`` or
    still ``due`` on the day: in any of these states, or no condition when none is named."""
    conditions = {
        "done": Q(done=True),
        "overdue": Q(done=False, due_on__lt=on),
        "due": Q(done=False, due_on__gte=on),
    }
    any_of = Q()
    for state in states:
        any_of |= conditions[state]
    return any_of


def read_prerequisites(kinds: Collection[str] = ()) -> dict[str, Hashable]:
    """Returns of each kind what must have been read before its rows can be asked for."""
    return {source.kind: source.read_before() for source in sources(kinds)}


def deadline_rows(
    user: Actor,
    *,
    kinds: Collection[str] = (),
    where: Q | None = None,
    read: Mapping[str, Hashable] | None = None,
) -> QuerySet[Any, dict[str, Any]]:
    """Returns the rows of all kinds as one queryset, ordered, counted and paged in the database.

    ``where`` speaks of ``ROW_COLUMNS`` only and narrows each kind before they are joined: a
    union cannot be filtered afterwards. Unknown kinds give no rows. ``read``: what
    ``read_prerequisites`` returned, for whoever needs it beforehand.
    """
    before = read or {}
    parts = [
        source.rows(user, before.get(source.kind)).filter(where or Q()) for source in sources(kinds)
    ]
    if not parts:
        anything = next(iter(_sources.values()))
        return anything.rows(user).none()
    first, *others = parts
    return (first.union(*others, all=True) if others else first).order_by(
        "due_on", "kind", "object_id"
    )

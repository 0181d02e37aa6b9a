"""Says what would go out on the coming days, to whom and why; writes nothing (domain §5).

It asks what planning asks: the same tiers, audiences and opt-outs, as if nothing were done, moved
or forecast meanwhile. Tiers of a forecast have no day of their own and are not among it.
"""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

from notifications.models import Capacity, TierOptOut
from notifications.recipients import Asked, Recipient, audiences_of
from notifications.rules.tiers import Falling, Schedules, due_window
from notifications.services.preparing import fallings, has_opted_out
from projects.deadlines import Deadline
from projects.rules.working_days import is_known, is_working_day
from projects.working_calendar import calendar_overrides

ONE_DAY = dt.timedelta(days=1)
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of the preview is asked for; what is empty is not narrowed."""

    kinds: Collection[str] = ()
    tiers: Collection[str] = ()
    departments: Collection[int] = ()
    recipients: Collection[str] = ()

    def takes(self, deadline: Deadline, falling: Falling) -> bool:
        return (
            (not self.kinds or deadline.kind in self.kinds)
            and (not self.tiers or falling.tier.name in self.tiers)
            and (not self.departments or deadline.department_id in self.departments)
        )


@dataclass(frozen=True, slots=True)
class Due:
    """A tier of a deadline on its day, and who would be told of it."""

    deadline: Deadline
    falling: Falling
    told: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go out, day by day; and what stands in the way of reminding rightly.

    ``unknown_years`` are those whose holidays nobody has entered yet; ``unanswered`` departments
    (id → name) have nobody to be told, so that the supervisors stand in.
    """

    due: list[Due] = field(default_factory=list)
    unknown_years: list[int] = field(default_factory=list)
    unanswered: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(each.told) for each in self.due)

    def lines(self, part: slice) -> Iterator[tuple[Due, Recipient]]:
        """Yields one for each recipient, of those that the slice asks for."""
        first, last, number = part.start or 0, part.stop, 0
        for each in self.due:
            if number >= last:
                return
            if number + len(each.told) > first:
                yield from (
                    (each, recipient)
                    for place, recipient in enumerate(each.told, start=number)
                    if first <= place < last
                )
            number += len(each.told)


def reminders_preview(
    *, first: dt.date, days: int, schedules: Schedules, wanted: Wanted | None = None
) -> Preview:
    """Returns what would go out from ``first`` on, on so many days, it included; the number of
    queries does not depend on how much that is."""
    wanted = wanted or Wanted()
    last = first + (days - 1) * ONE_DAY
    works = lru_cache(maxsize=None)(partial(is_working_day, overrides=calendar_overrides()))
    every = list(fallings(first=first, last=last, schedules=schedules, is_working_day=works))
    every.sort(key=lambda each: (each[1].on, each[0].due_on, each[0].key))
    audiences = audiences_of({Asked.of(deadline, falling.tier) for deadline, falling in every})
    _, horizon = due_window(first, last, works, schedules)
    return Preview(
        due=list(_due(every, audiences, wanted)),
        unknown_years=[y for y in range(first.year, horizon.year + 1) if not is_known(y)],
        unanswered=_unanswered(every, audiences),
    )


def _due(
    every: list[tuple[Deadline, Falling]],
    audiences: dict[Asked, tuple[Recipient, ...]],
    wanted: Wanted,
) -> Iterator[Due]:
    opted_out = set(TierOptOut.objects.values_list("user", "days_before"))
    for deadline, falling in every:
        if not wanted.takes(deadline, falling):
            continue
        told = tuple(
            each
            for each in audiences[Asked.of(deadline, falling.tier)]
            if not has_opted_out(each, falling, opted_out)
            and (not wanted.recipients or each.address in wanted.recipients)
        )
        if told:
            yield Due(deadline, falling, told)


def _unanswered(
    every: list[tuple[Deadline, Falling]], audiences: dict[Asked, tuple[Recipient, ...]]
) -> dict[int, str]:
    """Returns the departments of whose deadlines nobody of their own can be told."""
    found = {
        deadline.department_id: deadline.department_name
        for deadline, falling in every
        if not any(
            each.capacity == Capacity.RESPONSIBLE
            for each in audiences[Asked.of(deadline, falling.tier)]
        )
    }
    return dict(sorted(found.items()))

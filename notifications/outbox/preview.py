"""Says what would go out on the coming days, to whom and why; writes nothing (domain §5).

It asks what planning asks: the same tiers, audiences and opt-outs, as if nothing were done, moved
or forecast meanwhile. Tiers of a forecast have no day of their own and are not among it.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from operator import attrgetter
from typing import Any

from django.utils.translation import gettext as _

from notifications.outbox.models import Capacity, Tier
from notifications.outbox.plan import has_opted_out, list_due_tiers
from notifications.outbox.recipients import AudienceQuery, Recipient, find_audiences
from notifications.policies.models import TierOptOut
from notifications.policies.tiers import DueTier, Schedules, due_window
from projects.deadlines import Deadline, kind_labels
from projects.people.working_calendar import calendar_overrides
from projects.people.working_days import is_working_day, is_year_known

ONE_DAY = dt.timedelta(days=1)
MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class PreviewSelection:
    """Which part of the preview is asked for; what is empty is not narrowed."""

    kinds: Collection[str] = ()
    tiers: Collection[str] = ()
    departments: Collection[int] = ()
    recipients: Collection[str] = ()

    def takes(self, deadline: Deadline, falling: DueTier) -> bool:
        return (
            (not self.kinds or deadline.kind in self.kinds)
            and (not self.tiers or falling.tier.name in self.tiers)
            and (not self.departments or deadline.department_id in self.departments)
        )


@dataclass(frozen=True, slots=True)
class PreviewItem:
    """A tier of a deadline on its day, and who would be told of it."""

    deadline: Deadline
    falling: DueTier
    told: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would go out, day by day; and what stands in the way of reminding rightly.

    ``unknown_years`` are those whose holidays nobody has entered yet; ``unanswered`` departments
    (id → name) have nobody to be told, so that the supervisors stand in.
    """

    due: list[PreviewItem] = field(default_factory=list)
    unknown_years: list[int] = field(default_factory=list)
    unanswered: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(len(each.told) for each in self.due)

    def lines(self, part: slice) -> Iterator[tuple[PreviewItem, Recipient]]:
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
    *, first: dt.date, days: int, schedules: Schedules, wanted: PreviewSelection | None = None
) -> Preview:
    """Returns what would go out from ``first`` on, on so many days, it included; the number of
    queries does not depend on how much that is."""
    last = first + (days - 1) * ONE_DAY
    works = lru_cache(maxsize=None)(partial(is_working_day, overrides=calendar_overrides()))
    every = list(list_due_tiers(first=first, last=last, schedules=schedules, is_working_day=works))
    telling = _AudienceLookup(every, wanted or PreviewSelection())
    _, horizon = due_window(first, last, works, schedules)
    return Preview(
        due=sorted(telling.due(every), key=attrgetter("falling.on", "deadline.due_on")),
        unknown_years=[y for y in range(first.year, horizon.year + 1) if not is_year_known(y)],
        unanswered=telling.unanswered(),
    )


class _AudienceLookup:
    """Who would be told. A deadline has many days and few tiers: each pair is asked for once."""

    def __init__(self, every: list[tuple[Deadline, DueTier]], wanted: PreviewSelection) -> None:
        self._wanted = wanted
        self._asked = {
            (deadline.key, falling.tier): AudienceQuery.of(deadline, falling.tier)
            for deadline, falling in {(d.key, f.tier): (d, f) for d, f in every}.values()
        }
        self._departments = {d.department_id: d.department_name for d, _ in every}
        self._audiences = find_audiences(set(self._asked.values()))
        self._opted_out = set(TierOptOut.objects.values_list("user", "days_before"))
        self._told: dict[tuple, tuple[Recipient, ...]] = {}

    def due(self, every: list[tuple[Deadline, DueTier]]) -> Iterator[PreviewItem]:
        """Yields the selected items that have at least one recipient."""
        for deadline, falling in every:
            if self._wanted.takes(deadline, falling):
                told = self._recipients(deadline, falling)
                if told:
                    yield PreviewItem(deadline, falling, told)

    def _recipients(self, deadline: Deadline, falling: DueTier) -> tuple[Recipient, ...]:
        # A tier before the day has one day; the later ones repeat, and are told to the same people.
        key = deadline.key, falling.tier
        if key not in self._told:
            narrowed = self._wanted.recipients
            self._told[key] = tuple(
                each
                for each in self._audiences[self._asked[key]]
                if not has_opted_out(each, falling, self._opted_out)
                and (not narrowed or each.address in narrowed)
            )
        return self._told[key]

    def unanswered(self) -> dict[int, str]:
        """Returns the departments of some of whose deadlines nobody of their own can be told."""
        without = {
            asked.department_id
            for asked, told in self._audiences.items()
            if not any(each.capacity == Capacity.RESPONSIBLE for each in told)
        }
        return {pk: self._departments[pk] for pk in sorted(without)}


# In words -----------------------------------------------------------------------------------------
class PreviewRows(Sequence[dict[str, Any]]):
    """The preview as a paginator counts and slices it: a dict for each recipient."""

    ordered = True

    def __init__(self, preview: Preview) -> None:
        self._preview = preview

    def __len__(self) -> int:
        return len(self._preview)

    def __getitem__(self, part: Any) -> Any:
        return [_describe_item(due, recipient) for due, recipient in self._preview.lines(part)]


def _describe_item(due: PreviewItem, recipient: Recipient) -> dict[str, Any]:
    deadline, falling = due.deadline, due.falling
    return {
        "day": falling.on,
        "recipient": recipient.address,
        "name": recipient.name,
        "user": recipient.user_id,
        "capacity": recipient.capacity,
        "capacity_display": str(Capacity(recipient.capacity).label),
        "tier": falling.tier.name,
        "tier_display": str(Tier(falling.tier.name).label),
        "ordinal": falling.ordinal,
        "kind": deadline.kind,
        "kind_display": str(kind_labels()[deadline.kind]),
        "object_id": deadline.object_id,
        "title": deadline.title,
        "due_on": deadline.due_on,
        "department": deadline.department_id,
    }


def preview_warnings(preview: Preview) -> list[dict[str, Any]]:
    """Returns what stands in the way of reminding rightly: ``code``, ``subject``, ``message``."""
    unknown = _("节假日数据不含 %(year)s 年, 暂按周一至周五为工作日; 请在“工作日调整”中录入。")
    nobody = _("%(department)s没有在任的责任人、填报员, 也没有单位邮箱, 由督查室代收。")
    return [
        {"code": "unknown_year", "subject": year, "message": unknown % {"year": year}}
        for year in preview.unknown_years
    ] + [
        {"code": "nobody_to_tell", "subject": pk, "message": nobody % {"department": name}}
        for pk, name in preview.unanswered.items()
    ]

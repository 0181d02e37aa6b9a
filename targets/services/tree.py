"""A target with its breakdown to any depth, and beside each part how its list stands.

However deep and wide the tree, the number of queries is the same.
"""

import copy
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.db.models import Count, Q, Sum

from projects.choices import DepartmentKind
from projects.people.models import Department
from targets.choices import Measure, Source
from targets.models import Target, TargetPart, WorkItem
from targets.rules.figures import Figure
from targets.rules.goal import Goal
from targets.rules.periods import bounds
from targets.rules.status import Verdict, judge_target
from targets.services import measure as measuring
from targets.services.facts import newest_of_parts
from targets.services.status import Assessment, rules_in_force, targets_assess

NOTHING = Decimal(0)
PLACES = (DepartmentKind.DISTRICT, DepartmentKind.PARK)


@dataclass
class ListProgress:
    """How a list stands on a day: how many items and how much, and what of it is done."""

    count: int = 0
    done_count: int = 0
    overdue_count: int = 0
    quantity: Decimal = NOTHING
    done_quantity: Decimal = NOTHING

    def __add__(self, other: "ListProgress") -> "ListProgress":
        return ListProgress(
            self.count + other.count,
            self.done_count + other.done_count,
            self.overdue_count + other.overdue_count,
            self.quantity + other.quantity,
            self.done_quantity + other.done_quantity,
        )


@dataclass
class PartNode:
    """A part with all below it; ``items`` are its own and those of the parts below."""

    part: TargetPart
    items: ListProgress
    figure: Figure | None
    verdict: Verdict | None
    parts: list["PartNode"] = field(default_factory=list)

    @property
    def parts_sum(self) -> Decimal | None:
        return sum((each.part.value for each in self.parts), NOTHING) if self.parts else None


@dataclass
class TargetTree:
    """A target, its parts, and the items of departments that hold no part of it."""

    target: Target
    assessment: Assessment
    items: ListProgress
    other_items: ListProgress
    parts: list[PartNode]

    @property
    def parts_sum(self) -> Decimal | None:
        return sum((each.part.value for each in self.parts), NOTHING) if self.parts else None


def build_target_tree(target: Target, *, on: dt.date) -> TargetTree:
    """Returns the target's breakdown with the progress of each part on the day."""
    assessment = targets_assess([target], on=on)[target.pk]
    rows = TargetPart._base_manager.filter(target=target.pk).select_related("department")
    parts = {part.pk: part for part in rows.order_by("id")}
    above = dict(Department._base_manager.order_by().values_list("pk", "parent_id"))
    items, others = _items_by_part(target, parts.values(), above, on)
    children: dict[int | None, list[int]] = defaultdict(list)
    for part in parts.values():
        children[part.parent_id].append(part.pk)
    maker = _NodeBuilder(target, parts, children, items, above, assessment.goal, on)
    nodes = [maker.node(key) for key in children[None]]
    whole = sum((node.items for node in nodes), others)
    return TargetTree(target, assessment, whole, others, nodes)


class _NodeBuilder:
    """Makes nodes from the leaves up."""

    def __init__(
        self,
        target: Target,
        parts: Mapping[int, TargetPart],
        children: Mapping[int | None, list[int]],
        items: Mapping[int, ListProgress],
        above: Mapping[int, int | None],
        goal: Goal | None,
        on: dt.date,
    ) -> None:
        self.target, self.parts, self.children, self.items = target, parts, children, items
        self.goal, self.on, self.rules = goal, on, rules_in_force()
        self.figures = _own_figures(target, parts.values(), above, on)

    def node(self, key: int) -> PartNode:
        below = [self.node(child) for child in self.children.get(key, ())]
        items = sum((each.items for each in below), self.items.get(key, ListProgress()))
        figure = self._figure(key, below, items)
        return PartNode(self.parts[key], items, figure, self._verdict(key, figure), below)

    def _figure(self, key: int, below: Sequence[PartNode], items: ListProgress) -> Figure | None:
        if self.target.source == Source.FROM_ITEMS:
            last = min(self.on, dt.date(self.target.year, 12, 31))
            return Figure(last, items.done_quantity) if items.count else None
        if below and self.target.measure in measuring.ADDS_UP:
            found = [each.figure for each in below if each.figure]
            if found:
                return Figure(
                    max(each.period_end for each in found),
                    sum((each.value for each in found), NOTHING),
                )
        return self.figures.get(key)

    def _verdict(self, key: int, figure: Figure | None) -> Verdict | None:
        """Judges a part as its whole is judged, with the part's value and its share of the path."""
        if self.goal is None or self.goal.measure != Measure.CUMULATIVE or not self.goal.value:
            return None
        value = self.parts[key].value
        share = value / self.goal.value
        path = tuple((month, planned * share) for month, planned in self.goal.path)
        goal = replace(self.goal, value=value, baseline=None, path=path)
        return judge_target(goal, [figure] if figure else [], on=self.on, rules=self.rules)


def _own_figures(
    target: Target, parts: Iterable[TargetPart], above: Mapping[int, int | None], on: dt.date
) -> dict[int, Figure]:
    """Returns each part's newest figure of its own: reported, or read off its projects.

    A place's part is what stands in it; a bureau's or a company's what it leads, or one below it.
    """
    if target.source == Source.FROM_PARTS:
        return _read_reported(target, on)
    if target.source != Source.FROM_PROJECTS:
        return {}
    asked, led_by = [], {}
    for part in parts:
        one = copy.copy(target)
        one.pk = part.pk
        if part.department.kind not in PLACES:
            led_by[part.pk] = _with_those_below(part.department_id, above)
        elif target.project_district_id in (None, part.department_id):
            one.project_district_id = part.department_id
        else:
            continue  # nothing of what the target is about stands there
        asked.append(one)
    found = measuring.read_figures(asked, on=on, led_by=led_by)
    return {key: figures[-1] for key, figures in found.items() if figures}


def _with_those_below(root: int, above: Mapping[int, int | None]) -> set[int]:
    """Returns the department with all that are below it."""
    found = {root}
    for department in above:
        chain: list[int] = []
        current: int | None = department
        while current is not None and current not in found and current not in chain:
            chain.append(current)
            current = above.get(current)
        if current in found:
            found.update(chain)
    return found


def _read_reported(target: Target, on: dt.date) -> dict[int, Figure]:
    found: dict[int, Figure] = {}
    rows = newest_of_parts([target.pk]).order_by()
    for key, period, value in rows.values_list("part_id", "period", "value"):
        start, end = bounds(period)
        if key is None or end.year != target.year or start > on:
            continue
        figure = Figure(min(end, on), value)
        if key not in found or figure.period_end >= found[key].period_end:
            found[key] = figure
    return found


def _items_by_part(
    target: Target,
    parts: Iterable[TargetPart],
    above: Mapping[int, int | None],
    on: dt.date,
) -> tuple[dict[int, ListProgress], ListProgress]:
    """Returns each part's own items, and those of departments with no part in the target.

    An item belongs to the part of the department that leads it, or of the nearest one above.
    """
    part_of = {part.department_id: part.pk for part in parts}
    found: dict[int, ListProgress] = defaultdict(ListProgress)
    others = ListProgress()
    done, open_ = Q(done_on__lte=on), Q(done_on__isnull=True) | Q(done_on__gt=on)
    listed = WorkItem.objects.filter(target=target.pk)
    dated = Q(pk__in=listed.dated(on=on).values("pk"))
    rows = (
        listed.order_by()
        .values("lead_department")
        .annotate(
            count=Count("pk"),
            done_count=Count("pk", filter=done),
            overdue_count=Count("pk", filter=open_ & dated & Q(due_on__lt=on)),
            all_quantity=Sum("quantity", default=NOTHING),
            done_quantity=Sum("quantity", filter=done, default=NOTHING),
        )
    )
    for row in rows:
        progress = ListProgress(
            row["count"],
            row["done_count"],
            row["overdue_count"],
            row["all_quantity"],
            row["done_quantity"],
        )
        department: int | None = row["lead_department"]
        while department is not None and department not in part_of:
            department = above.get(department)
        if department is None:
            others += progress
        else:
            found[part_of[department]] += progress
    return found, others

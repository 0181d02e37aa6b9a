"""Reads one judge's scoring sheet: every project shown, every criterion, what is still missing."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from django.db.models import Q

from projects.inspections.judges import own_department_pairs
from projects.inspections.models import (
    InspectionCriterion,
    InspectionEntry,
    InspectionJudge,
    InspectionScore,
    RoundStatus,
)
from projects.inspections.rules import judge_total
from projects.permissions import Actor, row_condition
from projects.permissions.access import is_only_judge

SCORE = InspectionScore._meta.label


@dataclass(frozen=True)
class ScoringCell:
    """What the judge gave an entry under a criterion; ``score`` is ``None`` while it is missing."""

    entry: InspectionEntry
    criterion: InspectionCriterion
    score: InspectionScore | None

    @property
    def key(self) -> str:
        return cell_key(self.entry, self.criterion)


@dataclass(frozen=True)
class ScoringLine:
    """An entry on the sheet; ``excused`` when the judge may not score it: the own department's."""

    entry: InspectionEntry
    cells: list[ScoringCell]
    excused: bool

    @property
    def missing(self) -> int:
        return 0 if self.excused else sum(cell.score is None for cell in self.cells)

    @property
    def total(self) -> Decimal | None:
        """The judge's total of the entry, as it will count; ``None`` until it is whole."""
        points = {c.criterion.pk: c.score.points for c in self.cells if c.score is not None}
        if len(points) < len(self.cells):
            return None
        return judge_total(points, {c.criterion.pk: c.criterion.weight for c in self.cells})


class ScoringSheet:
    """A judge's sheet as ``user`` sees it."""

    def __init__(self, judge: InspectionJudge, *, user: Actor) -> None:
        self.judge = judge
        self.round = judge.inspection_round
        self.criteria = list(self.round.criteria.order_by("id"))
        entries = InspectionEntry.objects.filter(inspection_round=self.round, withdrawn=False)
        self.entries = list(
            entries.select_related("project__lead_department").order_by("league", "id")
        )
        scores = InspectionScore.objects.visible_to(user).filter(judge=judge)
        self.scores = {(each.entry_id, each.criterion_id): each for each in scores}
        self.excused = own_department_pairs(judges=[judge], entries=self.entries)

    @cached_property
    def lines(self) -> list[ScoringLine]:
        return [
            ScoringLine(
                entry,
                [
                    ScoringCell(entry, each, self.scores.get((entry.pk, each.pk)))
                    for each in self.criteria
                ],
                (self.judge.pk, entry.pk) in self.excused,
            )
            for entry in self.entries
        ]

    @property
    def missing(self) -> int:
        return sum(line.missing for line in self.lines)


def cell_key(entry: InspectionEntry, criterion: InspectionCriterion) -> str:
    """Returns what a cell of the sheet is called, also in what is refused of it."""
    return f"{entry.pk}-{criterion.pk}"


def may_see_sheet(user: Actor, judge: InspectionJudge) -> bool:
    """Whether the person may see what this judge gave: the judge; everybody once the round is
    published; before that who may see all scores, unless a judge of the round too."""
    inspection_round = judge.inspection_round
    if judge.user_id == user.pk or inspection_round.status == RoundStatus.PUBLISHED:
        return True
    if row_condition(user, "view", SCORE) != Q():
        return False
    return not (is_only_judge(user) and inspection_round.judges.filter(user=user.pk).exists())


def may_fill_in_sheet(user: Actor, judge: InspectionJudge) -> bool:
    """Whether the person may write scores on this sheet now: the judge, or a supervisor for him,
    while the round is open and the judge is there."""
    if judge.inspection_round.status != RoundStatus.OPEN or judge.absent:
        return False
    allowed = row_condition(user, "add", SCORE)
    return allowed == Q() or (allowed is not None and judge.user_id == user.pk)

"""Reads of the quarterly inspection: what is missing, where entries stand, what was published.

The rule itself is ``results.py``; here its figures are read off the rows, in a
bounded number of queries.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from projects.choices import Category
from projects.inspections.judges import own_department_pairs
from projects.inspections.models import (
    InspectionDeduction,
    InspectionEntry,
    InspectionJudge,
    InspectionResult,
    InspectionRound,
    InspectionScore,
    RoundMethod,
    RoundStatus,
)
from projects.inspections.rules import (
    HUNDRED,
    EntryResult,
    GroupTotals,
    Marks,
    Terms,
    entry_result,
    judge_total,
    mean,
    ranks_within,
)
from projects.permissions import Actor, row_condition
from projects.permissions.access import is_only_judge

RANKED_BY = {
    "project": _("项目"),
    "district": _("旗县区"),
    "department": _("牵头单位"),
    "category": _("类别"),
}


@dataclass(frozen=True)
class RankedEntry:
    """An entry and its result; ``rank`` within its league, ``None`` while there are no points."""

    entry: InspectionEntry
    result: EntryResult
    rank: int | None


@dataclass(frozen=True)
class MissingScore:
    """A score that is still to come."""

    judge: InspectionJudge
    entry: InspectionEntry
    criterion: str


@dataclass(frozen=True)
class JudgeProgress:
    """How many of the scores that are wanted of a judge are there."""

    given: int
    wanted: int

    @property
    def missing(self) -> int:
        return self.wanted - self.given


class RoundScores:
    """All that was scored in a round, read once."""

    def __init__(self, inspection_round: InspectionRound) -> None:
        self.round = inspection_round
        self.entries = list(
            InspectionEntry.objects.filter(inspection_round=inspection_round, withdrawn=False)
            .select_related("project__lead_department", "project__district")
            .order_by("id")
        )
        judges = InspectionJudge._default_manager.filter(inspection_round=inspection_round)
        self.judges = list(judges.filter(absent=False).select_related("user").order_by("id"))
        criteria = inspection_round.criteria.order_by("id")
        self.criteria = {row.pk: row for row in criteria}
        groups = inspection_round.judge_groups.order_by("id")
        self.group_weights = dict(groups.values_list("id", "weight"))
        self.points: dict[tuple[int, int], dict[int, Decimal]] = defaultdict(dict)
        scores = InspectionScore.objects.filter(inspection_round=inspection_round).order_by()
        for entry, judge, criterion, points in scores.values_list(
            "entry_id", "judge_id", "criterion_id", "points"
        ):
            self.points[entry, judge][criterion] = points
        self.deductions: dict[int, list[Decimal]] = defaultdict(list)
        deductions = InspectionDeduction.objects.filter(entry__inspection_round=inspection_round)
        for entry, points in deductions.order_by().values_list("entry_id", "points"):
            self.deductions[entry].append(points)

    @cached_property
    def excused(self) -> set[tuple[int, int]]:
        """(judge id, entry id) of what nobody waits for: the judge's own department's project."""
        return own_department_pairs(judges=self.judges, entries=self.entries)

    def progress(self) -> dict[int, JudgeProgress]:
        """Returns how far each judge who is there has come, by the judge's id."""
        wanted: Counter[int] = Counter()
        given: Counter[int] = Counter()
        for judge in self.judges:
            for entry in self.entries:
                if (judge.pk, entry.pk) not in self.excused:
                    wanted[judge.pk] += len(self.criteria)
                    given[judge.pk] += len(self.points.get((entry.pk, judge.pk), {}))
        return {each.pk: JudgeProgress(given[each.pk], wanted[each.pk]) for each in self.judges}

    def missing(self) -> list[MissingScore]:
        """Returns the scores to come: of judges who are there, for what they may score."""
        return [
            MissingScore(judge, entry, criterion.name)
            for judge in self.judges
            for entry in self.entries
            if (judge.pk, entry.pk) not in self.excused
            for criterion in self.criteria.values()
            if criterion.pk not in self.points.get((entry.pk, judge.pk), {})
        ]

    def without_judge(self) -> list[InspectionEntry]:
        """Returns the entries that nobody has scored whole."""
        return [entry for entry in self.entries if not any(g.totals for g in self._groups(entry))]

    def without_data(self) -> list[InspectionEntry]:
        """Returns the entries whose economic data weigh and are not in."""
        if self.round.site_share == HUNDRED:
            return []
        return [entry for entry in self.entries if entry.data_points is None]

    def standings(self) -> list[RankedEntry]:
        """Returns all entries with their results, ranked within their leagues."""
        terms = Terms(
            trimmed=self.round.method == RoundMethod.TRIMMED_MEAN,
            site_share=self.round.site_share,
            deduction_cap=self.round.deduction_cap,
        )
        results = {
            entry.pk: entry_result(
                Marks(self._groups(entry), entry.data_points, self.deductions[entry.pk]), terms
            )
            for entry in self.entries
        }
        points = {pk: each.points for pk, each in results.items() if each.points is not None}
        ranks = ranks_within(points, {entry.pk: entry.league for entry in self.entries})
        standings = [
            RankedEntry(entry, results[entry.pk], ranks.get(entry.pk)) for entry in self.entries
        ]
        return sorted(standings, key=_by_league_and_rank)

    def _groups(self, entry: InspectionEntry) -> list[GroupTotals]:
        """Returns each group's totals; a judge counts who has scored every criterion."""
        weights = {pk: row.weight for pk, row in self.criteria.items()}
        totals: dict[int | None, list[Decimal]] = defaultdict(list)
        for judge in self.judges:
            given = self.points.get((entry.pk, judge.pk), {})
            if given.keys() == weights.keys():
                group = judge.group_id if self.group_weights else None
                totals[group].append(judge_total(given, weights))
        by_group: Mapping[Any, Decimal] = self.group_weights or {None: HUNDRED}
        return [GroupTotals(weight, totals[group]) for group, weight in by_group.items()]


def _by_league_and_rank(standing: RankedEntry) -> tuple:
    unranked = standing.rank is None
    return standing.entry.league, unranked, standing.rank or 0, standing.entry.pk


def may_see_standing(user: Actor, inspection_round: InspectionRound) -> bool:
    """Whether the person may see, before publication, where the entries stand.

    Who sees all scores may: supervisors, the leaders who approve, viewers; but whoever judges in
    the round only once the scoring is over.
    """
    if row_condition(user, "view", InspectionScore._meta.label) != Q():
        return False
    scoring = inspection_round.status in (RoundStatus.DRAFT, RoundStatus.OPEN)
    apart = scoring and is_only_judge(user)
    return not (apart and inspection_round.judges.filter(user=user.pk).exists())


def newest_revision(inspection_round: InspectionRound) -> int:
    """Returns the number of the newest results; 0 when there are none."""
    results = InspectionResult.objects.filter(entry__inspection_round=inspection_round)
    return results.aggregate(newest=Max("revision"))["newest"] or 0


def read_published_results(
    inspection_round: InspectionRound, revision: int
) -> QuerySet[InspectionResult]:
    """Returns the results as they were published, or as an amendment left them."""
    return (
        InspectionResult.objects.filter(entry__inspection_round=inspection_round, revision=revision)
        .select_related("entry__project__lead_department", "entry__project__district")
        .order_by("league", "rank", "entry_id")
    )


@dataclass(frozen=True)
class RankingLine:
    """One line of a ranking: an entry's project and the points that count for it."""

    entry: InspectionEntry
    league: str
    points: Decimal | None


def rank_groups(lines: Iterable[RankingLine], by: str) -> list[dict[str, Any]]:
    """Ranks districts, departments or categories by the mean of their entries' points.

    Within leagues, as entries are; an entry without points, or in no district, counts nowhere.
    """
    points: dict[tuple[str, Any], list[Decimal]] = defaultdict(list)
    names: dict[Any, dict[str, Any]] = {}
    for line in lines:
        key, told = _group_of(line.entry, by)
        if key is not None and line.points is not None:
            names[key] = told
            points[line.league, key].append(line.points)
    means = {group: mean(values) for group, values in points.items()}
    ranks = ranks_within(means, {group: group[0] for group in means})
    rows = [
        {
            "league": group[0],
            **names[group[1]],
            "entries": len(points[group]),
            "points": means[group],
            "rank": ranks[group],
        }
        for group in means
    ]
    return sorted(rows, key=lambda row: (row["league"], row["rank"], row["name"]))


def _group_of(entry: InspectionEntry, by: str) -> tuple[Any, dict[str, Any]]:
    project = entry.project
    if by == "category":
        code = project.category
        return code, {"id": None, "code": code, "name": str(Category(code).label)}
    department = project.district if by == "district" else project.lead_department
    if department is None:
        return None, {}
    told = {"id": department.pk, "code": department.code, "name": department.short_name}
    return department.pk, told

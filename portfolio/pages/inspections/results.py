"""The results of a round as its page shows them: published, or as they stand before that."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from projects.inspections.models import InspectionEntry, InspectionRound
from projects.inspections.standing import (
    RANKED_BY,
    RankingLine,
    RoundScores,
    newest_revision,
    rank_groups,
    read_published_results,
)


@dataclass(frozen=True)
class RankingPageLine:
    """A line of a ranking: a project, or what projects are counted by (their number then)."""

    league: str
    rank: int | None
    name: str
    points: Any
    result: Any = None
    entry: InspectionEntry | None = None
    entries: int | None = None


def present_results(
    parameters: Mapping[str, Any], inspection_round: InspectionRound, sheet: RoundScores | None
) -> dict[str, Any]:
    """Returns the results by league; without a ``sheet`` only what is published."""
    by = parameters.get("by", "project")
    by = by if by in RANKED_BY else "project"
    newest = newest_revision(inspection_round)
    revision = _revision(parameters.get("revision", ""), newest)
    lines: list[tuple[InspectionEntry, str, Any, int | None]] = []
    if newest:
        found = read_published_results(inspection_round, revision)
        lines = [(each.entry, each.league, each, each.rank) for each in found]
    elif sheet is not None:
        lines = [
            (each.entry, each.entry.league, each.result, each.rank) for each in sheet.standings()
        ]
        lines = [line for line in lines if line[3] is not None]
    return {
        "by": by,
        "ranked_by": RANKED_BY,
        "revision": revision,
        "revisions": range(1, newest + 1),
        "provisional": not newest,
        "with_data": inspection_round.site_share < 100,
        "leagues": _by_league(_rank_lines(lines, by)),
    }


def _revision(asked: str, newest: int) -> int:
    return int(asked) if asked.isdecimal() and 1 <= int(asked[:9]) <= newest else newest


def _rank_lines(lines: list[tuple], by: str) -> list[RankingPageLine]:
    if by == "project":
        return [
            RankingPageLine(league, rank, entry.project.name, result.points, result, entry)
            for entry, league, result, rank in lines
        ]
    counted = [RankingLine(entry, league, result.points) for entry, league, result, _rank in lines]
    return [
        RankingPageLine(
            row["league"], row["rank"], row["name"], row["points"], entries=row["entries"]
        )
        for row in rank_groups(counted, by)
    ]


def _by_league(rows: Iterable[RankingPageLine]) -> list[tuple[str, list[RankingPageLine]]]:
    return [(league, list(lines)) for league, lines in groupby(rows, lambda row: row.league)]

"""What can be imported: the columns of each sheet and by what a row is known again."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.core.batch import Batch
from projects.core.sheets import Subject
from projects.inspections import kinds as bulk_scores
from projects.inspections.models import InspectionCriterion, InspectionEntry, InspectionJudge


def _fill_scores(batch: Batch) -> None:
    """Round, project, judge and criterion by their names become entry, judge and criterion."""
    index = _RoundIndex()
    for number, row in enumerate(batch.rows):
        given = {name: row.pop(name, None) for name in SCORE_SHEET.extra}
        year, quarter = given["quarter"] or (None, None)
        years = {year, given["year"]} - {None}
        year = years.pop() if len(years) == 1 else None  # two that differ mean no round
        parts = index.entries.get((year, quarter, given["shown_project"]))
        if parts is None:
            message = _("该轮测评没有这个参评项目, 请核对年度、季度和项目编号 (或名称)。")
            value = given["shown_project"]
            batch.wrong(number, "shown_project", message, "does_not_exist", value)
            continue
        row["entry"], inspection_round = parts
        for name, column in (("judge", "judge_name"), ("criterion", "criterion_name")):
            key = (inspection_round.pk, given[column])
            known = index.judges if name == "judge" else index.criteria
            only = index.only.get((name, inspection_round.pk)) if given[column] is None else None
            row[name] = known.get(key, only)
            if row[name] is None:
                message = _("本轮名单中没有“%(value)s”, 请核对。") % {"value": given[column] or ""}
                batch.wrong(number, column, message, "does_not_exist", given[column])


class _RoundIndex:
    """Names of the rounds' parts → ids; three queries. A name borne twice means nobody."""

    def __init__(self) -> None:
        self.entries: dict[tuple, tuple[int, Any]] = {}
        self.judges: dict[tuple, int] = {}
        self.criteria: dict[tuple, int] = {}
        self.only: dict[tuple[str, int], int] = {}
        rounds = {}
        for entry in InspectionEntry.objects.select_related("inspection_round", "project"):
            inspection_round = rounds[entry.inspection_round_id] = entry.inspection_round
            for name in (entry.project.name, entry.project.code):
                key = (inspection_round.year, inspection_round.quarter, name)
                self.entries[key] = (entry.pk, inspection_round)
        self._index_parts(rounds)

    def _index_parts(self, rounds: dict[int, Any]) -> None:
        judges = InspectionJudge.objects.filter(inspection_round__in=rounds)
        twice: set[tuple] = set()
        for judge in judges.select_related("user"):
            self.judges[judge.inspection_round_id, judge.user.username] = judge.pk
            key = (judge.inspection_round_id, judge.user.name)
            if key in self.judges and self.judges[key] != judge.pk:
                twice.add(key)
            self.judges[key] = judge.pk
        for key in twice:
            del self.judges[key]
        counted: dict[int, list[int]] = defaultdict(list)
        for criterion in InspectionCriterion.objects.filter(inspection_round__in=rounds):
            self.criteria[criterion.inspection_round_id, criterion.name] = criterion.pk
            counted[criterion.inspection_round_id].append(criterion.pk)
        self.only |= {("criterion", pk): ids[0] for pk, ids in counted.items() if len(ids) == 1}


SCORE_SHEET = Subject(
    kind=bulk_scores.SCORE_KIND,
    columns=("points",),
    keys=(("entry", "judge", "criterion"),),
    aliases={
        "项目": "shown_project", "项目编号": "shown_project", "项目名称": "shown_project",
        "project": "shown_project", "entry": "shown_project", "judge": "judge_name",
        "criterion": "criterion_name", "分数": "points", "inspection_round": "quarter",
        "观摩测评": "quarter",
    },
    extra={
        "year": gettext_lazy("年度"), "quarter": gettext_lazy("季度"),
        "shown_project": gettext_lazy("参评项目"), "judge_name": gettext_lazy("评委"),
        "criterion_name": gettext_lazy("评分项"),
    },
    fill=_fill_scores,
)  # fmt: skip

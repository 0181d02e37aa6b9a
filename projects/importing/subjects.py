"""What can be imported: the columns of each sheet and by what a row is known again."""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.core.batch import Batch
from projects.core.sheets import Subject
from projects.models.inspection import InspectionCriterion, InspectionEntry, InspectionJudge
from projects.models.progress import ReturnPeriod
from projects.services import bulk_kinds, bulk_scores


def _fill_returns(batch: Batch) -> None:
    """The month becomes its period; without one the return is not found either."""
    periods = {(p.year, p.month): p.pk for p in ReturnPeriod.objects.all()}
    for number, row in enumerate(batch.rows):
        month = row.pop("month", None)
        if month is None:
            continue
        row["period"] = periods.get(month)
        if row["period"] is None:
            text = f"{month[0]}-{month[1]:02d}"
            message = _("%(month)s 的月报期尚未开启。") % {"month": text}
            batch.wrong(number, "month", message, "no_period", text)


def _fill_scores(batch: Batch) -> None:
    """Round, project, judge and criterion by their names become entry, judge and criterion."""
    index = _RoundIndex()
    for number, row in enumerate(batch.rows):
        given = {name: row.pop(name, None) for name in SCORES.extra}
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


DEPARTMENTS = Subject(
    kind=bulk_kinds.DEPARTMENTS,
    columns=("code", "name", "short_name", "kind", "parent", "email", "active"),
    keys=(("code",), ("name",)),
    aliases={"单位代码": "code", "单位名称": "name", "单位全称": "name", "邮箱": "email"},
)
PEOPLE = Subject(
    kind=bulk_kinds.PEOPLE,
    columns=("username", "name", "email", "is_active"),
    keys=(("username",), ("email",)),
    aliases={"账号": "username", "用户": "username", "电子邮箱": "email", "人员姓名": "name"},
)
MEMBERSHIPS = Subject(
    kind=bulk_kinds.MEMBERSHIPS,
    columns=("user", "department", "role"),
    keys=(("user", "department", "role"),),
    aliases={"账号": "user", "姓名": "user", "人员": "user", "单位": "department"},
)
PROJECTS = Subject(
    kind=bulk_kinds.PROJECTS,
    columns=(
        "code", "approval_code", "name", "description", "category", "cluster", "district",
        "latitude", "longitude", "lead_department", "supporting_departments", "sponsor",
        "responsible_head", "officer", "owner_company", "owner_credit_code", "total_investment",
        "investment_before", "entered_statistics_on", "section", "note",
    ),
    keys=(("code",), ("approval_code",), ("name",)),
    known_only=("code",),
    aliases={
        "项目名称": "name", "编号": "code", "建设规模及内容": "description",
        "建设内容及规模": "description", "项目类别": "category", "集群": "cluster",
        "旗县区": "district", "建设地点": "district", "所属地区": "district", "地区": "district",
        "牵头部门": "lead_department", "责任单位": "lead_department",
        "配合部门": "supporting_departments", "建设单位": "owner_company",
        "业主": "owner_company", "项目业主": "owner_company", "信用代码": "owner_credit_code",
        "计划总投资": "total_investment", "项目总投资": "total_investment", "备注": "note",
    },
    money=("total_investment", "investment_before"),
)  # fmt: skip
MILESTONES = Subject(
    kind=bulk_kinds.MILESTONES,
    columns=(
        "project", "name", "commitment", "due_on", "date_basis", "forecast_on", "done_on",
        "officer", "evidence", "section",
    ),
    keys=(("project", "name"),),
    aliases={
        "项目编号": "project", "项目": "project", "项目名称": "project", "节点名称": "name",
        "期限": "due_on", "完成时限": "due_on", "时限": "due_on",
    },
)  # fmt: skip
RETURNS = Subject(
    kind=bulk_kinds.RETURNS,
    columns=(
        "project", "revision", "investment_reported", "investment_statistical",
        "physical_progress", "work_done", "obstacles", "forecast_commissioning", "department_light",
    ),
    keys=(("project", "period", "revision"), ("project", "period")),
    known_only=("revision",),
    aliases={
        "项目编号": "project", "项目": "project", "项目名称": "project", "期间": "month",
        "月报期": "month", "本月完成投资": "investment_reported", "period": "month",
    },
    extra={"month": gettext_lazy("月份")},
    fill=_fill_returns,
    money=("investment_reported", "investment_statistical"),
    newest_counts=True,
)  # fmt: skip
SCORES = Subject(
    kind=bulk_scores.SCORES,
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
SUBJECTS: dict[str, Subject] = {
    "departments": DEPARTMENTS,
    "people": PEOPLE,
    "users": PEOPLE,
    "memberships": MEMBERSHIPS,
    "projects": PROJECTS,
    "milestones": MILESTONES,
    "progress-returns": RETURNS,
    "returns": RETURNS,
    "inspection-scores": SCORES,
    "scores": SCORES,
}

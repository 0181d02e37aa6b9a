"""The portfolio at a glance: how many projects, at which stage, in which light, with what money."""

from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import Choices, QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.reports.catalogue.money import NO_MONEY, ProjectMoney, money_by_project
from portfolio.reports.engine.report import (
    Column,
    Report,
    ReportQuery,
    Row,
    money_column,
    percent_column,
    text_column,
    whole_column,
)
from portfolio.reports.engine.words import labels_of
from projects.choices import Category, Cluster, LightColour, Stage

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
NONE = _("未填")
TOTAL = "total"
ORDER = (TOTAL, "category", "cluster", "district", "lead_department")
NAMES: dict[str, type[Choices]] = {"category": Category, "cluster": Cluster}


def _counts(choices: Any, prefix: str) -> list[Column]:
    return [whole_column(f"{prefix}_{code}", label, _("个")) for code, label in choices.choices]


class PortfolioSummary(Report):
    """One line for the whole, then one for each category, cluster, district and department."""

    name = "portfolio-summary"
    title = _("重大项目总览")
    description = _(
        "按类别、产业集群、所在地、责任单位汇总: 项目数、阶段、红黄绿灯、年度计划投资与完成。"
    )
    columns = (
        text_column("group", _("分组")),
        text_column("code", _("代码")),
        text_column("name", _("名称")),
        whole_column("projects", _("项目"), _("个")),
        money_column("total_investment", _("总投资")),
        money_column("planned_this_year", _("本年计划投资")),
        money_column("done_this_year", _("本年完成投资·调度")),
        percent_column("done_share", _("投资完成率")),
        *_counts(Stage, "stage"),
        *_counts(LightColour, "light"),
        whole_column("synthetic", _("其中模拟项目"), _("个")),
    )
    key = ("group", "code")

    def rows(self, asked: ReportQuery) -> list[Row]:
        money_of = money_by_project(asked)
        groups: dict[tuple[str, str | None, str | None], SummaryGroup] = {}
        projects = asked.read("projects", partial(_projects, asked))
        whole = groups[TOTAL, "", str(_("合计"))] = SummaryGroup()
        for pk, stage, light, total, synthetic, category, cluster, *places in projects:
            district, district_name, lead, lead_name = places
            money = money_of.get(pk, NO_MONEY)
            whole.add(stage, light, total, synthetic, money)
            for key in (
                ("category", category, None),
                ("cluster", cluster, None),
                ("district", district, district_name),
                ("lead_department", lead, lead_name),
            ):
                group = groups.get(key)
                if group is None:
                    group = groups[key] = SummaryGroup()
                group.add(stage, light, total, synthetic, money)
        lines = [_line(*key, group) for key, group in groups.items()]
        return sorted(lines, key=lambda row: (ORDER.index(row["group"]), row["code"]))


def _projects(asked: ReportQuery) -> QuerySet:
    return asked.chosen.order_by().values_list(
        "pk", "stage", "light", "total_investment", "synthetic", "category", "cluster",
        "district__code", "district__short_name", "lead_department__code",
        "lead_department__short_name",
    )  # fmt: skip


class SummaryGroup:
    """What the projects of a line come to."""

    __slots__ = ("done", "lights", "planned", "projects", "stages", "synthetic", "total")

    def __init__(self) -> None:
        self.projects = self.synthetic = 0
        self.total = self.planned = self.done = Decimal(0)
        self.stages = dict.fromkeys(Stage.values, 0)
        self.lights: dict[str | None, int] = dict.fromkeys([*LightColour.values, None], 0)

    def add(
        self,
        stage: str,
        light: str | None,
        total: Decimal | None,
        synthetic: bool,
        money: ProjectMoney,
    ) -> None:
        self.projects += 1
        self.synthetic += synthetic
        self.stages[stage] += 1
        self.lights[light] += 1
        if total:
            self.total += total
        self.planned += money.planned
        self.done += money.done


def _line(group: str, code: str | None, name: str | None, found: SummaryGroup) -> Row:
    if group in NAMES and code:
        name = labels_of(NAMES[group])[code]
    return {
        "group": group,
        "code": code or "",
        "name": name or str(NONE),
        "projects": found.projects,
        "synthetic": found.synthetic,
        "total_investment": found.total,
        "planned_this_year": found.planned,
        "done_this_year": found.done,
        "done_share": (
            (found.done * HUNDRED / found.planned).quantize(CENT) if found.planned else None
        ),
        **{f"stage_{code}": count for code, count in found.stages.items()},
        **{f"light_{code}": found.lights[code] for code in LightColour.values},
    }

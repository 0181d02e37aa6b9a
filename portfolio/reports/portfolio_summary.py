"""The portfolio at a glance: how many projects, at which stage, in which light, with what money."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from portfolio.reports.money import money_by_project
from portfolio.reports.report import Asked, Column, Report, Row, money, percent, text, whole
from projects.choices import Category, Cluster, LightColour, Stage

HUNDRED = Decimal(100)
CENT = Decimal("0.01")
NONE = _("未填")
TOTAL = "total"


def _counts(choices: Any, prefix: str) -> list[Column]:
    return [whole(f"{prefix}_{code}", label, _("个")) for code, label in choices.choices]


class PortfolioSummary(Report):
    """One line for the whole, then one for each category, cluster, district and department."""

    name = "portfolio-summary"
    title = _("重大项目总览")
    description = _(
        "按类别、产业集群、所在地、责任单位汇总: 项目数、阶段、红黄绿灯、年度计划投资与完成。"
    )
    columns = (
        text("group", _("分组")),
        text("code", _("代码")),
        text("name", _("名称")),
        whole("projects", _("项目"), _("个")),
        money("total_investment", _("总投资")),
        money("planned_this_year", _("本年计划投资")),
        money("done_this_year", _("本年完成投资·调度")),
        percent("done_share", _("投资完成率")),
        *_counts(Stage, "stage"),
        *_counts(LightColour, "light"),
    )
    key = ("group", "code")

    def rows(self, asked: Asked) -> list[Row]:
        money_of = money_by_project(asked)
        projects = list(
            asked.chosen.order_by("pk").values(
                "pk", "stage", "light", "category", "cluster", "total_investment",
                "district__code", "district__short_name",
                "lead_department__code", "lead_department__short_name",
            )
        )  # fmt: skip
        groups: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        groups[TOTAL, "", str(_("合计"))] = projects
        for project in projects:
            for key in _groups_of(project):
                groups[key].append(project)
        order = [TOTAL, "category", "cluster", "district", "lead_department"]
        return [
            _line(key, members, money_of)
            for key, members in sorted(
                groups.items(), key=lambda each: (order.index(each[0][0]), each[0][1])
            )
        ]


def _groups_of(project: Row) -> list[tuple[str, str, str]]:
    found = []
    for group, choices in (("category", Category), ("cluster", Cluster)):
        code = project[group]
        found.append((group, code, str(choices(code).label if code else NONE)))
    for group in ("district", "lead_department"):
        code = project[f"{group}__code"] or ""
        found.append((group, code, project[f"{group}__short_name"] or str(NONE)))
    return found


def _line(key: tuple[str, str, str], members: list[Row], money_of: dict[int, Any]) -> Row:
    group, code, name = key
    planned = sum((money_of[each["pk"]].planned for each in members), Decimal(0))
    done = sum((money_of[each["pk"]].done for each in members), Decimal(0))
    stages = [each["stage"] for each in members]
    lights = [each["light"] for each in members]
    return {
        "group": group,
        "code": code,
        "name": name,
        "projects": len(members),
        "total_investment": sum(
            (each["total_investment"] or Decimal(0) for each in members), Decimal(0)
        ),
        "planned_this_year": planned,
        "done_this_year": done,
        "done_share": (done * HUNDRED / planned).quantize(CENT) if planned else None,
        **{f"stage_{code}": stages.count(code) for code in Stage.values},
        **{f"light_{code}": lights.count(code) for code in LightColour.values},
    }

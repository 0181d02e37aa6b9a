"""项目红黄绿灯: each project with its light and why, and with what of the year's money is done."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from portfolio.reports.bulletin.lights import light_reasons
from portfolio.reports.money import Money, money_by_project
from portfolio.reports.report import Asked, Report, Row, money, percent, text, texts
from portfolio.reports.words import labels_of
from projects.choices import Category, LightColour, Stage

UNLIT = _("未评灯")
REASONED = frozenset({LightColour.RED, LightColour.YELLOW})


class ProjectLights(Report):
    """One line a project, the red ones first; a project that was never judged has no light."""

    name = "project-lights"
    title = _("项目红黄绿灯")
    description = _("逐个项目: 责任单位、所在地、阶段、红黄绿灯及理由、年度计划投资与完成。")
    columns = (
        text("project", _("项目编号")),
        text("project_name", _("项目")),
        text("lead_department", _("责任单位")),
        text("district", _("所在地")),
        text("category_display", _("类别")),
        text("stage", _("阶段代码")),
        text("stage_display", _("阶段")),
        text("light", _("红黄绿灯代码")),
        text("light_display", _("红黄绿灯")),
        texts("reasons", _("理由")),
        money("planned_this_year", _("本年计划投资")),
        money("done_this_year", _("本年完成投资·调度")),
        percent("done_share", _("投资完成率")),
    )
    key = ("project",)

    def rows(self, asked: Asked) -> list[Row]:
        projects: Any = asked.chosen
        rows = projects.gravest_first().values(
            "pk", "code", "name", "category", "stage", "light",
            "lead_department__short_name", "district__short_name",
        )  # fmt: skip
        found = list(rows)
        lit = [each["pk"] for each in found if each["light"] in REASONED]
        reasons = light_reasons(lit, user=asked.user, on=asked.on)
        money_of = money_by_project(asked)
        return [_line(each, reasons, money_of[each["pk"]]) for each in found]


def _line(project: Row, reasons: dict[int, tuple[str, ...]], of_year: Money) -> Row:
    light, planned, done = project["light"], of_year.planned, of_year.done
    return {
        "project": project["code"],
        "project_name": project["name"],
        "lead_department": project["lead_department__short_name"],
        "district": project["district__short_name"] or "",
        "category_display": labels_of(Category)[project["category"]],
        "stage": project["stage"],
        "stage_display": labels_of(Stage)[project["stage"]],
        "light": light or "",
        "light_display": labels_of(LightColour)[light] if light else str(UNLIT),
        "reasons": list(reasons.get(project["pk"], ())),
        "planned_this_year": planned,
        "done_this_year": done,
        "done_share": _share(done, planned),
    }


def _share(done: Decimal, planned: Decimal) -> Any:
    return done * 100 / planned if planned else None

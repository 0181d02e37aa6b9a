"""项目红黄绿灯: each project with its light and why, and with what of the year's money is done."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.reports.catalogue.light_reasons import light_reasons
from portfolio.reports.catalogue.money import NO_MONEY, Money, money_by_project
from portfolio.reports.engine.report import Asked, Lines, Report, Row, money, percent, text, texts
from portfolio.reports.engine.words import labels_of
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

    def rows(self, asked: Asked) -> Lines:
        found = asked.read("projects", partial(_projects, asked))
        lit = [pk for pk, light, *_others in found if light in REASONED]
        reasons = light_reasons(lit, user=asked.user, on=asked.on)
        return Lines(found, _Wording(reasons, money_by_project(asked)).line)


def _projects(asked: Asked) -> QuerySet:
    projects: Any = asked.chosen
    return projects.gravest_first().values_list(
        "pk", "light", "code", "name", "category", "stage", "lead_department__short_name",
        "district__short_name",
    )  # fmt: skip


class _Wording:
    """Puts projects into words, in the language of the moment."""

    def __init__(
        self, reasons: Mapping[int, tuple[str, ...]], money_of: Mapping[int, Money]
    ) -> None:
        self.reasons, self.money_of = reasons, money_of
        self.categories, self.stages = labels_of(Category), labels_of(Stage)
        self.lights = {**labels_of(LightColour), None: str(UNLIT)}

    def line(self, project: tuple[Any, ...]) -> Row:
        pk, light, code, name, category, stage, department, district = project
        of_year = self.money_of.get(pk, NO_MONEY)
        planned, done = of_year.planned, of_year.done
        return {
            "project": code,
            "project_name": name,
            "lead_department": department,
            "district": district or "",
            "category_display": self.categories[category],
            "stage": stage,
            "stage_display": self.stages[stage],
            "light": light or "",
            "light_display": self.lights[light],
            "reasons": list(self.reasons.get(pk, ())),
            "planned_this_year": planned,
            "done_this_year": done,
            "done_share": done * 100 / planned if planned else None,
        }

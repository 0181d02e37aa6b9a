"""项目红黄绿灯: each project with its light and why, and with what of the year's money is done."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.reports.catalogue.light_reasons import light_reasons
from portfolio.reports.catalogue.money import NO_MONEY, ProjectMoney, money_by_project
from portfolio.reports.engine.report import (
    LazyRows,
    Report,
    ReportQuery,
    Row,
    money_column,
    percent_column,
    text_column,
    texts_column,
)
from portfolio.reports.engine.words import labels_of
from projects.choices import GRAVE_LIGHTS, Category, LightColour, Stage

UNLIT = _("未评灯")


class ProjectLights(Report):
    """One line a project, the red ones first; a project that was never judged has no light."""

    name = "project-lights"
    title = _("项目红黄绿灯")
    description = _("逐个项目: 责任单位、所在地、阶段、红黄绿灯及理由、年度计划投资与完成。")
    columns = (
        text_column("project", _("项目编号")),
        text_column("project_name", _("项目")),
        text_column("lead_department", _("责任单位")),
        text_column("district", _("所在地")),
        text_column("category_display", _("类别")),
        text_column("stage", _("阶段代码")),
        text_column("stage_display", _("阶段")),
        text_column("light", _("红黄绿灯代码")),
        text_column("light_display", _("红黄绿灯")),
        texts_column("reasons", _("理由")),
        money_column("planned_this_year", _("本年计划投资")),
        money_column("done_this_year", _("本年完成投资·调度")),
        percent_column("done_share", _("投资完成率")),
    )
    key = ("project",)

    def rows(self, asked: ReportQuery) -> LazyRows:
        found = asked.read("projects", partial(_projects, asked))
        lit = [pk for pk, light, *_others in found if light in GRAVE_LIGHTS]
        reasons = light_reasons(lit, user=asked.user, on=asked.on)
        return LazyRows(found, _RowWriter(reasons, money_by_project(asked)).line)


def _projects(asked: ReportQuery) -> QuerySet:
    projects: Any = asked.chosen
    return projects.gravest_first().values_list(
        "pk", "light", "code", "name", "category", "stage", "lead_department__short_name",
        "district__short_name",
    )  # fmt: skip


class _RowWriter:
    """Puts projects into words, in the language of the moment."""

    def __init__(
        self, reasons: Mapping[int, tuple[str, ...]], money_of: Mapping[int, ProjectMoney]
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

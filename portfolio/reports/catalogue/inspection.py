"""The quarterly inspections 观摩测评 (work report §三（一）): a round's ranking, and ranks over the
year's quarters. Published rounds only; amended results in their newest revision."""

from collections import defaultdict
from decimal import Decimal
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django_filters import FilterSet

from portfolio.core.api.filtering import CommaTextFilter
from portfolio.reports.charts.kinds.inspection import RankingChart, TrendChart
from portfolio.reports.engine.report import (
    Column,
    Report,
    ReportQuery,
    Row,
    number_column,
    text_column,
    whole_column,
)
from projects.inspections.models import InspectionResult, RoundStatus
from projects.inspections.rules import mean, ranks_within
from projects.people.filters import department_filter
from projects.permissions import Actor

QUARTERS = (1, 2, 3, 4)
POINTS = _("分")


class ResultScope(FilterSet):
    league = CommaTextFilter(field_name="league")
    district = department_filter("entry__project__district")
    lead_department = department_filter("entry__project__lead_department")


class InspectionReport(Report):
    """What both reports share: they read the published results of a year."""

    filterset = ResultScope

    def source(self, *, user: Actor, on: Any) -> QuerySet:
        published = InspectionResult.objects.visible_to(user).newest()
        return published.filter(entry__inspection_round__status=RoundStatus.PUBLISHED)


class InspectionRanking(InspectionReport):
    """One line for each project shown, ranked within its league."""

    name = "inspection-ranking"
    title = _("观摩测评排名")
    description = _("已公布的季度观摩测评: 现场、数据、扣分、总分和组内名次。")
    columns = (
        whole_column("year", _("年度")),
        whole_column("quarter", _("季度")),
        text_column("league", _("组别")),
        whole_column("rank", _("名次")),
        text_column("project", _("项目编号")),
        text_column("project_name", _("项目")),
        text_column("lead_department", _("责任单位")),
        text_column("district", _("所在地")),
        number_column("site_points", _("现场得分"), POINTS),
        number_column("data_points", _("经济数据得分"), POINTS),
        number_column("deducted", _("扣分"), POINTS),
        number_column("points", _("总分"), POINTS),
    )
    key = ("year", "quarter", "project")
    parameters = ("quarter",)
    chart = RankingChart()

    def rows(self, asked: ReportQuery) -> list[Row]:
        read = asked.read("results", partial(_select_results, asked))
        return [{"year": asked.year, **dict(zip(RANKED, each, strict=True))} for each in read]


# Column → where it stands, from a result.
RANKED = {
    "quarter": "entry__inspection_round__quarter",
    "league": "league",
    "rank": "rank",
    "project": "entry__project__code",
    "project_name": "entry__project__name",
    "lead_department": "entry__project__lead_department__short_name",
    "district": "entry__project__district__short_name",
    "site_points": "site_points",
    "data_points": "data_points",
    "deducted": "deducted",
    "points": "points",
}


def _select_results(asked: ReportQuery) -> QuerySet:
    results = asked.chosen.filter(entry__inspection_round__year=asked.year)
    if "quarter" in asked.more:
        results = results.filter(entry__inspection_round__quarter=asked.more["quarter"])
    ordered = results.order_by(
        "entry__inspection_round__quarter", "league", "rank", "entry__project__code"
    )
    return ordered.values_list(*RANKED.values())


def _quarter_columns() -> list[Column]:
    found = []
    for quarter in QUARTERS:
        points = format_lazy(_("第{quarter}季度"), quarter=quarter)
        rank = format_lazy(_("第{quarter}季度名次"), quarter=quarter)
        found += [
            number_column(f"q{quarter}_points", points, POINTS),
            whole_column(f"q{quarter}_rank", rank),
        ]
    return found


class InspectionTrend(InspectionReport):
    """How each department's projects did, quarter by quarter: the mean of their points in a
    round, and the rank of that mean within the league."""

    name = "inspection-trend"
    title = _("观摩测评走势")
    description = _("各单位参评项目的季度平均分和组内名次。")
    columns = (
        text_column("league", _("组别")),
        text_column("code", _("代码")),
        text_column("name", pgettext_lazy("department", "单位")),
        *_quarter_columns(),
    )
    key = ("league", "code")
    chart = TrendChart()

    def rows(self, asked: ReportQuery) -> list[Row]:
        points: dict[tuple[int, str, str], list[Decimal]] = defaultdict(list)
        names = {}
        for quarter, league, code, name, value in asked.read("points", partial(_points, asked)):
            points[quarter, league, code].append(value)
            names[league, code] = name
        means = {key: mean(values) for key, values in points.items()}
        places = ranks_within(means, {key: f"{key[0]} {key[1]}" for key in means})
        return [
            {
                "league": league,
                "code": code,
                "name": names[league, code],
                **{f"q{each}_points": means.get((each, league, code)) for each in QUARTERS},
                **{f"q{each}_rank": places.get((each, league, code)) for each in QUARTERS},
            }
            for league, code in sorted(names)
        ]


def _points(asked: ReportQuery) -> QuerySet:
    results = asked.chosen.filter(entry__inspection_round__year=asked.year).order_by("pk")
    return results.values_list(
        "entry__inspection_round__quarter",
        "league",
        "entry__project__lead_department__code",
        "entry__project__lead_department__short_name",
        "points",
    )

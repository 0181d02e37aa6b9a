"""The panels of the board that are read with the page; each shows rows of a report, as they are."""

from collections import Counter
from decimal import Decimal
from typing import Any, cast

from django.utils.translation import gettext as _

from portfolio.pages.board import drawings
from portfolio.pages.board.panel import Drawing, Panel, answer_for_board, to_yi
from portfolio.pages.board.question import LEAGUE, BoardQuery
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.charts.chart import (
    BLUE,
    RED,
    Bar,
    Bars,
    Ranks,
    Rows,
    Stacks,
    format_number,
    join_list,
)
from portfolio.reports.charts.kinds.lights import STYLES
from portfolio.reports.engine.answer import ReportAnswer
from portfolio.reports.engine.report import Row
from targets.choices import Status

MOST_TARGETS, MOST_DEADLINES = 12, 12
LIGHTS = tuple(STYLES)  # from the gravest to the one that says nothing


def build_tiles(
    question: BoardQuery, summary: ReportAnswer, overdue: ReportAnswer
) -> list[dict[str, Any]]:
    """Returns the few figures at the head of the board, each with where it leads."""
    total = summary.rows[0]
    projects, late = REPORTS["project-lights"], overdue.report
    found = [
        {
            "name": _("重大项目"), "value": total["projects"], "unit": _("个"),
            "address": question.table(projects),
        }
    ]  # fmt: skip
    found += [
        {
            "name": str(colour.label), "light": colour.value,
            "value": total[f"light_{colour.value}"], "unit": _("个"),
            "address": question.table(projects, light=colour.value),
        }
        for colour in LIGHTS
    ]  # fmt: skip
    planned, done = total["planned_this_year"], total["done_this_year"]
    found += [
        {"name": _("本年计划投资"), "value": _yi(planned), "unit": _("亿元"), "address": "#money"},
        {
            "name": _("本年完成投资"), "value": _yi(done), "unit": _("亿元"), "address": "#money",
        },
        {
            "name": _("投资完成率"), "value": _per_cent(total["done_share"]), "unit": "",
            "address": "#money",
        },
        {
            "name": _("逾期事项"), "value": len(overdue.rows), "unit": _("件"),
            "address": question.table(late, state="overdue"),
        },
    ]  # fmt: skip
    return found


def build_batches_panel(question: BoardQuery) -> Panel:
    """备开完纳 against the year's goals."""
    found = answer_for_board(question, "four-batches")
    chart = found.report.chart
    assert chart
    content = drawings.build_bars(cast(Bars, chart.content(found.rows)))
    drawing = Drawing("batches", chart.alt(found.rows, found.told), content, rows="batches-table")
    return Panel("batches", _("备开完纳"), question, found.report, found.rows, {"batches": drawing})


def build_targets_panel(question: BoardQuery) -> Panel:
    """Targets against plan to date, the gravest first."""
    found = answer_for_board(question, "target-progress")
    chart = found.report.chart
    assert chart
    shown = [row for row in found.rows if row["value"] and row["actual"] is not None]
    shown = shown[:MOST_TARGETS]
    drawn = {}
    if shown:
        alt = chart.alt(found.rows, found.told)
        content = drawings.build_bars(cast(Bars, chart.content(shown)))
        drawn["targets"] = Drawing("targets", alt, content, rows="targets-table")
    counts = Counter(row["status"] for row in found.rows)
    standing = [(each.value, str(each.label), counts[each]) for each in Status if counts[each]]
    facts = {"standing": standing, "count": len(found.rows)}
    return Panel(
        "targets", _("目标对照序时计划"), question, found.report, shown, drawn, facts, wide=True
    )


def build_lights_panel(question: BoardQuery, summary: ReportAnswer) -> Panel:
    """Lights by district and by department, each count with the projects that it counts; and how
    they were month by month."""
    groups = []
    drawn = {}
    months = answer_for_board(question, "lights-by-month")
    if months.rows:
        drawn["months"] = _months_drawing(months)
    for group, title in (("district", _("旗县区和园区")), ("lead_department", _("责任单位"))):
        rows = [row for row in summary.rows if row["group"] == group]
        rows.sort(key=lambda row: (not row["code"], -row["light_red"], -row["light_yellow"]))
        lines = [_lights_line(question, group, row) for row in rows]
        groups.append({"name": group, "title": title, "lines": lines})
        if rows:
            drawn[group] = _lights_drawing(group, title, rows, lines)
    facts = {
        "groups": groups,
        "colours": [(each.value, str(each.label)) for each in LIGHTS],
        "months": months.rows,
        "months_title": months.report.title,
        "months_table": question.table(months.report),
    }
    return Panel(
        "lights", _("红黄绿灯"), question, summary.report, summary.rows, drawn, facts, wide=True
    )


def _months_drawing(months: ReportAnswer) -> Drawing:
    chart = months.report.chart
    assert chart
    stacks = cast(Stacks, chart.content(months.rows))
    return Drawing(
        "lights-months", chart.alt(months.rows, months.told), drawings.build_columns(stacks)
    )


def _lights_line(question: BoardQuery, group: str, row: Row) -> dict[str, Any]:
    report = REPORTS["project-lights"]

    def address(**more: str) -> str:
        return question.table(report, **{group: row["code"]}, **more) if row["code"] else ""

    return {
        "name": row["name"],
        "projects": row["projects"],
        "address": address(),
        "cells": [
            (each.value, str(each.label), row[f"light_{each.value}"], address(light=each.value))
            for each in LIGHTS
        ],
    }


def _lights_drawing(group: str, title: str, rows: Rows, lines: list[dict[str, Any]]) -> Drawing:
    told = [
        _("%(name)s 红灯 %(red)s、黄灯 %(yellow)s、绿灯 %(green)s")
        % {"name": row["name"], **{c.value: row[f"light_{c.value}"] for c in LIGHTS}}
        for row in rows
    ]
    data = drawings.build_stacks(
        [str(row["name"]) for row in rows],
        [
            (look, str(each.label), [row[f"light_{each.value}"] for row in rows])
            for each, look in STYLES.items()
        ],
        [[cell[3] for cell in line["cells"]] for line in lines],
    )
    return Drawing(
        f"lights-{group}", f"{title}: {'; '.join(told)}。", data, f"lights-{group}-table"
    )


def build_money_panel(question: BoardQuery, summary: ReportAnswer) -> Panel:
    """The year's money of each department: planned, and done as reported."""
    rows = [
        row
        for row in summary.rows
        if row["group"] == "lead_department" and (row["planned_this_year"] or row["done_this_year"])
    ]
    rows.sort(key=lambda row: -row["planned_this_year"])
    lines = [_money_line(row) for row in rows]
    drawn = {}
    if rows:
        content = Bars(
            bars=[
                Bar(row["name"], float(line["done"]), line["told"], float(line["planned"]), BLUE)
                for row, line in zip(rows, lines, strict=True)
            ],
            axis=_("亿元"),
            marker=_("本年计划"),
        )
        alt = join_list(
            [f"{row['name']} {line['told']}" for row, line in zip(rows, lines, strict=True)]
        )
        drawn["money"] = Drawing("money", f"{alt}。", drawings.build_bars(content), "money-table")
    facts = {"total": _money_line(summary.rows[0])}
    return Panel("money", _("投资计划与完成"), question, summary.report, lines, drawn, facts)


def _money_line(row: Row) -> dict[str, Any]:
    planned, done = (
        to_yi(row["planned_this_year"]),
        to_yi(row["done_this_year"]),
    )
    share = _per_cent(row["done_share"])
    told = _("完成 %(done)s, 计划 %(planned)s 亿元") % {
        "done": format_number(done), "planned": format_number(planned),
    }  # fmt: skip
    return {
        "name": row["name"], "planned": f"{planned:.2f}", "done": f"{done:.2f}", "share": share,
        "told": f"{told} ({share})" if share else told,
    }  # fmt: skip


def build_inspection_panel(question: BoardQuery) -> Panel:
    """Ranks over the year's quarters, within the league that is chosen."""
    found = answer_for_board(question, "inspection-trend")
    leagues = list(dict.fromkeys(row["league"] for row in found.rows))
    asked = question.given.get(LEAGUE, "")
    league = asked if asked in leagues else next(iter(leagues), "")
    rows = [row for row in found.rows if row["league"] == league]
    chart = found.report.chart
    assert chart
    drawn = {}
    if rows:
        data = drawings.build_ranks(cast(Ranks, chart.content(rows)))
        drawn["inspection"] = Drawing("inspection", chart.alt(rows, found.told), data)
    quarters = [each for each in (1, 2, 3, 4) if any(row[f"q{each}_rank"] for row in rows)]
    lines = [
        (row["name"], [(row[f"q{each}_rank"], row[f"q{each}_points"]) for each in quarters])
        for row in sorted(rows, key=lambda row: row[f"q{quarters[-1]}_rank"] or len(rows) + 1)
    ]
    facts = {
        "quarters": quarters,
        "leagues": [(each, question.board(league=each), each == league) for each in leagues],
    }
    more = {LEAGUE: league} if league else {}
    return Panel(
        "inspection",
        _("观摩测评名次"),
        question,
        found.report,
        lines,
        drawn,
        facts,
        more,
        wide=True,
    )


def answer_overdue(question: BoardQuery) -> ReportAnswer:
    """Returns what is late, the longest first."""
    return answer_for_board(question, "deadlines", state="overdue")


def build_deadlines_panel(question: BoardQuery, overdue: ReportAnswer) -> Panel:
    """What is late, the longest first."""
    shown = overdue.rows[:MOST_DEADLINES]
    drawn = {}
    if shown:
        bars = [
            Bar(row["title"], -row["days_left"], _("%(days)s 天") % {"days": -row["days_left"]},
                style=RED)
            for row in shown
        ]  # fmt: skip
        alt = join_list([f"{each.label} {each.told}" for each in bars])
        content = drawings.build_bars(Bars(bars, axis=_("逾期天数")))
        drawn["deadlines"] = Drawing("deadlines", f"{alt}。", content, "deadlines-table")
    lines = [{**row, "days_late": -row["days_left"]} for row in shown]
    return Panel(
        "deadlines", _("逾期未办"), question, overdue.report, lines, drawn,
        {"count": len(overdue.rows)}, {"state": "overdue"}, wide=True,
    )  # fmt: skip


def _yi(amount: Decimal) -> str:
    return f"{to_yi(amount):.1f}"


def _per_cent(share: Decimal | None) -> str:
    return "" if share is None else f"{share:.1f}%"

"""Writes the bulletin's text: every figure in a sentence or a table stands in a report's row."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from portfolio.reports.bulletin.charts import draw_bulletin_chart
from portfolio.reports.bulletin.figures import BulletinFigures
from portfolio.reports.bulletin.parts import (
    SECOND,
    Bulletin,
    BulletinTable,
    Cover,
    Heading,
    Part,
    TableColumn,
    format_day,
)
from portfolio.reports.catalogue.light_reasons import LightWithReasons
from portfolio.reports.engine.report import Row
from projects.choices import GRAVE_LIGHTS, LightColour, Stage
from targets.choices import GRAVE_STATUSES, Comparator, Status

NUMERALS = "一二三四五六七八九十"
MOST_GAPS = 10
WAN_A_YI = Decimal(10_000)
CENT = Decimal("0.01")
_DAY = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b", re.ASCII)
_SPACE = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])")
RETURNS = "progress_return"
NONE = "—"


def compose_bulletin(
    figures: BulletinFigures, *, cover: Cover, answers: Mapping[str, str]
) -> Bulletin:
    """Returns the bulletin; ``answers``: project code → what its department says for itself (申辩),
    which is kept beside the finding (domain §2)."""
    on = figures.on
    sections = (
        ("总体情况", _overview(figures)),
        ("备开完纳", _batches(figures)),
        ("目标进度", _targets(figures)),
        ("红黄灯项目", _lights(figures, answers)),
        ("下月到期事项", _due(figures)),
        ("得分榜", _scores(figures)),
    )
    parts: list[Part] = list(_synthetic(figures))
    for numeral, (name, section) in zip(NUMERALS, sections, strict=False):
        parts += [Heading(f"{numeral}、{name}"), *section]
    parts.append(_sources(figures))
    title = (f"关于{on.year}年{on.month}月重大项目和重点目标", "推进情况的督查通报")
    return Bulletin(month=f"{on:%Y-%m}", title=title, cover=cover, parts=parts)


def _synthetic(figures: BulletinFigures) -> Iterable[Part]:
    """Says first of all that what follows is no bulletin to be sent."""
    row = figures.summary
    if row["synthetic"]:
        yield (
            f"【模拟数据】在库的{row['projects']}个重大项目中有{row['synthetic']}个是模拟项目，"
            "本件仅供试用，不是正式通报，不得印发。"
        )


def _sources(figures: BulletinFigures) -> str:
    """Returns what the figures rest on. It stands last, so that the page of the imprint holds
    text whatever came before it (GB/T 9704-2012, 7.3.5)."""
    known = f"，按{format_day(figures.known)}所报" if figures.known > figures.on else ""
    synthetic = figures.summary["synthetic"]
    of_them = f"；其中{synthetic}个模拟项目的数据均为虚构" if synthetic else ""
    return (
        f"本通报数据由重大项目督查系统生成，截至{format_day(figures.on)}{known}{of_them}。"
        "投资额按调度口径；此后的更正见下期通报。"
    )


# 一 -----------------------------------------------------------------------------------------------
def _overview(figures: BulletinFigures) -> Iterable[Part]:
    row = figures.summary
    money = [
        f"在库重大项目{row['projects']}个，总投资{format_yi(row['total_investment'])}亿元",
        f"本年计划投资{format_yi(row['planned_this_year'])}亿元，"
        f"完成投资（调度）{format_yi(row['done_this_year'])}亿元",
    ]
    if row["done_share"] is not None:
        money.append(f"投资完成率{row['done_share']}%")
    stages = _join_counts((label, row[f"stage_{code}"]) for code, label in Stage.choices)
    later = f"（按{format_day(figures.known)}所报）" if figures.known > figures.on else ""
    yield f"截至{format_day(figures.on)}{later}，{'；'.join(money)}。按阶段分：{stages}。"
    behind = len(select_gravest(figures.targets))
    targets = f"政府工作报告目标{len(figures.targets)}项，落后于序时计划{behind}项。"
    yield f"{_describe_lights(figures)}{targets}"


def _describe_lights(figures: BulletinFigures) -> str:
    row = figures.summary
    counts = [(str(label), row[f"light_{code}"]) for code, label in LightColour.choices]
    counts.append(("尚未评灯", row["projects"] - sum(count for _label, count in counts)))
    if figures.lights_of is None:
        return "尚未进行月度评灯。"
    year, month = figures.lights_of
    return f"按{year}年{month}月评灯：{_join_counts(counts)}。"


def _describe_statuses(figures: BulletinFigures) -> str:
    counts = Counter(row["status"] for row in figures.targets)
    return _join_counts(((label, counts[code]) for code, label in Status.choices), "项")


# 二 -----------------------------------------------------------------------------------------------
def _batches(figures: BulletinFigures) -> Iterable[Part]:
    sentences = []
    for row in figures.batches:
        goal = ""
        if row["goal"] is not None:
            goal = f"，全年目标{row['goal']}个，完成{row['share']}%"
        sentences.append(f"{row['batch']}{row['count']}个（本月新增{row['this_month']}个{goal}）")
    yield f"年度计划内项目本年累计：{'；'.join(sentences)}。"
    yield BulletinTable(
        (
            TableColumn("批次", 31),
            TableColumn("本年累计（个）", 25, True),
            TableColumn("涉及项目（个）", 25, True),
            TableColumn("本月新增（个）", 25, True),
            TableColumn("全年目标（个）", 25, True),
            TableColumn("完成率（%）", 25, True),
        ),
        [
            [
                row["batch"],
                *(
                    _figure(row[name])
                    for name in ("count", "projects", "this_month", "goal", "share")
                ),
            ]
            for row in figures.batches
        ],
    )
    yield draw_bulletin_chart("four-batches", figures.batches, on=figures.on)


# 三 -----------------------------------------------------------------------------------------------
def _targets(figures: BulletinFigures) -> Iterable[Part]:
    grave = select_gravest(figures.targets)
    shown = grave[:MOST_GAPS]
    listed = "列表如下" if len(shown) == len(grave) else f"其中差距最大的{len(shown)}项列表如下"
    behind = f"落后于序时计划{len(grave)}项，{listed}。" if grave else "没有落后于序时计划的目标。"
    yield f"政府工作报告目标{len(figures.targets)}项：{_describe_statuses(figures)}。{behind}"
    if not grave:
        return
    yield BulletinTable(
        (
            TableColumn("序号", 11),
            TableColumn("目标", 31),
            TableColumn("责任单位", 21),
            TableColumn("序时计划", 20, True),
            TableColumn("实绩", 15, True),
            TableColumn("状态及理由", 58),
        ),
        [
            [
                str(place),
                typeset(row["name"]),
                row["lead_department"],
                _with_unit(row["plan_to_date"], row["unit"]),
                _with_unit(row["actual"], row["unit"]),
                f"{row['status_display']}：{_join_reasons(row['reasons'], '；')}。",
            ]
            for place, row in enumerate(shown, 1)
        ],
    )


def select_gravest(rows: Iterable[Row]) -> list[Row]:
    """Returns the targets behind their plan: by status, then by their share of the plan."""
    grave = [row for row in rows if row["status"] in GRAVE_STATUSES]
    place = {str(status): number for number, status in enumerate(GRAVE_STATUSES)}
    return sorted(grave, key=lambda row: (place[row["status"]], -_short(row)))


def _short(row: Row) -> Decimal:
    if not row["plan_to_date"] or row["gap"] is None:
        return Decimal(0)
    short = -row["gap"] / abs(row["plan_to_date"])
    return -short if row["comparator"] == str(Comparator.AT_MOST.label) else short


# 四 -----------------------------------------------------------------------------------------------
def _lights(figures: BulletinFigures, answers: Mapping[str, str]) -> Iterable[Part]:
    """One paragraph a department, which is named with its projects."""
    if figures.lights_of is not None:
        yield draw_bulletin_chart("lights-by-month", figures.lights, on=figures.on)
    for numeral, colour in zip(NUMERALS, GRAVE_LIGHTS, strict=False):
        lit = [each for each in figures.lit if each.colour == colour]
        yield Heading(f"（{numeral}）{colour.label}项目{len(lit)}个", SECOND)
        if not lit:
            yield "无。"
        departments = dict.fromkeys(each.department for each in lit)
        for place, department in enumerate(departments, 1):
            theirs = [each for each in lit if each.department == department]
            told_lit = "；".join(
                _describe_light(each, answers.get(each.code, "")) for each in theirs
            )
            yield f"{place}．{department}（{len(theirs)}个）：{told_lit}。"


def _describe_light(each: LightWithReasons, answer: str) -> str:
    why = _join_reasons(each.reasons, "、") or "未记载理由"
    found = f"{typeset(each.name)}，{why}"
    return f"{found}（该单位申辩：{_join_reasons([answer], '、')}）" if answer else found


# 五 -----------------------------------------------------------------------------------------------
def _due(figures: BulletinFigures) -> Iterable[Part]:
    month = f"{figures.due_from.year}年{figures.due_from.month}月"
    if not figures.due:
        yield f"{month}没有到期事项。"
        return
    kinds = Counter(row["kind_display"] for row in figures.due)
    listed = [row for row in figures.due if row["kind"] != RETURNS]
    which = "列表如下" if len(listed) == len(figures.due) else f"除月报外{len(listed)}项列表如下"
    counts = f"{month}到期未办结的事项{len(figures.due)}项：{_join_counts(kinds.items(), '项')}。"
    yield f"{counts}{which}。" if listed else counts
    if listed:
        yield BulletinTable(
            (
                TableColumn("期限", 24),
                TableColumn("类别", 20),
                TableColumn("事项", 82),
                TableColumn("责任单位", 30),
            ),
            [
                [
                    f"{row['due_on'].month}月{row['due_on'].day}日",
                    row["kind_display"],
                    typeset(row["title"]),
                    row["lead_department"],
                ]
                for row in listed
            ],
        )


# 六 -----------------------------------------------------------------------------------------------
def _scores(figures: BulletinFigures) -> Iterable[Part]:
    leagues = list(dict.fromkeys(row["league"] for row in figures.scores))
    if not leagues:
        yield "尚无责任单位的记录。"
    for numeral, league in zip(NUMERALS, leagues, strict=False):
        rows = [row for row in figures.scores if row["league"] == league]
        ranked = [row for row in rows if row["rank"] is not None]
        yield Heading(f"（{numeral}）{league}", SECOND)
        without = f"；{len(rows) - len(ranked)}个尚无可评数据" if len(ranked) < len(rows) else ""
        yield f"参评{len(ranked)}个单位{without}。综合为完成率、按时率、月报及时率的平均值。"
        if ranked:
            yield _ranking(ranked)
    if any(row["rank"] is not None for row in figures.scores):
        yield draw_bulletin_chart("department-scoreboard", figures.scores, on=figures.on)


def _ranking(rows: Iterable[Row]) -> BulletinTable:
    columns = (
        TableColumn("名次", 13),
        TableColumn("单位", 33),
        TableColumn("综合（%）", 20, True),
        TableColumn("完成率（%）", 20, True),
        TableColumn("按时率（%）", 20, True),
        TableColumn("月报及时率（%）", 20, True),
        TableColumn("红灯", 15, True),
        TableColumn("黄灯", 15, True),
    )
    names = (
        "rank", "name", "result", "completion", "punctuality", "returns_punctuality",
        "light_red", "light_yellow",
    )  # fmt: skip
    return BulletinTable(columns, [[_figure(row[name]) for name in names] for row in rows])


# Words --------------------------------------------------------------------------------------------
def format_yi(wan: Decimal) -> Decimal:
    """Returns 万元 as 亿元, two decimals, half up."""
    return (wan / WAN_A_YI).quantize(CENT, ROUND_HALF_UP)


def _join_counts(counts: Iterable[tuple[Any, int]], unit: str = "个") -> str:
    """``红灯3个、黄灯5个``; counts of 0 are left out."""
    return "、".join(f"{name}{count}{unit}" for name, count in counts if count) or "无"


def _figure(value: Any) -> str:
    return NONE if value is None else str(value)


def _with_unit(value: Any, unit: str) -> str:
    return NONE if value is None else f"{value}{unit}"


def _join_reasons(reasons: Iterable[str], between: str) -> str:
    """Returns the reasons as one phrase, without the full stop that each may have."""
    return between.join(typeset(each).rstrip("。；.;") for each in reasons if each.strip())


def typeset(text: str) -> str:
    """Returns a text of the system as a document prints it: full-width punctuation, no spaces
    beside Chinese characters, days in Chinese."""
    text = _DAY.sub(lambda found: format_day(dt.date.fromisoformat(found[0])), text.strip())
    for half, full in ((", ", "，"), ("; ", "；"), (": ", "：")):
        text = text.replace(half, full)
    return _SPACE.sub("", text)

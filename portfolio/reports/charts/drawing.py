"""Draws pictures: one function for each form of content."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from portfolio.reports.charts.chart import (
    Bar,
    Bars,
    Heat,
    Picture,
    Ranks,
    Stacks,
    Style,
    strip_controls,
)
from portfolio.reports.charts.drawing_ranks import draw_ranks
from portfolio.reports.charts.sheet import (
    BODY,
    EDGE,
    FAINT,
    INK,
    POINT,
    SMALL,
    WIDTH,
    ChartCanvas,
    Entry,
    ems,
    fit_text,
    style_options,
)

LABEL = 17.0  # ems of a label's line; two lines
LABEL_LINE = BODY * 1.2  # points from one to the next
DIAMOND: dict[str, Any] = {
    "marker": "D", "markersize": 5.5, "color": "white", "markeredgecolor": INK,
    "markeredgewidth": 1.1, "linestyle": "none",
}  # fmt: skip


def draw_picture(picture: Picture) -> Figure:
    """Returns the picture as a figure; one without content says so."""
    content = picture.content
    if isinstance(content, Bars):
        return _bars(picture, content)
    if isinstance(content, Stacks):
        return _stacks(picture, content)
    if isinstance(content, Ranks):
        return draw_ranks(picture, content)
    if isinstance(content, Heat):
        return _heat(picture, content)
    sheet = ChartCanvas(title=picture.title, note=picture.note, height=0.8)
    sheet.write(WIDTH / 2, sheet.height / 2 + 0.15, _("无数据"), size=BODY + 2, ha="center")
    return sheet.figure


# Lying bars ---------------------------------------------------------------------------------------
BAR_LINE = 0.32  # inches


def _bars(picture: Picture, content: Bars) -> Figure:
    legend: list[Entry] = [(name, style) for style, name in content.legend]
    if content.marker:
        legend.append((content.marker, DIAMOND))
    bars = content.bars
    height = BAR_LINE * len(bars)
    sheet = ChartCanvas(title=picture.title, note=picture.note, height=height + 0.45, legend=legend)
    labels = [
        strip_controls(each.label) if each.value is None else fit_text(each.label, LABEL, 2)
        for each in bars
    ]
    left = EDGE + 0.1 + _widest(labels) * BODY * POINT
    told = [fit_text(each.told, LABEL) for each in bars]
    right = 0.22 + max(map(ems, told), default=0) * SMALL * POINT
    axes = sheet.axes(left, 0, WIDTH - left - right, height)
    low, high = _reach(content)
    axes.set_xlim(low, high)
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlabel(content.axis, fontsize=SMALL, labelpad=2)
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    if low < 0:
        axes.axvline(0, color=INK, linewidth=0.8)
    for place, (bar, label, words) in enumerate(zip(bars, labels, told, strict=True)):
        _bar(axes, place, bar, label, words)
    return sheet.figure


def _widest(labels: Sequence[str]) -> float:
    return max((ems(line) for label in labels for line in label.split("\n")), default=0)


def _reach(content: Bars) -> tuple[float, float]:
    """Returns where the axis begins and ends, with a little air."""
    ends = [0.0]
    for bar in content.bars:
        ends += [each for each in (bar.value, bar.marker) if each is not None]
    low, high = min(ends), max(ends)
    if content.most is not None:
        low, high = max(low, -content.most), min(high, content.most)
    air = 0.04 * (high - low or 1)
    return (low - air if low < 0 else 0.0), high + air


def _bar(axes: Axes, place: int, bar: Bar, label: str, words: str) -> None:
    outside = axes.get_yaxis_transform()
    # Each line by itself: lines written at once begin where the server's font lets them, not the
    # reader's.
    lines = label.split("\n")
    for number, line in enumerate(lines):
        above = ((len(lines) - 1) / 2 - number) * LABEL_LINE
        axes.annotate(
            line, (0, place), xycoords=outside, xytext=(-4, above), textcoords="offset points",
            ha="right", va="center", fontsize=BODY, color=INK, annotation_clip=False,
            weight="bold" if bar.value is None else "normal",
        )  # fmt: skip
    if bar.value is None:  # a heading
        return
    axes.annotate(
        words, (1, place), xycoords=outside, xytext=(9, 0), textcoords="offset points",
        ha="left", va="center", fontsize=SMALL, color=INK, annotation_clip=False,
    )  # fmt: skip
    low, high = axes.get_xlim()
    axes.barh(place, min(max(bar.value, low), high), height=0.62, **style_options(bar.style))
    if not low <= bar.value <= high:  # the arrow: longer than the axis
        end, sign = (high, ">") if bar.value > high else (low, "<")
        axes.plot(end, place, marker=sign, color=INK, markersize=7, clip_on=False)
    if bar.marker is not None and low <= bar.marker <= high:
        axes.plot(bar.marker, place, zorder=3, clip_on=False, **DIAMOND)


# Standing columns ---------------------------------------------------------------------------------
STACK_HEIGHT = 3.0
READABLE = 0.055  # of the height: a part that is lower than its number is not numbered


def _stacks(picture: Picture, content: Stacks) -> Figure:
    legend: list[Entry] = [(name, style) for style, name, _counts in content.series]
    sheet = ChartCanvas(
        title=picture.title, note=picture.note, height=STACK_HEIGHT + 0.4, legend=legend
    )
    axes = sheet.axes(0.75, 0.05, WIDTH - 0.75 - EDGE, STACK_HEIGHT)
    places = range(len(content.labels))
    totals = [sum(counts[place] for _s, _n, counts in content.series) for place in places]
    high = max([*totals, 1]) * 1.08
    feet = [0] * len(content.labels)
    for style, _name, counts in content.series:
        axes.bar(places, counts, bottom=feet, width=0.7, **style_options(style))
        for place, count in enumerate(counts):
            if count / high >= READABLE:
                _number(axes, place, feet[place] + count / 2, count)
        feet = [foot + count for foot, count in zip(feet, counts, strict=True)]
    for place, total in enumerate(totals):
        axes.text(place, total + high * 0.008, str(total), ha="center", va="bottom",
                  fontsize=BODY, weight="bold", color=INK)  # fmt: skip
    axes.set_xlim(-0.6, max(len(content.labels), 4) - 0.4)
    axes.set_ylim(0, high)
    axes.set_xticks(list(places), list(content.labels))
    axes.yaxis.set_major_locator(MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    axes.set_ylabel(content.axis, fontsize=SMALL)
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.6)
    axes.set_axisbelow(True)
    return sheet.figure


def _number(axes: Axes, x: float, y: float, count: int) -> None:
    """Writes on white, for hatching is under it."""
    box = {"boxstyle": "square,pad=0.12", "facecolor": "white", "edgecolor": "none"}
    axes.text(x, y, str(count), ha="center", va="center", fontsize=SMALL, color=INK, bbox=box)


# Heat maps ----------------------------------------------------------------------------------------
CELL = 0.235
# From 0 to the border: ever lighter, in one hue, so that print in grey keeps the order.
BANDS = (
    (50, "#08306B", "<50%"),
    (75, "#2171B5", "50–75%"),
    (90, "#6BAED6", "75–90%"),
    (100, "#C6DBEF", "90–99%"),
    (101, "#FFFFFF", "100%"),
)
WHITE_INK_BELOW = 75


def _heat(picture: Picture, content: Heat) -> Figure:
    legend: list[Entry] = [(name, Style(fill)) for _end, fill, name in BANDS]
    legend.append((_("无应报"), {"marker": "_", "color": INK, "markersize": 5}))
    labels = [fit_text(each, LABEL) for each in content.rows]
    height = CELL * len(labels)
    sheet = ChartCanvas(title=picture.title, note=picture.note, height=height + 0.3, legend=legend)
    left = EDGE + 0.1 + _widest(labels) * BODY * POINT
    axes = sheet.axes(left, 0.25, WIDTH - left - EDGE, height)
    colours = ListedColormap([fill for _end, fill, _name in BANDS])
    norm = BoundaryNorm([0, *(end for end, _fill, _name in BANDS)], len(BANDS))
    shades = [[100 if each is None else float(each) for each in row] for row in content.values]
    axes.pcolormesh(shades, cmap=colours, norm=norm, edgecolors="#888888", linewidth=0.4)
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.set_yticks([])
    # Written on the figure: ticks, and texts that axes would clip, take twice the time.
    write = partial(sheet.figure.text, transform=axes.transData, va="center_baseline")
    for x, column in enumerate(content.columns):
        write(x + 0.5, -0.45, column, ha="center", fontsize=BODY, color=INK)
    for y, (label, row) in enumerate(zip(labels, content.values, strict=True)):
        write(-0.08, y + 0.5, label, ha="right", fontsize=BODY, color=INK)
        for x, value in enumerate(row):
            dark = value is not None and value < WHITE_INK_BELOW
            colour = "white" if dark else INK
            write(
                x + 0.5, y + 0.5, _format_per_cent(value), ha="center", fontsize=SMALL, color=colour
            )
    axes.axvline(len(content.columns) - 1, color=INK, linewidth=1.4)
    for side in axes.spines.values():
        side.set_color(FAINT)
    return sheet.figure


def _format_per_cent(value: Decimal | None) -> str:
    """Returns whole per cent, never rounded up: 99.6 is not 100."""
    return "–" if value is None else str(int(value))

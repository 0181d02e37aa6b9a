"""Draws ranks over periods: lines told apart by marks, dashes and the names at their ends."""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from portfolio.reports.charts.chart import Picture, Ranks, strip_controls
from portfolio.reports.charts.sheet import (
    BODY,
    EDGE,
    FAINT,
    INK,
    POINT,
    WIDTH,
    ChartCanvas,
    ems,
    fit_text,
)

LINE_HEIGHT, HEADING, FOOT = 0.24, 0.28, 0.3
LEFT, THREAD = 0.45, 0.5
LABEL = 17.0
AIR = 0.15
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: tuple = ("-", (0, (5, 1.5)), (0, (1.5, 1.2)), (0, (5, 1.2, 1.2, 1.2)))

Line = tuple[str, Sequence[int | None]]


def draw_ranks(picture: Picture, content: Ranks) -> Figure:
    """Returns one panel a league, one below the other."""
    heights = [LINE_HEIGHT * max(len(lines), 2) for _name, lines in content.panels]
    whole = sum(heights) + (HEADING + FOOT) * len(heights)
    sheet = ChartCanvas(title=picture.title, note=picture.note, height=whole)
    names = [name for _league, lines in content.panels for name, _ranks in lines]
    most = max((ems(fit_text(each, LABEL)) for each in names), default=0) * BODY * POINT
    top = 0.0
    for (league, lines), height in zip(content.panels, heights, strict=True):
        width = WIDTH - LEFT - THREAD - most - EDGE
        axes = sheet.axes(LEFT, top + HEADING, width, height)
        axes.set_title(
            strip_controls(league), loc="left", fontsize=BODY, weight="bold", color=INK, pad=4
        )
        _panel(axes, lines, content.periods, width)
        top += HEADING + height + FOOT
    return sheet.figure


def _panel(axes: Axes, lines: Sequence[Line], periods: Sequence[str], width: float) -> None:
    worst = max((rank for _name, found in lines for rank in found if rank), default=1)
    worst = max(worst, len(lines))
    thread = (len(periods) - 1 + 2 * AIR) * THREAD * 0.8 / width
    axes.set_xlim(-AIR, len(periods) - 1 + AIR)
    axes.set_ylim(worst + 0.5, 0.5)
    axes.set_xticks(range(len(periods)), list(periods))
    step = 1 if worst <= 12 else 5
    ticks = sorted({1, *range(step, worst + 1, step)})
    axes.set_yticks(ticks, [str(each) for each in ticks])
    axes.grid(axis="x", color="#DDDDDD", linewidth=0.6)
    ordered = sorted(lines, key=lambda line: _last(line[1]))
    for place, (name, found) in enumerate(ordered):
        known = [(x, rank) for x, rank in enumerate(found) if rank is not None]
        if not known:
            continue
        colour = COLOURS[place % len(COLOURS)]
        axes.plot(
            [x for x, _rank in known], [rank for _x, rank in known], color=colour, linewidth=1.3,
            linestyle=DASHES[place % len(DASHES)], marker=MARKS[place % len(MARKS)],
            markersize=5.5, markeredgecolor=INK, markeredgewidth=0.5, clip_on=False,
        )  # fmt: skip
        # Equal ranks share a point: each name has a line of its own, and a thread to its point.
        slot = 1 + place * (worst - 1) / max(len(ordered) - 1, 1)
        (x, rank), end = known[-1], len(periods) - 1 + AIR + thread
        axes.plot([x, end], [rank, slot], color=FAINT, linewidth=0.6, clip_on=False, zorder=1)
        axes.text(
            end + thread * 0.1, slot, fit_text(name, LABEL), fontsize=BODY, color=INK,
            va="center_baseline",
        )  # fmt: skip


def _last(found: Sequence[int | None]) -> tuple[int, int]:
    """Returns a key by the newest rank; who is no longer shown comes last."""
    known = [(-x, rank) for x, rank in enumerate(found) if rank is not None]
    return known[-1] if known else (1, 0)

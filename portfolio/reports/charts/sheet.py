"""The paper that charts are drawn on: fonts, sizes in inches, labels that never overflow.

Text is measured by counting, not by a font: a Chinese character is one em wide, any other about
half. So a chart is laid out alike wherever it is drawn, with or without a Chinese font.
"""

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from portfolio.reports.charts.chart import Style, strip_controls

WIDTH = 6.6  # inches: a little more than the 156 mm of an official document's lines
POINT = 1 / 72
TITLE, BODY, SMALL = 11.0, 8.5, 7.5
LINE = 1.3  # of the size
EDGE, SWATCH = 0.15, 0.24
ROW = BODY * LINE * 1.25 * POINT
INK, FAINT = "#222222", "#999999"
# In the order of preference; an SVG names them all, and the reader's machine chooses.
FAMILIES = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Microsoft YaHei", "PingFang SC", "SimHei",
    "Droid Sans Fallback",
)  # fmt: skip
SPARE = "DejaVu Sans"  # also for a sign that the Chinese font lacks
_FILES = re.compile(
    r"notosans(cjk|sc)|sourcehansans|wqy|msyh|pingfang|simhei|droidsansfallback", re.IGNORECASE
)
_WIDE = 0x2E80  # Chinese, its punctuation and full-width letters stand above

# Set once: nothing else in the process draws. Formulas in names are just names.
mpl.rcParams.update(
    {
        "font.size": BODY,
        "text.hinting": "none",  # of Chinese glyphs it takes more time than all the rest
        "svg.fonttype": "none",
        "svg.hashsalt": "portfolio",
        "text.parse_math": False,
        "axes.unicode_minus": False,
        "hatch.linewidth": 0.5,
    }
)
# Without a Chinese font only an SVG is drawn, whose text no font of ours is put to.
warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from")


def chinese_font() -> str | None:
    """Returns the first of our families that is installed; looks again for one that was
    installed after matplotlib had made its list."""
    found = _installed()
    if found is None:
        for path in font_manager.findSystemFonts():
            if _FILES.search(Path(path).name):
                font_manager.fontManager.addfont(path)
        found = _installed()
    return found


def use_font(family: str | None) -> None:
    """Lets the figures that are made from now on be written in the family, or in one that
    matplotlib brings along."""
    mpl.rcParams["font.family"] = [*([family] if family else []), SPARE]


def _installed() -> str | None:
    names = {each.name for each in font_manager.fontManager.ttflist}
    return next((family for family in FAMILIES if family in names), None)


def ems(text: str) -> float:
    """Returns how wide a text is at most, in its own size."""
    return sum(1.0 if ord(c) > _WIDE else 0.62 for c in text)


def fit_text(text: str, most: float, lines: int = 1) -> str:
    """Returns the text in at most so many lines of ``most`` ems; what is longer ends in “…”."""
    words, made = strip_controls(text), []
    for number in range(lines):
        end = _fitting_length(words, most)
        if end < len(words) and number == lines - 1:
            made.append(words[: _fitting_length(words, most - 1)] + "…")
            break
        made.append(words[:end])
        words = words[end:].lstrip()
        if not words:
            break
    return "\n".join(made)


def _fitting_length(text: str, most: float) -> int:
    used = 0.0
    for place, character in enumerate(text):
        used += ems(character)
        if used > most + 1e-9:
            return place
    return len(text)


def style_options(style: Style) -> dict[str, Any]:
    """Returns matplotlib's words for a style: filled, hatched, with a fine edge."""
    return {"facecolor": style.fill, "hatch": style.hatch, "edgecolor": INK, "linewidth": 0.5}


def measure_height(text: str, size: float) -> float:
    """Returns how many inches the lines of a text take."""
    return (text.count("\n") + 1) * size * LINE * POINT


# A series' name, and how it looks: as an area of a style, or as a mark of a line.
Entry = tuple[str, Style | dict[str, Any]]


class ChartCanvas:
    """A figure of our width: heading, legend, axes, and a note at the foot."""

    def __init__(
        self, *, title: str, note: str, height: float, legend: Sequence[Entry] = ()
    ) -> None:
        """``height``: of what lies between legend and note, in inches."""
        most = (WIDTH - 2 * EDGE) / POINT
        title = fit_text(title, most / TITLE, lines=2)
        note = fit_text(note, most / SMALL, lines=3) if note else ""
        places = _place_legend(legend)
        head = 0.12 + measure_height(title, TITLE) + 0.08
        rows = max((row for _x, row in places), default=-1) + 1
        self._above = head + rows * ROW + (0.08 if rows else 0)
        foot = 0.1 + (measure_height(note, SMALL) if note else 0)
        self.height = self._above + height + foot
        self.figure = Figure(figsize=(WIDTH, self.height), facecolor="white")
        self.write(EDGE, 0.12, title, size=TITLE, weight="bold", va="top")
        for (name, look), (x, row) in zip(legend, places, strict=True):
            self._entry(x, head + (row + 0.5) * ROW, name, look)
        if note:
            self.write(EDGE, self.height - foot, note, size=SMALL, va="top", color="#555555")

    def write(self, x: float, y: float, text: str, *, size: float = BODY, **more: Any) -> None:
        """Writes at inches from the left and from the top."""
        more = {"color": INK, "linespacing": LINE, **more}
        self.figure.text(x / WIDTH, 1 - y / self.height, text, fontsize=size, **more)

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Returns axes at inches from the left and from below the legend."""
        down = self._above + top
        found = self.figure.add_axes(
            (left / WIDTH, 1 - (down + height) / self.height, width / WIDTH, height / self.height)
        )
        found.tick_params(length=0, labelsize=BODY, labelcolor=INK)
        for side in ("top", "right"):
            found.spines[side].set_visible(False)
        for side in ("left", "bottom"):
            found.spines[side].set_color(FAINT)
        return found

    def _entry(self, x: float, y: float, name: str, look: Style | dict[str, Any]) -> None:
        self.write(x + SWATCH + 0.07, y, name, va="center_baseline")
        middle = 1 - y / self.height
        if isinstance(look, Style):
            deep = 0.12 / self.height
            place = (x / WIDTH, middle - deep / 2)
            self.figure.add_artist(Rectangle(place, SWATCH / WIDTH, deep, **style_options(look)))
        else:
            self.figure.add_artist(Line2D([(x + SWATCH / 2) / WIDTH], [middle], **look))


def _place_legend(legend: Sequence[Entry]) -> list[tuple[float, int]]:
    """Returns where each entry begins: inches from the left, and in which row."""
    found, x, row = [], EDGE, 0
    for name, _look in legend:
        wide = SWATCH + 0.25 + ems(name) * BODY * POINT
        if x + wide > WIDTH and x > EDGE:
            x, row = EDGE, row + 1
        found.append((x, row))
        x += wide
    return found

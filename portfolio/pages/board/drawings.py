"""Charts as data for the browser: the same that a report's own chart draws, in plain values."""

from collections.abc import Sequence
from typing import Any

from portfolio.reports.charts.chart import Bars, Ranks, Stacks, Style

Data = dict[str, Any]


def build_bars(content: Bars) -> Data:
    """Returns lying bars, each with a mark of what it is held against."""
    return {
        "kind": "bars",
        "labels": [each.label for each in content.bars],
        "values": [each.value for each in content.bars],
        "told": [each.told for each in content.bars],
        "markers": [each.marker for each in content.bars],
        "styles": [style(each.style) for each in content.bars],
        "axis": content.axis,
        "marker": content.marker,
        "most": content.most,
    }


def build_stacks(
    labels: Sequence[str], series: Sequence[tuple[Style, str, Sequence[int]]], links: Any = None
) -> Data:
    """Returns lying stacks of counts; ``links``: where a click on each count leads."""
    return {
        "kind": "stacks",
        "labels": list(labels),
        "series": [
            {"name": name, "style": style(look), "values": list(values)}
            for look, name, values in series
        ],
        "links": links,
    }


def build_columns(content: Stacks) -> Data:
    """Returns standing columns of counts, one upon the other."""
    return {**build_stacks(content.labels, content.series), "kind": "columns"}


def build_ranks(content: Ranks) -> Data:
    """Returns ranks over periods, the best on top, of the first league."""
    _league, lines = content.panels[0]
    return {
        "kind": "ranks",
        "periods": list(content.periods),
        "lines": [{"name": name, "ranks": list(places)} for name, places in lines],
    }


def style(look: Style) -> Data:
    return {"fill": look.fill, "hatch": look.hatch[:1]}

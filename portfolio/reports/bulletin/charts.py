"""The bulletin's charts: those of the reports, of the very rows that its sentences are made of."""

import datetime as dt
from collections.abc import Sequence

from portfolio.reports.bulletin.parts import BulletinImage, Part
from portfolio.reports.charts.output import MissingFontError
from portfolio.reports.engine.report import Row
from portfolio.reports.formats.report_charts import chart_alt, chart_png


def draw_bulletin_chart(report: str, rows: Sequence[Row], *, on: dt.date) -> Part:
    """Returns the report's chart, or a line that says why there is none: the document is needed
    also where nobody has installed a font."""
    try:
        png = chart_png(report, list(rows), on=on)
    except MissingFontError:
        return "（服务器上没有中文字体，此处未附图表。）"
    return BulletinImage(png=png, alt=chart_alt(report, list(rows), on=on))

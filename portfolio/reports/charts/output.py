"""Charts as SVG and PNG: of the same rows the same bytes, for no moment is written into them."""

import io
import re
import threading
from typing import Any
from xml.sax.saxutils import escape

from django.utils.translation import gettext as _

from portfolio.reports.charts.chart import Chart, Picture, ReportDate, Rows, strip_controls

DPI = 150
COMPRESSION = 4  # of 9: half the time of the default, a tenth more bytes
FORMATS = ("svg", "png")
_FAMILY = re.compile(r"; font-family: [^;\"]*")
_one_at_a_time = threading.Lock()  # matplotlib keeps fonts and hatches for all threads


class MissingFontError(Exception):
    """No Chinese font is installed; the message tells a person what to do."""


def render_chart(chart: Chart, rows: Rows, told: ReportDate, *, format: str) -> bytes:
    """Returns the chart in ``svg`` or ``png``; raises :class:`NoFont` for a PNG without one."""
    picture = chart.picture(rows, told)
    return _png(picture) if format == "png" else _svg(picture)


def _png(picture: Picture) -> bytes:
    from portfolio.reports.charts import sheet

    with _one_at_a_time:
        font = sheet.chinese_font()
        if font is None:
            raise MissingFontError(
                _(
                    "服务器上没有中文字体, 不能画 PNG: 请管理员运行 apt install fonts-noto-cjk;"
                    " SVG 不受影响。"
                )
            )
        sheet.use_font(font)
        told = {
            "Title": strip_controls(picture.title),
            "Description": strip_controls(picture.alt),
            "Software": None,
        }
        more = {"dpi": DPI, "pil_kwargs": {"compress_level": COMPRESSION}}
        return _save_figure(picture, "png", told, **more)


def _svg(picture: Picture) -> bytes:
    """Text stays text, in the reader's fonts: the server needs none."""
    from portfolio.reports.charts import sheet

    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    with _one_at_a_time:
        sheet.use_font(sheet.chinese_font())
        made = _FAMILY.sub("", _save_figure(picture, "svg", nothing).decode())
    title, alt = escape(strip_controls(picture.title)), escape(strip_controls(picture.alt))
    head, tag, rest = made.partition("<svg ")
    attributes, end, body = rest.partition(">")
    told = f'<title id="chart-title">{title}</title><desc id="chart-desc">{alt}</desc>'
    families = ", ".join(f"'{each}'" for each in sheet.FAMILIES)
    labelled = (
        'role="img" aria-labelledby="chart-title chart-desc"'
        f' style="font-family: {families}, sans-serif" '
    )
    return f"{head}{tag}{labelled}{attributes}{end}\n {told}{body}".encode()


def _save_figure(picture: Picture, format: str, metadata: dict[str, Any], **more: Any) -> bytes:
    # Loaded by the first chart only: half a second and 50 MB that most processes never need.
    from portfolio.reports.charts.drawing import draw_picture

    file = io.BytesIO()
    draw_picture(picture).savefig(file, format=format, metadata=metadata, **more)
    return file.getvalue()

"""版记: copies to whom, printed by whom and when, at the foot of the last page (GB/T 9704, 7.4).

It stands in a box that hangs on the last paragraph: of all ways to the foot of a page this is the
one that Word, WPS and LibreOffice understand alike (LibreOffice 7 knows neither a table nor a
frame "at the bottom of the margins").
"""

import math
from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from portfolio.reports.bulletin import layout
from portfolio.reports.bulletin.parts import Cover, format_day, measure_width

LINE = 22.0  # points
# Lines of 0.35 mm above and below, of 0.25 mm between (7.4.1), in eighths of a point.
OUTER, INNER = 8, 6
EMU_A_MM, EMU_A_POINT = 36000, 12700
SHAPES = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
BEFORE_COPIES = "　抄送："


def imprint_lines(cover: Cover) -> list[str]:
    """Returns what is printed, line by line; a tab stands before the day."""
    copies = [f"{BEFORE_COPIES}{cover.copies}。"] if cover.copies else []
    return [*copies, f"　{cover.issuer}\t{format_day(cover.issued_on)}印发"]


def imprint_box(cover: Cover) -> tuple[Any, Any]:
    """Returns the drawing, to be appended to a run, and the empty content that takes the
    paragraphs."""
    across = layout.WIDTH * layout.POINTS_A_MM / layout.IMPRINT.size - len(BEFORE_COPIES)
    lines = sum(math.ceil(measure_width(line) / across) for line in imprint_lines(cover)[:-1]) + 1
    height = round((lines * LINE + 6) * EMU_A_POINT)
    width = layout.WIDTH * EMU_A_MM
    drawing = parse_xml(
        f"""<w:drawing {nsdecls("w", "wp", "a")} xmlns:wps="{SHAPES}">
  <wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1"
      behindDoc="0" locked="0" layoutInCell="1" allowOverlap="0">
    <wp:simplePos x="0" y="0"/>
    <wp:positionH relativeFrom="margin"><wp:align>center</wp:align></wp:positionH>
    <wp:positionV relativeFrom="margin"><wp:align>bottom</wp:align></wp:positionV>
    <wp:extent cx="{width}" cy="{height}"/>
    <wp:effectExtent l="0" t="0" r="0" b="0"/>
    <wp:wrapTopAndBottom/>
    <wp:docPr id="1000" name="版记"/>
    <wp:cNvGraphicFramePr/>
    <a:graphic><a:graphicData uri="{SHAPES}"><wps:wsp>
      <wps:cNvSpPr txBox="1"/>
      <wps:spPr>
        <a:xfrm><a:off x="0" y="0"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>
        <a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:noFill/><a:ln><a:noFill/></a:ln>
      </wps:spPr>
      <wps:txbx><w:txbxContent/></wps:txbx>
      <wps:bodyPr lIns="0" tIns="0" rIns="0" bIns="0" anchor="b"><a:noAutofit/></wps:bodyPr>
    </wps:wsp></a:graphicData></a:graphic>
  </wp:anchor>
</w:drawing>"""
    )
    (content,) = drawing.iter(
        "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}txbxContent"
    )
    return drawing, content

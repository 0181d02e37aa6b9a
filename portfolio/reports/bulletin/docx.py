"""Writes a bulletin as .docx in the layout of GB/T 9704-2012, for Word, WPS and LibreOffice."""

import datetime as dt
import io
import zipfile
from typing import Any

import docx
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.enum.text import WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from portfolio.reports.bulletin import imprint, layout
from portfolio.reports.bulletin.imprint import imprint_box, imprint_lines
from portfolio.reports.bulletin.layout import Face
from portfolio.reports.bulletin.parts import (
    Bulletin,
    BulletinImage,
    BulletinTable,
    Cover,
    Heading,
    format_day,
    measure_width,
)

PITCH = layout.BODY.size + layout.TIGHTER
# What stands after w:pBdr in a paragraph's properties: the schema keeps an order.
AFTER_BORDERS = (
    "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:overflowPunct",
    "w:autoSpaceDE", "w:autoSpaceDN", "w:snapToGrid", "w:spacing", "w:ind", "w:jc",
)  # fmt: skip


def write_docx(bulletin: Bulletin, *, for_libreoffice: bool = False) -> bytes:
    """Returns the document's bytes; the same bulletin gives the same document.

    LibreOffice 7 reads ``w:overflowPunct`` inside out: for it "no" must be "yes".
    """
    document = docx.Document()
    _page(document)
    _body_style(document, hanging=for_libreoffice)
    _head(document, bulletin.cover)
    for line in bulletin.title:
        _paragraph(document, line, layout.TITLE, align=ALIGN.CENTER, tighter=False)
    _paragraph(document)
    if bulletin.cover.recipients:
        _paragraph(document, f"{bulletin.cover.recipients}：")
    for part in bulletin.parts:
        _part(document, part)
    _keep_with_what_follows(document.paragraphs[-1])
    _signature(document, bulletin.cover)
    _imprint(document, bulletin.cover)
    _properties(document, bulletin)
    file = io.BytesIO()
    document.save(file)
    return _without_times(file)


def _properties(document: Any, bulletin: Bulletin) -> None:
    properties = document.core_properties
    properties.title, properties.author = "".join(bulletin.title), bulletin.cover.issuer
    properties.comments = ""
    # The day that it bears, not the moment that it was made: the same bytes for ever.
    day = dt.datetime.combine(bulletin.cover.issued_on, dt.time())
    properties.created = properties.modified = day
    properties.last_modified_by = bulletin.cover.issuer


def _without_times(file: io.BytesIO) -> bytes:
    """Returns the archive packed anew: each member would bear the moment of its writing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(zipfile.ZipInfo(name), old.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


# The page -----------------------------------------------------------------------------------------
def _page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(layout.PAGE_WIDTH), Mm(layout.PAGE_HEIGHT)
    section.top_margin, section.bottom_margin = Mm(layout.TOP), Mm(layout.BOTTOM)
    section.left_margin, section.right_margin = Mm(layout.LEFT), Mm(layout.RIGHT)
    section.header_distance = Mm(15)
    # The dashes stand in the middle of their line.
    below = layout.NUMBER_DOWN + layout.PAGE_NUMBER.size / 2 / layout.POINTS_A_MM
    section.footer_distance = Mm(layout.BOTTOM - below)
    grid = section._sectPr.find(qn("w:docGrid"))
    if grid is None:
        grid = OxmlElement("w:docGrid")
        section._sectPr.append(grid)
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), str(round(layout.LINE * 20)))
    document.settings.odd_and_even_pages_header_footer = True
    # Full-width punctuation stays as wide as a character.
    control = document.settings.element.find(qn("w:characterSpacingControl"))
    if control is None:
        control = OxmlElement("w:characterSpacingControl")
        document.settings.element.append(control)
    control.set(qn("w:val"), "doNotCompress")
    _page_number(section.footer, ALIGN.RIGHT)
    _page_number(section.even_page_footer, ALIGN.LEFT)


def _page_number(footer: Any, align: Any) -> None:
    """— 1 —, one character from the outer edge (7.5)."""
    footer.is_linked_to_previous = False
    paragraph = footer.paragraphs[0]
    paragraph.style = footer.part.package.main_document_part.document.styles["Normal"]
    _shape(paragraph, align=align, line=layout.PAGE_NUMBER.size)
    edge = Pt(layout.PAGE_NUMBER.size)
    if align == ALIGN.RIGHT:
        paragraph.paragraph_format.right_indent = edge
    else:
        paragraph.paragraph_format.left_indent = edge
    _run(paragraph, "— ", layout.PAGE_NUMBER, tighter=False)
    # A run for each part: of a field in one run LibreOffice forgets face and size.
    for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("t", "1"), ("end", "")):
        run = _run(paragraph, "", layout.PAGE_NUMBER, tighter=False)
        run._r.append(_field_part(kind, text))
    _run(paragraph, " —", layout.PAGE_NUMBER, tighter=False)


def _field_part(kind: str, text: str) -> Any:
    if not text:
        part = OxmlElement("w:fldChar")
        part.set(qn("w:fldCharType"), kind)
        return part
    part = OxmlElement("w:t" if kind else "w:instrText")
    part.text = text
    return part


def _body_style(document: Any, *, hanging: bool) -> None:
    style = document.styles["Normal"]
    _face(style, layout.BODY)
    shape = style.paragraph_format
    shape.space_before = shape.space_after = Pt(0)
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(layout.LINE)
    shape.widow_control = False  # or pages of 21 lines
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-US")  # of figures, which a Chinese line would break anywhere
    language.set(qn("w:eastAsia"), "zh-CN")
    style.element.get_or_add_rPr().append(language)
    properties = style.element.get_or_add_pPr()
    # Figures and letters keep to the characters' pitch; punctuation does not hang out.
    switches = {"w:overflowPunct": hanging, "w:autoSpaceDE": False, "w:autoSpaceDN": False}
    for name, on in switches.items():
        element = OxmlElement(name)
        element.set(qn("w:val"), "1" if on else "0")
        properties.insert_element_before(
            element, "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind", "w:jc"
        )


# Around the text ----------------------------------------------------------------------------------
def _head(document: Any, cover: Cover) -> None:
    """发文机关标志, 发文字号, 签发人 and the red line (7.2)."""
    across = layout.WIDTH * layout.POINTS_A_MM / max(len(cover.issuer), 1)
    size = max(12, min(48, int(across) - 2))
    face = Face(layout.SMALL_TITLE_SONG, size)
    mark = _paragraph(document, cover.issuer, face, align=ALIGN.CENTER, tighter=False)
    mark.runs[0].font.color.rgb = RGBColor.from_string(layout.RED)
    line = size * 1.2
    _shape(mark, align=ALIGN.CENTER, line=line)
    # What is measured is the ink, which begins a ninth of the size below the character's square.
    above = (line - size) / 2 + size / 9
    mark.paragraph_format.space_before = Pt(layout.HEAD_DOWN * layout.POINTS_A_MM - above)
    _paragraph(document)
    _paragraph(document)
    number = _paragraph(document, cover.number, align=ALIGN.CENTER)
    if cover.signer:  # then the number stands on the left, one character in (7.2.6)
        _shape(number, align=ALIGN.LEFT)
        number.paragraph_format.left_indent = Pt(PITCH)
        number.paragraph_format.right_indent = Pt(PITCH)
        edge = layout.WIDTH * layout.POINTS_A_MM - PITCH
        number.paragraph_format.tab_stops.add_tab_stop(Pt(edge), WD_TAB_ALIGNMENT.RIGHT)
        _run(number, "\t签发人：", layout.BODY)
        _run(number, cover.signer, Face(layout.KAI, 16))
    below = (layout.LINE - layout.BODY.size) / 2  # of the number's own line
    down = round(layout.RULE_DOWN * layout.POINTS_A_MM - below)
    _border(number, {"bottom": 12}, away=down, colour=layout.RED)
    _paragraph(document)
    _paragraph(document)


def _border(
    paragraph: Any, widths: dict[str, int], *, away: float = 1, colour: str = "000000"
) -> None:
    """``widths``: edge → eighths of a point; ``away``: points between line and text."""
    borders = OxmlElement("w:pBdr")
    for edge, width in widths.items():
        borders.append(_line(edge, width, away, colour))
    paragraph._p.get_or_add_pPr().insert_element_before(borders, *AFTER_BORDERS)


def _line(edge: str, width: int, away: float, colour: str) -> Any:
    line = OxmlElement(f"w:{edge}")
    for name, value in (("val", "single"), ("sz", width), ("space", away), ("color", colour)):
        line.set(qn(f"w:{name}"), str(value))
    return line


def _signature(document: Any, cover: Cover) -> None:
    """The day four characters from the right, the issuer centred over it (7.3.5.1)."""
    day = format_day(cover.issued_on)
    spare = 4 - (measure_width(cover.issuer) - measure_width(day)) / 2
    issuer_edge = max(spare, 0)
    day_edge = 4 + issuer_edge - spare
    _paragraph(document).paragraph_format.keep_with_next = True
    for text, edge in ((cover.issuer, issuer_edge), (day, day_edge)):
        paragraph = _paragraph(document, text, align=ALIGN.RIGHT)
        paragraph.paragraph_format.right_indent = Pt(edge * PITCH)
        paragraph.paragraph_format.keep_with_next = True


def _keep_with_what_follows(paragraph: Any) -> None:
    """Takes the last of the text along when the signature goes over the page: the imprint never
    stands on a page without text (7.3.5, 7.4)."""
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.keep_together = True


def _imprint(document: Any, cover: Cover) -> None:
    anchor = _paragraph(document)
    _shape(anchor, align=ALIGN.LEFT, line=1)  # it takes no room of its own
    drawing, content = imprint_box(cover)
    anchor.add_run()._r.append(drawing)
    lines = imprint_lines(cover)
    for place, line in enumerate(lines):
        paragraph = _paragraph(document, line, layout.IMPRINT, align=ALIGN.LEFT, tighter=False)
        _shape(paragraph, align=ALIGN.LEFT, line=imprint.LINE)
        shape, size = paragraph.paragraph_format, layout.IMPRINT.size
        shape.tab_stops.add_tab_stop(
            Pt(layout.WIDTH * layout.POINTS_A_MM - size), WD_TAB_ALIGNMENT.RIGHT
        )
        hanging = len(imprint.BEFORE_COPIES) * size  # further lines begin below the first name
        shape.left_indent, shape.first_line_indent = Pt(hanging), Pt(-hanging)
        last = place == len(lines) - 1
        edges = {"bottom": imprint.OUTER if last else imprint.INNER}
        _border(paragraph, {**({} if place else {"top": imprint.OUTER}), **edges})
        content.append(paragraph._p)


# The text -----------------------------------------------------------------------------------------
def _part(document: Any, part: Any) -> None:
    if isinstance(part, Heading):
        paragraph = _paragraph(document, part.text, layout.HEADINGS[part.level], indented=True)
        paragraph.paragraph_format.keep_with_next = True
    elif isinstance(part, BulletinTable):
        _sheet(document, part)
    elif isinstance(part, BulletinImage):
        _picture(document, part)
    else:
        _paragraph(document, part, indented=True)


def _picture(document: Any, picture: BulletinImage) -> None:
    """A picture is as high as it is: an exact line would cut it off."""
    paragraph = _paragraph(document, align=ALIGN.CENTER)
    shape = paragraph.paragraph_format
    shape.line_spacing_rule = WD_LINE_SPACING.SINGLE
    shape.space_before = shape.space_after = Pt(6)
    _off_the_grid(paragraph)
    width = Mm(layout.PICTURE_WIDTH)
    drawing = paragraph.add_run().add_picture(io.BytesIO(picture.png), width=width)
    drawing._inline.docPr.set("descr", printable(picture.alt))


def _sheet(document: Any, sheet: BulletinTable) -> None:
    table = document.add_table(rows=1, cols=len(sheet.columns))
    table.autofit = False
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _borders(table, dict.fromkeys(("top", "left", "bottom", "right", "insideH", "insideV"), 4))
    _cell_margins(table)
    for place, column in enumerate(sheet.columns):
        table.columns[place].width = Mm(column.width)
    headings = [column.heading for column in sheet.columns]
    _row(table.rows[0], sheet, headings, layout.TABLE_HEAD)
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)
    for values in sheet.rows:
        _row(table.add_row(), sheet, values, layout.TABLE)


def _row(row: Any, sheet: BulletinTable, values: Any, face: Face) -> None:
    _keep_whole(row)
    for cell, column, value in zip(row.cells, sheet.columns, values, strict=True):
        cell.width = Mm(column.width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        paragraph = cell.paragraphs[0]
        heading = face is layout.TABLE_HEAD
        align = ALIGN.CENTER if heading else ALIGN.RIGHT if column.figures else ALIGN.LEFT
        _shape(paragraph, align=align, line=layout.TABLE_LINE)
        _run(paragraph, value, face, tighter=False)


def _keep_whole(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _cell_margins(table: Any) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), str(round(layout.POINTS_A_MM * 20)))  # one millimetre
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")


def _borders(table: Any, widths: dict[str, int]) -> None:
    """``widths``: edge → eighths of a point."""
    borders = OxmlElement("w:tblBorders")
    for edge, width in widths.items():
        borders.append(_line(edge, width, 0, "000000"))
    properties = table._tbl.tblPr
    properties.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def _paragraph(
    document: Any,
    text: str = "",
    face: Face = layout.BODY,
    *,
    align: Any = None,
    indented: bool = False,
    tighter: bool = True,
) -> Any:
    """Adds a paragraph; ``indented``: two characters in its first line (7.3.3)."""
    paragraph = document.add_paragraph()
    _shape(paragraph, align=ALIGN.JUSTIFY if align is None else align)
    if indented:
        paragraph.paragraph_format.first_line_indent = Pt(2 * PITCH)
    if text:
        _run(paragraph, text, face, tighter=tighter)
    return paragraph


def _shape(paragraph: Any, *, align: Any, line: float = layout.LINE) -> None:
    paragraph.alignment = align
    if line != layout.LINE:
        shape = paragraph.paragraph_format
        shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
        _off_the_grid(paragraph)


def _off_the_grid(paragraph: Any) -> None:
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    paragraph._p.get_or_add_pPr().insert_element_before(snap, "w:spacing", "w:ind", "w:jc")


def _run(paragraph: Any, text: str, face: Face, *, tighter: bool = True) -> Any:
    run = paragraph.add_run(printable(text))
    _face(run, face)
    if tighter:
        _spacing(run, layout.TIGHTER)
    return run


def printable(text: str) -> str:
    """Returns the text without what XML cannot hold; line ends become spaces."""
    shown = (each if each in "\t　" or each.isprintable() else " " for each in text)
    return "".join(shown)


def _face(owner: Any, face: Face) -> None:
    owner.font.size = Pt(face.size)
    owner.font.name = face.name
    fonts = owner.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(name), face.name)
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{name}"), None)


def _spacing(run: Any, points: float) -> None:
    spacing = OxmlElement("w:spacing")
    spacing.set(qn("w:val"), str(round(points * 20)))
    run._r.get_or_add_rPr().insert_element_before(spacing, "w:w", "w:kern", "w:position", "w:sz")

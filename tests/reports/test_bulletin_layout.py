"""The bulletin for 2025-09 as LibreOffice sets it, measured on its pages (GB/T 9704-2012).

Needs LibreOffice and the faces that portfolio/reports/bulletin/fonts/install.sh installs: run it by
``make test-bulletin``, which installs them. Without them it fails; it is never skipped.
"""

import datetime as dt
import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from statistics import median
from typing import Any

import docx
import pdfplumber
import pytest
from django.core.management import call_command
from django.db import connection, transaction
from PIL import Image, ImageChops

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from projects.lights.services import lights_record
from tests import clients, factories

pytestmark = [pytest.mark.bulletin, pytest.mark.django_db, pytest.mark.timeout(600)]

ADDRESS = "/api/v1/reports/bulletin"
ASKED = {
    "month": "2025-09",
    "as_of": "2025-10-10",
    "number": "包府督〔2025〕9号",
    "copies": "市委办公室，市人大常委会办公室，市政协办公室，市纪委监委机关，市委组织部",
}
# The standard's own measures, written out again: a slip in the code must not move the yardstick.
POINTS_A_MM = 72 / 25.4
PAGE_WIDTH, PAGE_HEIGHT = 210, 297
TOP, LEFT, WIDTH, HEIGHT = 37, 28, 156, 225
LINES, CHARACTERS = 22, 28
LINE = HEIGHT * POINTS_A_MM / LINES
HEAD_DOWN, RULE_DOWN = 35, 4
BODY_SIZE, PAGE_NUMBER_SIZE = 16, 14
SMALL_TITLE_SONG, HEI, KAI, FANGSONG, SONG = (
    "方正小标宋简体",
    "黑体",
    "楷体_GB2312",
    "仿宋_GB2312",
    "宋体",
)
DOTS = 150  # an inch, of the page pictures
# The official face → how its own file, and the free one that stands in, call themselves in a PDF.
CALLED = {
    SMALL_TITLE_SONG: {"FZXBSJW", "FZXiaoBiaoSong", "FandolSong-Bold"},
    HEI: {"SimHei", "FandolHei-Regular"},
    KAI: {"KaiTi_GB2312", "FandolKai-Regular"},
    FANGSONG: {"FangSong_GB2312", "FandolFang-Regular"},
    SONG: {"SimSun", "NSimSun", "FandolSong-Regular"},
}


def moment(*numbers: int) -> Any:
    return clock.at(dt.datetime(*numbers, tzinfo=CITY_TIME))


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker) -> Iterator[tuple[Any, Any]]:
    """The city's report and 650 projects, two months of lights; the document and its PDF."""
    assert shutil.which("soffice"), "LibreOffice is missing: make test-bulletin"
    with django_db_blocker.unblock(), _undone():
        with moment(2025, 1, 5, 9):
            call_command("load_report", stdout=io.StringIO())
        with moment(2025, 9, 25, 9):
            call_command("make_synthetic", stdout=io.StringIO())
        boss = factories.AdministratorFactory()
        for year, month, *now in ((2025, 8, 2025, 9, 1, 2), (2025, 9, 2025, 10, 9, 2)):
            with moment(*now):
                lights_record(year=year, month=month, by=boss)
        with connection.cursor() as cursor:  # 650 projects at once: nobody has counted them yet
            cursor.execute("ANALYZE")
        with moment(2025, 10, 10, 9):
            client = clients.supervisor()
            answers = [client.get(ADDRESS, {**ASKED, "format": each}) for each in ("docx", "pdf")]
    assert [answer.status_code for answer in answers] == [200, 200], answers[1].content
    document = docx.Document(io.BytesIO(answers[0].content))
    with pdfplumber.open(io.BytesIO(answers[1].content)) as pdf:
        yield document, pdf


@contextmanager
def _undone() -> Iterator[None]:
    """Takes back at the end what the module wrote."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def pages(made) -> list[Any]:
    return made[1].pages


@pytest.fixture(scope="module")
def pictures(pages) -> list[Image.Image]:
    """Each page as LibreOffice's PDF looks: white where there is ink."""
    return [darker(page.to_image(resolution=DOTS).original.convert("L"), 200) for page in pages]


def darker(channel: Image.Image, limit: int) -> Image.Image:
    return channel.point(lambda value: 255 if value < limit else 0)


def lines(page: Any, *, size: float | None = None) -> dict[float, list[dict]]:
    """Returns the characters of the page line by line, from above: top → characters."""
    found: dict[float, list[dict]] = {}
    for char in page.chars:
        if char["text"].strip() and (size is None or round(char["size"], 1) == size):
            found.setdefault(round(char["bottom"]), []).append(char)
    return dict(sorted(found.items()))


def body(page: Any) -> dict[float, list[dict]]:
    return lines(page, size=BODY_SIZE)


def full_pages(pages: list[Any]) -> list[Any]:
    """Returns the pages of nothing but body text: no table, no head, no end."""
    return [
        page
        for page in pages[1:-1]
        if not (page.rects or page.lines or page.images) and len(body(page))
    ]


def millimetres(points: float) -> float:
    return points / POINTS_A_MM


def face(char: dict) -> str:
    return char["fontname"].split("+")[-1]


def ink(picture: Image.Image) -> tuple[float, float, float, float]:
    """Returns left, top, right, bottom of all ink, in millimetres."""
    box = picture.getbbox()
    assert box, "a page without ink"
    return tuple(each / DOTS * 25.4 for each in box)


def cut(picture: Image.Image, *, left=0, top=0, right=None, bottom=None) -> Image.Image:
    """Returns a part of the picture, in its place: what is around it is without ink."""
    sides = (left, top, right or PAGE_WIDTH, bottom or PAGE_HEIGHT)
    box = tuple(round(each * DOTS / 25.4) for each in sides)
    part = Image.new("L", picture.size)
    part.paste(picture.crop(box), box[:2])
    return part


def type_area(picture: Image.Image) -> Image.Image:
    """Returns the picture without what is below the type area: the page number."""
    return cut(picture, bottom=TOP + HEIGHT + 1)


def test_the_paper_is_a4(pages):
    sizes = {(round(millimetres(p.width)), round(millimetres(p.height))) for p in pages}
    assert sizes == {(210, 297)}


def test_nothing_stands_outside_the_type_area_but_the_page_number(pictures):
    # The line of a table's frame lies with half of its width on either side of the edge.
    edge = 0.4
    for number, picture in enumerate(pictures, 1):
        left, top, right, bottom = ink(type_area(picture))
        assert left >= LEFT - edge, number
        assert top >= TOP - edge, number
        assert right <= LEFT + WIDTH + edge, number
        assert bottom <= TOP + HEIGHT + edge, number


def test_text_fills_the_type_area_from_edge_to_edge(pages, pictures):
    full = full_pages(pages)
    assert len(full) > 5
    for page in full:
        left, top, right, bottom = ink(type_area(pictures[page.page_number - 1]))
        # A character's ink begins within its own square.
        assert left - LEFT < 1.5
        assert LEFT + WIDTH - right < 1.5
        assert top - TOP < 4
        assert TOP + HEIGHT - bottom < 4


def test_a_full_page_has_22_lines_at_an_even_distance(pages):
    for page in full_pages(pages):
        found = list(body(page))
        assert len(found) == LINES, page.page_number
        gaps = [below - above for above, below in pairwise(found)]
        assert all(abs(gap - LINE) <= 1 for gap in gaps)
        assert found[-1] - found[0] == pytest.approx(LINE * (LINES - 1), abs=1)


def test_a_full_line_has_28_characters(pages):
    """A line of Chinese characters and full-width punctuation alone; the ban on a mark at a
    line's beginning takes one to the next line now and then."""
    counts = Counter(
        len(line)
        for page in full_pages(pages)
        for line in body(page).values()
        if all(ord(char["text"]) > 0x2000 for char in line)
        and line[0]["x0"] < (LEFT + 1) * POINTS_A_MM
        and line[-1]["x1"] > (LEFT + WIDTH - 3) * POINTS_A_MM
    )
    assert sum(counts.values()) > 20
    assert max(counts) == CHARACTERS
    assert counts.most_common(1)[0][0] == CHARACTERS
    assert min(counts) >= CHARACTERS - 2


def test_characters_stand_at_a_pitch_of_a_28th_of_the_line(pages):
    pitches = [
        (line[-1]["x0"] - line[0]["x0"]) / (CHARACTERS - 1)
        for page in full_pages(pages)
        for line in body(page).values()
        if len(line) == CHARACTERS and all(ord(char["text"]) > 0x2000 for char in line)
    ]
    assert len(pitches) > 20
    pitch = WIDTH * POINTS_A_MM / CHARACTERS
    assert median(pitches) == pytest.approx(pitch, abs=0.05)


def test_paragraphs_begin_two_characters_in(pages):
    starts = {
        round((line[0]["x0"] - LEFT * POINTS_A_MM) / BODY_SIZE)
        for page in full_pages(pages)
        for line in body(page).values()
    }
    assert starts == {0, 2}


def sizes_of(pages: list[Any], pattern: str) -> set[tuple[str, float]]:
    """Returns face and size of the lines whose text matches."""
    return {
        (face(char), round(char["size"], 1))
        for page in pages
        for line in lines(page).values()
        if re.fullmatch(pattern, "".join(char["text"] for char in line))
        for char in line
    }


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        (r"关于2025年9月.*", (SMALL_TITLE_SONG, 22)),
        (r"[一二三四五六]、[^，。]{3,8}", (HEI, 16)),
        (r"（[一二]）[^，。]{4,12}", (KAI, 16)),
        (r"—\d+—", (SONG, 14)),
        (r"抄送：.*", (FANGSONG, 14)),
        (r"名次单位.*", (HEI, 12)),
    ],
)
def test_each_part_is_set_in_its_own_face_and_size(pages, pattern, wanted):
    found = sizes_of(pages, pattern)
    name, size = wanted
    assert {each for _face, each in found} == {size}
    assert {each for each, _size in found} <= CALLED[name]
    assert found


def test_body_text_is_fangsong_of_16_points(pages):
    found = Counter(
        (face(char), round(char["size"], 1))
        for page in full_pages(pages)
        for char in page.chars
        if char["top"] < (TOP + HEIGHT) * POINTS_A_MM and round(char["size"], 1) == BODY_SIZE
    )
    faces = Counter()
    for (name, _size), count in found.items():
        faces[name] += count
    assert faces.most_common(1)[0][0] in CALLED[FANGSONG]
    assert set(faces) <= CALLED[FANGSONG] | CALLED[HEI] | CALLED[KAI]


def test_the_page_number_stands_outside_one_character_in_seven_millimetres_below(pages, pictures):
    for page, picture in zip(pages, pictures, strict=True):
        chars = [c for c in page.chars if c["top"] > (TOP + HEIGHT) * POINTS_A_MM]
        told = "".join(char["text"] for char in chars).replace(" ", "")
        assert told == f"—{page.page_number}—"
        left, right = millimetres(chars[0]["x0"]), millimetres(chars[-1]["x1"])
        one = millimetres(PAGE_NUMBER_SIZE)
        if page.page_number % 2:
            assert right == pytest.approx(LEFT + WIDTH - one, abs=0.5)
        else:
            assert left == pytest.approx(LEFT + one, abs=0.5)
        assert _dash(picture) - TOP - HEIGHT == pytest.approx(7, abs=1)


def _dash(picture: Image.Image) -> float:
    """Returns how far down the first dash of the page number is: its ink's middle."""
    below = cut(picture, top=TOP + HEIGHT + 1)
    left = ink(below)[0]
    _left, top, _right, bottom = ink(cut(below, right=left + 1))
    return (top + bottom) / 2


def test_the_red_head_stands_35_millimetres_down_and_the_red_line_4_below_the_number(pages):
    page = pages[0]
    red, green, blue = page.to_image(resolution=DOTS).original.convert("RGB").split()
    is_red = ImageChops.darker(darker(ImageChops.invert(red), 55), darker(green, 90))
    is_red = ImageChops.darker(is_red, darker(blue, 90))
    left, top, right, _bottom = ink(is_red)
    assert top == pytest.approx(TOP + HEAD_DOWN, abs=1.5)
    assert left == pytest.approx(LEFT, abs=0.5)
    assert right == pytest.approx(LEFT + WIDTH, abs=0.5)
    # At the very edge there is no other red than the line's.
    line = ink(cut(is_red, right=LEFT + 2))[1]
    number = next(
        chars for chars in lines(page).values() if "〔" in "".join(c["text"] for c in chars)
    )
    below = line - millimetres(max(char["bottom"] for char in number))
    assert below == pytest.approx(RULE_DOWN, abs=1)


def test_the_imprint_ends_at_the_foot_of_the_last_page(pages, pictures):
    *_rest, bottom = ink(type_area(pictures[-1]))
    assert bottom == pytest.approx(TOP + HEIGHT, abs=1.5)
    assert "印发" in "".join(char["text"] for char in pages[-1].chars)


def test_it_says_on_its_first_page_that_it_is_made_of_synthetic_projects(pages):
    first = "".join(char["text"] for char in pages[0].chars).replace(" ", "")
    assert "【模拟数据】在库的702个重大项目中有650个是模拟项目" in first
    assert "不得印发" in first


def test_no_text_of_a_table_leaves_its_column(made, pages):
    """Every character of a table stands between two of its vertical lines."""
    checked = 0
    for page in pages:
        for table in page.find_tables():
            for cell in table.cells:
                left, top, right, bottom = cell
                for char in page.chars:
                    middle = (char["top"] + char["bottom"]) / 2
                    if left < char["x0"] < right and top < middle < bottom:
                        checked += 1
                        assert char["x1"] <= right + 0.5, char["text"]
    assert checked > 500


def test_no_word_of_the_document_is_lost(made):
    document, pdf = made
    shown = Counter(
        char["text"] for page in pdf.pages for char in page.chars if char["text"].strip()
    )
    written = Counter("".join(_texts(document)).replace("\t", ""))
    missing = {
        each: count - shown[each]
        for each, count in written.items()
        if each.strip() and shown[each] < count
    }
    assert missing == {}


def _texts(document: Any) -> Iterator[str]:
    for paragraph in document.paragraphs:
        yield paragraph.text
    for table in document.tables:
        for row in table.rows:
            for cell in row.cells:
                yield cell.text


def test_every_character_has_its_glyph_in_the_face_that_shows_it(pages):
    used: dict[str, set[str]] = {}
    for page in pages:
        for char in page.chars:
            used.setdefault(face(char), set()).update(char["text"])
    lacking = {
        name: sorted(each for each in texts if each.strip() and ord(each) not in glyphs(name))
        for name, texts in used.items()
    }
    assert {name: chars for name, chars in lacking.items() if chars} == {}


@cache
def glyphs(name: str) -> frozenset[int]:
    """Returns the characters that the installed face of that PostScript name has."""
    command = ["fc-list", f":postscriptname={name}", "--format=%{charset}\n"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown.strip(), f"{name} is not installed"
    found: set[int] = set()
    for each in shown.split():
        first, _dash, last = each.partition("-")
        found.update(range(int(first, 16), int(last or first, 16) + 1))
    return frozenset(found)


def test_all_faces_are_embedded(pages):
    for name in {face(char) for page in pages for char in page.chars}:
        assert any(name in called for called in CALLED.values()), name
    prefixes = {char["fontname"] for page in pages for char in page.chars}
    assert all(re.fullmatch(r"[A-Z]{6}\+.+", each) for each in prefixes)

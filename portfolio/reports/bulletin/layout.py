"""The measures of GB/T 9704-2012, and the faces that it names; the layout test reads them too."""

from dataclasses import dataclass

# Paper and type area, millimetres (5.1, 5.2.1): A4, 156 × 225.
PAGE_WIDTH, PAGE_HEIGHT = 210, 297
TOP, LEFT = 37, 28
WIDTH, HEIGHT = 156, 225
RIGHT, BOTTOM = PAGE_WIDTH - LEFT - WIDTH, PAGE_HEIGHT - TOP - HEIGHT

# 5.2.3: 22 lines a page, 28 characters a line, filling the type area.
LINES, CHARACTERS = 22, 28
POINTS_A_MM = 72 / 25.4
LINE = 28.95  # points; word processors count in twentieths: 22 × 28.95 = 636.9 of 637.8
# 28 characters of 16 points are wider than 156 mm: each gives a quarter of a point away.
TIGHTER = -0.25

# 7.2.4, 7.2.7: the upper edge of the red head is 35 mm below that of the type area, the red line
# 4 mm below the number. 7.5: the page number's dashes are 7 mm below the type area.
HEAD_DOWN, RULE_DOWN, NUMBER_DOWN = 35, 4, 7
RED = "FF0000"


@dataclass(frozen=True, slots=True)
class Face:
    """A face by its official name and its size in points."""

    name: str
    size: float


SMALL_TITLE_SONG, HEI, KAI, FANGSONG, SONG = (
    "方正小标宋简体", "黑体", "楷体_GB2312", "仿宋_GB2312", "宋体",
)  # fmt: skip
TITLE = Face(SMALL_TITLE_SONG, 22)
HEADINGS = {1: Face(HEI, 16), 2: Face(KAI, 16)}
BODY = Face(FANGSONG, 16)
PAGE_NUMBER = Face(SONG, 14)
IMPRINT = Face(FANGSONG, 14)  # 版记, 7.4
TABLE_HEAD, TABLE = Face(HEI, 12), Face(FANGSONG, 12)
TABLE_LINE = 18.0
PICTURE_WIDTH = 150  # millimetres

"""What a cell means: numbers with full-width digits, dates as people write them, money by its unit.

Pure functions over what a sheet holds: text, numbers, booleans, ISO dates.
"""

import calendar
import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from typing import Any

CLEAR = "清空"  # an empty cell leaves what is there; this word empties it
FIRST_SERIAL, LAST_SERIAL = 20_000, 80_000  # 1954 to 2119
EXCEL_EPOCH = dt.date(1899, 12, 30)
# What a money column holds → in 万元.
UNITS = {"亿元": Decimal(10_000), "万元": Decimal(1), "元": Decimal("0.0001")}
_YES = {"是", "有", "√", "true", "yes", "y", "1", "在用"}
_NO = {"否", "无", "×", "false", "no", "n", "0", "停用"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?月?(?:[T ].*)?$")
_PART_OF_MONTH = re.compile(r"^(\d{4})年?(\d{1,2})月(?:份)?(底|末|上旬|中旬|下旬|初)?$")
_PART_OF_YEAR = re.compile(
    r"^(\d{4})年?(?:(年?底|年?末|年内)|(上半年)|([1-4一二三四])季度(?:末|底)?)$"
)
_QUARTER = re.compile(r"(?:(\d{4})(?:年|-|(?=[第Q])))?[第Q]?(\d{1,4})(?:季度?)?")
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}


class UnreadableCellError(ValueError):
    """The cell does not say what its column needs; the text says what would."""


def cell_to_text(cell: Any) -> str:
    """Returns the cell as text: without outer blanks, ``12.0`` as ``12``, nothing invisible."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    text = _CONTROL.sub("", str(cell)).strip()
    # Exports put an apostrophe before what a spreadsheet would run as a formula.
    return text[1:] if len(text) > 1 and text[0] == "'" and text[1] in "=+-@" else text


def normalize_text(cell: Any) -> str:
    """Returns the text with full-width letters, digits and blanks made plain."""
    return unicodedata.normalize("NFKC", cell_to_text(cell)).strip()


def parse_number(cell: Any) -> Decimal:
    """Returns a number: ``１，２００．５``, ``1 200.5``, ``45%``."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        text = f"{cell:.15g}"
    else:
        text = normalize_text(cell).replace(",", "").replace(" ", "").removesuffix("%")
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise UnreadableCellError("number") from error
    if not number.is_finite() or abs(number.adjusted()) > 20:
        raise UnreadableCellError("number")
    return number


def parse_money(cell: Any, unit: str = "万元") -> Decimal:
    """Returns money in 万元; a unit in the cell itself goes before the heading's."""
    if isinstance(cell, str):
        text = normalize_text(cell).lstrip("¥￥")
        for name in UNITS:
            if text.endswith(name):
                return _trimmed(parse_number(text.removesuffix(name)) * UNITS[name])
        cell = text
    return _trimmed(parse_number(cell) * UNITS[unit])


def _trimmed(number: Decimal) -> Decimal:
    """Drops the zeros that a change of unit leaves behind the point."""
    normal = number.normalize()
    return normal if normal.as_tuple().exponent <= 0 else normal.quantize(Decimal(1))  # type: ignore[operator]


def parse_whole(cell: Any) -> int:
    number = parse_number(cell)
    if number != int(number):
        raise UnreadableCellError("whole")
    return int(number)


def parse_yes(cell: Any) -> bool:
    text = normalize_text(cell).lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise UnreadableCellError("yes")


def parse_date(cell: Any) -> dt.date:
    """Returns a day: a serial number, ``2025/9/30``, ``2025年9月30日``, ``2025年9月底``.

    A month alone means its last day: it is by then that something is promised.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _date_of_number(cell)
    text = normalize_text(cell).replace(" 00:00:00", "")
    if re.fullmatch(r"\d{8}|\d{5}", text):
        return _date_of_number(int(text))
    found = _DATE.match(text)
    if found and found[3]:
        return _day(int(found[1]), int(found[2]), int(found[3]))
    month = _PART_OF_MONTH.match(text) or (found if found else None)
    if month:
        part = month[3] if month.re is _PART_OF_MONTH else None
        return _part_of_month(int(month[1]), int(month[2]), part)
    year = _PART_OF_YEAR.match(text)
    if year:
        return _part_of_year(int(year[1]), year)
    raise UnreadableCellError("date")


def _date_of_number(number: float) -> dt.date:
    if FIRST_SERIAL < number < LAST_SERIAL:
        return EXCEL_EPOCH + dt.timedelta(days=int(number))
    text = str(int(number))
    if len(text) == 8:
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    raise UnreadableCellError("date")


def _day(year: int, month: int, day: int) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError as error:
        raise UnreadableCellError("date") from error


def _part_of_month(year: int, month: int, part: str | None) -> dt.date:
    if not 1 <= month <= 12 or not 1900 <= year <= 9998:
        raise UnreadableCellError("date")
    days = {"初": 1, "上旬": 10, "中旬": 20}
    return dt.date(year, month, days.get(part or "", calendar.monthrange(year, month)[1]))


def _part_of_year(year: int, found: re.Match) -> dt.date:
    if found[3]:
        return _part_of_month(year, 6, None)
    if found[4]:
        quarter = _QUARTERS.get(found[4]) or int(found[4])
        return _part_of_month(year, quarter * 3, None)
    return _part_of_month(year, 12, None)


def parse_month(cell: Any) -> tuple[int, int]:
    """Returns year and month: ``2025-03``, ``2025年3月``, or a day in it."""
    day = parse_date(cell)
    return day.year, day.month


def parse_quarter(cell: Any) -> tuple[int | None, int]:
    """Returns the year, where the cell names it, and the quarter: ``2025 年第 1 季度``, ``Q1``."""
    text = re.sub(r"\s", "", normalize_text(cell)).upper()
    found = _QUARTER.fullmatch(text.translate(str.maketrans("一二三四", "1234")))
    if not found:
        raise UnreadableCellError("whole")
    return int(found[1]) if found[1] else None, int(found[2])


def parse_list(cell: Any) -> list[str]:
    """Returns the names in a cell, separated as people do."""
    return [part.strip() for part in re.split(r"[、,，;；\n]", cell_to_text(cell)) if part.strip()]

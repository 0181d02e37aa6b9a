"""What a cell means: one table of examples for each kind of column."""

import datetime as dt
from decimal import Decimal

import pytest

from projects.importing.reader import column_letters, column_number
from projects.importing.values import (
    UnreadableCellError,
    cell_to_text,
    parse_date,
    parse_list,
    parse_money,
    parse_number,
    parse_whole,
    parse_yes,
)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2025-09-30", "2025-09-30"),
        ("2025/9/30", "2025-09-30"),
        ("2025.9.3", "2025-09-03"),
        ("2025年9月30日", "2025-09-30"),
        ("２０２５年９月３０日", "2025-09-30"),
        ("2025年9月底", "2025-09-30"),
        ("2025年2月末", "2025-02-28"),
        ("2025年9月", "2025-09-30"),
        ("2025-09", "2025-09-30"),
        ("2025年12月中旬", "2025-12-20"),
        ("2025年底", "2025-12-31"),
        ("2025年上半年", "2025-06-30"),
        ("2025年三季度末", "2025-09-30"),
        ("2025-09-30 10:11:12", "2025-09-30"),
        (45930, "2025-09-30"),
        (45930.5, "2025-09-30"),
        ("45930", "2025-09-30"),
        (20250930, "2025-09-30"),
    ],
)
def test_a_date_is_read_as_people_write_it(cell, day):
    assert parse_date(cell) == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "cell", ["2025年2月30日", "2025-13-01", "尽快", 5, -1, 1e15, True, "0000年1月"]
)
def test_what_is_no_date_is_refused(cell):
    with pytest.raises(UnreadableCellError):
        parse_date(cell)


@pytest.mark.parametrize(
    ("cell", "unit", "money"),
    [
        (1200.5, "万元", "1200.5"),
        ("１，２００．５", "万元", "1200.5"),
        ("¥1 200", "万元", "1200"),
        (1.23, "亿元", "12300"),
        (12_000_000, "元", "1200"),
        ("3.5亿元", "万元", "35000"),
        ("500万元", "亿元", "500"),
        (0.1 + 0.2, "万元", "0.3"),
    ],
)
def test_money_is_told_in_ten_thousand_yuan_whatever_its_unit(cell, unit, money):
    assert parse_money(cell, unit) == Decimal(money)


@pytest.mark.parametrize("cell", ["很多", "1e400", 1e300, float("inf"), float("nan"), "", True])
def test_what_is_no_number_is_refused(cell):
    with pytest.raises(UnreadableCellError):
        parse_number(cell)


def test_texts_lists_and_yes():
    assert cell_to_text(12.0) == "12"
    assert cell_to_text("'=1+1") == "=1+1"
    assert cell_to_text("a\x00b ") == "ab"
    assert parse_list("甲、乙, 丙；丁\n戊") == ["甲", "乙", "丙", "丁", "戊"]
    assert parse_yes("是") is True
    assert parse_yes("否") is False
    assert parse_whole("２０２５") == 2025
    assert [column_letters(column_number(each)) for each in ("A", "Z", "AA", "XFD")] == [
        "A", "Z", "AA", "XFD",
    ]  # fmt: skip

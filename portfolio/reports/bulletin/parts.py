"""What a bulletin is made of, as plain data: a cover, headings, paragraphs, tables and charts."""

import datetime as dt
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

FIRST, SECOND = 1, 2


@dataclass(frozen=True, slots=True)
class Heading:
    """一、 (level 1) or （一） (level 2)."""

    text: str
    level: int = FIRST


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column of a table: its heading and its width in millimetres; figures stand to the right."""

    heading: str
    width: int
    figures: bool = False


@dataclass(frozen=True, slots=True)
class BulletinTable:
    """A table over the whole type area: the widths of its columns add up to 156 mm."""

    columns: Sequence[TableColumn]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class BulletinImage:
    """A chart, and what it shows in words."""

    png: bytes
    alt: str


Part = Heading | BulletinTable | BulletinImage | str


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands around the text (GB/T 9704-2012, 7.2 to 7.4); "" leaves an element out."""

    issuer: str
    number: str
    signer: str
    recipients: str
    copies: str
    issued_on: dt.date


@dataclass(frozen=True, slots=True)
class Bulletin:
    """The whole document: ``title`` in the lines that it is broken into, and its parts."""

    month: str
    title: tuple[str, ...]
    cover: Cover
    parts: Sequence[Part]


def format_day(day: dt.date) -> str:
    """Returns the day as an official document writes it, without leading zeros."""
    return f"{day.year}年{day.month}月{day.day}日"


def measure_width(text: str) -> float:
    """Returns the width in characters; figures and letters take half of one."""
    return sum(1 if unicodedata.east_asian_width(each) in "WF" else 0.5 for each in text)

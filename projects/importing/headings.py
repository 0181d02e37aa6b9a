"""Which column of a sheet is which field: by Chinese or English name, in any order."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from portfolio.core.errors import field_error
from projects.core.sheets import Subject
from projects.importing.reader import TITLE_ROWS, UploadedSheet
from projects.importing.values import UNITS

_BRACKETS = re.compile(r"[(\[【].*?[)\]】]")


@dataclass
class Headings:
    """``columns``: place in the row → field; ``units``: money columns' units."""

    row: int
    columns: dict[int, str]
    texts: dict[int, str]
    units: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def simplify_heading(text: Any) -> str:
    """Returns a heading without what people vary: brackets, blanks, width, case, ``*``, ``：``."""
    plain = unicodedata.normalize("NFKC", str(text)).lower()
    return re.sub(r"[\s*:_\-/·.]", "", _BRACKETS.sub("", plain))


def find_headings(sheet: UploadedSheet, subject: Subject) -> Headings:
    """Returns the row of headings, below any title rows: the one that names most fields."""
    names = list_known_names(subject)
    best: Headings | None = None
    for number, cells in sheet.rows[:TITLE_ROWS]:
        headings = _match(number, cells, names, subject)
        if best is None or len(headings.columns) > len(best.columns):
            best = headings
    if best is None or len(best.columns) < min(2, len(subject.columns)):
        wanted = "、".join(heading_of(subject, name) for name in subject.columns[:6])
        message = _("没有找到表头; 至少应有这些列中的两列: %(wanted)s 等。可下载模板。")
        raise field_error("file", message % {"wanted": wanted}, "no_headings")
    return best


def _match(number: int, cells: list[Any], names: dict[str, str], subject: Subject) -> Headings:
    headings = Headings(row=number, columns={}, texts={})
    for place, cell in enumerate(cells):
        text = str(cell).strip()
        if not text:
            continue
        name = names.get(simplify_heading(text))
        if name is None or name in headings.columns.values():
            headings.ignored.append(text)
            continue
        headings.columns[place], headings.texts[place] = name, text
        if name in subject.money:
            headings.units[name] = _unit(text)
    return headings


def _unit(heading: str) -> str:
    plain = unicodedata.normalize("NFKC", heading)
    return next((unit for unit in UNITS if unit in plain), "万元")


def list_known_names(subject: Subject) -> dict[str, str]:
    """Returns simplified heading → field: the model's words, English names, people's words."""
    names: dict[str, str] = {}
    for heading, name in subject.aliases.items():
        names[simplify_heading(heading)] = name
    for language in ("en", "zh-hans"):
        with translation.override(language):
            names |= {simplify_heading(heading_of(subject, n)): n for n in all_columns(subject)}
    names |= {simplify_heading(name): name for name in all_columns(subject)}
    return names


def all_columns(subject: Subject) -> Iterable[str]:
    return [*subject.extra, *subject.columns]


def heading_of(subject: Subject, name: str) -> str:
    """Returns the column's heading as the model words it."""
    if name in subject.extra:
        return str(subject.extra[name])
    return str(subject.model._meta.get_field(name).verbose_name)

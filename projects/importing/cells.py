"""From cells to values by field, with what to do about those that cannot be read."""

import unicodedata
from collections.abc import Callable
from typing import Any

from django.db import models
from django.utils import translation
from django.utils.translation import gettext as _

from projects.core.sheets import Subject
from projects.importing import values
from projects.people.models import User

Reader = Callable[[Any], Any]

_REMEDIES = {
    "number": lambda: _("应为数字, 例如 1200.5。"),
    "whole": lambda: _("应为整数。"),
    "yes": lambda: _("应写“是”或“否”。"),
    "date": lambda: _("应为日期, 例如 2025-09-30、2025/9/30 或 2025年9月底。"),
}


def describe_remedy(error: values.UnreadableCellError) -> str:
    """Returns what the cell should say."""
    text = str(error)
    return _REMEDIES[text]() if text in _REMEDIES else text


def find_reader(subject: Subject, name: str, unit: str | None) -> Reader:
    """Returns how a column's cells are read."""
    if name in subject.extra:
        return _EXTRA.get(name, values.cell_to_text)
    column = subject.model._meta.get_field(name)
    if name in subject.money:
        return lambda cell: values.parse_money(cell, unit or "万元")
    if column.choices:
        return _choice_reader(column)
    if column.related_model is User:
        return _people_of if column.many_to_many else _person_of
    for kind, reader in _READERS:
        if isinstance(column, kind):
            return reader
    return values.cell_to_text


def _choice_reader(column: Any) -> Reader:
    known: dict[str, Any] = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            known |= {_fold_text(str(label)): code for code, label in column.flatchoices}
    known |= {_fold_text(str(code)): code for code, _label in column.flatchoices}

    def read(cell: Any) -> Any:
        text = values.cell_to_text(cell)
        found = known.get(_fold_text(text))
        if found is None:
            labels = "、".join(str(label) for _code, label in column.flatchoices)
            raise values.UnreadableCellError(
                _("没有这一选项; 可选: %(labels)s。") % {"labels": labels}
            )
        return found

    return read


def _fold_text(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def _person_of(cell: Any) -> str:
    """Returns a name or user name; of ``张三 (zhangsan)`` the part that is surely one person's."""
    text = values.cell_to_text(cell)
    if text.endswith((")", "）")):
        inner = unicodedata.normalize("NFKC", text).rpartition("(")[2][:-1].strip()
        if inner and inner.isascii():
            return inner
    return text


def _people_of(cell: Any) -> list[str]:
    return [_person_of(part) for part in values.parse_list(cell)]


_EXTRA: dict[str, Reader] = {
    "month": values.parse_month,
    "year": values.parse_whole,
    "quarter": values.parse_quarter,
    "judge_name": _person_of,
}
_READERS: tuple[tuple[type, Reader], ...] = (
    (models.ManyToManyField, values.parse_list),
    (models.ForeignKey, values.cell_to_text),
    (models.DateField, values.parse_date),
    (models.DecimalField, values.parse_number),
    (models.BooleanField, values.parse_yes),
    (models.IntegerField, values.parse_whole),
)


def may_be_cleared(subject: Subject, name: str) -> bool:
    """Returns whether ``清空`` has a meaning in this column."""
    if name in subject.extra:
        return False
    column = subject.model._meta.get_field(name)
    return bool(column.null or column.blank or column.many_to_many)


def empty_value(subject: Subject, name: str) -> Any:
    """Returns what a cell that says ``清空`` writes."""
    column = subject.model._meta.get_field(name)
    if column.many_to_many:
        return []
    return None if column.null else ""

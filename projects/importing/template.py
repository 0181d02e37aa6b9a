"""An empty sheet to fill in: headings, drop-down lists, a word on each column."""

import io
from typing import Any

import xlsxwriter
from django.db import models
from django.utils.translation import gettext as _

from projects.core.sheets import Subject
from projects.importing.headings import all_columns, heading_of
from projects.importing.reader import column_letters
from projects.people.models import Department, User

LISTED_ROWS = 2000  # how far down the lists reach


def build_template(subject: Subject) -> bytes:
    """Returns the workbook; its lists stand on a second sheet, which is not read back."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(str(subject.model._meta.verbose_name)[:31])
        lists = book.add_worksheet(_("选项"))
        bold = book.add_format({"bold": True, "bg_color": "#DCE6F1", "text_wrap": True})
        needed = book.add_format({"bold": True, "bg_color": "#F8CBAD", "text_wrap": True})
        date = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, name in enumerate(all_columns(subject)):
            heading = heading_of(subject, name)
            sheet.write_string(0, place, heading, needed if _required(subject, name) else bold)
            dated = _column(subject, name, models.DateField)
            sheet.set_column(place, place, max(12, 2 * len(heading) + 2), date if dated else None)
            sheet.write_comment(0, place, _hint(subject, name))
            options = _options(subject, name)
            if options:
                _write_list(sheet, lists, place, heading, options)
        sheet.freeze_panes(1, 0)
        lists.freeze_panes(1, 0)
    return file.getvalue()


def _write_list(sheet: Any, lists: Any, place: int, heading: str, options: list[str]) -> None:
    lists.write_string(0, place, heading)
    lists.write_column(1, place, options)
    letters = column_letters(place)
    source = f"='{lists.get_name()}'!${letters}$2:${letters}${len(options) + 1}"
    rule = {"validate": "list", "source": source, "error_type": "warning"}
    sheet.data_validation(1, place, LISTED_ROWS, place, rule)


def _column(subject: Subject, name: str, kind: type) -> bool:
    if name in subject.extra:
        return False
    return isinstance(subject.model._meta.get_field(name), kind)


def _required(subject: Subject, name: str) -> bool:
    if name in subject.extra:
        return True
    column = subject.model._meta.get_field(name)
    return not (column.null or column.blank or column.has_default() or name in subject.known_only)


def _options(subject: Subject, name: str) -> list[str]:
    if name in subject.extra:
        return []
    column = subject.model._meta.get_field(name)
    if column.choices:
        return [str(label) for code, label in column.flatchoices if code]
    if column.related_model is Department:
        names = Department.objects.filter(active=True).values_list("name", flat=True)
        return list(names[:LISTED_ROWS])
    if column.related_model is User:
        people = User.objects.filter(is_active=True).values_list("name", "username")
        return [f"{name} ({username})" for name, username in people[:LISTED_ROWS]]
    if isinstance(column, models.BooleanField):
        return [_("是"), _("否")]
    return []


def _hint(subject: Subject, name: str) -> str:
    if name in subject.known_only:
        return _("修改已有记录时填写, 新增请留空。")
    lines = [_("必填。")] if _required(subject, name) else [_("可留空; 要清空已有内容请写“清空”。")]
    if _column(subject, name, models.ManyToManyField):
        lines.append(_("多个用顿号“、”分开。"))
    if _column(subject, name, models.DateField):
        lines.append(_("例如 2025-09-30 或 2025年9月底。"))
    if name in subject.money:
        lines.append(_("单位由表头决定: 元、万元、亿元; 不写按万元。"))
    return "\n".join(lines)

"""Reads the work report's YAML files into one checked ``Report``.

The files were reviewed by hand against the report's text. Reading is strict, so that a slip of the
keyboard is found here and not in a register that people already trust.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from portfolio.tools.work_report import checks, entries
from portfolio.tools.work_report.fields import (
    Field,
    ReportError,
    WrongValueError,
    address,
    boolean,
    code,
    day,
    days,
    key,
    many,
    matching,
    nullable,
    number,
    one_of,
    positive,
    read_entries,
    read_yaml,
    record,
    text,
    text_or_empty,
    whole,
)

__all__ = ["ReportError", "read_report"]

NOTE = Field(text, default="")
PARAGRAPH_ID = matching(
    r"[2-9](-\d)*", lambda: _("应为加引号的段落编号，如 '3-1-2'，与 paragraphs 文件一致。")
)
PLACE = {"section": Field(text), "paragraph": Field(PARAGRAPH_ID), "wording": Field(text)}
LEAD = {
    "lead_department": Field(code),
    "supporting_departments": Field(many(code)),
    "assigned": Field(one_of(entries.ASSIGNED)),
}

DEPARTMENT = record(
    entries.DepartmentData,
    {
        "code": Field(code),
        "name": Field(text),
        "short_name": Field(text),
        "kind": Field(one_of(entries.DEPARTMENT_KINDS)),
        "programme_office": Field(boolean),
        "parent": Field(nullable(code)),
        "email": Field(address),
    },
)
PROGRAMME = record(
    entries.ProgrammeData,
    {
        "year": Field(whole),
        "title": Field(text),
        "planned_count": Field(whole),
        "list_in_report": Field(boolean),
        **PLACE,
        "note": NOTE,
    },
)
PARAGRAPH = record(
    entries.Paragraph,
    {
        "id": Field(PARAGRAPH_ID),
        "section": Field(text),
        "title": Field(text),
        "figures": Field(many(text)),
        "policy": Field(nullable(text)),
        "not_tracked": Field(
            many(record(entries.UntrackedPassage, {"wording": Field(text), "why": Field(text)}))
        ),
    },
)
MILESTONE = record(
    entries.MilestoneData,
    {
        "key": Field(key),
        "name": Field(text),
        "commitment": Field(one_of(entries.COMMITMENTS)),
        "due_on": Field(day),
        "date_basis": Field(one_of(entries.DATE_BASES)),
        **PLACE,
    },
)
PROJECT = record(
    entries.ProjectData,
    {
        "key": Field(key),
        "name": Field(text),
        "description": Field(text),
        "category": Field(one_of(entries.CATEGORIES)),
        "cluster": Field(one_of(entries.CLUSTERS)),
        "district": Field(nullable(code)),
        **LEAD,
        "stage": Field(one_of(entries.STAGES)),
        "expected_outcome": Field(text),
        "commitment": Field(one_of(entries.COMMITMENTS)),
        **PLACE,
        "milestones": Field(many(MILESTONE)),
        "note": NOTE,
    },
)
BASELINE = record(
    entries.BaselineData,
    {
        "value": Field(number),
        "qualifier": Field(one_of(entries.QUALIFIERS)),
        "estimated": Field(boolean),
        "period": Field(one_of(entries.PERIODS)),
        "section": Field(text),
        "note": Field(text_or_empty),
    },
)
CALENDAR = record(
    entries.CalendarData,
    {
        "frequency": Field(one_of(entries.FREQUENCIES)),
        "jan_feb_combined": Field(boolean),
        "after_days": Field(days),
        "year_after_days": Field(nullable(days)),
    },
)
PROJECTS = record(
    entries.ProjectFigureData,
    {
        "figure": Field(one_of(entries.PROJECT_FIGURES)),
        "category": Field(one_of(("", *entries.CATEGORIES))),
        "cluster": Field(one_of(entries.CLUSTERS)),
        "district": Field(nullable(code)),
        "min_investment": Field(nullable(positive)),
    },
)
PART = record(entries.PartData, {"department": Field(code), "value": Field(positive), "note": NOTE})
_TARGET_FIELDS = record(
    entries.TargetData,
    {
        "key": Field(key),
        "name": Field(text),
        "value": Field(nullable(positive)),
        "unit": Field(text_or_empty),
        "comparator": Field(one_of(entries.COMPARATORS)),
        "measure": Field(one_of(entries.MEASURES)),
        "source": Field(one_of(entries.SOURCES)),
        "commitment": Field(one_of(entries.COMMITMENTS)),
        "projects": Field(nullable(PROJECTS), default=None),
        "baseline": Field(nullable(BASELINE)),
        "due_on": Field(day),
        "calendar": Field(CALENDAR),
        **LEAD,
        "weight": Field(positive),
        **PLACE,
        "tolerance": Field(nullable(number), default=None),
        "in_step_with": Field(nullable(key), default=None),
        "parts": Field(many(PART), default=()),
        "note": NOTE,
    },
)
WORK_ITEM = record(
    entries.WorkItemData,
    {
        "key": Field(key),
        "target": Field(key),
        "name": Field(text),
        "quantity": Field(positive),
        "unit": Field(text_or_empty),
        "place": Field(text_or_empty),
        "plan": Field(text),
        "lead_department": Field(code),
        "due_on": Field(day),
        "placeholder": Field(boolean, default=False),
        **PLACE,
        "note": NOTE,
    },
)
REPORT_HEAD = record(dict, {"year": Field(whole), "title": Field(text), "given_on": Field(day)})


def parse_target(value: Any) -> entries.TargetData:
    """A target whose value, unit and comparator agree with each other."""
    target: entries.TargetData = _TARGET_FIELDS(value)
    for field, remedy in _target_faults(target):
        raise WrongValueError(remedy, at=f".{field}", value=getattr(target, field))
    return target


def _target_faults(target: entries.TargetData) -> Iterator[tuple[str, str]]:
    if (target.value is None) != (target.comparator in entries.WITHOUT_VALUE or target.all_listed):
        yield (
            "value",
            _(
                "比较方式 done 和 in_step_with 的目标值写 null，其余写数；"
                "清单要另行导入的 exactly_all 也写 null。"
            ),
        )
    if target.comparator != "done" and not target.unit:
        yield "unit", _("有数值的目标要写单位，如 亿元、%、个。")
    if (target.in_step_with is None) == (target.comparator == "in_step_with"):
        yield "in_step_with", _("比较方式为 in_step_with 时写明与哪个目标同步，否则不写。")
    if target.projects is None and target.source == "from_projects":
        yield "projects", _("来源为 from_projects 时写明汇总项目的哪一项。")
    if target.projects is not None and target.source not in ("from_projects", "reported"):
        yield "projects", _("只有由项目汇总或单位填报的目标才写项目口径。")
    if target.calendar.jan_feb_combined and target.calendar.frequency != "month":
        yield "calendar", _("只有按月公布的目标才有1、2月合并。")
    if bool(target.parts) != (target.source == "from_parts"):
        yield "parts", _("来源为 from_parts 时写明分解，否则不写。")
    if target.parts and sum((part.value for part in target.parts), Decimal()) != target.value:
        yield "parts", _("分解之和应等于目标值。")


def read_report(root: Path, year: int = 2025) -> entries.WorkReport:
    """Gives the whole report of ``year`` found below ``root``, the folder with the apps' ``data/``.

    Raises ReportError at the first fault: it names file, entry, field, value and remedy.
    """
    files = checks.Files.of(year)
    paragraphs_file = _file(root, files.paragraphs, "report", "paragraphs")
    try:
        head = REPORT_HEAD(paragraphs_file["report"])
    except WrongValueError as wrong:
        raise ReportError(
            files.paragraphs,
            str(wrong),
            entry="report",
            field=wrong.at.lstrip("."),
            value=wrong.value,
        ) from None

    def entries_of(file: str, name: str, identity: str, parse: Any) -> tuple:
        return read_entries(file, _file(root, file, name)[name], name, identity, parse)

    report = entries.WorkReport(
        **head,
        departments=entries_of(files.departments, "departments", "code", DEPARTMENT),
        programmes=entries_of(files.programmes, "programmes", "year", PROGRAMME),
        paragraphs=read_entries(
            files.paragraphs, paragraphs_file["paragraphs"], "paragraphs", "id", PARAGRAPH
        ),
        projects=entries_of(files.projects, "projects", "key", PROJECT),
        targets=entries_of(files.targets, "targets", "key", parse_target),
        work_items=entries_of(files.work_items, "work_items", "key", WORK_ITEM),
    )
    checks.check(report, files)
    return report


def _file(root: Path, file: str, *names: str) -> dict[str, Any]:
    """The file's mapping, which has these names at its top and no others."""
    data = read_yaml(root, file)
    for name in names:
        if name not in data:
            raise ReportError(file, _("缺少这一部分；请补上。"), field=name)
    for name in data:
        if name not in names:
            raise ReportError(
                file,
                _("没有这一部分；应只有：%(names)s。") % {"names": "、".join(names)},
                field=name,
            )
    return data

"""What the report's entries owe each other: references lead somewhere, no figure is forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portfolio.tools.work_report import entries
from portfolio.tools.work_report.fields import ReportError


@dataclass(frozen=True)
class Files:
    """Where each part of a year's report lies, below the root."""

    departments: str
    programmes: str
    paragraphs: str
    projects: str
    targets: str
    work_items: str

    @classmethod
    def of(cls, year: int) -> "Files":
        return cls(
            departments="projects/data/departments.yaml",
            programmes="projects/data/programmes.yaml",
            paragraphs=f"projects/data/paragraphs_{year}.yaml",
            projects=f"projects/data/projects_{year}.yaml",
            targets=f"targets/data/targets_{year}.yaml",
            work_items=f"targets/data/work_items_{year}.yaml",
        )


def check(report: entries.WorkReport, files: Files) -> None:
    """Raises ReportError at the first entry that refers to nothing or contradicts another."""
    _departments(report, files)
    _places(report, files)
    _responsibility(report, files)
    _districts(report, files)
    _milestone_keys(report, files)
    _names(report, files)
    _work_items(report, files)
    _target_references(report, files)
    _figures(report, files)


def _departments(report: entries.WorkReport, files: Files) -> None:
    known = {department.code for department in report.departments}
    for department in report.departments:
        if department.parent is not None and department.parent not in known:
            raise _unknown_department(
                files.departments, department.code, "parent", department.parent
            )
    offices = [department.code for department in report.departments if department.programme_office]
    if len(offices) != 1:
        raise ReportError(
            files.departments,
            _("项目办应有且只有一个单位。"),
            field="programme_office",
            value="、".join(offices),
        )


def _unknown_department(file: str, entry: str, field: str, value: str) -> ReportError:
    return ReportError(
        file,
        _("没有这个单位；请改正代码，或在 projects/data/departments.yaml 里增加它。"),
        entry=entry,
        field=field,
        value=value,
    )


def _placed(report: entries.WorkReport, files: Files) -> Iterator[tuple[str, str, Any]]:
    for programme in report.programmes:
        yield files.programmes, str(programme.year), programme
    for project in report.projects:
        yield files.projects, project.key, project
    for milestone in report.milestones:
        yield files.projects, milestone.key, milestone
    for target in report.targets:
        yield files.targets, target.key, target
    for item in report.work_items:
        yield files.work_items, item.key, item


def _places(report: entries.WorkReport, files: Files) -> None:
    sections = {paragraph.id: paragraph.section for paragraph in report.paragraphs}
    for file, entry, placed in _placed(report, files):
        section = sections.get(placed.paragraph)
        if section is None:
            raise ReportError(
                file,
                _("没有这个段落；请改为 %(file)s 里的编号。") % {"file": files.paragraphs},
                entry=entry,
                field="paragraph",
                value=placed.paragraph,
            )
        if section != placed.section:
            raise ReportError(
                file,
                _("段落 %(paragraph)s 属于 %(section)s；请改正其一。")
                % {"paragraph": placed.paragraph, "section": section},
                entry=entry,
                field="section",
                value=placed.section,
            )


def _responsibility(report: entries.WorkReport, files: Files) -> None:
    known = {department.code for department in report.departments}
    for file, entry, field, code in _responsible(report, files):
        if code not in known:
            raise _unknown_department(file, entry.key, field, code)
        if field == "supporting_departments" and code == entry.lead_department:
            raise ReportError(
                file,
                _("牵头单位不能同时是配合单位；请从配合单位中删去。"),
                entry=entry.key,
                field=field,
                value=code,
            )


def _responsible(report: entries.WorkReport, files: Files) -> Iterator[tuple[str, Any, str, str]]:
    """Each department that an entry names: file, entry, field, code."""
    led: list[tuple[str, Any]] = [(files.projects, project) for project in report.projects]
    led += [(files.targets, target) for target in report.targets]
    for file, entry in led:
        yield file, entry, "lead_department", entry.lead_department
        for code in entry.supporting_departments:
            yield file, entry, "supporting_departments", code
    for item in report.work_items:
        yield files.work_items, item, "lead_department", item.lead_department
    for target in report.targets:
        for part in target.parts:
            yield files.targets, target, "parts", part.department
        if target.projects is not None and target.projects.district is not None:
            yield files.targets, target, "projects.district", target.projects.district


def _districts(report: entries.WorkReport, files: Files) -> None:
    areas = {d.code for d in report.departments if d.kind in ("district", "park")}
    for project in report.projects:
        if project.district is not None and project.district not in areas:
            raise ReportError(
                files.projects,
                _("应为旗县区或园区的单位代码；不能确定请写 null。"),
                entry=project.key,
                field="district",
                value=project.district,
            )


def _milestone_keys(report: entries.WorkReport, files: Files) -> None:
    seen: set[str] = set()
    for project in report.projects:
        for milestone in project.milestones:
            if not milestone.key.startswith(project.key + "/"):
                raise ReportError(
                    files.projects,
                    _("节点的 key 应以项目的 key 加“/”开头。"),
                    entry=project.key,
                    field="milestones.key",
                    value=milestone.key,
                )
            if milestone.key in seen:
                raise ReportError(
                    files.projects,
                    _("重复；请改名或删去一条。"),
                    entry=project.key,
                    field="milestones.key",
                    value=milestone.key,
                )
            seen.add(milestone.key)


def _names(report: entries.WorkReport, files: Files) -> None:
    """People tell projects and targets by name: one name, one entry."""
    named: tuple[tuple[str, tuple], ...] = (
        (files.departments, report.departments),
        (files.projects, report.projects),
        (files.targets, report.targets),
    )
    for file, found in named:
        seen: set[str] = set()
        for entry in found:
            if entry.name in seen:
                raise ReportError(
                    file,
                    _("名称重复；请改名或删去一条。"),
                    entry=entry.code if isinstance(entry, entries.DepartmentData) else entry.key,
                    field="name",
                    value=entry.name,
                )
            seen.add(entry.name)


def _target_references(report: entries.WorkReport, files: Files) -> None:
    known = {target.key for target in report.targets}
    listed = {item.target for item in report.work_items}
    for target in report.targets:
        if target.in_step_with is not None and target.in_step_with not in known - {target.key}:
            raise ReportError(
                files.targets,
                _("没有这个目标，或就是它自己；请改为另一个目标的 key。"),
                entry=target.key,
                field="in_step_with",
                value=target.in_step_with,
            )
        if target.source == "from_items" and not target.all_listed and target.key not in listed:
            raise ReportError(
                files.targets,
                _("来源为 from_items 且写了目标值的目标至少要有一条清单；请在 %(file)s 里增加。")
                % {"file": files.work_items},
                entry=target.key,
                field="source",
                value=target.source,
            )


def _work_items(report: entries.WorkReport, files: Files) -> None:
    targets = {target.key: target for target in report.targets}
    for item in report.work_items:
        target = targets.get(item.target)
        if target is None:
            raise ReportError(
                files.work_items,
                _("没有这个目标；请改为 %(file)s 里的 key。") % {"file": files.targets},
                entry=item.key,
                field="target",
                value=item.target,
            )
        if target.source == "from_items" and item.unit != target.unit:
            raise ReportError(
                files.work_items,
                _("清单要加总到目标，单位应为“%(unit)s”。") % {"unit": target.unit},
                entry=item.key,
                field="unit",
                value=item.unit,
            )


def _figures(report: entries.WorkReport, files: Files) -> None:
    """Each quantity of a paragraph stands in an entry's words, or is said not to be tracked."""
    wordings: dict[str, list[str]] = {paragraph.id: [] for paragraph in report.paragraphs}
    for _file, _entry, placed in _placed(report, files):
        wordings[placed.paragraph].append(placed.wording)
    for paragraph in report.paragraphs:
        words = wordings[paragraph.id] + [item.wording for item in paragraph.not_tracked]
        for figure in paragraph.figures:
            if not any(figure in wording for wording in words):
                raise ReportError(
                    files.paragraphs,
                    _("没有一个条目引用这个数；请立目标或项目，或在 not_tracked 说明为何不跟踪。"),
                    entry=paragraph.id,
                    field="figures",
                    value=figure,
                )

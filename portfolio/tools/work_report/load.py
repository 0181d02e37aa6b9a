"""Loads the work report's data into the register.

A row is known again by its stable key (``report_key``; a department by its code, a programme by its
year), so loading twice changes nothing. What the data say anew reaches the register, but nothing
that a person wrote is overwritten: see ``merging``. Dates, officers, stages and what was reported
as done belong to the people from the moment that the row is there: a due date moves by an extension
only, a stage by a transition. An entry that has left the data stays in the register.

The first loading is recorded as on the day that the report was given (domain §0). Any later one is
recorded when it happens, or yesterday's "as of" would answer differently today.
"""

import datetime as dt
from collections.abc import Iterable
from contextlib import ExitStack
from typing import Any

import pghistory
from django.db import transaction

from portfolio.core import clock
from portfolio.core.complete import check_complete
from portfolio.core.locks import acquire_transaction_lock
from portfolio.tools.work_report import entries, supports
from portfolio.tools.work_report.checks import Files
from portfolio.tools.work_report.merge import (
    COMMAND,
    MergeResult,
    MergeSpec,
    WantedRow,
    merge,
    sort_by_level,
)
from projects.choices import Stage
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.programmes.models import Programme, ProgrammeEntry
from projects.register.models import Project, ProjectSupport, StageTransition
from projects.register.services import project_codes_allot
from targets.choices import BaselineQualifier
from targets.models import Target, TargetPart, TargetSupport, WorkItem

# A project of the report is nowhere else yet.
check_complete(
    "entries.STAGES",
    entries.STAGES,
    Stage,
    aside={Stage.ENROLLED, Stage.SUSPENDED, Stage.CANCELLED},
)
OFFICE_OPENS = dt.time(9, tzinfo=clock.CITY_TIME)
SOURCE = ("section", "wording")
NO_BASELINE = {
    "baseline": None,
    "baseline_qualifier": "",
    "baseline_estimated": False,
    "baseline_period": "",
    "baseline_section": "",
    "baseline_note": "",
}

NO_PROJECTS = {
    "project_figure": "",
    "project_category": "",
    "project_cluster": "",
    "project_district_id": None,
    "project_min_investment": None,
}


def report_load(report: entries.WorkReport) -> list[MergeResult]:
    """Gives what became of each kind; all of it in one transaction.

    Raises ReportError when an entry is refused; nothing is changed then.
    """
    with ExitStack() as stack:
        stack.enter_context(pghistory.context(door="command", command=COMMAND))
        if not _is_loaded(report.year):
            given = dt.datetime.combine(report.given_on, OFFICE_OPENS)
            stack.enter_context(clock.at(min(given, clock.now())))
        # The transaction's start is the moment that is recorded: the clock is set before it.
        stack.enter_context(transaction.atomic())
        acquire_transaction_lock(COMMAND)
        return _ReportLoader(report).run()


def _is_loaded(year: int) -> bool:
    return any(
        model._base_manager.filter(report_key__startswith=f"{year}/").exists()
        for model in (Project, Target)
    )


class _ReportLoader:
    """One run: the report, its files, and the rows that later entries refer to."""

    def __init__(self, report: entries.WorkReport) -> None:
        self.report = report
        self.files = Files.of(report.year)
        self.outcomes: dict[str, MergeResult] = {}
        self.departments: dict[str, int] = {}
        self.programmes: dict[int, int] = {}
        self.projects: dict[str, int] = {}
        self.targets: dict[str, int] = {}

    def run(self) -> list[MergeResult]:
        self.load_departments()
        self.load_programmes()
        self.load_projects()
        self.load_supports(
            ProjectSupport, "project_id", self.files.projects, self.report.projects, self.projects
        )
        self.load_programme_entries()
        self.load_milestones()
        self.load_targets()
        self.load_supports(
            TargetSupport, "target_id", self.files.targets, self.report.targets, self.targets
        )
        self.load_parts()
        self.load_work_items()
        return list(self.outcomes.values())

    def merge(self, kind: MergeSpec, rows: Iterable[WantedRow]) -> tuple[dict[Any, int], list[Any]]:
        """Gives the rows' ids by the last column of their key, and the new rows."""
        outcome, present, new = merge(kind, list(rows))
        self.count(outcome)
        return {key[-1]: row.pk for key, row in present.items()}, new

    def count(self, outcome: MergeResult) -> None:
        total = self.outcomes.setdefault(outcome.label, MergeResult(outcome.label))
        total.new += outcome.new
        total.changed += outcome.changed
        total.same += outcome.same
        total.kept += outcome.kept

    def load_departments(self) -> None:
        kind = MergeSpec(Department, self.files.departments, key=("code",), restored=True)
        for level in sort_by_level(
            self.report.departments, name=lambda d: d.code, above=lambda d: d.parent
        ):
            ids, _new = self.merge(
                kind, (WantedRow(entry.code, self.department_values(entry)) for entry in level)
            )
            self.departments |= ids

    def department_values(self, entry: entries.DepartmentData) -> dict[str, Any]:
        return {
            **_same(entry, "code", "name", "short_name", "kind", "programme_office", "email"),
            "parent_id": self.departments[entry.parent] if entry.parent else None,
        }

    def load_programmes(self) -> None:
        kind = MergeSpec(Programme, self.files.programmes, key=("year",), restored=True)
        self.programmes, _new = self.merge(
            kind,
            (
                WantedRow(
                    str(entry.year), _same(entry, "year", "title", "planned_count", "section")
                )
                for entry in self.report.programmes
            ),
        )

    def load_projects(self) -> None:
        kind = MergeSpec(Project, self.files.projects, complete=self.give_codes_and_stages)
        self.projects, new = self.merge(
            kind,
            (WantedRow(entry.key, self.project_values(entry)) for entry in self.report.projects),
        )
        self.record_first_stages(new)

    def give_codes_and_stages(self, new: list[Project]) -> None:
        stages = {entry.key: entry.stage for entry in self.report.projects}
        codes = project_codes_allot(year=clock.today().year, count=len(new))
        for project, code in zip(new, codes, strict=True):
            project.code = code
            # The transition that follows confirms it; set by that alone, the history would show a
            # registration in reserve and a move that never was.
            project.stage = stages[str(project.report_key)]

    def project_values(self, entry: entries.ProjectData) -> dict[str, Any]:
        return {
            **_same(entry, "name", "description", "category", "cluster", "assigned", "note"),
            **_same(entry, *SOURCE),
            "report_key": entry.key,
            "district_id": self.departments[entry.district] if entry.district else None,
            "lead_department_id": self.departments[entry.lead_department],
        }

    def record_first_stages(self, new: list[Project]) -> None:
        today = min(self.report.given_on, clock.today())
        # What stands already was finished before: it is no commissioning of the report's year.
        year_before = dt.date(self.report.year - 1, 12, 31)
        StageTransition.objects.bulk_create(
            StageTransition(
                project=project,
                to_stage=project.stage,
                effective_on=year_before if project.stage == Stage.COMMISSIONED else today,
                evidence=f"{self.report.title}{project.section}: {project.wording}",
            )
            for project in new
        )

    def load_supports(
        self,
        model: type[ProjectSupport] | type[TargetSupport],
        owner: str,
        file: str,
        supported: Iterable[entries.ProjectData | entries.TargetData],
        ids: dict[str, int],
    ) -> None:
        wanted = {
            ids[entry.key]: {self.departments[code] for code in entry.supporting_departments}
            for entry in supported
            if entry.key in ids
        }
        self.count(supports.merge_supports(model, owner, wanted))

    def load_programme_entries(self) -> None:
        programme = self.programmes[self.report.year]
        kind = MergeSpec(ProgrammeEntry, self.files.projects, key=("programme_id", "project_id"))
        self.merge(
            kind,
            (
                WantedRow(
                    entry.key,
                    {
                        "programme_id": programme,
                        "project_id": self.projects[entry.key],
                        "expected_outcome": entry.expected_outcome,
                    },
                )
                for entry in self.report.projects
                if entry.key in self.projects
            ),
        )

    def load_milestones(self) -> None:
        kind = MergeSpec(
            Milestone,
            self.files.projects,
            frozen=frozenset({"due_on", "baseline_on", "date_basis"}),
        )
        self.merge(
            kind,
            (
                WantedRow(
                    milestone.key,
                    {
                        **_same(milestone, "name", "commitment", "due_on", "date_basis"),
                        **_same(milestone, *SOURCE),
                        "report_key": milestone.key,
                        "baseline_on": milestone.due_on,
                        "project_id": self.projects[project.key],
                    },
                )
                for project in self.report.projects
                if project.key in self.projects
                for milestone in project.milestones
            ),
        )

    def load_targets(self) -> None:
        kind = MergeSpec(Target, self.files.targets, frozen=frozenset({"due_on"}))
        for level in sort_by_level(
            self.report.targets, name=lambda t: t.key, above=lambda t: t.in_step_with
        ):
            ids, _new = self.merge(
                kind,
                (
                    WantedRow(entry.key, self.target_values(entry))
                    for entry in level
                    if entry.in_step_with is None or entry.in_step_with in self.targets
                ),
            )
            self.targets |= ids

    def target_values(self, entry: entries.TargetData) -> dict[str, Any]:
        return {
            **_same(entry, "name", "value", "unit", "comparator", "measure", "source"),
            **_same(entry, "commitment", "due_on", "assigned", "weight", "tolerance", "note"),
            **_same(entry, *SOURCE),
            **_baseline_values(entry.baseline),
            **_calendar_values(entry.calendar),
            **self.project_figure_values(entry.projects),
            "report_key": entry.key,
            "year": self.report.year,
            "lead_department_id": self.departments[entry.lead_department],
            "in_step_with_id": self.targets[entry.in_step_with] if entry.in_step_with else None,
        }

    def project_figure_values(self, projects: entries.ProjectFigureData | None) -> dict[str, Any]:
        if projects is None:
            return NO_PROJECTS
        return {
            "project_figure": projects.figure,
            "project_category": projects.category,
            "project_cluster": projects.cluster,
            "project_district_id": (
                self.departments[projects.district] if projects.district else None
            ),
            "project_min_investment": projects.min_investment,
        }

    def load_parts(self) -> None:
        kind = MergeSpec(TargetPart, self.files.targets, key=("target_id", "department_id"))
        self.merge(
            kind,
            (
                WantedRow(
                    f"{target.key} {part.department}",
                    {
                        **_same(part, "value", "note"),
                        "target_id": self.targets[target.key],
                        "department_id": self.departments[part.department],
                    },
                )
                for target in self.report.targets
                if target.key in self.targets
                for part in target.parts
            ),
        )

    def load_work_items(self) -> None:
        kind = MergeSpec(WorkItem, self.files.work_items, frozen=frozenset({"due_on"}))
        # What somebody has ticked off as a whole is not to be itemised any more.
        done = set(
            WorkItem._base_manager.filter(done_on__isnull=False, report_key__isnull=False)
            .order_by()
            .values_list("report_key", flat=True)
        )
        self.merge(
            kind,
            (
                WantedRow(
                    entry.key,
                    {
                        **_same(entry, "name", "quantity", "unit", "place", "plan", "due_on"),
                        **_same(entry, *SOURCE, "note"),
                        "placeholder": entry.placeholder and entry.key not in done,
                        "report_key": entry.key,
                        "target_id": self.targets[entry.target],
                        "lead_department_id": self.departments[entry.lead_department],
                    },
                )
                for entry in self.report.work_items
                if entry.target in self.targets
            ),
        )


def _same(entry: Any, *names: str) -> dict[str, Any]:
    """The values that bear the same name in the data and in the register."""
    return {name: getattr(entry, name) for name in names}


def _baseline_values(baseline: entries.BaselineData | None) -> dict[str, Any]:
    if baseline is None:
        return NO_BASELINE
    return {
        "baseline": baseline.value,
        "baseline_qualifier": baseline.qualifier or BaselineQualifier.EXACT,
        "baseline_estimated": baseline.estimated,
        "baseline_period": baseline.period,
        "baseline_section": baseline.section,
        "baseline_note": baseline.note,
    }


def _calendar_values(calendar: entries.CalendarData) -> dict[str, Any]:
    return {
        "frequency": calendar.frequency,
        "jan_feb_combined": calendar.jan_feb_combined,
        "published_after_days": calendar.after_days,
        "year_published_after_days": calendar.year_after_days,
    }

"""A city with something on every page, and the address of each."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.urls import reverse

from portfolio.pages import urls as workbench
from portfolio.pages.board import urls as dashboard
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.exporting.run import export_run_next
from projects.importing.previews import preview_create
from projects.inspections.models import InspectionScore
from projects.returns.services import period_open
from tests import factories
from tests.projects.test_importing import workbook

# What is no page of its own: parts of one, files, what leads on, and what only takes a POST.
NO_PAGES = {
    "board-changes", "board-project", "workbench-returns-check", "workbench-returns-open",
    "workbench-returns-newest", "workbench-inspections-absence", "workbench-inspections-withdrawal",
    "workbench-imports-template",
    "workbench-imports-annotated", "workbench-exports-file", "workbench-exports-removal",
}  # fmt: skip
REASON = {"measure": "milestone_overdue_days", "colour": "red", "text": "节点“主体封顶”逾期 45 天",
          "exempted": False}  # fmt: skip


def names_of_pages() -> set[str]:
    """Returns the names of all pages' addresses."""
    patterns = [*workbench.urlpatterns, *dashboard.urlpatterns]
    return {each.name for each in _flat(patterns)} - NO_PAGES


def _flat(patterns: Any) -> Iterator[Any]:
    for each in patterns:
        if hasattr(each, "url_patterns"):
            yield from _flat(each.url_patterns)
        else:
            yield each


class Scene:
    """Whoever may see everything, and rows for every page: long names, lates, all that is told."""

    def __init__(self) -> None:
        self.administrator = factories.AdministratorFactory(name="管理员")
        self.department = factories.DepartmentFactory(
            name="包头市住房和城乡建设局", short_name="市住建局"
        )
        self._projects()
        self._deadlines()
        self._returns()
        self._inspections()
        self._targets()
        self._sheets()

    def _projects(self) -> None:
        self.project = factories.ProjectFactory(
            name="林南平房区安置房及配套道路、供热管网改造提升工程 (二期)",
            lead_department=self.department,
            district=factories.DistrictFactory(name="青山区", short_name="青山区"),
            sponsor=self.administrator,
            total_investment=123456,
        )
        self.entry = factories.ProgrammeEntryFactory(project=self.project, planned_investment=20000)
        for factory in (factories.FundingApplicationFactory, factories.SpotCheckFactory,
                        factories.EvidenceFileFactory, factories.LightOverrideFactory):  # fmt: skip
            factory(project=self.project)
        for colour, month in (("green", 7), ("red", 8)):
            factories.MonthlyLightFactory(
                project=self.project,
                month=month,
                colour=colour,
                computed_colour=colour,
                reasons=[REASON] if colour == "red" else [],
            )

    def _deadlines(self) -> None:
        given = {"project": self.project}
        self.milestone = factories.MilestoneFactory(
            **given, name="主体封顶", due_on=dt.date(2025, 8, 9), forecast_on=dt.date(2025, 10, 20)
        )
        factories.HandoverStepFactory(milestone=self.milestone, text="请月底前完成")
        factories.DoneMilestoneFactory(**given, due_on=dt.date(2025, 7, 1))
        soon = factories.MilestoneFactory(**given, name="建成交付", due_on=dt.date(2025, 9, 30))
        self.extension = factories.SignedExtensionFactory(
            milestone=soon,
            new_due_on=dt.date(2025, 12, 20),
            decider="leader",
            decide_by=dt.date(2025, 9, 25),
            reason="进口设备清关推迟",
        )
        self.problem = factories.AssignedProblemFactory(
            **given, title="施工临电容量不足", solver_department=self.department
        )

    def _returns(self) -> None:
        july = factories.ReturnPeriodFactory(month=7, due_on=dt.date(2025, 8, 7))
        factories.AcceptedReturnFactory(project=self.project, period=july)
        period = period_open(year=2025, month=8, by=None)
        self.progress_return = period.returns.get(project=self.project)

    def _inspections(self) -> None:
        self.round = factories.AmendedRoundFactory(quarter=1)
        self.score = InspectionScore.objects.filter(entry__inspection_round=self.round).first()
        running = factories.OpenRoundFactory(quarter=3)
        factories.InspectionEntryFactory(inspection_round=running, project=self.project)
        self.judge = running.judges.first() or factories.InspectionJudgeFactory(
            inspection_round=running
        )

    def _targets(self) -> None:
        self.target = factories.TargetFactory(name="老旧小区改造", lead_department=self.department)
        factories.TargetPartFactory(target=self.target)
        step = factories.WorkItemStepFactory(
            work_item__target=self.target, work_item__lead_department=self.department
        )
        self.item = step.work_item
        factories.WorkItemEvidenceFactory(work_item=self.item)

    def _sheets(self) -> None:
        rows = [
            ["项目名称", "牵头单位", "项目类别", "总投资 (万元)", "不认识的列"],
            ["稀土永磁产业园", self.department.name, "产业", 300, 1],
            ["钢铁物流园", "没有这个局", "产业", "很多", 2],
        ]
        self.preview, _plan = preview_create(
            subject_name="projects",
            by=self.administrator,
            file_name="2025 年重大项目一览表.xlsx",
            content=workbook(rows),
        )
        self.export = factories.ExportFactory(
            owner=self.administrator, address="/api/v1/projects/?stage=reserve&format=csv"
        )
        export_run_next()
        factories.ExportFactory(owner=self.administrator)

    def addresses(self) -> dict[str, list[str]]:
        """Returns the name of each page → its addresses."""
        rows = {
            "workbench-projects-project": self.project,
            "workbench-projects-history": self.project,
            "workbench-projects-programme": self.entry.programme,
            "workbench-projects-entry": self.entry,
            "workbench-milestone": self.milestone,
            "workbench-extensions-extension": self.extension,
            "workbench-problems-problem": self.problem,
            "workbench-targets-target": self.target,
            "workbench-work-item": self.item,
            "workbench-returns-one": self.progress_return,
            "workbench-inspections-round": self.round,
            "workbench-inspections-scoring": self.judge,
            "workbench-inspections-amend": self.score,
            "workbench-exports-export": self.export,
        }
        lists = {
            "workbench": "?scope=all", "workbench-projects": "?whose=",
            "workbench-extensions": "?state=open", "workbench-targets": "?whose=",
        }  # fmt: skip
        found = {name: [reverse(name, args=[row.pk])] for name, row in rows.items()}
        found["workbench-imports-preview"] = [
            reverse("workbench-imports-preview", args=[self.preview.token])
        ]
        found["board-report"] = [reverse("board-report", args=[name]) for name in REPORTS]
        for name in names_of_pages() - found.keys():
            found[name] = [reverse(name) + lists.get(name, "")]
        return found

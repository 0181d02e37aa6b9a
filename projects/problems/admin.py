"""Problems, to be read; money that is sought."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter
from unfold.decorators import display

from projects.core.admin.base import DomainAdmin
from projects.problems.models import Problem
from projects.problems.querysets import ProblemQuerySet


@admin.register(Problem)
class ProblemAdmin(DomainAdmin):
    read_only = True
    sections = (
        (None, ("project", ("kind", "state"), "title", "description")),
        (_("办理"), (("solver_department", "due_on"), "solution", ("solved_on", "confirmed_on"))),
        (_("提出"), (("raised_by", "raised_on"), "reopened_reason")),
    )
    list_display = (
        "title", "project_name", "kind", "state_label", "solver_department", "due_on", "raised_on",
    )  # fmt: skip
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("kind", ChoicesDropdownFilter),
        ("solver_department", RelatedDropdownFilter),
        ("project__lead_department", RelatedDropdownFilter),
    )
    list_select_related = ("project", "solver_department", "raised_by")
    search_fields = ProblemQuerySet.search_fields
    date_hierarchy = "raised_on"

    @display(description=_("重大项目"), ordering="project__pinyin")
    def project_name(self, problem: Problem) -> str:
        return problem.project.name

    @display(
        description=_("状态"),
        ordering="state",
        label={
            "raised": "warning",
            "assigned": "info",
            "solved": "primary",
            "confirmed": "success",
            "reopened": "danger",
        },
    )
    def state_label(self, problem: Problem) -> tuple[str, str]:
        return problem.state, problem.get_state_display()

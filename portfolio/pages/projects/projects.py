"""Projects: the list, one with all that hangs on it, and its time line."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock
from portfolio.pages.kit.evidence import MOST_FILES
from portfolio.pages.kit.fields import choice_field
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.lights import read_current_light
from portfolio.pages.kit.lists import query_of, read_filters, search_field
from portfolio.pages.kit.numbers import page_number
from portfolio.pages.kit.page import page
from portfolio.pages.kit.registers import add_address
from portfolio.pages.kit.steps import steps_page
from portfolio.pages.kit.timeline import time_line
from portfolio.pages.projects.project_steps import STEPS
from projects.choices import LightColour, Stage
from projects.evidence.models import EvidenceFile
from projects.funding.models import FundingApplication
from projects.lights.models import LightExemption, LightOverride
from projects.milestones.models import ExtensionRequest, HandoverStep, Milestone
from projects.permissions import Actor, departments_of, may_act_below
from projects.problems.models import Problem
from projects.programmes.models import ProgrammeEntry
from projects.register.models import Project, StageTransition
from projects.returns.models import ProgressReturn, SpotCheck

PAGE_SIZE = 25
MOST_ROWS = 60  # of each kind of thing that hangs on a project
MOST_MONTHS = 12
FIRST_EVENTS = 10
WHOSE = (("mine", _("本单位牵头")),)


class ProjectFilterForm(PageForm):
    q = search_field(_("名称、编号或拼音"))
    whose = choice_field(_("范围"), WHOSE, required=False)
    stage = choice_field(_("阶段"), Stage.choices, required=False)
    light = choice_field(_("灯"), LightColour.choices, required=False)


@page
def projects_page(request: HttpRequest) -> HttpResponse:
    """Lists the projects with their lights."""
    user: Actor = request.user
    form, asked = read_filters(
        request, ProjectFilterForm, {"whose": "mine" if _leads(user) else ""}
    )
    rows = Project.objects.visible_to(user).search(asked["q"])
    if asked["whose"] == "mine":
        rows = rows.filter(lead_department__in=departments_of(user))
    if asked["stage"]:
        rows = rows.filter(stage=asked["stage"])
    lit: Any = rows.with_light()
    if asked["light"]:
        lit = lit.filter(light=asked["light"])
    listed = lit.select_related("lead_department", "district").order_by("code")
    context = {
        "form": form,
        "paged": Paginator(listed, PAGE_SIZE).get_page(page_number(request)),
        "query": query_of(request),
        "add": add_address(request, Project),
    }
    return render(request, "workbench/projects.html", context)


def _leads(user: Actor) -> bool:
    rows = Project.objects.visible_to(user).filter(lead_department__in=departments_of(user))
    return rows.exists()


@page
def project_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows a project: where it stands and why, and all that hangs on it."""
    project = _get_project(request, pk)

    def context() -> dict[str, Any]:
        user: Actor = request.user
        returns = ProgressReturn.objects.visible_to(user).filter(project=project)
        funding = FundingApplication.objects.visible_to(user).filter(project=project)
        problems = Problem.objects.visible_to(user).filter(project=project)
        checks = SpotCheck.objects.visible_to(user).filter(project=project)
        entries = ProgrammeEntry.objects.visible_to(user).filter(project=project)
        return {
            "light": read_current_light(project, on=clock.today()),
            "supporting": list(project.supporting_departments.all()),
            "entries": entries.select_related("programme").order_by("-programme__year")[:3],
            "milestones": Milestone.objects.visible_to(user).filter(project=project)[:MOST_ROWS],
            "returns": returns.select_related("period").newest_first()[:MOST_MONTHS],
            "problems": problems.select_related("solver_department", "raised_by")[:MOST_ROWS],
            "funding": funding[:MOST_ROWS],
            "keeps_funding": may_act_below(
                user, "change", FundingApplication._meta.label, "project", project
            ),
            "checks": checks.with_difference().order_by("-checked_on", "-id")[:MOST_MONTHS],
            "files": EvidenceFile.objects.visible_to(user)
            .filter(project=project)
            .select_related("uploaded_by")[:MOST_FILES],
            "content_address": "evidence-files-content",
            "today": clock.today(),
            "may_raise": may_act_below(user, "add", Problem._meta.label, "project", project),
            "history": time_line(_parts(user, project), page_size=FIRST_EVENTS),
        }

    return steps_page(request, project, STEPS, "workbench/project.html", context)


@page
def history_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Tells all that happened to a project and to what hangs on it."""
    project = _get_project(request, pk)
    history = time_line(_parts(request.user, project), page=page_number(request, "history"))
    return render(request, "workbench/project_history.html", {"row": project, "history": history})


def _get_project(request: HttpRequest, pk: int) -> Project:
    rows = Project.objects.visible_to(request.user).with_light()
    people = ("lead_department", "district", "sponsor", "responsible_head", "officer")
    return get_object_or_404(rows.select_related(*people), pk=pk)


def _parts(user: Actor, project: Project) -> list[QuerySet]:
    of_project = (
        ProgrammeEntry, StageTransition, Milestone, ProgressReturn, SpotCheck, Problem,
        FundingApplication, EvidenceFile, LightOverride, LightExemption,
    )  # fmt: skip
    of_milestone = (ExtensionRequest, HandoverStep)
    return [
        Project.objects.filter(pk=project.pk),
        *(_seen(user, model).filter(project=project) for model in of_project),
        *(_seen(user, model).filter(milestone__project=project) for model in of_milestone),
    ]


def _seen(user: Actor, model: Any) -> QuerySet:
    return model.objects.visible_to(user)

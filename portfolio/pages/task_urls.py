"""The addresses of what departments have to do: projects, milestones, problems, targets, lists."""

from django.urls import path

from portfolio.pages.milestones import extensions, milestones
from portfolio.pages.problems import problems
from portfolio.pages.programmes import programmes
from portfolio.pages.projects import projects
from portfolio.pages.targets import targets, work_items

urlpatterns = [
    path("projects/", projects.projects_page, name="workbench-projects"),
    path("projects/<int:pk>/", projects.project_page, name="workbench-projects-project"),
    path("projects/<int:pk>/history/", projects.history_page, name="workbench-projects-history"),
    path("programmes/", programmes.programmes_page, name="workbench-projects-programmes"),
    path("programmes/<int:pk>/", programmes.programme_page, name="workbench-projects-programme"),
    path("programme-entries/<int:pk>/", programmes.entry_page, name="workbench-projects-entry"),
    path("milestones/<int:pk>/", milestones.milestone_page, name="workbench-milestone"),
    path("extensions/", extensions.extensions_page, name="workbench-extensions"),
    path("extensions/<int:pk>/", extensions.extension_page, name="workbench-extensions-extension"),
    path("problems/raise/", problems.raise_page, name="workbench-problems-raise"),
    path("problems/<int:pk>/", problems.problem_page, name="workbench-problems-problem"),
    path("targets/", targets.targets_page, name="workbench-targets"),
    path("targets/<int:pk>/", targets.target_page, name="workbench-targets-target"),
    path("work-items/<int:pk>/", work_items.work_item_page, name="workbench-work-item"),
]

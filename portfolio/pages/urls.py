"""The addresses of the workbench; a page below another bears its name with more behind it."""

from django.urls import include, path

from portfolio.pages.desk import due, leader
from portfolio.pages.files import exports, imports
from portfolio.pages.inspections import amendment as amending
from portfolio.pages.inspections import inspections, scoring
from portfolio.pages.kit import registers
from portfolio.pages.problems import problems

urlpatterns = [
    path("workbench/", due.due_page, name="workbench"),
    path("workbench/", include("portfolio.pages.task_urls")),
    path("workbench/returns/", include("portfolio.pages.returns.urls")),
    path("workbench/problems/", problems.problems_page, name="workbench-problems"),
    path("workbench/inspections/", inspections.inspections_page, name="workbench-inspections"),
    path(
        "workbench/inspections/<int:pk>/",
        inspections.round_page,
        name="workbench-inspections-round",
    ),
    path(
        "workbench/inspections/<int:pk>/judges/<int:judge>/absence/",
        inspections.absence,
        name="workbench-inspections-absence",
    ),
    path(
        "workbench/inspections/<int:pk>/entries/<int:entry>/withdrawal/",
        inspections.withdrawal,
        name="workbench-inspections-withdrawal",
    ),
    path(
        "workbench/inspections/scoring/<int:judge>/",
        scoring.scoring_page,
        name="workbench-inspections-scoring",
    ),
    path(
        "workbench/inspections/scores/<int:pk>/",
        amending.amend_page,
        name="workbench-inspections-amend",
    ),
    path("workbench/imports/", imports.imports_page, name="workbench-imports"),
    path(
        "workbench/imports/templates/<slug:name>/",
        imports.template_file,
        name="workbench-imports-template",
    ),
    path("workbench/imports/<str:token>/", imports.preview_page, name="workbench-imports-preview"),
    path(
        "workbench/imports/<str:token>/annotated/",
        imports.annotated_file,
        name="workbench-imports-annotated",
    ),
    path("workbench/exports/", exports.exports_page, name="workbench-exports"),
    path("workbench/exports/<int:pk>/", exports.export_page, name="workbench-exports-export"),
    path("workbench/exports/<int:pk>/file/", exports.export_file, name="workbench-exports-file"),
    path(
        "workbench/exports/<int:pk>/removal/",
        exports.export_removal,
        name="workbench-exports-removal",
    ),
    path("workbench/registers/", registers.registers_page, name="workbench-registers"),
    path("leader/", leader.leader_page, name="leader"),
]

"""The addresses of the workbench; a page below another bears its name with more behind it."""

from django.urls import path

from portfolio.workbench import due, exports, imports, inspections, leader, problems, returns

urlpatterns = [
    path("workbench/", due.due_page, name="workbench"),
    path("workbench/returns/", returns.returns_page, name="workbench-returns"),
    path("workbench/problems/", problems.problems_page, name="workbench-problems"),
    path("workbench/inspections/", inspections.inspections_page, name="workbench-inspections"),
    path("workbench/imports/", imports.imports_page, name="workbench-imports"),
    path("workbench/exports/", exports.exports_page, name="workbench-exports"),
    path("leader/", leader.leader_page, name="leader"),
]

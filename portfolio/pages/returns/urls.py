"""The addresses of monthly returns: the month's grid, what waits for a decision, one return."""

from django.urls import path

from portfolio.pages.returns import decisions as returns_waiting
from portfolio.pages.returns import months as returns_months
from portfolio.pages.returns import one_return as returns_one
from portfolio.pages.returns import returns

urlpatterns = [
    path("", returns.returns_page, name="workbench-returns"),
    path("month/", returns.month_page, name="workbench-returns-month"),
    path("check/", returns.check_cells, name="workbench-returns-check"),
    path("open/", returns_months.open_month, name="workbench-returns-open"),
    path("confirm/", returns_waiting.confirm_page, name="workbench-returns-confirm"),
    path("accept/", returns_waiting.accept_page, name="workbench-returns-accept"),
    path("<int:pk>/", returns_one.return_page, name="workbench-returns-one"),
    path("<int:pk>/newest/", returns_one.newest_page, name="workbench-returns-newest"),
]

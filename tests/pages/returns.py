"""A department whose August is owed, and the grid as a browser sends it."""

import datetime as dt
from decimal import Decimal

from projects.returns.models import ProgressReturn
from projects.returns.services import period_open
from tests import factories
from tests.pages.steps import person
from tests.pages.test_every_page import browser_of

GRID = "/workbench/returns/"
FILLED = {"investment_reported": "120.50", "physical_progress": "60", "work_done": "主体封顶"}


class City:
    """Projects of one department, with an accepted July each, and everybody whom it concerns."""

    def __init__(self, count: int = 3) -> None:
        self.department = factories.DepartmentFactory()
        self.reporter = person("reporter", self.department)
        self.head = person("head", self.department)
        self.office = person("reporter", factories.ProgrammeOfficeFactory())
        july = factories.ReturnPeriodFactory(month=7, due_on=dt.date(2025, 8, 7))
        programme = factories.ProgrammeFactory()
        for _number in range(count):
            project = factories.ProjectFactory(lead_department=self.department)
            factories.ProgrammeEntryFactory(programme=programme, project=project)
            factories.AcceptedReturnFactory(
                project=project, period=july, forecast_commissioning=dt.date(2025, 12, 31)
            )
        self.period = period_open(year=2025, month=8, by=None)

    @property
    def rows(self) -> list[ProgressReturn]:
        return list(self.period.returns.order_by("pk"))

    def states(self) -> list[str]:
        return [row.state for row in self.rows]

    def waiting(self, state: str = "submitted") -> list[ProgressReturn]:
        values = {**FILLED, "investment_reported": Decimal("120.50")}
        self.period.returns.update(state=state, submitted_by=self.reporter, **values)
        return self.rows


def shown(user, address: str = GRID) -> dict[str, str]:
    """Returns what the grid's form holds, as a browser would send it back."""
    page = browser_of(user).get(address)
    assert page.status_code == 200
    return sent_back(page)


def sent_back(page) -> dict[str, str]:
    held = {}
    for each in page.context["rows"]:
        if each.editable:
            held[f"{each.row.pk}-was"] = each.was
            held |= {cell.key: cell.text for cell in each.cells}
    return held


def cells(row, **typed: str) -> dict[str, str]:
    return {f"{row.pk}-{name}": text for name, text in typed.items()}

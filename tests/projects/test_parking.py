"""挂账 until a day: on that day the clock runs again, in lists, mails and lights alike."""

import datetime as dt

import pytest

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from projects.deadlines import open_deadlines, open_deadlines_by_key
from projects.lights.services import lights_compute
from projects.milestones.models import HandoverStep, Milestone
from targets.models import WorkItem, WorkItemStep
from tests import clients, factories

pytestmark = pytest.mark.django_db
DUE, UNTIL = dt.date(2025, 9, 10), dt.date(2025, 9, 23)
PARKED = {"state": "parked", "text": "等待批复", "parked_until": UNTIL, "notice_number": ""}
A_DAY = dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "parked"), [(UNTIL - A_DAY, True), (UNTIL, False), (UNTIL + A_DAY, False)]
)
def test_on_its_end_day_what_was_parked_is_overdue_everywhere_again(day, parked):
    milestone = factories.MilestoneFactory(due_on=DUE)
    item = factories.WorkItemFactory(due_on=DUE)
    factories.HandoverStepFactory(milestone=milestone, **PARKED)
    factories.WorkItemStepFactory(work_item=item, **PARKED)
    keys = {("milestone", milestone.pk), ("work_item", item.pk)}
    told = set() if parked else keys
    with clock.at(dt.datetime.combine(day, dt.time(12), CITY_TIME)):
        # lists
        assert Milestone.objects.overdue(on=day).exists() != parked
        assert WorkItem.objects.overdue(on=day).exists() != parked
        assert HandoverStep.objects.parked(on=day).exists() == parked
        assert WorkItemStep.objects.parked(on=day).exists() == parked
        shown = clients.administrator().get("/api/v1/deadlines/?state=overdue").json()["results"]
        assert {(row["kind"], row["object_id"]) for row in shown} == told
        # mails
        assert {each.key for each in open_deadlines(DUE, DUE)} == told
        assert open_deadlines_by_key(keys).keys() == told
        # lights
        (light,) = lights_compute(on=day)
        assert light.colour == ("green" if parked else "red")

"""What was promised, over HTTP."""

import pytest
from django.db import IntegrityError, transaction

from targets.models import Measurement, Target
from tests import clients, factories

pytestmark = pytest.mark.django_db
TARGETS = "/api/v1/targets/"
MEASUREMENTS = "/api/v1/measurements/"


def test_the_names_that_scripts_rely_on_are_there():
    row = clients.viewer().get(f"{TARGETS}{factories.TargetFactory().pk}/").json()
    relied_on = (
        "id year name section commitment comparator value unit measure source baseline "
        "lead_department due_on status forecast assigned"
    )
    assert set(relied_on.split()) <= row.keys()
    assert row["value"] == "100"


def test_targets_are_filtered_by_year():
    factories.TargetFactory(year=2024, due_on="2024-12-31")
    mine = factories.TargetFactory(year=2025)
    body = clients.viewer().get(f"{TARGETS}?year=2025").json()
    assert [row["id"] for row in body["results"]] == [mine.pk]


def test_a_department_never_changes_a_targets_value():
    target = factories.TargetFactory()
    reporter = clients.reporter_of(target.lead_department)
    response = clients.patch(reporter, f"{TARGETS}{target.pk}/", {"value": "50"})
    assert response.status_code == 403


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"comparator": "at_least", "value": None}, "必须有目标值"),
        ({"comparator": "in_step_with", "value": None}, "须指明另一个目标"),
    ],
)
def test_a_target_without_what_its_comparator_needs_is_refused(changes, constraint):
    target = factories.TargetFactory()
    response = clients.patch(clients.supervisor(), f"{TARGETS}{target.pk}/", changes)
    assert response.status_code == 400
    assert constraint in response.json()["errors"][0]["message"]
    assert Target.objects.get().value == 100


def test_the_lead_department_reports_a_figure():
    target = factories.TargetFactory()
    reporter = clients.reporter_of(target.lead_department)
    body = {"target": target.pk, "period": "2025-Q1", "value": "23.5", "source": "统计局"}
    response = clients.post(reporter, MEASUREMENTS, body)
    assert response.status_code == 201, response.json()
    assert response.json()["recorded_by"] is not None


@pytest.mark.parametrize("period", ["2025", "2025-13", "2025-Q5", "2025-3", "Q1"])
def test_a_period_is_a_month_or_a_quarter(period):
    target = factories.TargetFactory()
    body = {"target": target.pk, "period": period, "value": "1", "source": "统计局"}
    response = clients.post(clients.supervisor(), MEASUREMENTS, body)
    assert "/period" in clients.errors_of(response)


def test_another_department_does_not_report_it():
    target = factories.TargetFactory()
    stranger = clients.reporter_of(factories.DepartmentFactory())
    body = {"target": target.pk, "period": "2025-Q1", "value": "23.5", "source": "统计局"}
    assert clients.post(stranger, MEASUREMENTS, body).status_code == 403
    assert Measurement.objects.count() == 0


def test_nobody_reports_what_the_system_reads_off_the_projects():
    target = factories.TargetFactory(source="from_projects")
    body = {"target": target.pk, "period": "2025-Q1", "value": "23.5", "source": "统计局"}
    response = clients.post(clients.supervisor(), MEASUREMENTS, body)
    assert clients.errors_of(response) == {"/target": "not_reported"}
    assert "由项目汇总" in response.json()["errors"][0]["message"]


def test_a_figure_is_corrected_by_a_newer_row_and_never_changed():
    target = factories.TargetFactory()
    supervisor = clients.supervisor()
    body = {"target": target.pk, "period": "2025-Q1", "source": "统计局"}
    first = clients.post(supervisor, MEASUREMENTS, body | {"value": "1"}).json()
    assert clients.post(supervisor, MEASUREMENTS, body | {"value": "2"}).status_code == 201
    path = f"{MEASUREMENTS}{first['id']}/"
    assert supervisor.delete(path).status_code == 405
    with pytest.raises(IntegrityError), transaction.atomic():
        Measurement.objects.update(value=3)


def test_a_reporter_keeps_the_list_but_not_its_dates():
    item = factories.WorkItemFactory()
    reporter = clients.reporter_of(item.lead_department)
    path = f"/api/v1/work-items/{item.pk}/"
    done = clients.patch(reporter, path, {"done_on": "2025-06-01", "evidence": "验收单"})
    assert done.status_code == 200
    assert clients.patch(reporter, path, {"due_on": "2026-01-01"}).status_code == 403


def test_a_target_is_broken_down_once_to_each_department():
    target = factories.TargetFactory()
    department = factories.DepartmentFactory()
    supervisor = clients.supervisor()
    body = {"target": target.pk, "department": department.pk, "value": "40", "note": "余下待分解"}
    assert clients.post(supervisor, "/api/v1/target-parts/", body).status_code == 201
    assert clients.post(supervisor, "/api/v1/target-parts/", body).status_code == 400


def test_no_item_of_a_list_is_done_on_a_day_to_come():
    target = factories.TargetFactory()
    body = {
        "target": target.pk,
        "name": "改造小区",
        "quantity": 1,
        "lead_department": target.lead_department_id,
        "due_on": "2099-12-31",
        "done_on": "2099-01-01",
    }
    response = clients.post(clients.supervisor(), "/api/v1/work-items/", body)
    assert clients.errors_of(response) == {"/done_on": "in_the_future"}

"""The monthly returns: from the opening of a month to acceptance and correction."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from portfolio.links import PAGES
from projects.deadlines import open_deadlines
from projects.returns.models import ProgressReturn, ReturnPeriod, SpotCheck
from projects.returns.rules import due_day
from projects.returns.services import period_open, return_accept, return_confirm, return_submit
from tests import clients, factories

pytestmark = pytest.mark.django_db
RETURNS = "/api/v1/progress-returns/"
PERIODS = "/api/v1/return-periods/"
CHECKS = "/api/v1/spot-checks/"
FILLED = {"investment_reported": "120.50", "physical_progress": "40", "work_done": "主体封顶"}


def on(text: str):
    """Holds the clock at 10 in the morning of a day."""
    day = dt.date.fromisoformat(text)
    return clock.at(dt.datetime.combine(day, dt.time(10), clock.CITY_TIME))


class City:
    """A project in the 2025 programme with its department's people and the programme office."""

    def __init__(self) -> None:
        self.programme = factories.ProgrammeFactory(year=2025)
        self.project = self.joined()
        self.department = self.project.lead_department
        self.reporter = clients.reporter_of(self.department)
        self.head_user = factories.MembershipFactory(role="head", department=self.department).user
        self.head = clients.signed_in(self.head_user)
        self.office = clients.reporter_of(factories.ProgrammeOfficeFactory())
        self.supervisor = clients.supervisor()

    def joined(self, **fields):
        project = factories.ProjectFactory(**fields)
        factories.ProgrammeEntryFactory(programme=self.programme, project=project)
        return project

    def open(self, month: int) -> ProgressReturn:
        period_open(year=2025, month=month, by=None)
        return ProgressReturn.objects.get(
            project=self.project, period__month=month, period__year=2025
        )

    def accepted(self, month: int, **values) -> ProgressReturn:
        """A month's return, accepted, on its due day."""
        row = self.open(month)
        ProgressReturn.objects.filter(pk=row.pk).update(**{**FILLED, **values})
        row.refresh_from_db()
        return_submit(progress_return=row, by=None)
        return_confirm(progress_return=row, by=None)
        return return_accept(progress_return=row, by=None)


def path(row, action: str = "") -> str:
    return f"{RETURNS}{row.pk}/{action and action + '/'}"


# When it is due -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("year", "month", "due"),
    [
        (2025, 7, "2025-08-07"),  # 1 August is a Friday
        (2025, 8, "2025-09-05"),  # 1 September is a Monday
        (2025, 9, "2025-10-14"),  # the October holiday ends on the 8th; Saturday the 11th is worked
        (2025, 12, "2026-01-08"),  # over the year's end; Sunday 4 January is worked
    ],
)
def test_a_return_is_due_on_the_fifth_working_day_of_the_next_month(year, month, due):
    assert due_day(year, month) == dt.date.fromisoformat(due)


def test_a_day_that_the_city_has_entered_moves_the_due_day_only_of_months_opened_later():
    City()
    with on("2025-10-20"):
        before = period_open(year=2025, month=8, by=None)
        for day in ("2025-09-01", "2025-08-01"):
            factories.CalendarDayFactory(day=day, working=False)
        assert period_open(year=2025, month=8, by=None).due_on == before.due_on
        assert period_open(year=2025, month=7, by=None).due_on == dt.date(2025, 8, 8)


# Opening a month ----------------------------------------------------------------------------------
def test_opening_a_month_makes_the_due_returns_of_all_projects_in_force():
    city = City()
    city.joined(stage="cancelled")
    left, joins_later = city.joined(), city.joined()
    entries = city.programme.entries
    entries.filter(project=left).update(left_on="2025-08-31", leave_approval="会议纪要")
    entries.filter(project=joins_later).update(joined_on="2025-09-01", join_approval="会议纪要")
    factories.ProjectFactory()  # in no programme
    with on("2025-09-01"):
        response = clients.post(city.office, PERIODS, {"year": 2025, "month": 8})
    assert response.status_code == 201, response.json()
    row = response.json()
    assert (row["due_on"], row["returns_count"], row["missing_count"]) == ("2025-09-05", 1, 0)
    made = ProgressReturn.objects.get()
    assert (made.project, made.state, made.revision) == (city.project, "draft", 1)


def test_a_project_that_joins_later_gets_its_return_when_the_month_is_opened_again():
    city = City()
    with on("2025-09-23"):
        first = clients.post(city.office, PERIODS, {"year": 2025, "month": 8}).json()
        factories.ProgrammeEntryFactory(programme=city.programme)
        again = clients.post(city.office, PERIODS, {"year": 2025, "month": 8})
    assert again.status_code == 201
    assert (again.json()["id"], again.json()["returns_count"]) == (first["id"], 2)
    assert ReturnPeriod.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"year": 2025, "month": 10}, {"/month": "in_the_future"}),
        ({"year": 2025, "month": 13}, {"/month": "max_value"}),
        ({"year": 2024, "month": 8}, {"/year": "no_programme"}),
        ({"year": 2025}, {"/month": "required"}),
        ({"year": 2025, "month": 8, "due_on": "2025-09-30"}, {"/due_on": "unknown_field"}),
    ],
)
def test_a_month_that_cannot_be_opened_is_refused_with_the_reason(body, errors):
    city = City()
    with on("2025-09-23"):
        response = clients.post(city.office, PERIODS, body)
    assert (response.status_code, clients.errors_of(response)) == (400, errors)
    assert ReturnPeriod.objects.count() == 0


def test_a_reporter_opens_no_month():
    response = clients.post(City().reporter, PERIODS, {"year": 2025, "month": 8})
    assert response.status_code == 403


def test_opening_costs_the_same_number_of_queries_for_2_and_for_30_projects():
    city = City()
    with on("2025-09-23"):

        def cost(month: int) -> int:
            with CaptureQueriesContext(connection) as captured:
                period_open(year=2025, month=month, by=None)
            return len(captured)

        few = cost(1)
        for _number in range(30):
            city.joined()
        assert cost(2) == few
    assert ProgressReturn.objects.filter(period__month=2).count() == 31


def test_each_new_return_has_its_history():
    row = City().open(8)
    events = clients.administrator().get(path(row, "history")).json()
    assert events["count"] == 1


def test_the_form_comes_filled_in_with_last_months_values_but_not_its_money():
    city = City()
    with on("2025-09-23"):
        city.accepted(
            7,
            obstacles="用地",
            forecast_commissioning="2025-11-30",
            department_light="yellow",
            physical_progress="55",
        )
        row = clients_row(city.reporter, city.open(8))
    assert (row["physical_progress"], row["obstacles"]) == ("55.00", "用地")
    assert (row["forecast_commissioning"], row["department_light"]) == ("2025-11-30", "yellow")
    assert (row["investment_reported"], row["work_done"]) == (None, "")


def test_what_was_never_handed_in_fills_nothing_in():
    city = City()
    with on("2025-09-23"):
        draft = city.open(7)
        ProgressReturn.objects.filter(pk=draft.pk).update(physical_progress=70)
        assert city.open(8).physical_progress is None


def clients_row(client, row) -> dict:
    response = client.get(path(row))
    assert response.status_code == 200
    return response.json()


# The way of a return ------------------------------------------------------------------------------
def test_a_return_goes_from_the_department_to_its_head_to_the_programme_office():
    city = City()
    with on("2025-09-05"):
        row = city.open(8)
        assert clients.patch(city.reporter, path(row), FILLED).status_code == 200
        for client, action, state in (
            (city.reporter, "submit", "submitted"),
            (city.head, "confirm", "confirmed"),
            (city.office, "accept", "accepted"),
        ):
            response = clients.post(client, path(row, action), {})
            assert response.status_code == 200, response.json()
            assert response.json()["state"] == state
            assert response.headers["ETag"] == f'"{response.json()["version"]}"'
    told = response.json()
    assert told["late"] is told["missing"] is False
    assert told["confirmed_by"] == city.head_user.pk
    assert told["accepted_at"].startswith("2025-09-05")


@pytest.mark.parametrize("name", FILLED)
def test_what_is_needed_is_named_when_it_is_missing_at_submission(name):
    city = City()
    row = city.open(8)
    ProgressReturn.objects.filter(pk=row.pk).update(**{k: FILLED[k] for k in FILLED if k != name})
    response = clients.post(city.reporter, path(row, "submit"), {})
    assert clients.errors_of(response) == {f"/{name}": "required"}


def test_no_change_is_one_click():
    city = City()
    with on("2025-09-23"):
        city.accepted(7, physical_progress="55")
        row = city.open(8)
        response = clients.post(city.reporter, path(row, "no-change"), {})
    told = response.json()
    assert response.status_code == 200, told
    assert (told["state"], told["no_change"]) == ("submitted", True)
    assert (told["physical_progress"], told["investment_reported"]) == ("55.00", "0.00")


def test_no_change_needs_something_that_did_not_change():
    city = City()
    response = clients.post(city.reporter, path(city.open(8), "no-change"), {})
    assert (response.status_code, clients.errors_of(response)) == (409, {"": "nothing_before"})


def test_what_was_sent_back_is_filled_in_and_handed_in_again():
    city = City()
    with on("2025-09-05"):
        row = city.open(8)
        clients.patch(city.reporter, path(row), FILLED)
        clients.post(city.reporter, path(row, "submit"), {})
        without = clients.post(city.head, path(row, "send-back"), {})
        assert clients.errors_of(without) == {"/reason": "required"}
        back = clients.post(city.head, path(row, "send-back"), {"reason": "数字不实"})
        assert (back.json()["state"], back.json()["sent_back_reason"]) == ("sent_back", "数字不实")
        changed = clients.patch(city.reporter, path(row), {"investment_reported": "100"})
        assert changed.status_code == 200
        again = clients.post(city.reporter, path(row, "submit"), {})
    assert (again.json()["state"], again.json()["sent_back_reason"]) == ("submitted", "")


def test_what_the_head_has_confirmed_the_office_alone_sends_back():
    city = City()
    row = city.open(8)
    ProgressReturn.objects.filter(pk=row.pk).update(state="confirmed", **FILLED)
    reason = {"reason": "数字不实"}
    assert clients.post(city.head, path(row, "send-back"), reason).status_code == 403
    assert clients.post(city.office, path(row, "send-back"), reason).status_code == 200


STATES = ("draft", "submitted", "confirmed", "accepted", "sent_back")


@pytest.mark.parametrize(
    ("action", "good"),
    [
        ("submit", {"draft", "sent_back"}),
        ("confirm", {"submitted"}),
        ("accept", {"confirmed"}),
        ("send-back", {"submitted", "confirmed"}),
        ("correct", {"accepted"}),
    ],
)
@pytest.mark.parametrize("state", STATES)
def test_an_action_belongs_to_its_state(action, good, state):
    row = City().open(8)
    ProgressReturn.objects.filter(pk=row.pk).update(state=state, **FILLED)
    body = {"reason": "数字不实"} if action in ("send-back", "correct") else {}
    response = clients.post(clients.administrator(), path(row, action), body)
    assert response.status_code == (
        409 if state not in good else 201 if action == "correct" else 200
    )


@pytest.mark.parametrize("state", STATES)
def test_only_what_is_still_the_departments_is_filled_in(state):
    city = City()
    row = city.open(8)
    ProgressReturn.objects.filter(pk=row.pk).update(state=state)
    response = clients.patch(city.reporter, path(row), {"obstacles": "用地"})
    assert response.status_code == (200 if state in ("draft", "sent_back") else 409)


# action → who may, of the people of the city (the row's state fits)
MAY = {
    "submit": ("draft", "reporter head"),
    "no-change": ("draft", "reporter head"),
    "confirm": ("submitted", "head"),
    "accept": ("confirmed", "office"),
    "send-back": ("submitted", "head office"),
    "correct": ("accepted", "reporter head"),
}


@pytest.mark.parametrize("who", ["reporter", "head", "office", "supervisor", "viewer", "stranger"])
@pytest.mark.parametrize("action", MAY)
def test_who_may_do_what(action, who):
    state, allowed = MAY[action]
    city = City()
    with on("2025-09-23"):
        city.accepted(7)
        row = city.open(8)
        ProgressReturn.objects.filter(pk=row.pk).update(state=state, **FILLED)
        client = {
            "viewer": clients.viewer,
            "stranger": lambda: clients.reporter_of(factories.DepartmentFactory()),
        }.get(who, lambda: getattr(city, who))()
        body = {"reason": "数字不实"} if action in ("send-back", "correct") else {}
        status = clients.post(client, path(row, action), body).status_code
    if who == "stranger":
        assert status == 404
    elif who in allowed.split():
        assert status in (200, 201)
    else:
        assert status == 403


def test_nobody_makes_a_return_by_hand():
    city = City()
    assert clients.post(city.reporter, RETURNS, {"project": city.project.pk}).status_code == 403
    assert clients.post(clients.administrator(), RETURNS, {}).status_code == 405


def test_a_supervisor_does_not_fill_in_a_return():
    city = City()
    assert clients.patch(city.supervisor, path(city.open(8)), FILLED).status_code == 403


def test_a_derived_figure_is_not_typed():
    city = City()
    response = clients.patch(city.reporter, path(city.open(8)), {"reported_year_to_date": "1"})
    assert clients.errors_of(response) == {"/reported_year_to_date": "read_only"}


@pytest.mark.parametrize(
    "body",
    [
        {"physical_progress": "100.01"},
        {"physical_progress": "-1"},
        {"investment_reported": "-0.01"},
        {"department_light": "blue"},
    ],
)
def test_a_wrong_figure_is_refused(body):
    city = City()
    response = clients.patch(city.reporter, path(city.open(8)), body)
    assert response.status_code == 400
    assert set(clients.errors_of(response)) == {f"/{name}" for name in body}


# Many at once -------------------------------------------------------------------------------------
def waiting(city: City, count: int) -> list[int]:
    for _number in range(count - 1):
        city.joined(lead_department=city.department)
    city.open(8)
    ProgressReturn.objects.update(state="submitted", **FILLED)
    return list(ProgressReturn.objects.values_list("pk", flat=True))


def test_the_head_confirms_many_at_once_with_history_for_each():
    city = City()
    ids = waiting(city, 3)
    response = clients.post(city.head, f"{RETURNS}confirm/", {"ids": ids})
    assert (response.status_code, response.json()) == (200, {"confirmed": 3})
    assert set(ProgressReturn.objects.values_list("state", "confirmed_by")) == {
        ("confirmed", city.head_user.pk)
    }
    newest = city.head.get(path(ProgressReturn.objects.first(), "history")).json()["results"][0]
    assert "confirmed" in str(newest)


def test_one_that_does_not_wait_and_none_is_confirmed():
    city = City()
    ids = waiting(city, 3)
    ProgressReturn.objects.filter(pk=ids[1]).update(state="draft")
    response = clients.post(city.head, f"{RETURNS}confirm/", {"ids": ids})
    assert response.status_code == 409
    assert str(ids[1]) in response.json()["detail"]
    assert not ProgressReturn.objects.filter(state="confirmed").exists()


def test_anothers_return_and_none_is_confirmed():
    city = City()
    ids = waiting(city, 2)
    other = factories.MembershipFactory(role="head").user
    unseen = clients.post(clients.signed_in(other), f"{RETURNS}confirm/", {"ids": ids})
    assert clients.errors_of(unseen) == {"/ids": "does_not_exist"}
    factories.MembershipFactory(user=other, role="viewer")
    other = type(other).objects.get(pk=other.pk)
    seen = clients.post(clients.signed_in(other), f"{RETURNS}confirm/", {"ids": ids})
    assert seen.status_code == 403
    assert clients.post(city.reporter, f"{RETURNS}confirm/", {"ids": ids}).status_code == 403
    assert not ProgressReturn.objects.filter(state="confirmed").exists()


@pytest.mark.parametrize("ids", [[], list(range(1, 1002)), ["a"]])
def test_a_wrong_number_of_ids_is_refused(ids):
    response = clients.post(City().head, f"{RETURNS}confirm/", {"ids": ids})
    assert response.status_code == 400


# Late and missing ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("submitted", "late"),
    [
        ("2025-09-05T23:59:59+08:00", False),
        ("2025-09-06T00:00:00+08:00", True),
        (None, False),
    ],
)
def test_late_is_what_was_submitted_after_the_due_day(submitted, late):
    city = City()
    row = city.open(8)
    ProgressReturn.objects.filter(pk=row.pk).update(
        state="submitted" if submitted else "draft", submitted_at=submitted
    )
    assert clients_row(city.reporter, row)["late"] is late
    assert city.reporter.get(f"{RETURNS}?late=true").json()["count"] == late


@pytest.mark.parametrize(
    ("today", "state", "missing"),
    [
        ("2025-09-05", "draft", False),
        ("2025-09-06", "draft", True),
        ("2025-09-06", "sent_back", True),
        ("2025-09-06", "submitted", False),
        ("2025-09-06", "accepted", False),
    ],
)
def test_missing_is_what_is_not_submitted_when_the_day_is_past(today, state, missing):
    city = City()
    row = city.open(8)
    ProgressReturn.objects.filter(pk=row.pk).update(state=state)
    with on(today):
        assert clients_row(city.reporter, row)["missing"] is missing
        assert city.reporter.get(f"{RETURNS}?missing=true").json()["count"] == missing
        assert city.reporter.get(PERIODS).json()["results"][0]["missing_count"] == missing


# Cumulative figures -------------------------------------------------------------------------------
def test_cumulative_figures_are_the_sum_of_the_accepted_months_with_what_was_done_before():
    # before the year 1000; July 100.50 + 90, August 20.25 + 0, September only submitted
    city = City()
    city.project.investment_before = Decimal(1000)
    city.project.save(update_fields=["investment_before"])
    with on("2025-10-20"):
        july = city.accepted(7, investment_reported="100.50", investment_statistical=90)
        august = city.accepted(8, investment_reported="20.25", investment_statistical=0)
        september = city.open(9)
        ProgressReturn.objects.filter(pk=september.pk).update(
            **{**FILLED, "state": "submitted", "investment_reported": 7}
        )
    names = (
        "reported_year_to_date", "statistical_year_to_date", "reported_total", "statistical_total",
    )  # fmt: skip
    for row, expected in (
        (july, ("100.50", "90.00", "1100.50", "1090.00")),
        (august, ("120.75", "90.00", "1120.75", "1090.00")),
        (september, ("120.75", "90.00", "1120.75", "1090.00")),
    ):
        told = clients_row(city.reporter, row)
        assert tuple(told[name] for name in names) == expected


def test_a_year_begins_anew():
    city = City()
    next_year = factories.ProgrammeFactory(year=2026, title="2026")
    factories.ProgrammeEntryFactory(programme=next_year, project=city.project)
    with on("2026-02-20"):
        city.accepted(12, investment_reported=500)
        january = period_open(year=2026, month=1, by=None).returns.get()
    assert clients_row(city.reporter, january)["reported_year_to_date"] == "0.00"


def test_a_correction_is_a_new_revision_that_counts_once_it_is_accepted():
    city = City()
    with on("2025-09-23"):
        row = city.accepted(8, investment_reported=100)
        made = clients.post(city.reporter, path(row, "correct"), {"reason": "漏报 50 万元"})
        assert made.status_code == 201, made.json()
        correction = made.json()
        assert (correction["revision"], correction["state"]) == (2, "draft")
        assert correction["investment_reported"] == "100.00"
        assert correction["missing"] is correction["late"] is False
        twice = clients.post(city.reporter, path(row, "correct"), {"reason": "再改"})
        assert (twice.status_code, clients.errors_of(twice)) == (409, {"": "not_the_newest"})
        address = f"{RETURNS}{correction['id']}/"
        clients.patch(city.reporter, address, {"investment_reported": "150"})
        for client, action in (
            (city.reporter, "submit"), (city.head, "confirm"), (city.office, "accept"),
        ):  # fmt: skip
            before = clients_row(city.reporter, row)["reported_year_to_date"]
            assert before == "100.00"
            assert clients.post(client, f"{address}{action}/", {}).status_code == 200
    assert clients_row(city.reporter, row)["reported_year_to_date"] == "150.00"
    assert clients_row(city.reporter, row)["investment_reported"] == "100.00"


# Who sees it, what it is a deadline of ------------------------------------------------------------
def test_a_return_is_seen_by_those_whom_it_concerns():
    city = City()
    row = city.open(8)
    supporting, district = factories.DepartmentFactory(), factories.DistrictFactory()
    city.project.supporting_departments.add(supporting)
    city.project.district = district
    city.project.save(update_fields=["district"])
    for client in (
        city.reporter, city.supervisor, clients.viewer(), clients.reporter_of(supporting),
        clients.reporter_of(district),
    ):  # fmt: skip
        assert client.get(path(row)).status_code == 200
    stranger = clients.reporter_of(factories.DepartmentFactory())
    assert stranger.get(path(row)).status_code == 404
    assert stranger.get(RETURNS).json()["count"] == 0


def test_a_return_is_a_deadline_until_it_is_handed_in():
    city = City()
    officer = factories.UserFactory()
    city.project.officer = officer
    city.project.save(update_fields=["officer"])
    row = city.open(8)
    span = (dt.date(2025, 9, 1), dt.date(2025, 9, 30))
    [deadline] = open_deadlines(*span)
    assert (deadline.due_on, deadline.in_charge_id) == (dt.date(2025, 9, 5), officer.pk)
    assert deadline.title == f"{city.project.name} · 2025-08 月报"
    assert "progress_return" in PAGES
    for state, open_ in (("submitted", 0), ("sent_back", 1), ("accepted", 0)):
        ProgressReturn.objects.filter(pk=row.pk).update(state=state)
        assert len(list(open_deadlines(*span))) == open_


def test_the_list_is_asked_by_month_and_state():
    city = City()
    with on("2025-09-23"):
        city.accepted(7)
        city.open(8)
    for query, count in (
        ("year=2025&month=8", 1), ("year=2025", 2), ("state=accepted", 1), ("year=2024", 0),
        (f"project={city.project.code}", 2), (f"lead_department={city.department.code}", 2),
    ):  # fmt: skip
        assert city.reporter.get(f"{RETURNS}?{query}").json()["count"] == count, query


# On site ------------------------------------------------------------------------------------------
def test_a_spot_check_stands_beside_what_was_reported():
    city = City()
    with on("2025-09-23"):
        row = city.accepted(8, physical_progress=60)
        body = {
            "project": city.project.pk,
            "checked_on": "2025-09-20",
            "progress_found": "48.5",
            "found": "二层未封顶",
        }
        response = clients.post(city.supervisor, CHECKS, body)
    told = response.json()
    assert response.status_code == 201, told
    assert (told["progress_return"], told["progress_reported"]) == (row.pk, "60.00")
    assert (told["progress_found"], told["difference"]) == ("48.50", "-11.50")
    assert city.reporter.get(CHECKS).json()["count"] == 1


def test_a_spot_check_is_the_supervisors_and_is_never_changed():
    city = City()
    body = {"project": city.project.pk, "checked_on": "2025-09-20", "found": "停工"}
    assert clients.post(city.reporter, CHECKS, body).status_code == 403
    made = clients.post(city.supervisor, CHECKS, body)
    address = f"{CHECKS}{made.json()['id']}/"
    changed = city.supervisor.patch(address, {"found": "在建"}, content_type="application/json")
    assert changed.status_code == 405
    with pytest.raises(Exception, match="append_only"):
        SpotCheck.objects.update(found="在建")


def test_a_spot_check_names_a_return_of_the_project_and_a_day_that_has_come():
    city = City()
    row = city.open(8)
    body = {"project": factories.ProjectFactory().pk, "found": "停工", "checked_on": "2025-09-20"}
    other = clients.post(city.supervisor, CHECKS, body | {"progress_return": row.pk})
    assert clients.errors_of(other) == {"/progress_return": "other_project"}
    future = clients.post(city.supervisor, CHECKS, body | {"checked_on": "2099-01-01"})
    assert clients.errors_of(future) == {"/checked_on": "in_the_future"}


def test_the_past_of_a_return_tells_what_was_known_then():
    with on("2025-09-05"):
        city = City()
        row = city.accepted(8, investment_reported=100)
    with on("2025-09-23"):
        made = clients.post(city.reporter, path(row, "correct"), {"reason": "漏报"}).json()
        address = f"{RETURNS}{made['id']}/"
        clients.patch(city.reporter, address, {"investment_reported": "150"})
        for client, action in (
            (city.reporter, "submit"), (city.head, "confirm"), (city.office, "accept"),
        ):  # fmt: skip
            clients.post(client, f"{address}{action}/", {})
        now = clients_row(city.reporter, row)["reported_year_to_date"]
        then = city.reporter.get(f"{path(row)}?as_of=2025-09-10").json()["reported_year_to_date"]
        assert (then, now) == ("100.00", "150.00")
        listed = city.reporter.get(f"{RETURNS}?as_of=2025-09-10").json()
        assert [each["id"] for each in listed["results"]] == [row.pk]


@pytest.mark.django_db(transaction=True)
def test_two_people_who_open_a_month_at_once_open_it_once():
    programme = factories.ProgrammeFactory(year=2025)
    factories.ProgrammeEntryFactory.create_batch(5, programme=programme)

    def open_it(_number: int) -> int:
        try:
            return period_open(year=2025, month=8, by=None).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        opened = set(pool.map(open_it, range(4)))
    assert opened == {ReturnPeriod.objects.get().pk}
    assert ProgressReturn.objects.count() == 5

"""Subscriptions: what can be subscribed, when it falls due, what would be sent."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import QueryDict

from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.exporting.addresses import parse_address
from portfolio.reports.exporting.models import Export
from portfolio.reports.exporting.services import MOST_WAITING
from portfolio.reports.subscriptions.addresses import build_issue_address, describe_parameters
from portfolio.reports.subscriptions.issues import issues_create
from portfolio.reports.subscriptions.models import (
    ReportSubscription,
    SubscriptionCopy,
    SubscriptionIssue,
)
from portfolio.reports.subscriptions.preview import list_upcoming_issues
from portfolio.reports.subscriptions.services import MOST_RECIPIENTS, subscription_create
from projects.people.models import CalendarDay
from tests import clients, factories

pytestmark = pytest.mark.django_db

TUESDAY = dt.datetime(2025, 9, 23, 18, tzinfo=CITY_TIME)
MONDAY = dt.date(2025, 9, 29)
PATH = "/api/v1/report-subscriptions/"


def nine(day: dt.date, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(9, minute), tzinfo=CITY_TIME)


@pytest.fixture(autouse=True)
def tuesday():
    with clock.at(TUESDAY):
        yield


@pytest.fixture
def supervisor():
    return factories.MembershipFactory(role="supervisor").user


@pytest.fixture
def weekly(supervisor) -> ReportSubscription:
    return factories.ReportSubscriptionFactory(owner=supervisor)


def body(**changes) -> dict:
    return {
        "report": "problems",
        "format": "csv",
        "recipients": [factories.UserFactory().pk],
        "rhythm": "weekly",
        "number": 1,
        **changes,
    }


def errors(**changes) -> dict[str, str]:
    response = clients.post(clients.supervisor(), PATH, body(**changes))
    assert response.status_code == 400, response.content
    return clients.errors_of(response)


def prepare(now: dt.datetime) -> None:
    with clock.at(now):
        issues_create(now=now)


def made(now: dt.datetime) -> list[dt.date]:
    prepare(now)
    return list(SubscriptionIssue.objects.order_by("day").values_list("day", flat=True))


# What can be subscribed --------------------------------------------------------------------------
def test_a_supervisor_subscribes_changes_switches_off_and_deletes(supervisor):
    client, reader = clients.signed_in(supervisor), factories.UserFactory()
    answer = clients.post(
        client, PATH, body(recipients=[reader.pk], parameters="?light=red,yellow", note="例会用")
    )
    assert answer.status_code == 201
    row = answer.json()
    assert (row["owner"], row["recipients"]) == (supervisor.pk, [reader.pk])
    assert row["parameters"] == "light=red,yellow"
    assert (row["time_of_day"], row["active"], row["rhythm_display"]) == ("09:00:00", True, "每周")

    path = f"{PATH}{row['id']}/"
    without_etag = client.patch(path, {"note": "改"}, content_type="application/json")
    assert without_etag.status_code == 428
    changed = clients.patch(client, path, {"active": False, "number": 2})
    assert (changed.status_code, changed.json()["number"]) == (200, 2)
    assert client.delete(path).status_code == 204


def test_nobody_but_supervisors_subscribes():
    for client in (clients.viewer(), clients.reporter_of(factories.DepartmentFactory())):
        assert clients.post(client, PATH, body()).status_code == 403
    with pytest.raises(PermissionDenied):
        subscription_create(by=factories.UserFactory(), fields={})


@pytest.mark.parametrize(
    ("wrong", "pointer", "code"),
    [
        ({"report": "weather"}, "/report", "invalid"),
        ({"parameters": "colour=red"}, "/parameters", "unknown_parameter"),
        ({"parameters": "light=purple"}, "/parameters", "invalid_choice"),
        ({"parameters": "lead_department=nowhere"}, "/parameters", "does_not_exist"),
        ({"parameters": "year=twenty"}, "/parameters", "invalid"),
        ({"parameters": "compare_to=2025-13-01"}, "/parameters", "invalid"),
        ({"parameters": "compare_to=2099-01-01"}, "/parameters", "in_the_future"),
        ({"parameters": "as_of=2025-09-01"}, "/parameters", "decided_by_the_issue"),
        ({"parameters": "format=xlsx"}, "/parameters", "decided_by_the_issue"),
        ({"parameters": "light=%00"}, "/parameters", "invalid"),
        ({"format": "pdf"}, "/format", "unknown_format"),
        ({"report": "bulletin", "format": "xlsx"}, "/format", "unknown_format"),
        (
            {"report": "bulletin", "format": "docx", "parameters": "issuer=市"},
            "/parameters",
            "min_length",
        ),
        ({"rhythm": "weekly", "number": 8}, "/number", "out_of_range"),
        ({"rhythm": "working_day", "number": 24}, "/number", "out_of_range"),
        ({"rhythm": "monthly", "number": 0}, "/number", "out_of_range"),
        ({"recipients": []}, "/recipients", "required"),
        ({"until": "2025-09-22"}, "/until", "invalid"),
    ],
)
def test_what_would_never_arrive_is_refused_at_once(wrong, pointer, code):
    assert errors(**wrong) == {pointer: code}


def test_a_change_is_checked_as_a_new_one_is(weekly, supervisor):
    client = clients.signed_in(supervisor)
    for wrong in (
        {"parameters": "light=purple"}, {"report": "bulletin"}, {"recipients": []}, {"number": 8},
    ):  # fmt: skip
        assert clients.patch(client, f"{PATH}{weekly.pk}/", wrong).status_code == 400


def test_recipients_are_reachable_and_not_too_many(supervisor):
    gone = factories.UserFactory(is_active=False, name="已调离")
    fields = {"report": "problems", "format": "csv", "rhythm": "weekly", "number": 1}
    with pytest.raises(ValidationError, match="已调离"):
        subscription_create(by=supervisor, fields={**fields, "recipients": [gone]})
    many = factories.UserFactory.create_batch(MOST_RECIPIENTS + 1)
    with pytest.raises(ValidationError, match=str(MOST_RECIPIENTS)):
        subscription_create(by=supervisor, fields={**fields, "recipients": many})


def test_long_words_in_chinese_fit_the_address(supervisor):
    recipients, copies = "各旗县区人民政府，" * 20, "市直各部门、单位" * 20
    parameters = f"recipients={recipients}&copies={copies}"
    answer = clients.post(
        clients.signed_in(supervisor),
        PATH,
        body(report="bulletin", format="docx", recipients=[supervisor.pk], parameters=parameters),
    )
    assert answer.status_code == 201, answer.content
    prepare(nine(MONDAY))
    copy = SubscriptionCopy.objects.get()
    assert copy.refused == ""
    asked = asked_by_the_newest_copy()
    assert (asked["recipients"], asked["copies"]) == (recipients, copies)


def test_an_address_that_no_export_takes_is_refused_at_once():
    fields = {"report": "bulletin", "format": "docx", "parameters": "recipients=" + "=" * 900}
    assert errors(**fields) == {"/parameters": "max_length"}


def test_a_department_entered_today_can_be_asked_for(supervisor):
    factories.DepartmentFactory(code="new-bureau")
    answer = clients.post(
        clients.signed_in(supervisor), PATH, body(parameters="lead_department=new-bureau")
    )
    assert answer.status_code == 201


def test_a_subscription_of_which_something_was_sent_is_switched_off_not_deleted(weekly):
    prepare(nine(MONDAY))
    answer = clients.administrator().delete(f"{PATH}{weekly.pk}/")
    assert answer.status_code == 409
    assert "停用" in answer.json()["detail"]


# When it falls due -------------------------------------------------------------------------------
def test_an_issue_is_made_at_its_hour_once_and_tells_of_the_day_before(weekly):
    assert made(nine(MONDAY) - dt.timedelta(seconds=1)) == []
    assert made(nine(MONDAY)) == made(nine(MONDAY, 1)) == [MONDAY]

    [copy] = SubscriptionCopy.objects.all()
    assert copy.issue.as_of == dt.date(2025, 9, 28)
    assert copy.export.owner == copy.recipient == weekly.owner
    assert copy.export.address == (
        "/api/v1/reports/department-scoreboard?as_of=2025-09-28&format=xlsx"
    )


def test_on_a_day_off_it_waits_for_the_next_working_day(weekly):
    CalendarDay.objects.create(day=MONDAY, working=False, note="停电")
    assert made(nine(MONDAY)) == []
    assert made(nine(MONDAY + dt.timedelta(days=1))) == [MONDAY + dt.timedelta(days=1)]


def test_what_fell_due_before_it_was_made_is_not_sent(supervisor):
    factories.ReportSubscriptionFactory(owner=supervisor, counts_from=nine(MONDAY, 1))
    assert made(nine(MONDAY, 2)) == []


def test_an_outage_is_made_up_for_by_the_newest_issue_alone(weekly):
    """Due on 15, 22 and 29 September; the 29th was missed too. It tells of the same day."""
    weekly.counts_from = nine(dt.date(2025, 9, 8))
    weekly.save()
    assert made(nine(dt.date(2025, 9, 30))) == [MONDAY]
    assert SubscriptionIssue.objects.get().as_of == dt.date(2025, 9, 28)


def test_switched_on_again_it_counts_from_then(weekly, supervisor):
    client = clients.signed_in(supervisor)
    path = f"{PATH}{weekly.pk}/"
    clients.patch(client, path, {"active": False})
    assert made(nine(MONDAY)) == []
    with clock.at(nine(MONDAY, 30)):
        clients.patch(client, path, {"active": True})
    assert made(nine(MONDAY, 31)) == []
    assert made(nine(dt.date(2025, 10, 9))) == [dt.date(2025, 10, 9)]  # the 6th is a holiday


def test_it_ends_with_its_last_day(weekly):
    weekly.until = MONDAY - dt.timedelta(days=1)
    weekly.save()
    assert made(nine(MONDAY)) == []


def test_who_is_no_supervisor_any_more_sends_nothing(weekly, caplog):
    weekly.owner.memberships.all().delete()
    assert made(nine(MONDAY)) == made(nine(MONDAY, 1)) == []
    assert len([each for each in caplog.records if "督查员" in each.getMessage()]) == 1


def test_who_has_left_gets_no_copy(weekly):
    stays, left = factories.UserFactory(), factories.UserFactory(is_active=False)
    weekly.recipients.set([stays, left])
    prepare(nine(MONDAY))
    assert [copy.recipient for copy in SubscriptionCopy.objects.all()] == [stays]


def test_one_that_cannot_be_made_does_not_keep_back_the_others(weekly, supervisor, caplog):
    broken = factories.ReportSubscriptionFactory(owner=supervisor)
    ReportSubscription.objects.filter(pk=broken.pk).update(report="x" * 40, parameters="y" * 1000)
    Export.objects.all().delete()
    assert made(nine(MONDAY)) == [MONDAY, MONDAY]
    refused = SubscriptionCopy.objects.get(issue__subscription=broken)
    assert refused.export is None
    assert refused.refused


def test_however_much_a_person_has_waiting_a_subscription_is_made(weekly):
    factories.ExportFactory.create_batch(12, owner=weekly.owner)
    prepare(nine(MONDAY))
    assert SubscriptionCopy.objects.get().export is not None


def test_what_comes_by_itself_does_not_keep_a_person_from_asking(supervisor):
    for _ in range(MOST_WAITING):
        factories.ReportSubscriptionFactory(owner=supervisor)
    prepare(nine(MONDAY))
    assert Export.objects.unfinished().count() == MOST_WAITING
    answer = clients.post(
        clients.signed_in(supervisor),
        "/api/v1/exports/",
        {"address": "/api/v1/projects/?format=csv"},
    )
    assert answer.status_code == 201, answer.content


def asked_by_the_newest_copy() -> dict[str, str]:
    copy = SubscriptionCopy.objects.order_by("-pk").first()
    return QueryDict(copy.export.address.split("?")[1]).dict()


def test_a_report_of_changes_begins_where_the_issue_before_ended(supervisor):
    """Also over a holiday: nothing that happened between two issues is left out."""
    changes = factories.ReportSubscriptionFactory(owner=supervisor, report="changes")
    coming = list_upcoming_issues(changes, now=TUESDAY)
    assert "since=2025-09-21" in coming[0].address
    assert "since=2025-09-28&as_of=2025-10-08" in coming[1].address

    for day, since in ((MONDAY, "2025-09-21"), (dt.date(2025, 10, 9), "2025-09-28")):
        prepare(nine(day))
        assert asked_by_the_newest_copy()["since"] == since


def test_a_report_of_changes_since_a_day_that_was_asked_for_keeps_it(supervisor):
    factories.ReportSubscriptionFactory(
        owner=supervisor, report="changes", parameters="since=2025-01-01"
    )
    prepare(nine(MONDAY))
    assert asked_by_the_newest_copy()["since"] == "2025-01-01"


# In words ----------------------------------------------------------------------------------------
def told(subscription: ReportSubscription) -> dict[str, str]:
    content = parse_address(build_issue_address(subscription, dt.date(2025, 9, 23)))
    return dict(describe_parameters(content, user=subscription.owner))


def test_parameters_are_told_in_words(weekly):
    bureau = factories.DepartmentFactory(code="housing", short_name="市住建局")
    weekly.parameters = f"lead_department={bureau.pk},housing&light=red,yellow&year=2025"
    assert told(weekly) == {
        "牵头单位": f"{bureau}、{bureau}",
        "红黄绿灯": "红灯、黄灯",
        "年度": "2025",
    }


def test_a_bulletin_is_of_the_month_before(weekly):
    weekly.report, weekly.format = "bulletin", "docx"
    weekly.parameters = "number=包督〔2025〕9号"
    address = build_issue_address(weekly, dt.date(2025, 10, 9))
    asked = QueryDict(address.split("?")[1])
    assert (asked["month"], asked["as_of"]) == ("2025-09", "2025-10-08")
    assert told(weekly) == {"发文字号": "包督〔2025〕9号", "月份": "2025-08"}


# The preview -------------------------------------------------------------------------------------
def test_the_preview_says_what_would_go_to_whom_on_the_next_five_days(supervisor):
    reader = factories.MembershipFactory(role="reporter").user
    bulletin = factories.ReportSubscriptionFactory(
        owner=supervisor, report="bulletin", format="docx", rhythm="monthly", number=1,
        recipients=[supervisor, reader],
    )  # fmt: skip
    answer = clients.post(clients.signed_in(supervisor), f"{PATH}{bulletin.pk}/preview/", {})
    assert answer.status_code == 200, answer.content
    issues, people = answer.json()["issues"], answer.json()["recipients"]

    assert [each["day"] for each in issues] == [
        "2025-10-09", "2025-11-03", "2025-12-01", "2026-01-04", "2026-02-02",
    ]  # fmt: skip
    assert issues[0]["as_of"] == "2025-10-08"
    assert issues[0]["planned_for"] == "2025-10-09T09:00:00+08:00"
    assert "month=2025-09" in issues[0]["address"]
    assert [each["receives"] for each in people] == [True, False]
    assert "全部月报" in people[1]["hindrance"]
    assert not SubscriptionIssue.objects.exists()


def test_the_preview_ends_with_the_subscription(weekly, supervisor):
    client, path = clients.signed_in(supervisor), f"{PATH}{weekly.pk}/preview/"
    weekly.until = dt.date(2025, 10, 10)
    weekly.save()
    days = [each["day"] for each in clients.post(client, path, {}).json()["issues"]]
    assert days == ["2025-09-29", "2025-10-09"]
    weekly.active = False
    weekly.save()
    assert clients.post(client, path, {}).json()["issues"] == []


def test_the_log_of_copies_says_what_was_made_for_whom(weekly):
    prepare(nine(MONDAY))
    answer = clients.viewer().get(f"{PATH}{weekly.pk}/copies/")
    assert answer.status_code == 200, answer.content
    [copy] = answer.json() if isinstance(answer.json(), list) else answer.json()["results"]
    assert (copy["day"], copy["as_of"], copy["state"]) == ("2025-09-29", "2025-09-28", "queued")
    assert copy["recipient"] == weekly.owner.pk

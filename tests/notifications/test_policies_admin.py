"""Supervisors change the tiers on a page that opens with those that hold; others opt out."""

import datetime as dt

import pytest

from notifications.policies import services as policies
from notifications.policies import tiers
from notifications.policies.models import ReminderPolicy, TierOptOut
from portfolio.core import clock
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 9, 23)


@pytest.fixture(autouse=True)
def in_september():
    with clock.at(dt.datetime(2025, 9, 23, 8, tzinfo=clock.CITY_TIME)):
        policies.reminder_policy_default()
        yield


def line_of(client, **wanted: str) -> str:
    """Returns the prefix of the first line of the new version's page with these values."""
    page = client.get(pages.add_url(ReminderPolicy))
    [inline] = page.context["inline_admin_formsets"]
    for form in inline.formset.forms:
        if all(form[name].value() == value for name, value in wanted.items()):
            return form.prefix
    raise AssertionError(wanted)


def test_the_page_opens_with_the_tiers_that_hold_and_saving_it_keeps_them():
    client = pages.supervisor()
    saved = pages.save(client, pages.add_url(ReminderPolicy), note="同上")
    assert saved.status_code == 302, pages.errors(saved)
    assert ReminderPolicy.objects.order_by("number").last().note == "同上"
    assert policies.schedules_in_force(on=DAY) == tiers.DEFAULT


def test_a_line_is_changed_and_another_taken_out():
    client = pages.supervisor()
    changed = line_of(client, commitment="", tier="remind", days=30)
    emptied = line_of(client, commitment="", tier="remind", days=15)
    typed = {f"{changed}-days": "20"}
    typed |= {f"{emptied}-{name}": "" for name in ("tier", "timing", "days")}
    saved = pages.save(client, pages.add_url(ReminderPolicy), **typed)
    assert saved.status_code == 302, pages.errors(saved)
    plain = policies.schedules_in_force(on=DAY)["", ""]
    assert [tier.days for tier in plain if tier.name == "remind"] == [20, 7, 1, 0]


def test_a_line_that_does_not_fit_itself_is_told_beside_it():
    client = pages.supervisor()
    wrong = line_of(client, commitment="", tier="remind", days=30)
    answer = pages.save(client, pages.add_url(ReminderPolicy), **{f"{wrong}-tier": "urge"})
    assert "提醒在到期前" in pages.errors(answer)
    [inline] = answer.context["inline_admin_formsets"]
    [form] = [each for each in inline.formset.forms if each.errors]
    assert form.prefix == wrong
    assert ReminderPolicy.objects.count() == 1


def test_a_viewer_reads_the_versions():
    viewer = pages.signed_in(factories.MembershipFactory(role="viewer").user)
    policy = ReminderPolicy.objects.get()
    page = viewer.get(pages.url(policy))
    assert "默认规则" in page.content.decode()
    assert viewer.get(pages.add_url(ReminderPolicy)).status_code == 403


def test_the_preview_says_what_goes_out_by_the_rules_in_force_and_by_a_versions_own():
    milestone = factories.MilestoneFactory(due_on=DAY + dt.timedelta(days=7))
    department = milestone.project.lead_department
    reporter = factories.MembershipFactory(department=department).user
    address = pages.list_url(ReminderPolicy)
    viewer = pages.signed_in(factories.MembershipFactory(role="viewer").user)
    present = viewer.get(f"{address}preview/")
    assert present.context["lines"][0]["name"] == reporter.name
    assert reporter.name in present.content.decode()
    other = factories.ReminderPolicyFactory()  # 7 days ahead, and nothing else
    lines = viewer.get(f"{address}{other.pk}/preview/").context["lines"]
    assert [(line["day"], line["ordinal"]) for line in lines] == [(DAY, 7)]


def test_the_preview_is_for_those_who_see_all_mails():
    head = pages.signed_in(factories.MembershipFactory(role="head").user)
    assert head.get(f"{pages.list_url(ReminderPolicy)}preview/").status_code == 403


def test_everybody_opts_out_of_an_early_reminder_and_back_in():
    me = factories.UserFactory()
    client = pages.signed_in(me)
    saved = pages.save(client, pages.add_url(TierOptOut), days_before="30")
    assert saved.status_code == 302, pages.errors(saved)
    row = TierOptOut.objects.get()
    assert (row.user, row.days_before) == (me, 30)
    assert client.post(pages.url(row, "delete"), {"post": "yes"}).status_code == 302
    assert not TierOptOut.objects.exists()


def test_what_cannot_be_opted_out_of_is_told_on_the_page():
    answer = pages.save(pages.supervisor(), pages.add_url(TierOptOut), days_before="0")
    assert "催办和督办不能免收" in pages.errors(answer)


def test_nobody_takes_back_for_somebody_else():
    row = factories.TierOptOutFactory()
    supervisor = pages.supervisor()
    assert supervisor.get(pages.url(row)).status_code == 200
    assert supervisor.post(pages.url(row, "delete"), {"post": "yes"}).status_code == 403

"""The inspection on the admin site: groups, absence, closing, approval, publication, amendment."""

import pytest
from django.urls import reverse

from projects.inspections.models import (
    Amendment,
    InspectionDeduction,
    InspectionEntry,
    InspectionJudge,
    InspectionRound,
    InspectionScore,
)
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored():
    return factories.ScoredRoundFactory()


def leader():
    return pages.signed_in(factories.MembershipFactory(role="leader").user)


def test_judges_are_put_into_groups_once_the_groups_are_saved():
    client = pages.supervisor()
    prepared = factories.DraftRoundFactory()
    judge = factories.InspectionJudgeFactory(inspection_round=prepared)
    other = factories.DraftRoundFactory(year=2024)
    other.judge_groups.create(name="别轮的组", weight=100)
    address = pages.url(prepared)
    groups = {
        "judge_groups-TOTAL_FORMS": 2,
        "judge_groups-0-name": "市领导",
        "judge_groups-0-weight": "60",
        "judge_groups-1-name": "部门",
        "judge_groups-1-weight": "40",
    }
    assert pages.save(client, address, **groups).status_code == 302
    assert prepared.judge_groups.count() == 2
    page = client.get(address)
    offered = [
        str(each)
        for formset in page.context["inline_admin_formsets"]
        if formset.opts.model is InspectionJudge
        for each in formset.formset.forms[0].fields["group"].queryset
    ]
    assert offered == ["市领导", "部门"]
    group = prepared.judge_groups.first()
    pages.save(client, address, **{"judges-0-group": group.pk})
    judge.refresh_from_db()
    assert judge.group == group


def test_a_round_goes_from_scores_to_publication_on_its_page(scored):
    supervisor, approver = pages.supervisor(), leader()
    page = supervisor.get(pages.url(scored))
    assert "测算, 尚未公布" in page.content.decode()
    assert supervisor.post(pages.url(scored, "close")).status_code == 302
    assert supervisor.post(pages.url(scored, "publish")).status_code in (302, 403)
    assert supervisor.post(pages.url(scored, "approve")).status_code in (302, 403)
    scored.refresh_from_db()
    assert (scored.status, scored.approved_at) == ("closed", None)
    approver.post(pages.url(scored, "approve"))
    approver.post(pages.url(scored, "revoke-approval"))
    scored.refresh_from_db()
    assert scored.approved_at is None
    approver.post(pages.url(scored, "approve"))
    supervisor.post(pages.url(scored, "publish"))
    scored.refresh_from_db()
    assert scored.status == "published"
    judge = pages.signed_in(scored.judges.get().user)
    assert "90.00" in judge.get(pages.url(scored)).content.decode()
    assert pages.field_names(supervisor.get(pages.url(scored))) == set()


def test_a_round_with_a_missing_score_is_not_closed_and_the_page_says_whose(scored):
    factories.InspectionJudgeFactory(inspection_round=scored, user__name="王评委")
    client = pages.supervisor()
    refused = client.post(pages.url(scored, "close"))
    assert "王评委" in refused.content.decode()
    absent = {"judge": scored.judges.last().pk, "absent": "on"}
    assert client.post(pages.url(scored, "mark-absent"), absent).status_code == 302
    assert client.post(pages.url(scored, "close")).status_code == 302
    assert InspectionRound.objects.get().status == "closed"


def test_where_entries_stand_is_not_shown_to_a_judge_before_publication(scored):
    judge = factories.MembershipFactory(role="judge").user
    page = pages.signed_in(judge).get(pages.url(scored)).content.decode()
    assert "测算, 尚未公布" not in page


def test_an_entry_is_withdrawn_and_takes_deductions_on_its_page(scored):
    entry = InspectionEntry.objects.get()
    client = pages.supervisor()
    typed = {
        "deductions-TOTAL_FORMS": 1,
        "deductions-0-points": "1.5",
        "deductions-0-reason": "通报批评",
    }
    assert pages.save(client, pages.url(entry), **typed).status_code == 302
    assert str(InspectionDeduction.objects.get().points) == "1.50"
    data = pages.save(client, pages.url(entry), data_points="80")
    assert "经济数据得分须写明出处" in pages.errors(data)
    assert client.post(pages.url(entry, "withdraw")).status_code == 302
    entry.refresh_from_db()
    assert entry.withdrawn is True


def test_a_published_score_is_amended_with_a_reason_and_not_edited():
    factories.PublishedRoundFactory()
    score = InspectionScore.objects.get()
    client = pages.supervisor()
    assert pages.field_names(client.get(pages.url(score))) == set()
    address = pages.url(score, "amend")
    refused = client.post(address, {"points": "80", "reason": ""})
    assert refused.status_code == 200
    assert not Amendment.objects.exists()
    assert client.post(address, {"points": "80", "reason": "登记有误"}).status_code == 302
    score.refresh_from_db()
    assert score.points == 80
    assert client.get(pages.url(Amendment.objects.get())).status_code == 200
    assert client.get(reverse("admin:projects_inspectionresult_changelist")).status_code == 200

"""The inspection on the admin site: judges, groups, entries, deductions; the rest to be read."""

import pytest
from django.urls import reverse

from projects.inspections.models import (
    InspectionDeduction,
    InspectionEntry,
    InspectionJudge,
    InspectionScore,
)
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def scored():
    return factories.ScoredRoundFactory()


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


def test_who_is_absent_stays_so_when_the_judges_are_saved():
    prepared = factories.DraftRoundFactory()
    judge = factories.InspectionJudgeFactory(inspection_round=prepared, absent=True)
    typed = {"judges-TOTAL_FORMS": 2, "judges-1-user": factories.UserFactory().pk}
    assert pages.save(pages.supervisor(), pages.url(prepared), **typed).status_code == 302
    assert set(prepared.judges.values_list("absent", flat=True)) == {True, False}
    judge.refresh_from_db()
    assert judge.absent


def test_a_published_round_its_scores_and_results_are_only_read():
    published = factories.PublishedRoundFactory()
    score = InspectionScore.objects.get()
    for client in (pages.supervisor(), pages.administrator()):
        assert pages.field_names(client.get(pages.url(published))) == set()
        assert pages.field_names(client.get(pages.url(score))) == set()
        assert client.post(pages.url(score), {"points": "80"}).status_code == 403
        assert client.post(pages.url(score, "delete"), {"post": "yes"}).status_code == 403
        assert client.get(pages.add_url(InspectionScore)).status_code == 403
        assert client.get(reverse("admin:projects_inspectionresult_changelist")).status_code == 200
    amended = factories.AmendedRoundFactory(year=2024)
    assert pages.supervisor().get(pages.url(amended.amendments.get())).status_code == 200


def test_an_entry_takes_deductions_and_data_with_their_source(scored):
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

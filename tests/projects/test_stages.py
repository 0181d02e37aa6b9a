"""Stages: which moves there are, and that only moves change the stage."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from portfolio.core.errors import StateConflictError
from projects.choices import Category, Stage
from projects.register.models import Project, StageTransition
from projects.register.rules import ORDER, Move, move_kind
from projects.register.services import project_codes_allot, transition_record, transition_revoke
from tests import clients, factories

DAY = dt.date(2025, 3, 1)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("reserve", "preparation", Move.FORWARD),
        ("preparation", "construction", Move.FORWARD),
        ("reserve", "construction", Move.FORWARD),
        ("construction", "commissioned", Move.FORWARD),
        ("commissioned", "enrolled", Move.FORWARD),
        ("construction", "enrolled", None),
        ("commissioned", "construction", Move.BACK),
        ("construction", "suspended", Move.SUSPEND),
        ("commissioned", "suspended", None),
        ("suspended", "construction", Move.RESUME),
        ("suspended", "reserve", None),
        ("construction", "cancelled", Move.CANCEL),
        ("suspended", "cancelled", Move.CANCEL),
        ("cancelled", "reserve", None),
        ("reserve", "reserve", None),
    ],
)
def test_the_table_of_moves(before, after, kind):
    found = move_kind(
        from_stage=before, to_stage=after, category="industry", suspended_from="construction"
    )
    assert found == kind


def test_only_industry_enrolls():
    for category in Category:
        found = move_kind(from_stage="commissioned", to_stage="enrolled", category=category)
        assert found == (Move.FORWARD if category == "industry" else None)


@given(st.sampled_from(ORDER), st.sampled_from(Stage), st.sampled_from(Category))
def test_a_forward_move_never_leads_back(before, after, category):
    kind = move_kind(from_stage=before, to_stage=after, category=category)
    if kind == Move.FORWARD:
        assert ORDER.index(after) > ORDER.index(before)


@pytest.mark.django_db
class TestRecording:
    def test_the_present_stage_is_the_last_move_by_day_of_effect(self):
        project = factories.ProjectFactory(stage="preparation")
        transition_record(project=project, by=None, to_stage="construction", effective_on=DAY)
        project.refresh_from_db()
        assert project.stage == "construction"

    def test_a_move_taken_back_restores_the_stage_before(self):
        project = factories.ProjectFactory(stage="construction")
        move = transition_record(
            project=project, by=None, to_stage="commissioned", effective_on=DAY
        )
        transition_revoke(transition=move, by=None, reason="误报")
        project.refresh_from_db()
        assert project.stage == "construction"

    def test_only_the_newest_move_is_taken_back(self):
        project = factories.ProjectFactory(stage="preparation")
        older = transition_record(
            project=project, by=None, to_stage="construction", effective_on=DAY
        )
        transition_record(project=project, by=None, to_stage="commissioned", effective_on=DAY)
        with pytest.raises(StateConflictError):
            transition_revoke(transition=older, by=None, reason="误报")

    def test_a_suspended_project_goes_back_to_where_it_came_from(self):
        project = factories.ProjectFactory(stage="construction")
        transition_record(project=project, by=None, to_stage="suspended", effective_on=DAY)
        transition_record(project=project, by=None, to_stage="construction", effective_on=DAY)
        project.refresh_from_db()
        assert project.stage == "construction"

    @pytest.mark.parametrize("day", [dt.date(2999, 1, 1), dt.date(2023, 1, 1)])
    def test_a_day_in_the_future_or_before_the_last_move_is_refused(self, day):
        project = factories.ProjectFactory(stage="construction")
        with pytest.raises(ValidationError) as refused:
            transition_record(project=project, by=None, to_stage="commissioned", effective_on=day)
        assert "effective_on" in refused.value.error_dict

    def test_a_back_move_needs_a_supervisor(self):
        project = factories.ProjectFactory(stage="construction")
        reporter = factories.MembershipFactory(department=project.lead_department).user
        with pytest.raises(PermissionDenied):
            transition_record(
                project=project,
                by=reporter,
                to_stage="preparation",
                effective_on=DAY,
                reason="误报",
            )

    def test_ending_a_project_needs_a_supervisor_even_before_a_reason(self):
        project = factories.ProjectFactory(stage="construction")
        path = f"/api/v1/projects/{project.pk}/transitions/"
        body = {"to_stage": "cancelled", "effective_on": "2025-03-01"}
        reporter = clients.reporter_of(project.lead_department)
        assert clients.post(reporter, path, body).status_code == 403
        nameless = clients.post(clients.supervisor(), path, body)
        assert clients.errors_of(nameless) == {"/reason": "required"}
        reasoned = clients.post(clients.supervisor(), path, body | {"reason": "业主退出"})
        assert reasoned.status_code == 201

    def test_a_back_move_needs_a_reason(self):
        project = factories.ProjectFactory(stage="construction")
        with pytest.raises(ValidationError) as refused:
            transition_record(project=project, by=None, to_stage="preparation", effective_on=DAY)
        assert "reason" in refused.value.error_dict

    def test_the_stage_is_not_written_past_the_transitions(self):
        project = factories.ProjectFactory()
        with pytest.raises(IntegrityError), transaction.atomic():
            Project.objects.filter(pk=project.pk).update(stage="enrolled")

    def test_a_recorded_move_is_neither_changed_nor_deleted(self):
        move = factories.ProjectFactory().transitions.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            StageTransition.objects.filter(pk=move.pk).update(to_stage="enrolled")
        with pytest.raises(IntegrityError), transaction.atomic():
            StageTransition.objects.filter(pk=move.pk).delete()

    def test_a_move_in_the_future_is_refused_by_the_database_too(self):
        project = factories.ProjectFactory()
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO projects_stagetransition"
                " (project_id, from_stage, to_stage, effective_on, evidence, reason)"
                " VALUES (%s, 'reserve', 'preparation', '2999-01-01', '', '')",
                [project.pk],
            )

    def test_codes_are_allotted_in_a_row_and_never_twice(self):
        first = project_codes_allot(year=2031, count=3)
        assert first == ["BT-2031-0001", "BT-2031-0002", "BT-2031-0003"]
        assert project_codes_allot(year=2031) == ["BT-2031-0004"]

"""Synthetic projects: plausible, the same for the same seed, and gone without a trace."""

import datetime as dt
from collections import Counter
from io import StringIO

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from notifications.outbox.models import Message, Reminder
from portfolio.core import clock
from portfolio.tools.synthetic.codes import credit_check, credit_code, organisation_check
from portfolio.tools.synthetic.stories import BUILDING_SEASON, Departments, stories
from projects.inspections.models import InspectionEntry
from projects.milestones.models import Milestone
from projects.programmes.models import Baseline, Programme, ProgrammeEntry
from projects.register.models import Project, StageTransition
from projects.register.rules import Move, move_kind
from tests.factories import (
    DistrictFactory,
    InspectionEntryFactory,
    MilestoneFactory,
    ProgrammeEntryFactory,
    ProgrammeFactory,
    ProgrammeOfficeFactory,
    ReminderFactory,
    UserFactory,
)

pytestmark = pytest.mark.long

TODAY = dt.date(2025, 9, 23)
COUNT = 120
DEPARTMENTS = Departments(
    {"qingshan": "青山区", "guyang": "固阳县"}, ("industry-it", "transport", "energy")
)


@pytest.fixture(autouse=True)
def september(request):
    """The day is 2025-09-23 where there is a database to tell it to."""
    if request.node.get_closest_marker("django_db") is None:
        yield
        return
    request.getfixturevalue("db")
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


@pytest.fixture
def city(db):
    """The departments and the programme that synthetic projects need, and one real project."""
    ProgrammeOfficeFactory(code="industry-it")
    DistrictFactory(code="qingshan", short_name="青山区")
    DistrictFactory(code="guyang", short_name="固阳县")
    return ProgrammeEntryFactory(programme=ProgrammeFactory()).project


def make(count=COUNT, **options):
    out = StringIO()
    call_command("make_synthetic", projects=count, stdout=out, **options)
    return out.getvalue()


def synthetic():
    return Project.objects.filter(synthetic=True)


def everything():
    """How many rows each table of the domain has, history included."""
    names = ("projects", "targets", "notifications")
    models = [model for name in names for model in apps.get_app_config(name).get_models()]
    return {
        model._meta.label: model._base_manager.count()
        for model in models
        if model._meta.label != "projects.ProjectCodeCounter"  # a code is never given out twice
    }


def told(count=COUNT, seed=1):
    return list(stories(count=count, seed=seed, year=2025, departments=DEPARTMENTS))


# --- stories ------------------------------------------------------------------------------------


def test_the_same_seed_tells_the_same_and_another_seed_something_else():
    assert told() == told()
    assert told(seed=2) != told()


def test_asking_for_more_tells_the_same_first():
    assert told(200)[:50] == told(50)


def test_nothing_is_started_in_the_winter_standstill():
    for story in told(400):
        if story.plan.start:
            assert story.plan.start.month in BUILDING_SEASON
        for day, stage in story.moves:
            assert stage != "construction" or day.month in BUILDING_SEASON


def test_every_move_is_one_that_the_rules_know_and_none_goes_back():
    for story in told(400):
        for (before, from_stage), (after, to_stage) in zip(
            story.moves, story.moves[1:], strict=False
        ):
            assert before < after
            kind = move_kind(from_stage=from_stage, to_stage=to_stage, category=story.category)
            assert kind in {Move.FORWARD, Move.SUSPEND, Move.CANCEL}


def test_whatever_was_ready_before_the_year_is_not_in_its_programme():
    ready = [day for story in told(400) for day, stage in story.moves if stage == "commissioned"]
    assert min(ready) >= dt.date(2025, 1, 1)
    assert min(story.moves[0][0] for story in told(400)) >= dt.date(2024, 1, 1)


def test_money_is_plausible_and_heavy_tailed():
    amounts = sorted(story.total_investment for story in told(1000))
    median, mean = amounts[500], sum(amounts) / 1000
    assert 5_000 < median < 30_000
    assert mean * 2 > median * 3
    assert amounts[-1] > median * 10
    for story in told(400):
        assert story.investment_before + story.plan.investment <= story.total_investment
        assert story.investment_before >= 0


def test_stages_and_categories_are_mixed():
    categories = Counter(story.category for story in told(400))
    assert len(categories) == 7
    assert categories.most_common(1)[0][0] == "industry"
    assert len({story.cluster for story in told(400)}) > 12


def test_no_two_projects_share_a_name_or_an_approval_code():
    many = told(2000)
    assert len({story.name for story in many}) == 2000
    codes = [story.approval_code for story in many if story.approval_code]
    assert len(set(codes)) == len(codes) > 1000


def test_an_approval_code_that_is_taken_is_left_out():
    taken = {story.approval_code for story in told(50)} - {None}
    others = stories(count=50, seed=1, year=2025, departments=DEPARTMENTS, taken_codes=taken)
    assert not taken & {story.approval_code for story in others}


def test_the_check_characters_are_those_of_the_standards():
    # Two companies whose codes are public: 百度在线 and 阿里巴巴 (中国).
    for code in ("91110108717743469K", "91330100799655058B"):
        assert credit_check(code[:17]) == code[17]
        assert organisation_check(code[8:16]) == code[16]


def test_a_company_has_one_credit_code():
    assert credit_code("包头市甲子风电装备有限公司", "150200") == credit_code(
        "包头市甲子风电装备有限公司", "150200"
    )
    assert len({story.owner_credit_code for story in told(400)}) == len(
        {story.owner_company for story in told(400)}
    )


# --- making -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_as_many_projects_as_asked_for_join_the_programme(city):
    out = make()

    assert synthetic().count() == COUNT
    assert ProgrammeEntry.objects.filter(project__synthetic=True).count() == COUNT
    assert Baseline.objects.filter(entry__project__synthetic=True, number=1).count() == COUNT
    programme = Programme.objects.with_registered_count().get(year=2025)
    assert (programme.planned_count, programme.registered_count) == (650, COUNT + 1)
    assert f"现有 {COUNT} 个模拟项目" in out
    assert f"登记 {COUNT + 1} 个" in out


@pytest.mark.django_db
def test_before_the_programme_is_approved_no_plan_has_a_version(city):
    with clock.at(dt.datetime(2025, 1, 15, 9, tzinfo=clock.CITY_TIME)):
        make()
    entries = ProgrammeEntry.objects.filter(project__synthetic=True)
    assert set(entries.values_list("approved_on", "baseline_number")) == {(None, 0)}
    assert not Baseline.objects.exists()


@pytest.mark.django_db
def test_every_row_is_one_that_the_forms_would_accept(city):
    make()

    for model in (Project, ProgrammeEntry, Milestone):
        for row in model.objects.all():
            try:
                row.full_clean(validate_unique=False, validate_constraints=False)
            except ValidationError as error:
                pytest.fail(f"{row}: {error}")
    assert Counter(synthetic().values_list("stage", flat=True))["construction"] > COUNT / 5


@pytest.mark.django_db
def test_nothing_lies_after_today_and_nothing_before_its_record(city):
    make()

    assert not Milestone.objects.filter(done_on__gte=TODAY).exists()
    assert not Project.objects.filter(entered_statistics_on__gte=TODAY).exists()
    moves = StageTransition.objects.filter(project__synthetic=True)
    for move in moves:
        assert move.effective_on <= move.recorded_at.astimezone(clock.CITY_TIME).date() < TODAY


@pytest.mark.django_db
def test_the_history_tells_each_month_as_it_was(city):
    make()

    events = Project.events.rel.related_model.objects.filter(synthetic=True)
    month_of = {
        (event.pgh_obj_id, event.stage): event.pgh_created_at.astimezone(clock.CITY_TIME).date()
        for event in events.order_by("-pgh_id")
    }
    for move in StageTransition.objects.filter(project__synthetic=True, effective_on__year=2025):
        told_on = month_of[move.project_id, move.to_stage]
        assert (told_on.year, told_on.month) == (move.effective_on.year, move.effective_on.month)
    assert set(events.values_list("pgh_context__command", flat=True)) == {"make_synthetic"}


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_rows_after_a_removal(city):
    def rows():
        return list(
            synthetic().order_by("code").values("name", "stage", "total_investment", "latitude")
        )

    make()
    first = rows()
    make(remove=True)
    make()
    assert rows() == first


@pytest.mark.django_db
def test_a_second_run_makes_nothing_more_and_another_number_is_refused(city):
    make()
    assert f"现有 {COUNT} 个模拟项目" in make()
    assert synthetic().count() == COUNT
    with pytest.raises(CommandError, match="--remove"):
        make(COUNT + 1)


@pytest.mark.django_db
def test_without_departments_it_says_what_to_do_first():
    with pytest.raises(CommandError, match="load_report"):
        make()


@pytest.mark.django_db
def test_before_the_year_has_begun_it_says_so(city):
    with (
        clock.at(dt.datetime(2024, 6, 1, tzinfo=clock.CITY_TIME)),
        pytest.raises(CommandError, match="2024-06-01"),
    ):
        make()


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, -5])
def test_a_number_below_one_is_refused(city, count):
    with pytest.raises(CommandError, match="--projects"):
        make(count)


# --- removing -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_removing_leaves_everything_as_it_was(city):
    MilestoneFactory(project=city)
    InspectionEntryFactory(project=city)
    before = everything()
    make()
    assert everything() != before
    out = make(remove=True)

    assert everything() == before
    assert f"已删除 {COUNT} 个" in out


@pytest.mark.django_db
def test_what_people_hung_on_synthetic_projects_goes_too(city):
    entry, reader = InspectionEntryFactory(project=city), UserFactory()
    before = everything()
    make()
    InspectionEntry.objects.create(
        inspection_round=entry.inspection_round, project=synthetic().first()
    )
    milestone = Milestone.objects.filter(project__synthetic=True).first()
    ReminderFactory(
        deadline_kind="milestone",
        object_id=milestone.pk,
        department=milestone.project.lead_department,
        message__recipient_user=reader,
    )
    make(remove=True)

    assert everything() == before


@pytest.mark.django_db
def test_a_mail_that_also_told_of_something_real_stays(city):
    make()
    real = MilestoneFactory(project=city)
    made_up = Milestone.objects.filter(project__synthetic=True).first()
    kept = ReminderFactory(object_id=real.pk)
    ReminderFactory(object_id=made_up.pk, message=kept.message)
    make(remove=True)

    assert list(Reminder.objects.all()) == [kept]
    assert list(Message.objects.all()) == [kept.message]


@pytest.mark.django_db
def test_the_history_of_a_synthetic_project_that_somebody_deleted_goes_too(city):
    before = everything()
    make()
    Milestone.objects.filter(project__synthetic=True).first().delete()
    make(remove=True)

    assert everything() == before


@pytest.mark.django_db
def test_a_row_that_was_moved_to_a_real_project_stays_with_its_history(city):
    make()
    milestone = Milestone.objects.filter(project__synthetic=True).first()
    milestone.project = city
    milestone.save()
    make(remove=True)

    assert Milestone.objects.get() == milestone
    assert Milestone.events.rel.related_model.objects.filter(pgh_obj=milestone).exists()


@pytest.mark.django_db
def test_codes_of_removed_projects_are_not_given_out_again(city):
    make()
    used = set(synthetic().values_list("code", flat=True))
    make(remove=True)
    make()

    assert not used & set(synthetic().values_list("code", flat=True))


@pytest.mark.django_db
def test_afterwards_history_is_as_well_guarded_as_before(city):
    make()
    make(remove=True)

    events = Project.events.rel.related_model.objects.filter(pgh_obj=city)
    transitions = StageTransition.objects.filter(project=city)
    for rows in (events, transitions):
        with pytest.raises(DatabaseError, match=r"append_only|Cannot"), transaction.atomic():
            rows._raw_delete(connection.alias)
        assert rows.exists()


@pytest.mark.django_db
def test_removing_when_there_is_nothing_says_so(city):
    assert "已删除 0 个" in make(remove=True)

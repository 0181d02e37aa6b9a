"""What the system reads by itself: off the projects, the lists, the breakdown."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portfolio.core import clock
from projects.register.models import StageTransition
from projects.register.services import transition_record, transition_revoke
from projects.returns.models import ProgressReturn, ReturnPeriod
from targets.models import Measurement, Target, TargetPart, WorkItem
from targets.services.measure import read_figures, read_own_counts
from tests import clients, factories

pytestmark = pytest.mark.django_db
YEAR_END = dt.date(2025, 12, 31)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def moment(text: str) -> dt.datetime:
    return dt.datetime.combine(day(text), dt.time(10), clock.CITY_TIME)


def counting(figure: str, **which) -> Target:
    measure = "growth" if figure == "investment_growth" else "cumulative"
    return factories.TargetFactory(
        source="from_projects", project_figure=figure, **{"measure": measure, **which}
    )


def of_programme(programme, stage: str = "construction", **which):
    project = factories.ProjectFactory(stage=stage, **which)
    factories.ProgrammeEntryFactory(programme=programme, project=project)
    return project


def moved(project, to_stage: str, on: str, reason: str = ""):
    return transition_record(
        project=project, by=None, to_stage=to_stage, effective_on=day(on), reason=reason
    )


def read(target: Target, on: str = "2025-12-31", known_at=None) -> dict[str, Decimal]:
    found = read_figures([target], on=day(on), known_at=known_at)[target.pk]
    return {each.period_end.isoformat(): each.value for each in found}


def at_last(target: Target, on: str = "2025-12-31", known_at=None) -> Decimal | None:
    found = read_figures([target], on=day(on), known_at=known_at)[target.pk]
    return found[-1].value if found else None


# 投产 300 个以上: one door


def test_commissioning_a_project_moves_the_target_by_one_and_taking_it_back_moves_it_back():
    target = counting("commissioned", name="重大项目投产", value=300)
    programme = factories.ProgrammeFactory()
    project = of_programme(programme)
    supervisor = clients.supervisor()
    path = f"/api/v1/projects/{project.pk}/transitions/"
    assert at_last(target) == 0
    body = {"to_stage": "commissioned", "effective_on": "2025-06-30", "evidence": "验收单"}
    made = clients.post(supervisor, path, body)
    assert made.status_code == 201, made.json()
    assert at_last(target) == 1
    back = clients.post(supervisor, f"{path}{made.json()['id']}/revoke/", {"reason": "误报"})
    assert back.status_code == 201, back.json()
    assert at_last(target) == 0


def test_no_other_door_moves_it():
    target = counting("commissioned")
    programme = factories.ProgrammeFactory()
    project = of_programme(programme)
    moved(project, "commissioned", "2025-06-30")
    supervisor = clients.supervisor()
    figure = {"target": target.pk, "period": "2025-06", "value": "299", "source": "电话"}
    refused = clients.post(supervisor, "/api/v1/measurements/", figure)
    assert clients.errors_of(refused) == {"/target": "not_reported"}
    refused = clients.post(supervisor, "/api/v1/measurements/bulk/", [figure])
    assert clients.errors_of(refused) == {"/0/target": "not_reported"}
    stage = clients.patch(supervisor, f"/api/v1/projects/{project.pk}/", {"stage": "reserve"})
    assert stage.status_code == 400
    factories.WorkItemFactory(target=target, quantity=50, done_on=day("2025-06-01"))
    factories.MilestoneFactory(project=project, name="投产", done_on=day("2025-06-01"))
    assert at_last(target) == 1


def test_each_project_counts_once_in_the_month_it_was_commissioned():
    target = counting("commissioned")
    programme = factories.ProgrammeFactory()
    project, other = of_programme(programme), of_programme(programme)
    moved(project, "commissioned", "2025-03-31")
    moved(project, "construction", "2025-04-01", reason="验收未通过")
    moved(project, "commissioned", "2025-06-10")
    moved(other, "commissioned", "2025-09-30")
    last_year = of_programme(programme)
    moved(last_year, "commissioned", "2024-12-31")
    moved(factories.ProjectFactory(stage="construction"), "commissioned", "2025-06-10")
    found = read(target)
    assert list(found) == [f"2025-{m:02d}-{d}" for m, d in _MONTH_ENDS]
    assert [int(value) for value in found.values()] == [0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2]


_MONTH_ENDS = list(enumerate([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], 1))


def test_while_the_year_runs_the_day_itself_has_a_figure():
    target = counting("commissioned")
    project = of_programme(factories.ProgrammeFactory())
    moved(project, "commissioned", "2025-02-10")
    assert read(target, "2025-02-10") == {"2025-01-31": 0, "2025-02-10": 1}
    assert read(target, "2025-02-09") == {"2025-01-31": 0, "2025-02-09": 0}
    assert read(target, "2024-12-31") == {}


def test_without_a_programme_there_is_no_figure():
    assert read(counting("commissioned")) == {}
    factories.ProgrammeFactory()
    assert read(counting("commissioned", year=2024)) == {}


def test_a_target_counts_what_its_filters_leave():
    programme, district = factories.ProgrammeFactory(), factories.DistrictFactory()
    big = {"total_investment": Decimal(10000), "category": "industry", "district": district}
    for which in (
        big,
        big | {"total_investment": Decimal("9999.99")},
        big | {"category": "energy", "cluster": "hydrogen"},
        big | {"total_investment": None},
    ):
        moved(of_programme(programme, "preparation", **which), "construction", "2025-04-01")
    assert at_last(counting("started")) == 4
    assert at_last(counting("started", project_min_investment=10000)) == 2
    over = counting("started", project_min_investment=10000, project_category="industry")
    assert at_last(over) == 1
    assert at_last(counting("started", project_cluster="hydrogen")) == 1
    assert at_last(counting("started", project_district=district)) == 4
    assert at_last(counting("started", project_district=factories.DistrictFactory())) == 0
    several = list(Target.objects.all())
    together = read_figures(several, on=YEAR_END)
    assert [together[t.pk][-1].value for t in several] == [4, 2, 1, 1, 4, 0]


def test_enrolment_counts_companies():
    target, programme = counting("enrolled"), factories.ProgrammeFactory()
    for owner, on in (("甲", "2025-03-01"), ("甲", "2025-05-01"), ("乙", "2025-05-01")):
        project = of_programme(programme, "commissioned", owner_company=owner)
        moved(project, "enrolled", on)
    assert (at_last(target, "2025-04-30"), at_last(target)) == (1, 2)


def test_the_programmes_count_follows_who_joins_and_leaves():
    target, programme = counting("programme_count"), factories.ProgrammeFactory()
    factories.ProgrammeEntryFactory(programme=programme)
    factories.ProgrammeEntryFactory(
        programme=programme, joined_on=day("2025-05-20"), join_approval="包政办〔2025〕5 号"
    )
    factories.ProgrammeEntryFactory(
        programme=programme, left_on=day("2025-08-01"), leave_approval="包政办〔2025〕9 号"
    )
    found = read(target, "2025-08-31")
    assert [int(value) for value in found.values()] == [2, 2, 2, 2, 3, 3, 3, 2]
    assert at_last(target, "2025-05-19") == 2


# Money


def accepted(project, year: int, month: int, money, **which):
    period, _made = ReturnPeriod.objects.get_or_create(
        year=year, month=month, defaults={"due_on": dt.date(2026, 1, 9)}
    )
    return ProgressReturn.objects.create(
        project=project,
        period=period,
        investment_reported=money,
        **{"state": "accepted", **which},
    )


def test_investment_is_what_accepted_returns_say_by_whole_months():
    target = counting("investment", unit="亿元")
    project = of_programme(factories.ProgrammeFactory())
    accepted(project, 2025, 1, 20000)
    accepted(project, 2025, 2, 5000)
    accepted(project, 2025, 2, 10000, revision=2, revision_reason="漏报")
    accepted(project, 2025, 3, 90000, state="confirmed")
    accepted(factories.ProjectFactory(), 2025, 2, 70000)
    assert read(target) == {"2025-01-31": 2, "2025-02-28": 3}
    assert read(target, "2025-02-27") == {"2025-01-31": 2}


def test_growth_is_known_only_where_last_years_figure_is():
    target = counting("investment_growth", unit="%")
    project = of_programme(factories.ProgrammeFactory())
    accepted(project, 2025, 1, 120)
    accepted(project, 2025, 2, 120)
    accepted(project, 2025, 3, 120)
    assert read(target) == {}
    last = of_programme(factories.ProgrammeFactory(year=2024))
    accepted(last, 2024, 1, 100)
    assert read(target) == {"2025-01-31": 20}
    accepted(last, 2024, 3, 100)  # February is not known, so no later month is either
    assert read(target) == {"2025-01-31": 20}
    accepted(last, 2024, 2, 50)
    assert read(target) == {"2025-01-31": 20, "2025-02-28": 60, "2025-03-31": 44}


# Lists and breakdown


def test_done_items_add_up():
    target = factories.TargetFactory(source="from_items", value=6971)
    assert read(target) == {}
    factories.WorkItemFactory(target=target, quantity=100)
    assert at_last(target) == 0
    factories.WorkItemFactory(target=target, quantity=40, done_on=day("2025-04-15"))
    factories.WorkItemFactory(target=target, quantity=7, done_on=day("2024-12-15"))
    assert (at_last(target, "2025-04-14"), at_last(target, "2025-04-15")) == (7, 47)
    assert read(target)["2025-12-31"] == 47


def part_of(target, value=10, parent=None) -> TargetPart:
    return factories.TargetPartFactory(target=target, value=value, parent=parent)


def reported(part: TargetPart, period: str, value) -> Measurement:
    return Measurement.objects.create(
        target=part.target, part=part, period=period, value=value, source="统计"
    )


def test_the_newest_figures_of_the_parts_add_up_at_any_depth():
    target = factories.TargetFactory(source="from_parts")
    north, south = part_of(target), part_of(target)
    assert read(target) == {}
    reported(north, "2025-03", 4)
    reported(north, "2025-03", 5)  # a correction
    reported(south, "2025-Q1", 2)
    reported(south, "2025-06", 6)
    assert read(target) == {"2025-03-31": 7, "2025-06-30": 11}
    inner = [part_of(target, 5, parent=north) for _ in range(2)]
    reported(inner[0], "2025-06", 3)
    assert read(target)["2025-06-30"] == 9  # who is broken down further is the sum of its own
    reported(inner[1], "2025-06", 4)
    assert read(target)["2025-06-30"] == 13


def test_rates_of_parts_do_not_add_up():
    target = factories.TargetFactory(source="from_parts", measure="growth")
    reported(part_of(target), "2025-03", 4)
    assert read(target) == {}


@settings(max_examples=20, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12), st.integers(0, 500)), max_size=12),
    st.integers(1, 12),
)
def test_parts_add_up(reports, month):
    target = factories.TargetFactory(source="from_parts")
    parts = [part_of(target) for _ in range(4)]
    for number, when, value in reports:
        reported(parts[number], f"2025-{when:02d}", value)
    newest: dict[int, tuple[int, int]] = {}
    for number, when, value in reports:
        if when <= month and when >= newest.get(number, (0, 0))[0]:
            newest[number] = (when, value)
    end = dt.date(2025, month, _MONTH_ENDS[month - 1][1])
    found = at_last(target, end.isoformat())
    assert found == (sum(value for _when, value in newest.values()) if newest else None)


# Two times


KINDS = ("commissioned", "enrolled", "started", "investment", "programme_count", "items", "parts")


def everything() -> list[Target]:
    made = [counting(kind) for kind in KINDS[:5]]
    made.append(factories.TargetFactory(source="from_items"))
    made.append(factories.TargetFactory(source="from_parts"))
    return made


def take_back() -> None:
    for move in StageTransition.objects.in_force().exclude(from_stage="")[:1]:
        transition_revoke(transition=move, by=None, reason="误报")


def undo_items(targets: list[Target]) -> None:
    WorkItem.objects.filter(target=targets[5]).update(done_on=None)


FACTS = {
    "started": lambda t, p: moved(of_programme(p, "preparation"), "construction", "2025-01-20"),
    "commissioned": lambda t, p: moved(of_programme(p), "commissioned", "2025-01-20"),
    "enrolled": lambda t, p: moved(of_programme(p, "commissioned"), "enrolled", "2025-01-20"),
    "taken back": lambda t, p: take_back(),
    "money": lambda t, p: accepted(of_programme(p), 2025, 1, 100),
    "left": lambda t, p: p.entries.filter(left_on__isnull=True).update(
        left_on=day("2025-01-15"), leave_approval="包政办〔2025〕9 号"
    ),
    "item done": lambda t, p: factories.WorkItemFactory(target=t[5], done_on=day("2025-01-15")),
    "items undone": lambda t, p: undo_items(t),
    "part": lambda t, p: reported(part_of(t[6]), "2025-01", 5),
}


def facts_of(targets: list[Target], programme) -> None:
    """Makes a fact of every kind."""
    for kind in ("started", "commissioned", "enrolled", "money", "item done", "part"):
        FACTS[kind](targets, programme)


@settings(max_examples=15, suppress_health_check=list(HealthCheck), deadline=None)
@given(
    st.lists(st.sampled_from(sorted(FACTS)), max_size=5),
    st.lists(st.sampled_from(sorted(FACTS)), min_size=1, max_size=5),
)
def test_answers_about_a_day_stay_the_same_whatever_is_recorded_later(early, late):
    with transaction.atomic():
        with clock.at(moment("2025-01-10")):
            targets, programme = everything(), factories.ProgrammeFactory()
        with clock.at(moment("2025-02-10")):
            for kind in early:
                FACTS[kind](targets, programme)
            present = read_figures(targets, on=day("2025-02-28"))
        asked = {"on": day("2025-02-28"), "known_at": moment("2025-02-28")}
        then = read_figures(targets, **asked)
        assert then == present
        with clock.at(moment("2025-03-10")):
            for kind in late:
                FACTS[kind](targets, programme)
        assert read_figures(targets, **asked) == then
        transaction.set_rollback(True)


def test_what_was_recorded_later_counts_for_whoever_asks_now():
    with clock.at(moment("2025-01-10")):
        targets, programme = everything(), factories.ProgrammeFactory()
    with clock.at(moment("2025-02-10")):
        facts_of(targets, programme)
    now = read_figures(targets, on=day("2025-01-31"))
    assert [int(now[target.pk][-1].value) for target in targets] == [1, 1, 1, 100, 4, 1, 5]
    before = read_figures(targets, on=day("2025-01-31"), known_at=moment("2025-01-31"))
    values = [before[t.pk][-1].value if before[t.pk] else None for t in targets]
    assert values == [0, 0, 0, None, 0, None, None]


def test_one_query_reads_any_number_of_targets():
    targets, programme = everything(), factories.ProgrammeFactory()
    facts_of(targets, programme)
    with CaptureQueriesContext(
        connection,
    ) as few:
        read_figures(targets, on=YEAR_END)
    for year in (2024, 2026):
        targets += [counting(kind, year=year) for kind in KINDS[:5]]
    targets += [counting("started", project_min_investment=n) for n in range(1, 30)]
    with CaptureQueriesContext(connection) as many:
        read_figures(targets, on=YEAR_END)
    assert len(few) == len(many) == 1


# 新增规上工业企业: reported, with the projects' own count beside it


def test_the_own_count_is_read_beside_a_reported_figure():
    target = factories.TargetFactory(source="reported", project_figure="enrolled")
    moved(of_programme(factories.ProgrammeFactory(), "commissioned"), "enrolled", "2025-05-01")
    assert read_figures([target], on=YEAR_END) == {}
    assert read_own_counts([target], on=YEAR_END)[target.pk][-1].value == 1

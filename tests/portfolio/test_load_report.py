"""The report's data reach the register once, follow the YAML, and never undo a person's work."""

import datetime as dt
import shutil
from io import StringIO
from pathlib import Path

import pghistory
import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portfolio.core import clock
from portfolio.tools.work_report.load import report_load
from portfolio.tools.work_report.reader import read_report
from projects.deadlines import open_deadlines_by_key
from projects.milestones.models import Milestone
from projects.people.models import Department
from projects.programmes.models import Programme, ProgrammeEntry
from projects.register.models import Project, ProjectCodeCounter, ProjectSupport, StageTransition
from targets.models import Target, TargetSupport, WorkItem
from tests.factories import DepartmentFactory, TargetFactory, UserFactory

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
MODELS = (
    Department,
    Programme,
    Project,
    ProjectSupport,
    ProgrammeEntry,
    Milestone,
    Target,
    TargetSupport,
    WorkItem,
)
PROJECTS, TARGETS = "projects/data/projects_2025.yaml", "targets/data/targets_2025.yaml"
GIVEN_ON = dt.date(2025, 1, 5)
LINNAN = "2025/linnan-resettlement"


@pytest.fixture
def report():
    return read_report(ROOT)


@pytest.fixture
def data(tmp_path):
    """A copy of the data, and how to change it."""
    for app in ("projects", "targets"):
        shutil.copytree(ROOT / app / "data", tmp_path / app / "data")

    def change(file, entry, old, new):
        path = tmp_path / file
        before, found, after = path.read_text(encoding="utf-8").partition(f"key: '{entry}'")
        assert old in found + after
        path.write_text(before + found + after.replace(old, new, 1), encoding="utf-8")

    change.root = tmp_path
    return change


def load(root=ROOT):
    out = StringIO()
    call_command("load_report", root=root, stdout=out)
    return out.getvalue()


def person():
    """What follows is written by a person at the admin site, not by the loader."""
    return pghistory.context(door="admin", command=None)


def events():
    return sum(model._meta.get_field("events").related_model.objects.count() for model in MODELS)


def test_the_whole_report_is_loaded(report):
    load()

    assert Department.objects.count() == len(report.departments)
    assert Project.objects.count() == len(report.projects) >= 40
    assert Milestone.objects.count() == len(report.milestones)
    assert Target.objects.count() == len(report.targets) >= 60
    assert WorkItem.objects.count() == len(report.work_items)
    programme = Programme.objects.with_registered_count().get(year=2025)
    assert (programme.planned_count, programme.registered_count) == (650, len(report.projects))


def test_linnan_is_due_at_the_end_of_september():
    load()

    milestone = Milestone.objects.get(project__report_key=LINNAN)
    assert milestone.due_on == milestone.baseline_on == dt.date(2025, 9, 30)
    assert milestone.section == "§三（五）"
    assert milestone.project.lead_department.code == "housing-construction"
    assert milestone.project.officer is None


def test_each_field_arrives_as_the_data_say(report):
    load()

    rows = {row.report_key: row for row in Target.objects.select_related("lead_department")}
    for entry in report.targets:
        row = rows[entry.key]
        assert (row.name, row.value, row.unit) == (entry.name, entry.value, entry.unit)
        assert (row.comparator, row.measure, row.source) == (
            entry.comparator,
            entry.measure,
            entry.source,
        )
        assert row.lead_department.code == entry.lead_department
        assert row.baseline == (entry.baseline.value if entry.baseline else None)
        assert row.section == entry.section
        supporting = set(row.supporting_departments.values_list("code", flat=True))
        assert supporting == set(entry.supporting_departments)


def test_a_target_in_step_with_another_refers_to_it():
    load()

    assert Target.objects.get(report_key="2025/income-growth").in_step_with == Target.objects.get(
        report_key="2025/gdp-growth"
    )


def test_an_exact_figure_of_last_year_is_told_from_none():
    load()

    assert set(Target.objects.filter(baseline=None).values_list("baseline_qualifier")) == {("",)}
    assert not Target.objects.filter(baseline__isnull=False, baseline_qualifier="").exists()


def test_codes_are_given_in_the_order_of_the_data(report):
    load()

    keys = list(Project.objects.order_by("code").values_list("report_key", flat=True))
    assert keys == [entry.key for entry in report.projects]
    assert Project.objects.order_by("code").first().code == "BT-2025-0001"


def test_what_stood_before_the_year_was_not_commissioned_in_it(report):
    load()

    days = dict(StageTransition.objects.values_list("project__report_key", "effective_on"))
    for entry in report.projects:
        assert days[entry.key] == (
            dt.date(2024, 12, 31) if entry.stage == "commissioned" else GIVEN_ON
        )
    stages = dict(Project.objects.values_list("report_key", "stage"))
    assert stages == {entry.key: entry.stage for entry in report.projects}


def test_a_registration_is_one_event_with_its_stage(report):
    load()

    history = Project.events.rel.related_model.objects
    assert history.count() == len(report.projects)
    assert set(Project.objects.values_list("version", flat=True)) == {1}
    assert history.first().pgh_context["command"] == "load_report"
    assert history.first().pgh_context["door"] == "command"


def test_the_first_loading_is_recorded_as_on_the_day_of_the_report():
    load()

    recorded = StageTransition.objects.values_list("recorded_at", flat=True).first()
    assert recorded.astimezone(clock.CITY_TIME).date() == GIVEN_ON
    event = Target.events.rel.related_model.objects.first()
    assert event.pgh_created_at.astimezone(clock.CITY_TIME).date() == GIVEN_ON


def test_a_later_loading_is_recorded_when_it_happens(data):
    load(data.root)
    data(PROJECTS, LINNAN, "name: 林南平房区安置房", "name: 林南平房区安置房工程")
    with clock.at(dt.datetime(2025, 9, 23, 10, tzinfo=clock.CITY_TIME)):
        load(data.root)

    event = Project.events.rel.related_model.objects.latest("pgh_id")
    assert event.pgh_created_at.astimezone(clock.CITY_TIME).date() == dt.date(2025, 9, 23)


def test_loading_twice_changes_nothing(report):
    load()
    before = events()
    out = load()

    assert events() == before
    assert f"重大项目 新增 0 更改 0 不变 {len(report.projects)}" in out


def test_a_second_loading_asks_few_questions(report):
    load()
    with CaptureQueriesContext(connection) as queries:
        report_load(report)
    assert len(queries) <= 40


def test_a_changed_entry_changes_its_row_and_no_other(data):
    load(data.root)
    before = events()
    data(PROJECTS, LINNAN, "name: 林南平房区安置房", "name: 林南平房区安置房工程")
    out = load(data.root)

    project = Project.objects.get(report_key=LINNAN)
    assert project.name == "林南平房区安置房工程"
    assert "gongcheng" in project.pinyin
    assert events() == before + 1
    assert "重大项目 新增 0 更改 1" in out


def test_a_new_entry_is_added_and_the_others_stay(data):
    load(data.root)
    Project.objects.filter(report_key=LINNAN).update(report_key="2025/another")
    before = Project.objects.count()
    with clock.at(dt.datetime(2025, 9, 23, 10, tzinfo=clock.CITY_TIME)):
        load(data.root)

    assert Project.objects.count() == before + 1
    assert Project.objects.get(report_key=LINNAN).code == f"BT-2025-{before + 1:04d}"


def test_an_entry_that_left_the_data_stays_in_the_register(report):
    load()
    fewer = [item for item in report.work_items if item.key != report.work_items[0].key]
    report_load(report.__class__(**{**vars(report), "work_items": tuple(fewer)}))

    assert WorkItem.objects.filter(report_key=report.work_items[0].key).exists()


def test_what_a_person_changed_is_kept_and_said(data):
    load(data.root)
    with person():
        project = Project.objects.get(report_key=LINNAN)
        project.name, project.note = "林南安置房（一期）", "电话核实"
        project.save()
    data(PROJECTS, LINNAN, "name: 林南平房区安置房", "name: 林南平房区安置房工程")
    data(PROJECTS, LINNAN, "category: livelihood", "category: infrastructure")
    out = load(data.root)

    project.refresh_from_db()
    assert project.name == "林南安置房（一期）"
    assert project.note == "电话核实"
    assert project.category == "infrastructure"  # nobody had touched that one
    assert f"重大项目 {LINNAN} 的名称" in out
    assert "保留系统里的" in out


def test_what_the_loader_wrote_after_a_person_does_not_make_the_persons_words_its_own(data):
    load(data.root)
    with person():
        Project.objects.filter(report_key=LINNAN).update(name="林南安置房（一期）")
    data(PROJECTS, LINNAN, "category: livelihood", "category: infrastructure")
    load(data.root)  # its event holds the person's name as well
    load(data.root)

    assert Project.objects.get(report_key=LINNAN).name == "林南安置房（一期）"


def test_a_due_date_moves_by_an_extension_only(data):
    load(data.root)
    data(PROJECTS, LINNAN, "due_on: 2025-09-30", "due_on: 2025-10-31")
    out = load(data.root)

    assert Milestone.objects.get(project__report_key=LINNAN).due_on == dt.date(2025, 9, 30)
    assert "现定期限" in out


def test_officer_stage_and_what_is_done_are_the_peoples():
    load()
    project = Project.objects.get(report_key=LINNAN)
    with person():
        project.officer = UserFactory()
        project.save(update_fields=["officer"])
        Milestone.objects.filter(project=project).update(done_on=dt.date(2025, 9, 1))
        StageTransition.objects.create(
            project=project,
            from_stage="construction",
            to_stage="commissioned",
            effective_on=dt.date(2025, 9, 1),
        )
    load()

    project.refresh_from_db()
    assert project.officer is not None
    assert project.stage == "commissioned"
    assert Milestone.objects.get(project=project).done_on == dt.date(2025, 9, 1)


def test_what_stands_for_a_list_is_due_with_its_target_and_not_once_more():
    load()
    placeholders = WorkItem.objects.filter(placeholder=True)
    assert placeholders.count() == 12
    keys = [("work_item", pk) for pk in placeholders.values_list("pk", flat=True)]
    assert open_deadlines_by_key(keys) == {}
    assert len(
        open_deadlines_by_key(
            ("target", pk) for pk in placeholders.values_list("target", flat=True)
        )
    )


def test_a_list_that_was_ticked_off_as_a_whole_stays_so():
    load()
    whole = WorkItem.objects.filter(report_key="2025/old-neighbourhoods")
    with person():
        whole.update(placeholder=False)
        whole.update(done_on=dt.date(2025, 9, 1))
    # As if it had been so before there were placeholders: the loader wrote that field last.
    with pgtrigger.ignore("targets.WorkItemEvent:append_only"):
        WorkItem.events.rel.related_model.objects.filter(
            pgh_obj_id=whole.get().pk, pgh_label="update"
        ).delete()
    load()

    assert whole.get().done_on == dt.date(2025, 9, 1)
    assert not whole.get().placeholder


def test_a_list_to_come_has_last_years_number_as_its_baseline():
    load()
    rows = Target.objects.filter(source="from_items", value=None).order_by("baseline")
    assert [(t.report_key, t.baseline, t.baseline_section) for t in rows] == [
        ("2025/livelihood-promises", 40, "§一"),
        ("2025/deputies-motions", 352, "§一"),
        ("2025/consultative-proposals", 409, "§一"),
    ]
    assert {t.lead_department.short_name for t in rows} == {"市政府办"}


def test_what_a_person_deleted_does_not_come_back(report):
    load()
    with person():
        Milestone.objects.get(project__report_key=LINNAN).delete()
        Target.objects.get(report_key="2025/income-growth").delete()
    out = load()

    assert not Milestone.objects.filter(project__report_key=LINNAN).exists()
    assert not Target.objects.filter(report_key="2025/income-growth").exists()
    assert f"{LINNAN}/" in out
    assert "已被人删除" in out


def test_a_deleted_project_stays_away_with_its_milestones_and_uses_up_no_codes(report):
    load()
    with person(), pgtrigger.ignore("projects.StageTransition:append_only"):
        Project.objects.get(report_key=LINNAN).delete()
    load()
    load()

    assert not Project.objects.filter(report_key=LINNAN).exists()
    assert not Milestone.objects.filter(report_key__startswith=LINNAN).exists()
    assert ProjectCodeCounter.objects.get().last_serial == len(report.projects)


def test_a_support_that_a_person_took_away_or_added_stays_so(report):
    load()
    entry = next(entry for entry in report.projects if entry.supporting_departments)
    project = Project.objects.get(report_key=entry.key)
    added = DepartmentFactory()
    with person():
        project.supporting_departments.set([added])
    load()

    assert list(project.supporting_departments.all()) == [added]


def test_a_support_follows_the_data_when_nobody_touched_it(report):
    load()
    entry = next(entry for entry in report.projects if entry.supporting_departments)
    moved = entry.__class__(**{**vars(entry), "supporting_departments": ("statistics",)})
    others = tuple(moved if each is entry else each for each in report.projects)
    changed = report.__class__(**{**vars(report), "projects": others})
    report_load(changed)

    project = Project.objects.get(report_key=entry.key)
    assert [row.code for row in project.supporting_departments.all()] == ["statistics"]
    report_load(report)
    codes = {row.code for row in project.supporting_departments.all()}
    assert codes == set(entry.supporting_departments)


def test_a_department_that_the_city_named_otherwise_keeps_its_name():
    with person():
        DepartmentFactory(code="housing-construction", name="包头市住房城乡建设局（本市用名）")
    load()

    department = Department.objects.get(code="housing-construction")
    assert department.name == "包头市住房城乡建设局（本市用名）"


def test_broken_data_name_file_entry_and_field_and_change_nothing(data):
    data(TARGETS, "2025/gdp-growth", "comparator: about", "comparator: circa")
    with pytest.raises(CommandError) as caught:
        load(data.root)

    line = str(caught.value)
    for part in (TARGETS, "2025/gdp-growth", "comparator", "circa"):
        assert part in line
    assert "\n" not in line
    assert not Department.objects.exists()


def test_what_the_register_refuses_names_file_and_entry_and_changes_nothing(data):
    data(PROJECTS, LINNAN, "name: 林南平房区安置房", f"name: {'林' * 201}")
    with pytest.raises(CommandError) as caught:
        load(data.root)

    for part in (PROJECTS, LINNAN, "name"):
        assert part in str(caught.value)
    assert not Project.objects.exists()


def test_a_name_that_is_taken_names_the_entry(report):
    entry = report.targets[3]
    with person():
        TargetFactory(name=entry.name, year=2025)
    with pytest.raises(CommandError) as caught:
        load()

    for part in (TARGETS, entry.key, "该年度已有同名目标"):
        assert part in str(caught.value)
    assert not Project.objects.exists()


def test_the_summary_counts_by_kind(report):
    out = load()
    assert out.startswith("2025 年报告：责任单位 新增")
    assert f"目标 新增 {len(report.targets)} 更改 0 不变 0" in out
    assert len(out.splitlines()) == 1

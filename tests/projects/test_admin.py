"""The admin site for department staff: the permission table, the services, the history."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.urls import reverse

from portfolio.core import clock
from projects.inspections.models import InspectionRound
from projects.inspections.services import round_open
from projects.milestones.models import Milestone
from projects.people.models import Membership, PersonalToken, User
from projects.people.services import token_create
from projects.programmes.models import ProgrammeEntry
from projects.register.models import Project
from tests import admin_pages as pages
from tests import factories

pytestmark = pytest.mark.django_db
SEPTEMBER = dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)


@pytest.fixture
def project():
    return factories.ProjectFactory(name="林南平房区安置房")


def test_a_reporter_of_the_lead_department_changes_the_officer_and_history_says_who_and_where(
    project,
):
    reporter = factories.MembershipFactory(department=project.lead_department).user
    officer = factories.UserFactory(name="刘联系")
    client = pages.signed_in(reporter)

    response = pages.save(client, pages.url(project), officer=officer.pk)

    assert response.status_code == 302
    project.refresh_from_db()
    assert project.officer == officer
    event = project.events.order_by("-pgh_id").first()
    assert event.pgh_context["door"] == "admin"
    assert event.pgh_context["user"] == reporter.pk
    assert not LogEntry.objects.exists()


def test_the_history_page_shows_who_when_and_from_what_to_what(project):
    reporter = factories.MembershipFactory(
        department=project.lead_department, user__name="李填报"
    ).user
    officer = factories.UserFactory(name="刘联系")
    client = pages.signed_in(reporter)
    pages.save(client, pages.url(project), officer=officer.pk, category="livelihood")

    page = client.get(pages.url(project, "history"))

    event = page.context["events"][0]
    assert (event["who"], str(event["door"]), str(event["what"])) == ("李填报", "管理后台", "修改")
    assert {(str(label), before, after) for label, before, after in event["changes"]} == {
        ("联系人", "—", "刘联系"),
        ("类别", "产业", "民生"),
    }
    assert "刘联系" in page.content.decode()


def test_another_departments_reporter_reads_the_project_and_may_not_save_it(project):
    client = pages.reporter_of(factories.DepartmentFactory())
    page = client.get(pages.url(project))
    assert page.status_code == 200
    assert pages.field_names(page) == set()
    assert 'name="_save"' not in page.content.decode()

    assert client.post(pages.url(project), {"name": "改名"}).status_code == 403
    project.refresh_from_db()
    assert project.name == "林南平房区安置房"


def test_what_a_supervisor_decides_is_read_only_for_a_reporter(project):
    page = pages.reporter_of(project.lead_department).get(pages.url(project))
    assert pages.field_names(page) & {"lead_department", "sponsor", "section"} == set()
    assert "officer" in pages.field_names(page)
    assert "lead_department" in pages.field_names(pages.supervisor().get(pages.url(project)))


def test_a_field_that_is_read_only_is_not_written_even_when_it_is_sent(project):
    lead = project.lead_department
    client = pages.reporter_of(lead)
    pages.save(client, pages.url(project), lead_department=factories.DepartmentFactory().pk)
    project.refresh_from_db()
    assert project.lead_department == lead


def test_a_bad_value_is_named_in_chinese_beside_its_field_and_nothing_is_changed(project):
    client = pages.reporter_of(project.lead_department)
    response = pages.save(client, pages.url(project), total_investment="-1", name="改名")
    assert response.status_code == 200
    assert "金额不能为负数。" in pages.errors(response)
    project.refresh_from_db()
    assert (project.name, project.total_investment) == ("林南平房区安置房", Decimal(12000))


def test_a_rule_of_the_service_is_told_beside_its_field_and_nothing_is_changed(project):
    lead = project.lead_department
    client = pages.reporter_of(lead)
    response = pages.save(
        client, pages.url(project), supporting_departments=[lead.pk], note="我的说明"
    )
    assert response.status_code == 200
    [told] = response.context["adminform"].form.errors["supporting_departments"]
    assert "是牵头单位, 不能同时是配合单位" in told
    assert "我的说明" in response.content.decode()  # nothing typed is lost
    project.refresh_from_db()
    assert (list(project.supporting_departments.all()), project.note) == ([], "")


def test_a_page_opened_before_a_colleagues_change_does_not_write_it_back(project):
    client = pages.reporter_of(project.lead_department)
    opened = pages.shown(client.get(pages.url(project)))
    colleague = pages.signed_in(
        factories.MembershipFactory(department=project.lead_department, user__name="同事").user
    )
    pages.save(colleague, pages.url(project), owner_company="包头住建集团")

    response = client.post(pages.url(project), opened | {"note": "我的说明"})

    assert "同事已修改了这条记录 (业主单位)" in pages.errors(response)
    project.refresh_from_db()
    assert (project.owner_company, project.note) == ("包头住建集团", "")


def test_a_reporter_registers_a_project_under_the_own_department():
    own = factories.DepartmentFactory()
    client = pages.reporter_of(own)
    response = pages.save(client, pages.add_url(Project), name="新项目", category="energy")
    assert response.status_code == 302
    project = Project.objects.get(name="新项目")
    assert project.lead_department == own
    assert project.code.startswith("BT-")
    assert project.stage == "reserve"
    assert project.pinyin == "xinxiangmu xxm"


def test_a_reporter_may_not_register_a_project_for_another_department():
    client = pages.reporter_of(factories.DepartmentFactory())
    other = factories.DepartmentFactory()
    response = pages.save(
        client, pages.add_url(Project), name="新项目", category="energy", lead_department=other.pk
    )
    assert "您没有执行此操作的权限。" in pages.errors(response)
    assert not Project.objects.exists()


def test_supporting_departments_are_saved_with_the_project(project):
    helpers = [factories.DepartmentFactory() for _ in range(2)]
    client = pages.reporter_of(project.lead_department)
    pages.save(client, pages.url(project), supporting_departments=[each.pk for each in helpers])
    assert set(project.supporting_departments.all()) == set(helpers)


def test_a_milestone_is_promised_on_the_projects_page(project):
    client = pages.reporter_of(project.lead_department)
    response = pages.save(
        client,
        pages.url(project),
        **{
            "milestones-TOTAL_FORMS": 1,
            "milestones-0-name": "主体封顶",
            "milestones-0-commitment": "ensure",
            "milestones-0-due_on": "2025-10-31",
        },
    )
    assert response.status_code == 302
    milestone = Milestone.objects.get(project=project)
    assert milestone.baseline_on == milestone.due_on == dt.date(2025, 10, 31)


def test_a_refused_line_is_told_in_its_line_and_the_page_above_is_not_saved(project):
    factories.MilestoneFactory(project=project, name="主体封顶")
    client = pages.reporter_of(project.lead_department)
    response = pages.save(
        client,
        pages.url(project),
        name="改名",
        **{
            "milestones-TOTAL_FORMS": 2,
            "milestones-1-name": "主体封顶",
            "milestones-1-commitment": "plan",
            "milestones-1-due_on": "2025-10-31",
        },
    )
    assert "该项目已有同名节点。" in pages.errors(response)
    project.refresh_from_db()
    assert project.name == "林南平房区安置房"


def test_a_due_date_is_read_only_even_for_an_administrator(project):
    page = pages.administrator().get(pages.url(factories.MilestoneFactory(project=project)))
    assert pages.field_names(page) & {"due_on", "baseline_on"} == set()


@pytest.mark.parametrize("page", ["change", "delete"])
def test_a_fact_can_be_neither_changed_nor_deleted(project, page):
    client = pages.administrator()
    move = project.transitions.get()
    assert client.post(pages.url(move, page), {"post": "yes"}).status_code == 403


def test_a_department_does_not_approve_its_own_plan(project):
    client = pages.reporter_of(project.lead_department)
    fields = pages.field_names(client.get(pages.add_url(ProgrammeEntry)))
    assert fields & {"approved_on", "approved_by"} == set()


def test_an_approved_plan_is_read_only():
    entry = factories.ProgrammeEntryFactory(approved_on=dt.date(2025, 1, 5))
    fields = pages.field_names(pages.administrator().get(pages.url(entry)))
    assert fields == {"expected_outcome"}


def test_what_others_refer_to_is_not_deleted_and_the_page_says_why(project):
    factories.MilestoneFactory(project=project)
    client = pages.administrator()
    assert client.get(pages.url(project, "delete")).status_code == 200
    response = client.post(pages.url(project, "delete"), {"post": "yes"}, follow=True)
    assert "仍被引用, 不能删除" in response.content.decode()
    assert Project.objects.filter(pk=project.pk).exists()


def test_of_several_rows_chosen_for_deletion_all_go_or_none():
    kept = factories.MilestoneFactory().project.lead_department
    free = factories.DepartmentFactory()
    response = pages.administrator().post(
        pages.list_url(type(kept)),
        {"action": "delete_selected", "_selected_action": [free.pk, kept.pk], "post": "yes"},
        follow=True,
    )
    assert "仍被引用, 不能删除" in response.content.decode()
    assert type(kept).objects.filter(pk__in=[free.pk, kept.pk]).count() == 2


def test_a_round_is_prepared_with_criteria_and_judges_and_fixed_once_it_is_open():
    client = pages.supervisor()
    judge = factories.UserFactory()
    response = pages.save(
        client,
        pages.add_url(InspectionRound),
        year=2025,
        quarter=3,
        **{
            "criteria-TOTAL_FORMS": 2,
            "criteria-0-name": "项目质量",
            "criteria-0-weight": "60",
            "criteria-1-name": "推进速度",
            "criteria-1-weight": "40",
            "judges-TOTAL_FORMS": 1,
            "judges-0-user": judge.pk,
        },
    )
    assert response.status_code == 302
    inspection_round = InspectionRound.objects.get()
    assert [str(each.weight) for each in inspection_round.criteria.all()] == ["60.00", "40.00"]
    round_open(inspection_round=inspection_round, by=None)
    page = client.get(pages.url(inspection_round))
    assert pages.field_names(page) == {"starts_on", "ends_on"}


def test_weights_that_do_not_add_up_are_refused_and_no_round_is_made():
    response = pages.save(
        pages.supervisor(),
        pages.add_url(InspectionRound),
        year=2025,
        quarter=3,
        **{
            "criteria-TOTAL_FORMS": 1,
            "criteria-0-name": "项目质量",
            "criteria-0-weight": "60",
        },
    )
    assert "评分项权重合计应为 100, 现为 60" in pages.errors(response)
    assert not InspectionRound.objects.exists()


def test_a_reporter_opens_no_accounts_and_gives_no_roles():
    client = pages.reporter_of(factories.DepartmentFactory())
    assert client.get(pages.add_url(User)).status_code == 403
    assert client.get(pages.add_url(Membership)).status_code == 403
    assert client.get(pages.list_url(User)).status_code == 200
    assert client.get(pages.list_url(PersonalToken)).status_code == 403
    someone = factories.UserFactory(password=make_password("deer-sun-apple-7"))
    page = client.get(pages.url(someone))
    assert pages.field_names(page) == set()
    assert someone.password not in page.content.decode()
    sent = {"password": "moon-fish-9-tree", "password_again": "moon-fish-9-tree"}
    assert client.post(pages.url(someone), sent).status_code == 403


def test_an_administrator_opens_an_account_and_sets_its_password():
    client = pages.administrator()
    response = pages.save(
        client,
        pages.add_url(User),
        username="wang",
        name="王填报",
        email="wang@city.example",
        password="deer-sun-apple-7",
        password_again="deer-sun-apple-7",
    )
    assert response.status_code == 302
    user = User.objects.get(username="wang")
    assert user.check_password("deer-sun-apple-7")
    assert user.password not in client.get(pages.url(user)).content.decode()
    typed = {"password": "moon-fish-9-tree", "password_again": "moon-fish-9-tree"}
    assert pages.save(client, pages.url(user), **typed).status_code == 302
    user.refresh_from_db()
    assert user.check_password("moon-fish-9-tree")
    # A change of something else leaves it alone, and two that differ are refused.
    assert pages.save(client, pages.url(user), name="王小二").status_code == 302
    other = pages.save(client, pages.url(user), password="a-b-c-d-e-f", password_again="f")
    assert "两次输入的密码不一致" in pages.errors(other)
    weak = pages.save(client, pages.url(user), password="12345", password_again="12345")
    assert "密码" in pages.errors(weak)
    user.refresh_from_db()
    assert user.name == "王小二"
    assert user.check_password("moon-fish-9-tree")


def test_a_weak_password_is_refused_in_words():
    response = pages.save(
        pages.administrator(),
        pages.add_url(User),
        username="wang",
        name="王填报",
        email="wang@city.example",
        password="12345",
        password_again="12345",
    )
    assert "密码" in pages.errors(response)
    assert not User.objects.filter(username="wang").exists()


def test_a_role_is_given_and_taken_on_the_users_page():
    user, department = factories.UserFactory(), factories.DepartmentFactory()
    client = pages.administrator()
    pages.save(
        client,
        pages.url(user),
        **{
            "memberships-TOTAL_FORMS": 1,
            "memberships-0-department": department.pk,
            "memberships-0-role": "head",
        },
    )
    assert user.memberships.get().department == department
    pages.save(client, pages.url(user), **{"memberships-0-DELETE": "on"})
    assert not user.memberships.exists()


def test_an_administrator_takes_a_token_away():
    token, _text = token_create(user=factories.UserFactory(), name="报表脚本")
    client = pages.administrator()
    assert "报表脚本" in client.get(pages.list_url(PersonalToken)).content.decode()
    client.post(pages.url(token, "delete"), {"post": "yes"})
    assert not PersonalToken.objects.exists()


def test_the_choices_of_a_form_are_found_by_pinyin_and_named_with_their_department():
    department = factories.DepartmentFactory(short_name="市住建局")
    factories.MembershipFactory(department=department, user__name="李填报")
    client = pages.reporter_of(factories.DepartmentFactory())
    address = reverse("admin:autocomplete")
    asked = {"app_label": "projects", "model_name": "project", "field_name": "officer"}
    found = client.get(address, {**asked, "term": "李填"}).json()["results"]
    assert [each["text"] for each in found] == ["李填报 (市住建局)"]


def test_lists_are_searched_by_chinese_and_by_pinyin():
    project = factories.ProjectFactory(name="林南平房区安置房", pinyin="linnan ln")
    factories.ProjectFactory(name="别的", pinyin="biede bd")
    client = pages.administrator()
    for term in ("林南", "ln", project.code):
        found = client.get(pages.list_url(Project), {"q": term}).context["cl"].result_list
        assert list(found) == [project]


def test_a_reporter_sees_the_own_projects_by_one_filter(project):
    factories.ProjectFactory()
    client = pages.reporter_of(project.lead_department)
    found = client.get(pages.list_url(Project), {"mine": "yes"}).context["cl"].result_list
    assert list(found) == [project]


def test_someone_who_is_not_signed_in_is_sent_to_a_chinese_page(client):
    response = client.get("/admin/", follow=True, headers={"Accept-Language": "zh-hans"})
    assert "欢迎登录" in response.content.decode()


def test_department_staff_sign_in_and_a_wrong_password_is_told_in_words(client):
    user = factories.UserFactory()
    user.set_password("deer-sun-apple-7")
    user.save()
    address, typed = reverse("admin:login"), {"username": user.username}
    wrong = client.post(address, {**typed, "password": "no"}, headers={"Accept-Language": "zh"})
    assert "用户名或密码不正确" in wrong.content.decode()
    right = client.post(address, {**typed, "password": "deer-sun-apple-7"})
    assert right.status_code == 302
    assert right.url == "/"


def test_the_sidebar_shows_only_what_the_person_may_see():
    page = pages.reporter_of(factories.DepartmentFactory()).get("/admin/")
    titles = {
        str(item["title"])
        for group in page.context["sidebar_navigation"]
        for item in group["items"]
    }
    assert {"重大项目", "目标", "提醒"} <= titles
    assert "令牌" not in titles
    assert "令牌" in pages.administrator().get("/admin/").content.decode()


def test_every_model_of_the_register_has_its_place_in_the_navigation():
    page = pages.administrator().get("/admin/")
    listed = {each["model"] for group in page.context["app_list"] for each in group["models"]}
    ours = {
        model
        for model in admin.site._registry
        if model._meta.app_label in {"projects", "targets", "notifications", "reports"}
    }
    assert listed == ours


def test_a_shifted_clock_is_told_on_every_page(settings):
    client = pages.administrator()
    assert "演示时钟" not in client.get("/admin/").content.decode()
    settings.CLOCK_SHIFT = dt.timedelta(days=-1)
    day = clock.today()
    banner = f"演示时钟: 今天是 {day.year}年{day.month}月{day.day}日"
    for address in ("/admin/", pages.list_url(Project), pages.add_url(Project)):
        assert banner in client.get(address).content.decode()

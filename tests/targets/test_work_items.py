"""Items of lists handed over 交办, as milestones are: numbered, reported, parked, struck off."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from portfolio.core import clock
from projects.deadlines import open_deadlines_by_key
from projects.handover import services as handover
from targets.models import WorkItem, WorkItemEvidence, WorkItemStep
from targets.services.targets import work_item_evidence_add
from tests import admin_pages as pages
from tests import clients, factories
from tests.projects.test_evidence import JPEG, PDF

ITEMS = "/api/v1/work-items/"
STEPS = "/api/v1/work-item-steps/"
FILES = "/api/v1/work-item-evidence/"
TODAY = dt.date(2025, 9, 23)


@pytest.fixture(autouse=True)
def in_september(db):
    with clock.at(dt.datetime(2025, 9, 23, 9, tzinfo=clock.CITY_TIME)):
        yield


def do(client, item, verb, **body):
    return clients.post(client, f"{ITEMS}{item.pk}/hand-over/{verb}/", body)


def department_of(item):
    return clients.reporter_of(item.lead_department)


def row_of(item):
    return clients.viewer().get(f"{ITEMS}{item.pk}/").json()


class TestTheWayThrough:
    @pytest.mark.parametrize("kind", ["instruction", "decision"])
    def test_an_instruction_or_a_decision_is_handed_over_reported_and_closed(self, kind):
        target = factories.TargetFactory(
            name="领导批示件办结", source="from_items", comparator="exactly_all", value=None
        )
        department = factories.DepartmentFactory()
        body = {
            "target": target.pk, "kind": kind, "name": "关于物流园区用地", "due_on": "2025-10-15",
            "origin": "市政府第12次常务会议", "lead_department": department.pk,
        }  # fmt: skip
        supervisor = clients.supervisor()
        made = clients.post(supervisor, ITEMS, body)
        assert made.status_code == 201, made.json()
        item = WorkItem.objects.get()
        assert (made.json()["kind"], made.json()["hand_over_state"]) == (kind, None)

        assigned = do(supervisor, item, "assign", text="请按期办理")
        assert assigned.status_code == 201, assigned.json()
        assert assigned.json()["notice_number"] == "督办〔2025〕1号"
        reporter = department_of(item)
        assert do(reporter, item, "report", text="已办理").status_code == 201
        assert do(supervisor, item, "return", reason="未附佐证").status_code == 201
        assert do(reporter, item, "report", text="已附").status_code == 201
        assert do(supervisor, item, "close").json()["errors"][0]["code"] == "not_done"
        done = clients.patch(reporter, f"{ITEMS}{item.pk}/", {"done_on": "2025-09-22"})
        assert done.status_code == 200, done.json()
        assert do(supervisor, item, "close").status_code == 201

        row = row_of(item)
        assert (row["hand_over_state"], row["hand_over_notice"]) == ("closed", "督办〔2025〕1号")
        steps = reporter.get(f"{ITEMS}{item.pk}/hand-over/").json()
        assert [step["state"] for step in steps] == [
            "assigned", "reported", "returned", "reported", "closed",
        ]  # fmt: skip
        whole = clients.viewer().get(f"/api/v1/targets/{target.pk}/").json()
        assert (whole["goal"], whole["actual"], whole["status"]) == ("1", "1", "achieved")

    def test_the_day_of_completion_is_fixed_once_it_is_closed(self):
        item = factories.WorkItemFactory(done_on=TODAY)
        factories.WorkItemStepFactory(work_item=item, state="closed")
        change = {"done_on": "2025-09-01"}
        response = clients.patch(department_of(item), f"{ITEMS}{item.pk}/", change)
        assert response.status_code == 409
        rows = [{"id": item.pk, "version": item.version, **change}]
        bulk = department_of(item).patch(f"{ITEMS}bulk/", rows, content_type="application/json")
        assert bulk.status_code == 409
        assert "已办结销号" in bulk.json()["detail"]
        with pytest.raises(IntegrityError, match="stays_once_closed"), transaction.atomic():
            WorkItem.objects.filter(pk=item.pk).update(done_on=dt.date(2025, 9, 1))

    def test_finished_late_stays_late(self):
        item = factories.WorkItemFactory(due_on=dt.date(2025, 9, 20), done_on=TODAY)
        assert row_of(item)["finished_late"] is True
        moved = clients.patch(clients.supervisor(), f"{ITEMS}{item.pk}/", {"due_on": "2025-10-01"})
        assert moved.status_code == 409
        assert "事项已完成" in moved.json()["detail"]
        found = clients.viewer().get(f"{ITEMS}?finished_late=true").json()
        assert [each["id"] for each in found["results"]] == [item.pk]


class TestNotices:
    def test_items_and_milestones_share_one_years_series(self):
        tasks = [factories.MilestoneFactory(), factories.WorkItemFactory()]
        tasks += [factories.MilestoneFactory(), factories.WorkItemFactory()]
        numbers = [handover.hand_over_assign(task=t, by=None).notice_number for t in tasks]
        assert numbers == [f"督办〔2025〕{n}号" for n in (1, 2, 3, 4)]
        with clock.at(dt.datetime(2026, 1, 5, 9, tzinfo=clock.CITY_TIME)):
            step = handover.hand_over_assign(task=factories.WorkItemFactory(), by=None)
        assert step.notice_number == "督办〔2026〕1号"

    def test_a_refused_hand_over_uses_no_number_up(self):
        item, supervisor = factories.WorkItemFactory(), clients.supervisor()
        do(supervisor, item, "assign")
        assert do(supervisor, item, "assign").status_code == 409
        another = do(supervisor, factories.WorkItemFactory(), "assign")
        assert another.json()["notice_number"] == "督办〔2025〕2号"

    def test_the_database_gives_no_number_twice_and_forgets_none(self):
        step = factories.WorkItemStepFactory(notice_number="督办〔2025〕1号")
        with pytest.raises(IntegrityError, match="workitemstep_notice_once"), transaction.atomic():
            factories.WorkItemStepFactory(notice_number="督办〔2025〕1号")
        for change in (lambda rows: rows.delete(), lambda rows: rows.update(notice_number="")):
            with pytest.raises(IntegrityError, match="append_only"), transaction.atomic():
                change(WorkItemStep.objects.filter(pk=step.pk))

    def test_it_is_found_by_its_number(self):
        factories.WorkItemStepFactory()
        step = factories.WorkItemStepFactory(notice_number="督办〔2025〕7号")
        found = clients.viewer().get(f"{STEPS}?notice_number=督办〔2025〕7号").json()
        assert [row["id"] for row in found["results"]] == [step.pk]


class TestDeadlines:
    def deadline(self, item):
        return open_deadlines_by_key([("work_item", item.pk)])

    def test_a_parked_item_is_urged_on_nobody_until_the_day(self):
        item = factories.WorkItemStepFactory(work_item__due_on=dt.date(2025, 9, 1)).work_item
        assert self.deadline(item)
        until = {"reason": "等待上级批复", "parked_until": "2025-12-01"}
        assert do(clients.supervisor(), item, "park", **until).status_code == 201
        assert not self.deadline(item)
        assert row_of(item)["parked_until"] == "2025-12-01"
        tree = f"/api/v1/targets/{item.target_id}/tree/"
        assert clients.viewer().get(tree).json()["items"]["overdue_count"] == 0
        for day, overdue in ((dt.date(2025, 11, 30), False), (dt.date(2025, 12, 1), True)):
            with clock.at(dt.datetime.combine(day, dt.time(9), clock.CITY_TIME)):
                assert bool(self.deadline(item)) is overdue
                counted = clients.viewer().get(tree).json()["items"]["overdue_count"]
            assert counted == int(overdue)
            assert WorkItem.objects.overdue(on=day).exists() is overdue

    def test_what_stands_for_a_list_is_due_with_its_target_and_not_once_more(self):
        whole, item = factories.PlaceholderFactory(), factories.WorkItemFactory()
        assert not self.deadline(whole)
        assert self.deadline(item)
        assert open_deadlines_by_key([("target", whole.target_id)])
        assert not WorkItem.objects.overdue(on=dt.date(2026, 2, 1)).filter(pk=whole.pk).exists()


class TestPlaceholders:
    def test_the_whole_of_a_list_is_not_ticked_off_by_one_click(self):
        whole = factories.PlaceholderFactory()
        path = f"{ITEMS}{whole.pk}/"
        refused = clients.patch(department_of(whole), path, {"done_on": "2025-09-01"})
        assert refused.status_code == 400
        assert "先逐项列出" in refused.json()["errors"][0]["message"]
        with pytest.raises(IntegrityError, match="placeholder_is_not_done"), transaction.atomic():
            WorkItem.objects.filter(pk=whole.pk).update(done_on=TODAY)

    def test_that_it_is_one_is_not_the_departments_to_say(self):
        item = factories.WorkItemFactory()
        path = f"{ITEMS}{item.pk}/"
        assert clients.patch(department_of(item), path, {"placeholder": True}).status_code == 403
        assert clients.patch(clients.supervisor(), path, {"placeholder": True}).status_code == 200

    def test_more_than_two_is_not_kept_by_exactly_two(self):
        """两万多亩: the placeholder's 2 stands for more, and cannot be mistaken for all of it."""
        target = factories.TargetFactory(
            source="from_items", comparator="above", value=2, unit="万亩"
        )
        whole = factories.PlaceholderFactory(target=target, quantity=2, unit="万亩")
        path = f"/api/v1/targets/{target.pk}/"
        assert clients.viewer().get(path).json()["actual"] == "0"
        with pytest.raises(IntegrityError), transaction.atomic():
            WorkItem.objects.filter(pk=whole.pk).update(done_on=TODAY)
        for name, quantity, status in (("甲", "1.5", "on_track"), ("乙", "0.6", "achieved")):
            factories.WorkItemFactory(target=target, name=name, quantity=quantity, done_on=TODAY)
            assert clients.viewer().get(path).json()["status"] == status


class TestWhoMay:
    @pytest.mark.parametrize(
        ("verb", "body"),
        [
            ("assign", {}),
            ("return", {"reason": "甲"}),
            ("park", {"reason": "甲", "parked_until": "2025-12-01"}),
            ("close", {}),
        ],
    )
    def test_all_but_the_report_is_a_supervisors(self, verb, body):
        item = factories.WorkItemStepFactory(state="reported").work_item
        for client in (department_of(item), clients.viewer()):
            assert do(client, item, verb, **body).status_code == 403
        assert WorkItemStep.objects.count() == 1

    def test_the_steps_are_seen_by_whom_they_concern(self):
        step = factories.WorkItemStepFactory(text="内部情况")
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert stranger.get(f"{ITEMS}{step.work_item_id}/hand-over/").json() == []
        assert stranger.get(f"{STEPS}{step.pk}/").status_code == 404
        answers_for = clients.reporter_of(step.work_item.target.lead_department)
        for concerned in (department_of(step.work_item), answers_for):
            assert concerned.get(f"{STEPS}{step.pk}/").json()["text"] == "内部情况"

    def test_an_item_that_was_handed_over_or_proved_is_not_deleted(self):
        handed, proved = factories.WorkItemStepFactory(), factories.WorkItemEvidenceFactory()
        for item in (handed.work_item, proved.work_item):
            assert clients.administrator().delete(f"{ITEMS}{item.pk}/").status_code == 409


class TestEvidence:
    @pytest.fixture(autouse=True)
    def folder(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        return tmp_path

    def send(self, client, item, name="验收单.pdf", content=PDF, **more):
        file = SimpleUploadedFile(name, content)
        return client.post(FILES, {"work_item": item.pk, "file": file, **more})

    def test_a_file_is_kept_with_its_item_and_served_to_whom_it_concerns(self):
        item = factories.WorkItemFactory()
        sent = self.send(department_of(item), item)
        assert sent.status_code == 201, sent.json()
        assert (sent.json()["work_item"], sent.json()["content_type"]) == (
            item.pk, "application/pdf",
        )  # fmt: skip
        path = f"{FILES}{sent.json()['id']}/content/"
        served = clients.supervisor().get(path)
        assert b"".join(served.streaming_content) == PDF
        assert served.headers["X-Content-Type-Options"] == "nosniff"
        assert clients.reporter_of(factories.DepartmentFactory()).get(path).status_code == 404
        found = clients.viewer().get(f"{FILES}?work_item={item.pk}").json()
        assert found["count"] == 1

    def test_what_is_no_document_is_refused_and_leaves_nothing_behind(self, folder):
        item = factories.WorkItemFactory()
        refused = self.send(department_of(item), item, name="改名.pdf", content=JPEG)
        assert clients.errors_of(refused) == {"/file": "type_mismatch"}
        stranger = clients.reporter_of(factories.DepartmentFactory())
        assert self.send(stranger, item).status_code == 403
        assert not [path for path in folder.rglob("*") if path.is_file()]
        assert WorkItemEvidence.objects.count() == 0

    def test_nobody_changes_or_removes_it(self):
        row = factories.WorkItemEvidenceFactory()
        for method in ("patch", "put", "delete"):
            response = getattr(clients.administrator(), method)(f"{FILES}{row.pk}/")
            assert response.status_code == 405


def test_a_hand_over_and_files_are_read_in_the_admin_site_and_made_on_the_items_page(
    settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    step = factories.WorkItemStepFactory()
    item = step.work_item
    row = work_item_evidence_add(by=None, work_item=item, file=SimpleUploadedFile("单.pdf", PDF))
    for client in (pages.reporter_of(item.lead_department), pages.supervisor()):
        assert step.notice_number in client.get(pages.url(item)).content.decode()
        assert f"{FILES}{row.pk}/content" in client.get(pages.url(row)).content.decode()
        for each in (step, row):
            assert pages.field_names(client.get(pages.url(each))) == set()
            assert client.post(pages.url(each), {"text": "x"}).status_code == 403
            assert client.get(pages.add_url(type(each))).status_code == 403

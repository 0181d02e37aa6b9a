"""One monthly return's page, and what waits for the head and for the programme office."""

import html
import re

import pytest

from projects.returns.models import ProgressReturn
from projects.returns.services import return_correct
from tests.pages import steps
from tests.pages.returns import FILLED, City
from tests.pages.steps import names_of_steps, person, take
from tests.pages.test_every_page import browser_of
from tests.pages.test_returns import told

pytestmark = pytest.mark.django_db
september = steps.september
CONFIRM, ACCEPT = "/workbench/returns/confirm/", "/workbench/returns/accept/"


def page_of(row) -> str:
    return f"/workbench/returns/{row.pk}/"


def fill_in(user, row, do: str, **typed):
    browser = browser_of(user)
    form = browser.get(page_of(row)).context["fill_in"]
    held = {field.html_name: field.value() for field in form if field.value() is not None}
    return browser.post(page_of(row), {**held, **typed, "do": do}, follow=True)


# One return ---------------------------------------------------------------------------------------
def test_the_mails_link_opens_the_returns_page_filled_in():
    city = City(1)
    page = browser_of(city.reporter).get(f"/go/progress_return/{city.rows[0].pk}/", follow=True)
    assert page.redirect_chain[-1][0] == page_of(city.rows[0])
    assert page.context["fill_in"]["physical_progress"].value() == "40.00"


def test_no_change_is_one_tap():
    city = City(1)
    page = fill_in(city.reporter, city.rows[0], "no-change")
    assert city.states() == ["submitted"]
    assert "已提交, 待负责人确认" in told(page)


def test_what_is_typed_is_handed_in_by_one_button():
    city = City(1)
    fill_in(city.reporter, city.rows[0], "submit", **FILLED | {"investment_reported": "1,200.5"})
    [row] = city.rows
    assert (row.state, str(row.investment_reported)) == ("submitted", "1200.50")


def test_what_is_only_saved_needs_nothing_yet():
    city = City(1)
    page = fill_in(city.reporter, city.rows[0], "save", obstacles="用地")
    assert "已保存, 尚未提交" in told(page)
    assert (city.rows[0].state, city.rows[0].obstacles) == ("draft", "用地")


def test_what_is_missing_is_told_beside_its_field_and_nothing_typed_is_lost():
    city = City(1)
    page = fill_in(city.reporter, city.rows[0], "submit", obstacles="用地")
    form = page.context["fill_in"]
    assert set(form.errors) == {"investment_reported", "work_done"}
    assert form["obstacles"].value() == "用地"
    assert city.states() == ["draft"]


def test_what_cannot_be_read_is_told_beside_its_field():
    city = City(1)
    page = fill_in(city.reporter, city.rows[0], "save", investment_reported="三百万")
    assert "应为数字" in page.content.decode()
    assert 'value="三百万"' in page.content.decode()


def test_a_colleagues_change_is_told_and_can_be_overwritten_knowingly():
    city = City(1)
    [row] = city.rows
    browser = browser_of(city.reporter)
    held = {"version": row.version, **FILLED, "do": "save"}
    ProgressReturn.objects.filter(pk=row.pk).update(obstacles="用地")
    page = browser.post(page_of(row), held)
    assert "刚被他人修改过" in page.content.decode()
    assert city.rows[0].work_done == ""
    again = {**held, "version": page.context["fill_in"]["version"].value()}
    browser.post(page_of(row), again)
    assert city.rows[0].work_done == "主体封顶"


def test_lines_that_were_not_touched_are_no_change():
    city = City(1)
    ProgressReturn.objects.update(obstacles="用地\n资金", state="sent_back", no_change=True)
    [row] = city.rows
    fill_in(city.reporter, row, "save", obstacles="用地\r\n资金")
    assert city.rows[0].version == row.version
    fill_in(city.reporter, row, "save", obstacles="用地\r\n资金\r\n供电")
    assert city.rows[0].obstacles == "用地\n资金\n供电"


def test_a_return_sent_back_says_why():
    city = City(1)
    ProgressReturn.objects.update(state="sent_back", sent_back_reason="数字不实")
    page = browser_of(city.reporter).get(page_of(city.rows[0]))
    assert "退回理由: 数字不实" in page.content.decode()
    assert "fill_in" in page.context


@pytest.mark.parametrize(
    ("state", "who", "shown"),
    [
        ("submitted", "reporter", []),
        ("submitted", "head", ["confirm", "send-back"]),
        ("submitted", "office", ["send-back"]),
        ("confirmed", "head", []),
        ("confirmed", "office", ["accept", "send-back"]),
        ("accepted", "reporter", ["correct"]),
        ("accepted", "office", []),
    ],
)
def test_a_step_stands_on_the_page_of_whoever_may_take_it(state, who, shown):
    city = City(1)
    [row] = city.waiting(state)
    page = browser_of(getattr(city, who)).get(page_of(row))
    assert names_of_steps(page) == shown


def test_a_step_that_is_not_theirs_is_refused_though_it_is_sent():
    city = City(1)
    [row] = city.waiting()
    sent = {"step": "confirm", "confirm-version": row.version}
    assert browser_of(city.reporter).post(page_of(row), sent).status_code == 403
    assert city.states() == ["submitted"]


def test_a_return_goes_its_way_by_steps():
    city = City(1)
    [row] = city.waiting()
    take(city.head, page_of(row), "confirm")
    assert city.states() == ["confirmed"]
    take(city.office, page_of(row), "accept")
    assert city.states() == ["accepted"]


def test_a_return_is_sent_back_with_a_reason():
    city = City(1)
    [row] = city.waiting()
    take(city.head, page_of(row), "send-back", reason="数字不实")
    assert (city.rows[0].state, city.rows[0].sent_back_reason) == ("sent_back", "数字不实")


def test_a_correction_opens_its_own_page_filled_in():
    city = City(1)
    [row] = city.waiting("accepted")
    page = take(city.reporter, page_of(row), "correct", reason="漏报 50 万元")
    correction = city.rows[-1]
    assert page.redirect_chain[-1][0] == page_of(correction)
    assert page.context["fill_in"]["investment_reported"].value() == "120.50"
    old = browser_of(city.reporter).get(page_of(row))
    assert "打开最新一稿" in old.content.decode()
    assert names_of_steps(old) == []


def test_a_correction_stands_in_the_grid_in_the_place_of_what_it_corrects():
    city = City(1)
    [row] = city.waiting("accepted")
    correction = return_correct(progress_return=row, by=None, reason="漏报")
    [shown] = browser_of(city.reporter).get("/workbench/returns/?month=2025-08").context["rows"]
    assert (shown.row.pk, shown.editable) == (correction.pk, True)


def test_a_stranger_does_not_find_the_page():
    assert browser_of(person("reporter")).get(page_of(City(1).rows[0])).status_code == 404


def test_a_supervisor_reads_and_fills_in_nothing():
    city, supervisor = City(1), person("supervisor")
    page = browser_of(supervisor).get(page_of(city.rows[0]))
    assert "fill_in" not in page.context
    assert (
        browser_of(supervisor).post(page_of(city.rows[0]), {"do": "no-change"}).status_code == 403
    )


# Many at once -------------------------------------------------------------------------------------
def test_the_head_confirms_those_that_are_ticked():
    city = City(3)
    rows = city.waiting()
    picks = [row.pk for row in rows[:2]]
    page = browser_of(city.head).post(CONFIRM, {"pick": picks, "do": "decide"}, follow=True)
    assert city.states() == ["confirmed", "confirmed", "submitted"]
    assert "已确认 2 份月报" in told(page)


def test_the_head_sees_only_what_waits_for_him():
    city = City(2)
    ProgressReturn.objects.filter(pk=city.waiting()[0].pk).update(state="confirmed")
    page = browser_of(city.head).get(CONFIRM)
    assert [row.pk for row in page.context["paged"].object_list] == [city.rows[1].pk]
    other = browser_of(person("head")).get(CONFIRM)
    assert "没有待您确认的月报" in other.content.decode()


def test_the_office_accepts_those_that_are_ticked():
    city = City(2)
    picks = [row.pk for row in city.waiting("confirmed")]
    browser_of(city.office).post(ACCEPT, {"pick": picks, "do": "decide"})
    assert city.states() == ["accepted", "accepted"]


def test_those_that_are_ticked_are_sent_back_with_a_reason():
    city = City(2)
    picks = [row.pk for row in city.waiting()]
    browser = browser_of(city.head)
    without = browser.post(CONFIRM, {"pick": picks, "do": "send-back", "reason": ""})
    assert "请写明理由" in without.content.decode()
    assert without.content.decode().count(" checked") == 2  # the ticks are kept
    browser.post(CONFIRM, {"pick": picks, "do": "send-back", "reason": "数字不实"})
    assert city.states() == ["sent_back", "sent_back"]


def test_nothing_ticked_is_told():
    city = City(1)
    city.waiting()
    page = browser_of(city.head).post(CONFIRM, {"do": "decide"})
    assert "请先勾选月报" in page.content.decode()


def test_one_that_has_moved_on_and_nothing_is_decided():
    city = City(2)
    rows = city.waiting()
    ProgressReturn.objects.filter(pk=rows[0].pk).update(state="sent_back")
    page = browser_of(city.head).post(CONFIRM, {"pick": [r.pk for r in rows], "do": "decide"})
    assert "一份也没有办理" in page.content.decode()
    assert city.states() == ["sent_back", "submitted"]


def test_who_decides_nothing_sees_an_empty_page_and_may_not():
    city = City(1)
    [row] = city.waiting()
    assert browser_of(city.reporter).get(CONFIRM).status_code == 200
    asked = {"pick": [row.pk], "do": "decide"}
    assert browser_of(city.reporter).post(CONFIRM, asked).status_code == 403
    assert city.states() == ["submitted"]


# What holds for every page ------------------------------------------------------------------------
KEYS = {"Excel", "Alt"}  # names of a program and of a key: there are no others for them


def test_the_pages_of_returns_are_whole_and_in_chinese():
    city = City(2)
    city.waiting()
    first = city.rows[0]
    ProgressReturn.objects.filter(pk=first.pk).update(state="draft")
    for user, address in (
        (city.reporter, "/workbench/returns/"),
        (city.reporter, page_of(first)),
        (city.head, CONFIRM),
        (city.head, page_of(city.rows[1])),
        (city.office, ACCEPT),
        (person("supervisor"), "/workbench/returns/"),
    ):
        page = browser_of(user).get(address).content.decode()
        assert page.count("<h1") == 1
        identifiers = re.findall(r'\bid="([^"]+)"', page)
        assert len(identifiers) == len(set(identifiers))
        text = visible(page)
        text = text.replace(user.username, "").replace(city.reporter.username, "")
        assert set(re.findall(r"[A-Za-z][A-Za-z_]{2,}", text)) - KEYS == set()
        assert text.strip()


def visible(page: str) -> str:
    body = re.sub(r"(?s)<(head|script|style)\b.*?</\1>", " ", page)
    return html.unescape(re.sub(r"(?s)<[^>]+>", " ", body))

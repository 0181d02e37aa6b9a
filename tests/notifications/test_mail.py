import datetime as dt
import re
from email import message_from_bytes, policy

import pytest
from django.utils import translation

from notifications.outbox.mail import MOST_IDS, MOST_ITEMS, RemindersMail, days_left_text
from notifications.outbox.models import Reminder
from projects.deadlines import Deadline
from tests.notifications.conftest import REMINDER_DAY

TOO_LONG_FOR_GMAIL = 102_400  # bytes of HTML, from which on it shows only the beginning
MID_OCTOBER = dt.date(2025, 10, 15)


@pytest.fixture(autouse=True)
def site(settings):
    settings.BASE_URL = "https://ducha.example"


def told(number: int = 1, **values) -> tuple[Reminder, Deadline]:
    """林南 a week before its day, told to its officer; ``values`` go to either of the two."""
    deadline = {
        "kind": "milestone",
        "object_id": number,
        "whole": "林南平房区安置房",
        "promise": "建成交付",
        "due_on": dt.date(2025, 9, 30),
        "forecast_on": None,
        "commitment": "ensure",
        "section": "§三（五）",
        "department_id": 1,
        "department_name": "市住建局",
        "in_charge_id": 3,
        "in_charge_name": "王建国",
        "sponsor_id": None,
        "project_id": 7,
        "target_id": None,
    }
    reminder = {
        "recipient": "wang@city.example",
        "recipient_user_id": 3,
        "capacity": "responsible",
        "tier": "remind",
        "ordinal": 7,
        "falls_on": REMINDER_DAY,
    }
    for name, value in values.items():
        (deadline if name in deadline else reminder)[name] = value
    deadline["title"] = " · ".join(filter(None, (deadline["whole"], deadline["promise"])))
    return (
        Reminder(
            pk=number,
            due_on=deadline["due_on"],
            title=deadline["title"],
            deadline_kind=deadline["kind"],
            object_id=number,
            **reminder,
        ),
        Deadline(**deadline),
    )


def supervised(number: int = 1, **values) -> tuple[Reminder, Deadline]:
    """林南 on 15 October, the sixth working day after its day."""
    return told(number, **{"tier": "supervise", "ordinal": 6, "falls_on": MID_OCTOBER} | values)


def written(*reminders, day: dt.date = REMINDER_DAY, name: str = "王建国"):
    """Returns the mail as the recipient's mail program reads it."""
    mail = RemindersMail(name=name, day=day, told=list(reminders)).build(
        to="wang@city.example", number=4711, moment=dt.datetime(2025, 9, 23, 1, tzinfo=dt.UTC)
    )
    return message_from_bytes(mail.message().as_bytes(), policy=policy.default)


def parts(mail) -> tuple[str, str]:
    return (
        mail.get_body(("plain",)).get_content(),
        mail.get_body(("html",)).get_content(),
    )


def shown(html: str) -> str:
    """Returns what a person reads of a page, without markup and line breaks."""
    return re.sub(r"\s+", " ", re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL))


def subject(*reminders, day: dt.date = REMINDER_DAY) -> str:
    return written(*reminders, day=day)["Subject"].strip()


def test_the_reminder_of_linnan_says_all_that_is_to_be_known():
    mail = written(told())
    assert mail["To"] == "wang@city.example"
    assert mail["Message-ID"] == "<message-4711@ducha.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    for content in parts(mail):
        for said in (
            "王建国：您好。",
            "2025年9月23日 星期二",
            "项目：林南平房区安置房",
            "建成交付",
            "确保",
            "2025年9月30日 星期二",
            "还有 7 天",
            "市住建局",
            "政府工作报告 §三（五）",
            "https://ducha.example/go/milestone/1/",
        ):
            assert said in content


def test_the_plain_text_says_all_that_the_html_says():
    mail = written(supervised(capacity="head"), told(2, forecast_on=dt.date(2025, 11, 3)))
    text, html = parts(mail)
    body = html[html.index("<h1") :]
    links = re.findall(r'href="([^"]+)"', body)
    assert [each for each in links if each not in text] == []
    # Button and links bear words of their own; of all else every piece stands in the text.
    said = shown(re.sub(r"<a .*?</a>", " ", body, flags=re.DOTALL))
    aside = {"重大项目督查提醒", "打开后再按一次确认", "提前的提醒可以"}
    pieces = {re.sub(r"\W+", "", each) for each in re.split(r"[\s：]", said)}
    pieces -= {re.sub(r"\W+", "", each) for each in aside}
    flat = re.sub(r"\W+", "", text)
    assert [each for each in pieces if each not in flat] == []


def test_the_subject_of_one_reminder_names_it_and_its_day():
    assert subject(told()) == "【督查提醒】林南平房区安置房 · 建成交付，还有 7 天（2025年9月23日）"
    assert subject(supervised(), day=MID_OCTOBER) == (
        "【督办】林南平房区安置房 · 建成交付，逾期后第 6 个工作日（2025年10月15日）"
    )


def test_the_subject_of_many_reminders_counts_them():
    assert subject(told(), told(2)) == "【督查提醒】2 项承诺事项临近期限（2025年9月23日）"


@pytest.mark.parametrize(
    ("tiers", "begins"),
    [
        (("remind", "supervise", "urge", "remind"), "【督办】督办 1 项、催办 1 项、提醒 2 项"),
        (("remind", "urge"), "【催办】催办 1 项、提醒 1 项"),
        (("urge", "urge"), "【催办】催办 2 项（"),
    ],
)
def test_the_subject_names_the_gravest_tier_and_counts(tiers, begins):
    reminders = [told(number, tier=tier) for number, tier in enumerate(tiers, start=1)]
    assert subject(*reminders).startswith(begins)


def test_the_gravest_comes_first_then_the_longest_overdue():
    mail = written(
        told(1, promise="未到期", due_on=dt.date(2025, 10, 30), ordinal=15),
        supervised(2, promise="督办之二"),
        told(3, promise="刚逾期", tier="urge", ordinal=1, due_on=dt.date(2025, 10, 14)),
        supervised(4, promise="督办之一", due_on=dt.date(2025, 9, 8), ordinal=20),
        day=MID_OCTOBER,
    )
    for content in parts(mail):
        body = content[content.find("<h1") :] if "<h1" in content else content
        promises = ("督办之一", "督办之二", "刚逾期", "未到期")
        order = [body.index(each) for each in promises]
        assert order == sorted(order)


def test_each_tier_is_headed_by_its_name_and_number():
    text, html = parts(
        written(supervised(), supervised(2, capacity="head"), told(3), day=MID_OCTOBER)
    )
    assert re.findall("== (.*) ==", text) == ["督办（2 项）", "提醒（1 项）"]
    assert [shown(each).split() for each in re.findall(r"<h2.*?</h2>", html)] == [
        ["督办", "2", "项"],
        ["提醒", "1", "项"],
    ]


@pytest.mark.parametrize(
    ("capacity", "reason"),
    [
        ("responsible", "由您负责或由贵单位牵头"),
        ("head", "抄告您，请督促落实"),
        ("supervisor", "贵室督办"),
        ("sponsor", "由您包联"),
        ("stand_in", "责任单位无人可提醒：请督促该单位补齐填报员或单位邮箱"),
    ],
)
def test_it_says_why_the_reader_gets_it(capacity, reason):
    for content in parts(written(supervised(capacity=capacity), day=MID_OCTOBER)):
        assert reason in content
        assert ("由您负责" in content) == (capacity == "responsible")


def test_what_is_the_readers_own_stands_apart_from_what_others_owe():
    text, _html = parts(
        written(
            supervised(1, promise="他人的", capacity="supervisor"),
            supervised(2, promise="自己的"),
            day=MID_OCTOBER,
        )
    )
    order = [text.index(each) for each in ("由您负责", "自己的", "贵室督办", "他人的")]
    assert order == sorted(order)


def test_only_who_can_report_it_done_is_asked_to():
    asked = "请登录系统填写完成日期和依据"
    assert asked in parts(written(supervised()))[0]
    for capacity in ("supervisor", "sponsor", "stand_in"):
        assert asked not in parts(written(supervised(capacity=capacity)))[0]


def test_a_reminder_of_today_is_not_called_late():
    assert all("补发" not in content for content in parts(written(told())))


def test_a_late_reminder_says_when_it_should_have_come():
    late = told(ordinal=15, falls_on=dt.date(2025, 9, 15))
    for content in parts(written(late)):
        assert "应于9月15日提醒" in content
        assert "补发" in content
        assert "还有 7 天" in content


def test_a_late_supervision_counts_from_the_due_day_and_says_which_it_is():
    for content in parts(written(supervised(), day=dt.date(2025, 10, 17))):
        assert "应于10月15日督办（逾期后第 6 个工作日）" in content
        assert "已过期限 17 天" in content


def test_a_late_reminder_of_last_year_names_the_year():
    late = supervised(falls_on=dt.date(2025, 12, 31), ordinal=61)
    assert "应于2025年12月31日督办" in parts(written(late, day=dt.date(2026, 1, 4)))[0]


def test_a_forecast_past_the_day_is_told():
    early = told(tier="urge", ordinal=0, forecast_on=dt.date(2025, 10, 10))
    for content in parts(written(early)):
        assert "2025年10月10日 星期五（晚于期限 10 天）" in content
        assert "还有 7 天" in content


@pytest.mark.parametrize("forecast", ["2025-09-30", "2025-09-01"])
def test_a_forecast_in_time_is_not_told(forecast):
    mail = written(told(forecast_on=dt.date.fromisoformat(forecast)))
    assert "预计完成" not in parts(mail)[0]


def test_what_nobody_is_in_charge_of_says_so():
    assert "责任人：未指定" in parts(written(told(in_charge_id=None, in_charge_name=None)))[0]


def test_what_stands_alone_is_headed_by_its_kind():
    alone = told(kind="problem", whole="", promise="线路迁改", commitment="", section="")
    text, _html = parts(written(alone))
    assert "1. 堵点：线路迁改\n" in text
    assert "承诺强度" not in text
    assert "出处" not in text


def test_names_are_shown_as_they_are_and_no_markup():
    mail = written(told(promise="一期 <b>&\n二期"))
    text, html = parts(mail)
    assert "一期 <b>&" in text
    assert "一期 &lt;b&gt;&amp;" in html
    assert "<b>" not in html
    assert "一期 <b>& 二期" in mail["Subject"]


def test_the_mail_is_chinese_whatever_language_is_active():
    with translation.override("en"):
        text, html = parts(written(told()))
    assert "星期二" in text
    assert 'lang="zh-Hans"' in html


def test_the_html_loads_nothing_and_runs_nothing():
    _text, html = parts(written(supervised(), told(2)))
    assert re.findall(r"<(?:img|script|link|iframe|form|video|object)\b|url\(|@import", html) == []
    assert re.findall(r"\son\w+=", html) == []


def test_a_long_list_is_cut_and_the_rest_counted_with_a_link():
    mail = written(*[supervised(n, capacity="supervisor") for n in range(1, MOST_ITEMS + 71)])
    assert "督办 120 项" in mail["Subject"]
    for content in parts(mail):
        assert content.count("/go/milestone/") == MOST_ITEMS
        assert "另有 70 项" in content
        assert "https://ducha.example/go/message/4711/" in content


def test_the_longest_mail_is_not_cut_off_by_mail_programs():
    words = "包头市" * 20
    long = {"whole": words, "promise": words, "forecast_on": dt.date(2025, 11, 30)}
    _text, html = parts(written(*[supervised(n, **long) for n in range(1, 300)]))
    assert len(html.encode()) < TOO_LONG_FOR_GMAIL


def test_a_mail_that_is_whole_speaks_of_no_rest():
    mail = written(*[told(n) for n in range(1, MOST_ITEMS + 1)])
    assert all("另有" not in content for content in parts(mail))


def test_the_header_names_every_reminder_for_machines():
    mail = written(told(12), supervised(7), told(30))
    assert mail["X-Portfolio-Reminders"].split(", ") == ["7", "12", "30"]


def test_the_header_stays_within_what_mail_servers_take():
    mail = written(*[told(n) for n in range(1, MOST_IDS + 500)])
    assert len(mail["X-Portfolio-Reminders"].split(",")) == MOST_IDS


def test_the_mail_can_be_acknowledged():
    for content in parts(written(told())):
        assert re.search(r"https://ducha\.example/acknowledge/4711/[\w-]{43}/", content)


def test_who_can_choose_is_told_how_to_opt_out_of_early_reminders():
    for content in parts(written(told())):
        assert "https://ducha.example/go/opt-outs/" in content
        assert "催办和督办不能免收" in content


@pytest.mark.parametrize(
    "values",
    [
        {"ordinal": 0},  # the day itself
        {"recipient_user_id": None},  # an office mailbox
        {"tier": "urge", "ordinal": 1},
        {"tier": "supervise", "ordinal": 6},
    ],
)
def test_who_has_no_choice_is_offered_none(values):
    assert all("免收" not in content for content in parts(written(told(**values))))


UNKNOWN_YEAR = dt.date(2090, 3, 1)
WARNING = "节假日数据尚不含"


def test_supervisors_are_warned_of_a_year_without_holidays():
    for content in parts(written(supervised(capacity="supervisor"), day=UNKNOWN_YEAR)):
        assert f"{WARNING} 2090 年" in content


def test_supervisors_are_warned_of_next_year_from_december_on(monkeypatch):
    monkeypatch.setattr("notifications.outbox.mail.is_year_known", lambda year: year <= 2025)
    told_them = supervised(capacity="stand_in")
    assert WARNING not in parts(written(told_them, day=dt.date(2025, 11, 28)))[0]
    assert f"{WARNING} 2026 年" in parts(written(told_them, day=dt.date(2025, 12, 1)))[0]


def test_nobody_else_is_warned_of_a_year_without_holidays():
    assert WARNING not in parts(written(supervised(capacity="head"), day=UNKNOWN_YEAR))[0]


@pytest.mark.parametrize(
    ("due_on", "text"),
    [("2025-09-23", "今日到期"), ("2025-09-24", "还有 1 天"), ("2025-09-21", "已过期限 2 天")],
)
def test_days_left_in_words(due_on, text):
    assert days_left_text(dt.date.fromisoformat(due_on), REMINDER_DAY) == text

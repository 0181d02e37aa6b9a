import datetime as dt

import pytest

from notifications.mail import days_left_text
from notifications.models import Message
from notifications.services import day_prepare, message_deliver
from tests.factories import MilestoneFactory, TargetFactory, WorkItemFactory
from tests.notifications.conftest import REMINDER_DAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(mail_by_smtp):
    """Prepares and sends the day; returns the mail to the address."""

    def run(address: str):
        day_prepare(day=REMINDER_DAY)
        message = Message.objects.get(recipient=address)
        message_deliver(message_id=message.pk, day=REMINDER_DAY)
        return mail_by_smtp.accepted[-1]

    return run


def parts(mail) -> tuple[str, str]:
    return (
        mail.get_body(("plain",)).get_content(),
        mail.get_body(("html",)).get_content(),
    )


def test_the_reminder_of_linnan_says_all_that_is_to_be_known(linnan, send, settings):
    settings.BASE_URL = "https://ducha.example"
    mail = send("wang@city.example")
    assert mail["Subject"].strip() == (
        "【督查提醒】林南平房区安置房 · 建成交付，还有 7 天（2025年9月23日）"
    )
    assert mail["To"] == "wang@city.example"
    assert mail["Message-ID"].endswith("@ducha.example>")
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
            "王建国",
            "§三（五）",
            f"https://ducha.example/go/milestone/{linnan.pk}/",
        ):
            assert said in content


def test_the_nearest_comes_first(linnan, send):
    bureau = linnan.project.lead_department
    reporter = bureau.memberships.first().user.email
    TargetFactory(name="较远的目标", lead_department=bureau, due_on=dt.date(2025, 10, 8))
    WorkItemFactory(name="明日的事项", lead_department=bureau, due_on=dt.date(2025, 9, 24))
    mail = send(reporter)
    assert mail["Subject"].strip() == "【督查提醒】3 项承诺事项临近期限（2025年9月23日）"
    for content in parts(mail):
        order = [content.index(each) for each in ("明日的事项", "建成交付", "较远的目标")]
        assert order == sorted(order)


def test_names_are_shown_as_they_are_and_no_markup(send, linnan):
    linnan.name = "一期 <b>&\n二期"
    linnan.save()
    mail = send("wang@city.example")
    text, html = parts(mail)
    assert "一期 <b>&" in text
    assert "一期 &lt;b&gt;&amp;" in html
    assert "<b>" not in html
    assert "一期 <b>& 二期" in mail["Subject"]


def test_an_office_mailbox_is_greeted_by_the_departments_name(send):
    milestone = MilestoneFactory(project__lead_department__email="office@city.example")
    text, _ = parts(send("office@city.example"))
    assert f"{milestone.project.lead_department.short_name}：您好。" in text
    assert "责任人：未指定" in text


def test_the_mail_is_chinese_whatever_language_is_active(linnan, send):
    from django.utils import translation

    with translation.override("en"):
        text, _ = parts(send("wang@city.example"))
    assert "星期二" in text


@pytest.mark.parametrize(
    ("due_on", "text"),
    [("2025-09-23", "今日到期"), ("2025-09-24", "还有 1 天"), ("2025-09-21", "已过期限 2 天")],
)
def test_days_left_in_words(due_on, text):
    assert days_left_text(dt.date.fromisoformat(due_on), REMINDER_DAY) == text

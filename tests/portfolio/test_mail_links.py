"""The links of a mail that lead to lists; those to one deadline are tried with the deadlines."""

import pytest
from django.test import Client

from tests.factories import MembershipFactory, MessageFactory, ReminderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def message():
    mail = MessageFactory(recipient_user=MembershipFactory().user)
    ReminderFactory(message=mail, title="邮件里的事项")
    ReminderFactory(
        message__recipient_user=mail.recipient_user, message__day="2025-09-24", title="别的邮件的"
    )
    return mail


def opened(user, path: str):
    client = Client(headers={"Accept-Language": "zh-hans"})
    client.force_login(user, backend="projects.auth_backend.TableBackend")
    return client.get(path, follow=True)


def test_the_rest_of_a_long_mail_is_the_list_of_what_it_told(message):
    page = opened(message.recipient_user, f"/go/message/{message.pk}/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "邮件里的事项" in text
    assert "别的邮件的" not in text


def test_the_link_shows_nobody_what_he_may_not_see(message):
    page = opened(MembershipFactory().user, f"/go/message/{message.pk}/")
    assert page.status_code == 200
    assert "邮件里的事项" not in page.content.decode()


def test_opting_out_is_one_link_away(message):
    page = opened(message.recipient_user, "/go/opt-outs/")
    assert page.status_code == 200
    assert "免收的提醒" in page.content.decode()


@pytest.mark.parametrize("path", ["/go/message/1/", "/go/opt-outs/"])
def test_the_links_ask_to_sign_in_first(path):
    assert Client().get(path)["Location"].startswith("/sign-in/")

"""``manage.py token``: a script takes what it prints as it is."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from projects.people.models import PersonalToken
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def token(username):
    out = StringIO()
    call_command("token", username, stdout=out)
    return out.getvalue()


def test_it_prints_the_token_and_nothing_else():
    UserFactory(username="viewer")
    text = token("viewer")

    assert text == text.strip() + "\n"
    client = Client(headers={"Authorization": f"Token {text.strip()}"})
    assert client.get("/api/v1/projects/").status_code == 200


def test_each_token_is_a_fresh_one_and_bears_the_commands_name():
    UserFactory(username="viewer")

    assert token("viewer") != token("viewer")
    assert set(PersonalToken.objects.values_list("name", flat=True)) == {"manage.py"}


def test_an_unknown_user_is_told_in_one_line_with_the_remedy():
    with pytest.raises(CommandError) as caught:
        token("nobody")

    assert "没有用户 nobody" in str(caught.value)
    assert "prepare_demo" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_user_who_is_not_active_gets_none():
    UserFactory(username="gone", is_active=False)
    with pytest.raises(CommandError, match="已停用"):
        token("gone")
    assert not PersonalToken.objects.exists()

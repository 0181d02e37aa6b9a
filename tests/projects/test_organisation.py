"""Departments and people over HTTP: the tree stays a tree, an account leaves no trace of its
password."""

import pytest

from projects.people.models import User
from tests import clients, factories

pytestmark = pytest.mark.django_db


def test_a_department_is_not_put_below_itself_or_what_is_below_it():
    top = factories.DepartmentFactory()
    below = factories.DepartmentFactory(parent=factories.DepartmentFactory(parent=top))
    for parent in (top, below):
        response = clients.patch(
            clients.supervisor(), f"/api/v1/departments/{top.pk}/", {"parent": parent.pk}
        )
        assert clients.errors_of(response) == {"/parent": "circle"}


def test_an_account_that_nothing_refers_to_is_deleted():
    user = factories.UserFactory()
    response = clients.administrator().delete(f"/api/v1/users/{user.pk}/")
    assert response.status_code == 204
    assert not User.objects.filter(pk=user.pk).exists()


def test_an_account_with_a_role_is_kept_and_the_refusal_says_so():
    user = factories.MembershipFactory().user
    response = clients.administrator().delete(f"/api/v1/users/{user.pk}/")
    assert response.status_code == 409
    assert "任职" in response.json()["detail"]


def test_a_refused_password_is_told_in_the_readers_language_and_not_repeated():
    body = {"username": "li", "name": "李", "email": "li@city.example", "password": "Xq7#"}
    response = clients.post(clients.administrator(), "/api/v1/users/", body)
    assert [error["message"] for error in response.json()["errors"]] == [
        "密码太短, 至少 8 个字符。"
    ]
    assert "Xq7#" not in response.content.decode()

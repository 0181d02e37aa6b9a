"""Signing in: sessions, personal tokens, lock-out."""

import datetime as dt

import pytest
from django.core.cache import cache
from django.test import Client

from projects.people.models import PersonalToken
from projects.people.services import password_set, token_create
from tests import admin_pages as pages
from tests import clients, factories

pytestmark = pytest.mark.django_db
PASSWORD = factories.PASSWORD
TOKENS = "/api/v1/auth/tokens"


@pytest.fixture
def user():
    user = factories.UserFactory()
    user.set_password(PASSWORD)
    user.save()
    cache.clear()
    return user


def ask(user, password=PASSWORD, **more):
    body = {"username": user.username, "password": password, **more}
    return clients.post(Client(), TOKENS, body)


def test_a_password_buys_a_token_that_signs_in(user):
    token = ask(user).json()["token"]
    me = Client(headers={"Authorization": f"Token {token}"}).get("/api/v1/auth/me")
    assert me.json()["username"] == user.username


def test_a_token_is_kept_as_a_hash_only(user):
    token = ask(user).json()["token"]
    stored = PersonalToken.objects.get()
    assert token not in (stored.digest, stored.token_key)


def test_a_wrong_password_is_answered_401(user):
    assert ask(user, password="wrong").status_code == 401


def test_repeated_failures_lock_the_door_even_for_the_right_password(user):
    for _attempt in range(5):
        ask(user, password="wrong")
    response = ask(user)
    assert response.status_code == 429
    assert response.headers["Content-Type"] == "application/problem+json"
    assert int(response.headers["Retry-After"]) > 0


def test_a_read_only_token_does_not_write(user):
    user.is_superuser = True
    user.save()
    token = token_create(user=user, name="报表", read_only=True)[1]
    client = Client(headers={"Authorization": f"Token {token}"})
    assert client.get("/api/v1/projects/").status_code == 200
    assert clients.post(client, "/api/v1/projects/", {}).status_code == 403


def test_an_expired_token_signs_nobody_in(user):
    token, text = token_create(user=user, name="旧", days=1)
    token.expiry -= dt.timedelta(days=2)
    token.save()
    client = Client(headers={"Authorization": f"Token {text}"})
    assert client.get("/api/v1/projects/").status_code == 401


def test_a_revoked_token_signs_nobody_in(user):
    client = clients.signed_in(user)
    [token] = client.get(TOKENS).json()
    assert client.delete(f"{TOKENS}/{token['key']}").status_code == 204
    assert client.get("/api/v1/projects/").status_code == 401


def test_nobody_revokes_another_persons_token(user):
    other = clients.viewer()
    key = token_create(user=user, name="我的")[0].token_key
    assert other.delete(f"{TOKENS}/{key}").status_code == 404


def test_a_token_says_when_it_was_last_used(user):
    client = clients.signed_in(user)
    client.get("/api/v1/projects/")
    assert client.get(TOKENS).json()[0]["last_used_on"] is not None


@pytest.mark.parametrize("header", ["Token", "Token x y", "Token nonsense", "Token 中文"])
def test_a_malformed_token_is_answered_401(header):
    response = Client(headers={"Authorization": header}).get("/api/v1/projects/")
    assert response.status_code == 401


def test_a_browser_signs_in_with_a_session_and_its_csrf_token(user):
    browser = Client(enforce_csrf_checks=True)
    body = {"username": user.username, "password": PASSWORD}
    assert clients.post(browser, "/api/v1/auth/login", body).status_code == 403
    browser.get("/admin/login/")
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    signed_in = browser.post(
        "/api/v1/auth/login", body, content_type="application/json", headers=csrf
    )
    assert signed_in.status_code == 204
    assert browser.get("/api/v1/auth/me").json()["username"] == user.username


def test_signing_in_is_no_change_of_the_account(user):
    before = type(user).objects.get(pk=user.pk).version
    user.last_login = dt.datetime(2025, 9, 23, tzinfo=dt.UTC)
    user.save(update_fields=["last_login"])
    user.refresh_from_db()
    assert user.version == before
    assert user.events.filter(pgh_label="update").exclude(email=user.email).count() == 0


def test_a_person_who_has_left_is_not_let_in(user):
    client = clients.signed_in(user)
    user.is_active = False
    user.save()
    assert client.get("/api/v1/projects/").status_code == 401


@pytest.mark.parametrize("path", [TOKENS, "/api/v1/auth/login"])
def test_what_nobody_asked_for_is_refused_at_the_door(user, path):
    body = {"username": user.username, "password": PASSWORD, "remember": True}
    response = clients.post(Client(), path, body)
    assert clients.errors_of(response) == {"/remember": "unknown_field"}
    assert not PersonalToken.objects.exists()


def test_a_new_password_ends_sessions_and_tokens(user):
    browser, script = Client(), clients.signed_in(user)
    browser.force_login(user, backend="projects.auth_backend.TableBackend")
    kept = clients.viewer()
    password_set(user=user, by=None, password="staple battery horse correct")
    assert script.get("/api/v1/auth/me").status_code == 401
    assert browser.get("/api/v1/auth/me").status_code == 401
    assert kept.get("/api/v1/auth/me").status_code == 200


def test_who_changes_the_own_password_stays_on_the_page_and_is_signed_out_elsewhere():
    administrator = factories.AdministratorFactory()
    here, elsewhere = pages.signed_in(administrator), pages.signed_in(administrator)
    typed = {"password": "staple battery horse", "password_again": "staple battery horse"}
    assert pages.save(here, pages.url(administrator), **typed).status_code == 302
    assert here.get("/api/v1/auth/me").status_code == 200
    assert elsewhere.get("/api/v1/auth/me").status_code == 401


def test_a_list_of_tokens_says_how_many_there_are(user, monkeypatch):
    monkeypatch.setattr("projects.people.sign_in.MOST_TOKENS", 2)
    tokens = [token_create(user=user, name=f"脚本{number}")[1] for number in range(3)]
    answer = Client(headers={"Authorization": f"Token {tokens[0]}"}).get(TOKENS)
    assert (len(answer.json()), answer.headers["X-Total-Count"]) == (2, "3")

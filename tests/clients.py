"""HTTP as each kind of person would speak it: with a real token."""

from django.test import Client

from projects.people.services import token_create
from tests import factories


def signed_in(user) -> Client:
    token = token_create(user=user, name="test")[1]
    return Client(headers={"Authorization": f"Token {token}", "Accept-Language": "zh-hans"})


def administrator() -> Client:
    return signed_in(factories.AdministratorFactory())


def viewer() -> Client:
    return signed_in(factories.MembershipFactory(role="viewer").user)


def supervisor() -> Client:
    return signed_in(factories.MembershipFactory(role="supervisor").user)


def reporter_of(department) -> Client:
    return signed_in(factories.MembershipFactory(role="reporter", department=department).user)


def post(client: Client, path: str, body: object):
    return client.post(path, body, content_type="application/json")


def patch(client: Client, path: str, body: object):
    """Changes a row as a careful client does: with the ETag that it has just read."""
    etag = client.get(path).headers["ETag"]
    return client.patch(path, body, content_type="application/json", headers={"If-Match": etag})


def errors_of(response) -> dict[str, str]:
    """Returns pointer → code of a problem's errors."""
    return {error["pointer"]: error["code"] for error in response.json()["errors"]}

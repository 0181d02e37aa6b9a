"""Writes of accounts, their passwords and their personal tokens."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from projects.core.rows import require, row_create, row_update
from projects.people.models import PersonalToken, User
from projects.permissions import Actor


def user_create(*, by: Actor | None, fields: Mapping[str, Any]) -> User:
    """Opens an account; ``fields["password"]`` is the password as typed, kept as a hash only.

    Without one nobody can sign in until an administrator sets it.
    """
    plain = {name: value for name, value in fields.items() if name != "password"}
    password = fields.get("password")
    if password is not None:
        _check_password(password, User(**plain))
    return row_create(model=User, by=by, fields={**plain, "password": make_password(password)})


@transaction.atomic
def user_update(*, user: User, by: Actor | None, changes: Mapping[str, Any]) -> User:
    """Changes an account; a password among the changes is checked and hashed."""
    plain = {name: value for name, value in changes.items() if name != "password"}
    row_update(instance=user, by=by, changes=plain)
    if "password" in changes:
        password_set(user=user, by=by, password=changes["password"])
    return user


@transaction.atomic
def password_set(*, user: User, by: Actor | None, password: str) -> None:
    """Gives an account a new password, which ends its sessions and its personal tokens.

    Who changes a password because someone else may know it is rid of him everywhere.
    """
    require(by, "change", user)
    _check_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])  # a session bears a hash of the password it began with
    tokens_revoke_all(user=user)


def _check_password(password: str, user: User) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error


def token_create(
    *, user: Actor, name: str, read_only: bool = False, days: int | None = None
) -> tuple[PersonalToken, str]:
    """Returns the new token and its text, which is shown this once and kept as a hash only."""
    options = {} if days is None else {"expiry": dt.timedelta(days=days)}
    token, text = PersonalToken.objects.create(user=user, name=name, read_only=read_only, **options)
    return token, text


def token_revoke(*, token: PersonalToken) -> None:
    """Ends a token at once."""
    token.delete()


def tokens_revoke_all(*, user: Actor) -> None:
    """Ends every token of a person at once."""
    PersonalToken.objects.filter(user=user).delete()

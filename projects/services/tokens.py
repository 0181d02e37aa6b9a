"""Personal tokens: given, listed, taken away by their owner."""

import datetime as dt
from typing import Any

from projects.models.tokens import PersonalToken


def token_create(
    *, user: Any, name: str, read_only: bool = False, days: int | None = None
) -> tuple[PersonalToken, str]:
    """Returns the new token and its text, which is shown this once and kept as a hash only."""
    options = {} if days is None else {"expiry": dt.timedelta(days=days)}
    token, text = PersonalToken.objects.create(user=user, name=name, read_only=read_only, **options)
    return token, text


def token_revoke(*, token: PersonalToken) -> None:
    """Ends a token at once."""
    token.delete()


def tokens_revoke_all(*, user: Any) -> None:
    """Ends every token of a person at once."""
    PersonalToken.objects.filter(user=user).delete()

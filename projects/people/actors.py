"""The person who acts, as a row."""

from typing import overload

from projects.people.models import User
from projects.permissions import Actor


@overload
def user_of(actor: Actor) -> User: ...
@overload
def user_of(actor: None) -> None: ...
def user_of(actor: Actor | None) -> User | None:
    """Returns the actor as the row that a foreign key takes; the system has none, and a visitor
    never gets this far."""
    if actor is None or isinstance(actor, User):
        return actor
    raise TypeError(f"{actor!r} has not signed in")

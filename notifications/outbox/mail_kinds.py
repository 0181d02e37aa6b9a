"""Which kinds of mail there are beside the reminders, and how each is written.

A hook for what stands above: whoever sends mails of a kind registers it in ``apps.ready`` and puts
a ``Message`` with that kind and a reference into the outbox. The outbox claims, sends, tries again
and acknowledges all kinds alike, and knows no more of them than this.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final

from notifications.outbox.mail import Mail
from notifications.outbox.models import Message, MessageKind


class MailKind(ABC):
    """How the mails of one kind are written, named and opened."""

    @abstractmethod
    def mails(self, messages: Sequence[Message]) -> Mapping[int, Mail]:
        """Returns the mails by the message's key; what has nothing left to bring is not among
        them. Asked right before sending; the number of queries does not depend on that of mails.
        """

    @abstractmethod
    def title(self, message: Message) -> str:
        """Returns what the mail brings, in a few words in the language that is active."""

    @abstractmethod
    def path(self, message: Message) -> str:
        """Returns the path of the page where it is found."""


_KINDS: Final[dict[str, MailKind]] = {}


def register_mail_kind(kind: MessageKind, writer: MailKind) -> None:
    """Says how mails of the kind are written."""
    _KINDS[kind] = writer


def find_mail_kind(message: Message) -> MailKind | None:
    """Returns how the mail is written; None for reminders, which the outbox writes itself."""
    return _KINDS.get(message.kind)


def write_mails(messages: Sequence[Message]) -> dict[int, Mail]:
    """Returns the mails by the message's key, each written by its kind; reminders, and what has
    nothing left to bring, are not among them."""
    by_kind: dict[str, list[Message]] = defaultdict(list)
    for message in messages:
        by_kind[message.kind].append(message)
    mails: dict[int, Mail] = {}
    for kind, members in by_kind.items():
        if kind in _KINDS:
            mails |= _KINDS[kind].mails(members)
    return mails

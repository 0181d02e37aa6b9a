"""Talks to the mail server: one connection for many mails, and an answer for each.

What matters is what is certain afterwards. Until the body of a mail has begun to leave, nothing
can have been delivered, whatever happens; once it has left, only the server's reply tells, and a
conversation that ends without one leaves it unknown (RFC 5321, 6.1).
"""

import contextlib
import re
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.core.mail.message import sanitize_address

from notifications.outbox.models import Outcome

BROKEN = (smtplib.SMTPException, OSError)
GO_AHEAD = 354
CLOSING = 421
MOST_FRUITLESS = 2


class MailServerUnreachableError(Exception):
    """The mail server cannot be talked to, or not any more; what it said is the message."""


@dataclass(frozen=True, slots=True)
class SmtpAnswer:
    """What became of a mail, and the mail server's words where it objected."""

    outcome: Outcome
    reply: str = ""


@dataclass(frozen=True, slots=True)
class EncodedMail:
    """A mail as it goes over the line: whatever can be wrong with it was found on making it."""

    mail: EmailMessage
    sender: str
    recipient: str
    content: bytes

    @classmethod
    def of(cls, mail: EmailMessage) -> Self:
        """Returns the mail written out; raises when it cannot be written in ASCII headers."""
        (recipient,) = mail.recipients()
        message = mail.message()
        if message.is_multipart():
            # Else one that the text does not hold is searched, by a pattern made for each mail.
            message.set_boundary(f"=_{uuid4().hex}")
        content = message.as_bytes(linesep="\r\n")  # type: ignore[call-arg]
        return cls(
            mail,
            _ascii(mail.from_email),
            _ascii(recipient),
            # A line that begins with a dot would end the mail there (RFC 5321, 4.5.2).
            re.sub(rb"(?m)^\.", b"..", content).removesuffix(b"\r\n") + b"\r\n.\r\n",
        )


class SmtpConversation:
    """A connection to the mail server, opened when the first mail needs it.

    A connection that breaks is opened again for the next mail; after two in a row that took no
    mail the server counts as out of reach.
    """

    def __init__(self) -> None:
        # Any: of all backends only those of SMTP have a connection.
        self._backend: Any = get_connection()
        self._speaks_smtp = issubclass(type(self._backend), EmailBackend)
        self._fruitless = 0
        self._last_words = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A mail that was accepted stays accepted however the conversation ends.
        with contextlib.suppress(*BROKEN):
            self._backend.close()

    def deliver(self, letter: EncodedMail, *, hand_over: Callable[[], bool]) -> SmtpAnswer | None:
        """Gives the mail to the server; None when ``hand_over``, asked at the last moment at
        which nothing has left yet, says that it is no longer ours.

        Raises ``MailServerUnreachableError`` when there is no server to talk to.
        """
        if not self._speaks_smtp:
            return self._deliver_simply(letter, hand_over)
        smtp = self._connected()
        try:
            refusal = self._offer(smtp, letter)
        except BROKEN as error:
            return self._broken(Outcome.UNREACHABLE, error)
        if refusal is not None:
            return refusal
        if not hand_over():
            self._forget(smtp)
            return None
        return self._transfer(smtp, letter)

    def _deliver_simply(
        self, letter: EncodedMail, hand_over: Callable[[], bool]
    ) -> SmtpAnswer | None:
        """Other backends (console, files) have no steps to tell apart."""
        if not hand_over():
            return None
        try:
            self._backend.send_messages([letter.mail])
        except BROKEN as error:
            return SmtpAnswer(Outcome.UNKNOWN, text_of(error))
        return SmtpAnswer(Outcome.SENT)

    def _connected(self) -> smtplib.SMTP:
        smtp: smtplib.SMTP | None = self._backend.connection
        return self._open() if smtp is None else smtp

    def _open(self) -> smtplib.SMTP:
        if self._fruitless >= MOST_FRUITLESS:
            raise MailServerUnreachableError(self._last_words)
        self._fruitless += 1
        try:
            self._backend.open()
            self._backend.connection.ehlo_or_helo_if_needed()
        except BROKEN as error:
            self._drop()
            raise MailServerUnreachableError(text_of(error)) from error
        smtp: smtplib.SMTP = self._backend.connection
        return smtp

    def _offer(self, smtp: smtplib.SMTP, letter: EncodedMail) -> SmtpAnswer | None:
        """Names sender and recipient; returns the refusal, if it is one.

        A refused sender is our own setting, which somebody can mend: no mail is given up for it.
        """
        code, reply = smtp.mail(letter.sender)
        if not _is_accepted(code):
            return self._refused(smtp, Outcome.UNREACHABLE, code, reply)
        code, reply = smtp.rcpt(letter.recipient)
        if not _is_accepted(code):
            return self._refused(smtp, _outcome_of(code), code, reply)
        return None

    def _transfer(self, smtp: smtplib.SMTP, letter: EncodedMail) -> SmtpAnswer:
        try:
            code, reply = smtp.docmd("DATA")
        except BROKEN as error:
            return self._broken(Outcome.UNREACHABLE, error)
        if code != GO_AHEAD:
            return self._refused(smtp, _outcome_of(code), code, reply)
        try:
            smtp.send(letter.content)
            code, reply = smtp.getreply()
        except BROKEN as error:
            return self._broken(Outcome.UNKNOWN, error)
        if _is_accepted(code):
            self._fruitless = 0
            return SmtpAnswer(Outcome.SENT)
        known = 400 <= code < 600
        return self._refused(smtp, _outcome_of(code) if known else Outcome.UNKNOWN, code, reply)

    def _refused(
        self, smtp: smtplib.SMTP, outcome: Outcome, code: int, reply: bytes | str
    ) -> SmtpAnswer:
        text = f"{code} {_decode_reply(reply)}"
        if code == CLOSING:
            self._drop(text)
        else:
            self._fruitless = 0  # it talks, and says no
            self._forget(smtp)
        return SmtpAnswer(outcome, text)

    def _forget(self, smtp: smtplib.SMTP) -> None:
        """Ends a mail that was begun, so that the next can begin."""
        try:
            code, reply = smtp.rset()
        except BROKEN as error:
            self._drop(text_of(error))
        else:
            if not _is_accepted(code):
                self._drop(f"{code} {_decode_reply(reply)}")

    def _broken(self, outcome: Outcome, error: Exception) -> SmtpAnswer:
        text = text_of(error)
        self._drop(text)
        return SmtpAnswer(outcome, text)

    def _drop(self, last_words: str = "") -> None:
        """Leaves a connection without a word: whoever is there may not answer."""
        self._last_words = last_words
        if self._backend.connection is not None:
            self._backend.connection.close()
        self._backend = get_connection()


def text_of(error: BaseException) -> str:
    """Returns an error's own words, or its name where it has none."""
    return str(error) or type(error).__name__


@lru_cache(maxsize=100)  # the sender of them all
def _ascii(address: str) -> str:
    return sanitize_address(address, "utf-8")


def _is_accepted(code: int) -> bool:
    return 200 <= code < 300


def _outcome_of(code: int) -> Outcome:
    """5xx will not change by trying again (RFC 5321, 4.2.1); everything else may."""
    return Outcome.REFUSED if 500 <= code < 600 else Outcome.UNREACHABLE


def _decode_reply(reply: bytes | str) -> str:
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return " ".join(text.split())

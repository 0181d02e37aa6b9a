"""Mails as files: one ``.eml`` each, named by the moment that it came, so names sort by time."""

import datetime as dt
import email
import email.policy
import os
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage, MIMEPart
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

CITY_TIME = ZoneInfo("Asia/Shanghai")
NAME = re.compile(r"^\d{16}-[0-9a-f]{8}$")
RECIPIENTS = "X-Envelope-To"


@dataclass(frozen=True)
class StoredMail:
    """One kept mail."""

    key: str
    raw: bytes
    shift: dt.timedelta

    @property
    def received(self) -> dt.datetime:
        """The moment that it came, by the demo clock, in the city's time."""
        moment = dt.datetime.fromtimestamp(int(self.key[:16]) / 1_000_000, CITY_TIME)
        return moment + self.shift

    @cached_property
    def message(self) -> EmailMessage:
        """The parsed mail."""
        parsed = email.message_from_bytes(self.raw, policy=email.policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed

    @property
    def recipients(self) -> list[str]:
        """The addresses that it was handed in for, hidden copies included."""
        ours = self.headers(RECIPIENTS)[:1]  # the first is ours; a mail may bring more
        return [address for line in ours for address in line.split(", ")]

    @property
    def subject(self) -> str:
        return " ".join(self.headers("Subject")).strip()

    def headers(self, name: str) -> list[str]:
        """Returns the values of a header; none where it cannot be read."""
        return [value for key, value in self.all_headers() if key.lower() == name.lower()]

    def all_headers(self) -> list[tuple[str, str]]:
        """Returns all headers, broken ones as far as they can be read."""
        try:
            return [(name, str(value)) for name, value in self.message.items()]
        except Exception:  # the parser fails on hostile headers in many ways
            compat = email.message_from_bytes(self.raw)
            return [(name, str(value)) for name, value in compat.items()]

    def body(self, kind: str) -> str | None:
        """Returns the ``plain`` or ``html`` part, if there is one."""
        part = self.message.get_body(preferencelist=(kind,))
        return None if part is None else _text(part)

    def attachments(self) -> list[tuple[str, bytes]]:
        """Returns name and content of each attachment."""
        found = []
        for number, part in enumerate(self.message.iter_attachments(), start=1):
            content = part.get_payload(decode=True)
            name = part.get_filename() or f"附件{number}"
            found.append((name, content if isinstance(content, bytes) else b""))
        return found


class MailStore:
    """The folder of mails."""

    def __init__(self, folder: Path, shift: dt.timedelta = dt.timedelta()) -> None:
        self.folder = folder
        self.shift = shift
        self._kept: dict[str, StoredMail] = {}

    def keep(self, raw: bytes, recipients: Sequence[str]) -> str:
        """Writes a mail to disk, whole, before its sender is told that it was taken."""
        key = f"{time.time_ns() // 1000:016d}-{secrets.token_hex(4)}"
        draft, final = self.folder / f".{key}.new", self.folder / f"{key}.eml"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(f"{RECIPIENTS}: {', '.join(recipients)}\r\n".encode())
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(final)
        return key

    def keys(self) -> list[str]:
        """Returns the keys, newest first."""
        return sorted((path.stem for path in self.folder.glob("*.eml")), reverse=True)

    def get(self, key: str) -> StoredMail | None:
        """Returns a mail; a key is checked for its shape, so no path can be smuggled in."""
        if not NAME.match(key):
            return None
        if key not in self._kept:
            path = self.folder / f"{key}.eml"
            if not path.exists():
                return None
            if len(self._kept) > 2000:
                self._kept.clear()
            self._kept[key] = StoredMail(key, path.read_bytes(), self.shift)
        return self._kept[key]

    def newest(self, count: int, recipient: str = "") -> list[StoredMail]:
        """Returns up to ``count`` mails, newest first, of one recipient if asked for."""
        found: list[StoredMail] = []
        for key in self.keys():
            mail = self.get(key)
            if mail and (not recipient or recipient in mail.recipients):
                found.append(mail)
            if len(found) >= count:
                break
        return found


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, AssertionError):
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)

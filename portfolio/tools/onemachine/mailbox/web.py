"""The mailbox's web server: pages, ``/mails.json`` for programs, parts of a mail."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, quote, urlsplit

from portfolio.tools.onemachine.mailbox import page
from portfolio.tools.onemachine.mailbox.store import MailStore, StoredMail

LISTED = 200
PAGE_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# For the HTML part, framed or opened by itself: no script, no network.
PART_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'"
)


class MailboxServer(ThreadingHTTPServer):
    """Serves one store."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], store: MailStore) -> None:
        self.store = store
        super().__init__(address, Handler)


class Handler(BaseHTTPRequestHandler):
    """Answers GET and HEAD; the mailbox can be read, not changed."""

    server: MailboxServer
    server_version = "mailbox"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        for pattern, answer in ROUTES:
            match = pattern.fullmatch(parts.path)
            if match:
                answer(self, parse_qs(parts.query), *match.groups())
                return
        self.not_found()

    do_HEAD = do_GET  # noqa: N815 - the name that http.server asks for

    def inbox(self, query: dict[str, list[str]]) -> None:
        recipient = _first(query, "to")
        mails = self.server.store.newest(LISTED, recipient)
        self.page(page.list_page(mails, len(self.server.store.keys()), recipient))

    def inbox_json(self, query: dict[str, list[str]]) -> None:
        limit = _first(query, "limit")
        count = int(limit) if limit.isascii() and limit.isdigit() else 1000
        mails = self.server.store.newest(count, _first(query, "to"))
        text = json.dumps([_as_json(mail) for mail in mails], ensure_ascii=False, indent=1)
        self.send(text.encode("utf-8", "replace"), "application/json; charset=utf-8")

    def mail(self, query: dict[str, list[str]], key: str) -> None:
        mail = self.server.store.get(key)
        self.page(page.mail_page(mail)) if mail else self.not_found()

    def original(self, query: dict[str, list[str]], key: str) -> None:
        mail = self.server.store.get(key)
        self.download(f"{key}.eml", mail.raw) if mail else self.not_found()

    def html(self, query: dict[str, list[str]], key: str) -> None:
        mail = self.server.store.get(key)
        html = page.html_part(mail) if mail else None
        self.page(html, policy=PART_POLICY) if html is not None else self.not_found()

    def attachment(self, query: dict[str, list[str]], key: str, number: str) -> None:
        mail = self.server.store.get(key)
        files = mail.attachments() if mail else []
        self.download(*files[int(number)]) if int(number) < len(files) else self.not_found()

    # Sending --------------------------------------------------------------------------------------
    def page(self, html: str, *, policy: str = PAGE_POLICY, status: int = HTTPStatus.OK) -> None:
        headers = {"Content-Security-Policy": policy}
        # A mail may hold half a surrogate pair; the page must come out all the same.
        self.send(html.encode("utf-8", "replace"), "text/html; charset=utf-8", headers, status)

    def not_found(self) -> None:
        self.page(page.not_found_page(), status=HTTPStatus.NOT_FOUND)

    def download(self, name: str, content: bytes) -> None:
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='', errors='replace')}"
        self.send(content, "application/octet-stream", {"Content-Disposition": disposition})

    def send(
        self,
        content: bytes,
        kind: str,
        headers: dict[str, str] | None = None,
        status: int = HTTPStatus.OK,
    ) -> None:
        self.send_response(status)
        common = {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        for name, value in {**common, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the page asks every few seconds, and its log would hide what matters."""


KEY = r"(\d{16}-[0-9a-f]{8})"
ROUTES: list[tuple[re.Pattern[str], Callable[..., None]]] = [
    (re.compile(r"/"), Handler.inbox),
    (re.compile(r"/mails\.json"), Handler.inbox_json),
    (re.compile(rf"/mails/{KEY}"), Handler.mail),
    (re.compile(rf"/mails/{KEY}\.eml"), Handler.original),
    (re.compile(rf"/mails/{KEY}/html"), Handler.html),
    (re.compile(rf"/mails/{KEY}/attachments/(\d{{1,3}})"), Handler.attachment),
]


def _as_json(mail: StoredMail) -> dict[str, object]:
    return {
        "id": mail.key,
        "received": mail.received.isoformat(),
        "from": " ".join(mail.headers("From")),
        "to": mail.recipients,
        "subject": mail.subject,
        "message_id": " ".join(mail.headers("Message-ID")),
        "text": mail.body("plain"),
        "url": f"/mails/{mail.key}",
    }


def _first(query: dict[str, list[str]], name: str) -> str:
    return query.get(name, [""])[0].strip()

"""Calls a webhook, and nothing else: one POST to a machine that it may reach (decision 20).

The name is asked for once, every address that it has is judged, and the connection goes to one of
exactly these: a name that changes its mind in between changes nothing. Nothing is followed, no
proxy is asked, and all of it together ends after ten seconds and a few kilobytes.
"""

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from notifications.webhooks.addresses import (
    AddressFault,
    IpNetwork,
    WebhookAddress,
    WebhookAddressError,
    ip_address,
    is_allowed,
    is_public,
    parse_webhook_address,
)

TIME_LIMIT = 10.0  # seconds for the name, the connection, the call and the answer together
MOST_BODY = 4 * 1024  # bytes that are read of an answer's body
MOST_HEARD = 64 * 1024  # bytes that are read at all: heads, frames, and the body

# A socket's family and what it connects to, as the resolver gave them.
Endpoint = tuple[int, Any]


class WebhookCallError(Exception):
    """There was no answer; the message says why, in the reader's language."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """What the other side said: the status, and the beginning of the body as text."""

    status: int
    text: str


def address_check(url: str) -> WebhookAddress:
    """Returns the address in its parts if it may be called as things stand now.

    Raises ``WebhookCallError``. What a name stands for is asked again at each call.
    """
    address = _parse_url(url)
    _find_endpoints(address, time.monotonic() + TIME_LIMIT)
    return address


def post_json(url: str, *, body: bytes, headers: Mapping[str, str]) -> WebhookResponse:
    """Posts the JSON to the address and returns the answer, whatever its status.

    Raises ``WebhookCallError`` when there was none. ``body`` and ``headers`` go out as they are.
    """
    ends_at = time.monotonic() + TIME_LIMIT
    address = _parse_url(url)
    endpoints = _find_endpoints(address, ends_at)
    try:
        with _connect(address, endpoints, ends_at) as connection:
            return _exchange(connection, address, body, headers, ends_at)
    except TimeoutError as error:
        raise _timeout_error() from error
    except ssl.SSLCertVerificationError as error:
        text = _("对方证书无效: %(reason)s。") % {"reason": error.verify_message}
        raise WebhookCallError(text, code="certificate") from error
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        text = _("无法连接或对方没有正常答复: %(reason)s。") % {"reason": reason}
        raise WebhookCallError(text, code="unreachable") from error


# Where to ---------------------------------------------------------------------------------------
def _parse_url(url: str) -> WebhookAddress:
    try:
        return parse_webhook_address(url)
    except WebhookAddressError as error:
        texts = {
            AddressFault.INVALID: _("地址不是有效的网址, 应写作 https://主机名/路径。"),
            AddressFault.SCHEME: _("地址必须以 https:// 开头 (内部网络可用 http://)。"),
            AddressFault.CREDENTIALS: _("地址中不能带用户名或密码; 请由接收方核对签名。"),
        }
        raise WebhookCallError(texts[error.what], code=error.what) from error


def _find_endpoints(address: WebhookAddress, ends_at: float) -> list[Endpoint]:
    """Returns where to connect to; one address that may not be reached refuses the whole name."""
    endpoints = _resolve(address.host, address.port, ends_at)
    for _family, (where, *_rest) in endpoints:
        _check_reachable_address(address, where, settings.WEBHOOK_ALLOWED_NETWORKS)
    return endpoints


def _check_reachable_address(
    address: WebhookAddress, where: str, allowed: Collection[IpNetwork]
) -> None:
    ip = ip_address(where)
    if is_allowed(ip, allowed):
        return
    if not is_public(ip):
        text = _(
            "%(host)s 指向内部地址 %(ip)s, 不能使用。确需使用时, 请管理员在"
            " WEBHOOK_ALLOWED_NETWORKS 中开放该网段。"
        ) % {"host": address.host, "ip": ip}
        raise WebhookCallError(text, code="private_address")
    if not address.secure:
        text = _("公网地址必须以 https:// 开头: 提醒内容不能明文传送。")
        raise WebhookCallError(text, code="https_required")


def _resolve(host: str, port: int, ends_at: float) -> list[Endpoint]:
    """Asks the resolver, in a thread of its own: it knows no time limit and cannot be stopped."""
    found: list[Any] = []

    def ask() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.append(error)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(max(0.0, ends_at - time.monotonic()))
    if not found:
        raise _timeout_error()
    if isinstance(found[0], Exception) or not found[0]:
        text = _("主机名 %(host)s 无法解析, 请核对。") % {"host": host}
        raise WebhookCallError(text, code="unresolvable")
    return [(family, where) for family, _kind, _proto, _name, where in found[0]]


def _timeout_error() -> WebhookCallError:
    text = _("对方在 %(seconds)d 秒内没有答复。") % {"seconds": TIME_LIMIT}
    return WebhookCallError(text, code="timed_out")


# The conversation -------------------------------------------------------------------------------
def _seconds_left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _connect(address: WebhookAddress, endpoints: list[Endpoint], ends_at: float) -> socket.socket:
    """Connects to the first of the addresses that answers; over TLS if the address says so, with
    the certificate held to the name, not to where the name led."""
    refusal: OSError = ConnectionRefusedError()
    for tried, (family, where) in enumerate(endpoints):
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            # One address that swallows everything leaves the others their share of the time.
            plain.settimeout(_seconds_left(ends_at) / (len(endpoints) - tried))
            plain.connect(where)
            if not address.secure:
                return plain
            plain.settimeout(_seconds_left(ends_at))
            return tls_context().wrap_socket(plain, server_hostname=address.host)
        except OSError as error:
            plain.close()
            refusal = error
    raise refusal


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """Returns the rules of TLS: the machine's own certificate authorities, names are checked."""
    return ssl.create_default_context()


def _exchange(
    connection: socket.socket,
    address: WebhookAddress,
    body: bytes,
    headers: Mapping[str, str],
    ends_at: float,
) -> WebhookResponse:
    conversation = http.client.HTTPConnection(address.host, address.port)
    conversation.sock = _TimedSocket(connection, ends_at)
    fixed = {"Host": address.host_header, "Connection": "close"}
    conversation.request("POST", address.path, body=body, headers={**headers, **fixed})
    response = conversation.getresponse()
    return WebhookResponse(response.status, _beginning(response))


def _beginning(response: http.client.HTTPResponse) -> str:
    """Returns the body's first bytes as text that a database takes. The status has been heard:
    a body that breaks off or never ends takes nothing from it."""
    heard = b""
    try:
        while len(heard) < MOST_BODY and (part := response.read1(MOST_BODY - len(heard))):
            heard += part
    except (OSError, http.client.HTTPException):
        pass
    return heard.decode("utf-8", "replace").replace("\x00", "\ufffd")


class _TimedSocket:
    """A connected socket on which everything together ends at one moment and at one size: a
    time-out of each read alone would let an answer drip for ever."""

    def __init__(self, connection: socket.socket, ends_at: float) -> None:
        self._connection = connection
        self._ends_at = ends_at

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(_seconds_left(self._ends_at))
        self._connection.sendall(data)

    def makefile(self, *_args: Any) -> io.BufferedReader:
        return io.BufferedReader(_LimitedReader(self._connection, self._ends_at))

    def close(self) -> None:
        """Leaves the socket open: whoever connected it closes it, once the body is read."""


class _LimitedReader(io.RawIOBase):
    def __init__(self, connection: socket.socket, ends_at: float) -> None:
        self._connection = connection
        self._ends_at = ends_at
        self._budget = MOST_HEARD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._budget <= 0:
            raise http.client.HTTPException(_("答复过长"))
        self._connection.settimeout(_seconds_left(self._ends_at))
        count = self._connection.recv_into(memoryview(buffer)[: self._budget])
        self._budget -= count
        return count

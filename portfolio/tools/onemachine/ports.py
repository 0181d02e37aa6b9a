"""The ports: which ones, and whether they are free."""

import errno
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from portfolio.tools.onemachine.errors import StartError

DEFAULT_PORT = 8000


@dataclass(frozen=True)
class Ports:
    """Holds the port of the web server, of the mailbox's page and of its SMTP."""

    web: int
    mailbox: int
    smtp: int


def read_ports(environment: Mapping[str, str]) -> Ports:
    """Reads ``PORT``, ``MAILBOX_PORT`` and ``SMTP_PORT``; by default they follow one another."""
    web = _number(environment, "PORT", DEFAULT_PORT)
    return Ports(
        web=web,
        mailbox=_number(environment, "MAILBOX_PORT", web + 1),
        smtp=_number(environment, "SMTP_PORT", web + 2),
    )


def check_free(host: str, port: int, variable: str, purpose: str) -> None:
    """Refuses a port that is taken or not ours to take."""
    example = f"{variable}={port + 10} make run"
    if _answers(host, port):
        raise StartError(f"端口 {port} ({purpose}) 已被占用: 请换一个, 例如 {example}")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # What servers do: a port whose last connections are still fading counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise StartError(
                f"没有权限使用端口 {port} ({purpose}): "
                f"请用 1024 以上的, 例如 {variable}=8010 make run"
            ) from error
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StartError(
                    f"端口 {port} ({purpose}) 已被占用: 请换一个, 例如 {example}"
                ) from error
            raise StartError(f"无法使用地址 {host}:{port}: 请检查 HOST 和 {variable}。") from error


def _answers(host: str, port: int) -> bool:
    # On macOS a second bind to the same port can succeed; somebody who answers is there for sure.
    try:
        with socket.create_connection((reachable_host(host), port), timeout=0.5):
            return True
    except OSError:
        return False


def reachable_host(host: str) -> str:
    """Returns where this machine itself reaches a server that listens on ``host``."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound


def _number(environment: Mapping[str, str], variable: str, default: int) -> int:
    text = environment.get(variable) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        raise StartError(f"{variable}={text} 不是端口: 请写 1 到 65535 的整数。")
    return int(text)

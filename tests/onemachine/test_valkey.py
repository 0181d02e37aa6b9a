"""The embedded Valkey keeps what it was given."""

from pathlib import Path

import redis

from portfolio.tools.onemachine import valkey
from portfolio.tools.onemachine.paths import Paths
from portfolio.tools.onemachine.supervisor import Supervisor


def test_what_was_queued_survives_a_restart_and_no_port_is_open(var_dir: Path):
    paths = Paths(var_dir)
    paths.make()
    socket = valkey.socket_path(paths)
    supervisor = Supervisor(paths.log, paths.run / "processes.json", say=lambda line: None)
    client = redis.Redis(unix_socket_path=str(socket), decode_responses=True)
    try:
        supervisor.start(valkey.service(paths.valkey, socket))
        client.rpush("queue", "a task")
        supervisor.stop_all()
        supervisor.start(valkey.service(paths.valkey, socket))
        assert client.lrange("queue", 0, -1) == ["a task"]
        assert client.config_get("port") == {"port": "0"}
        assert valkey.url(socket) == f"redis+socket://{socket}?virtual_host=0"
    finally:
        client.close()
        supervisor.stop_all()


def test_a_deep_folder_gets_its_socket_under_a_short_one(var_dir: Path):
    deep = var_dir / ("d" * 90)
    paths = Paths(deep)
    paths.make()
    socket = valkey.socket_path(paths)
    try:
        assert len(str(socket)) < 100
        assert socket.parent.stat().st_mode & 0o777 == 0o700
        assert socket == valkey.socket_path(paths), "the next start finds the same one"
    finally:
        socket.parent.rmdir()

"""A mail server in a process of its own that takes everything and counts it: as little work as
SMTP allows, so that it is the senders that are measured."""

import asyncio
import multiprocessing
import re
from collections import Counter
from multiprocessing.connection import Connection
from typing import Any

SPAWN = multiprocessing.get_context("spawn")
MESSAGE_ID = re.compile(rb"(?im)^message-id:\s*(<[^>]+>)")
END = b"\r\n.\r\n"
REPLIES = {
    b"EHLO": b"250-sink\r\n250 8BITMIME\r\n",
    b"HELO": b"250 sink\r\n",
    b"DATA": b"354 go ahead\r\n",
    b"QUIT": b"221 bye\r\n",
}


class Sink:
    """Takes mails on ``port``; ``taken`` counts them while they come."""

    def __init__(self) -> None:
        self._taken = SPAWN.Value("l", 0)
        self._line, theirs = SPAWN.Pipe()
        self._process = SPAWN.Process(target=_serve, args=(self._taken, theirs), daemon=True)
        self._process.start()
        self.port: int = self._line.recv()

    @property
    def taken(self) -> int:
        return self._taken.value

    def empty(self) -> tuple[Counter[bytes], int]:
        """Returns how often each Message-ID came, and all their bytes; then forgets them."""
        self._line.send("empty")
        found: tuple[Counter[bytes], int] = self._line.recv()
        return found

    def stop(self) -> None:
        self._process.terminate()
        self._process.join(10)


class _Taken:
    def __init__(self, count: Any) -> None:
        self.count = count
        self.clear()

    def clear(self) -> None:
        self.ids: Counter[bytes] = Counter()
        self.bytes = 0
        self.count.value = 0

    def add(self, content: bytes) -> None:
        found = MESSAGE_ID.search(content)
        self.ids[found.group(1) if found else b""] += 1
        self.bytes += len(content)
        self.count.value += 1


class _Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, taken: _Taken) -> None:
        self.taken = taken
        self.content: bytearray | None = None  # while a mail comes in
        self.rest = b""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        if self.content is not None:
            self.content += data
            if self.content.endswith(END):
                self.taken.add(bytes(self.content))
                self.content = None
                self.transport.write(b"250 taken\r\n")
            return
        # Nobody here pipelines: a command is a line, and a mail begins after the 354.
        self.rest += data
        if self.rest.endswith(b"\r\n"):
            word, self.rest = self.rest[:4].upper(), b""
            self.content = bytearray() if word == b"DATA" else None
            self.transport.write(REPLIES.get(word, b"250 ok\r\n"))
            if word == b"QUIT":
                self.transport.close()


def _serve(count: Any, line: Connection) -> None:
    asyncio.run(_listen(_Taken(count), line))


async def _listen(taken: _Taken, line: Connection) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Session(taken), "127.0.0.1", 0)

    def answer() -> None:
        line.recv()
        line.send((taken.ids, taken.bytes))
        taken.clear()

    loop.add_reader(line.fileno(), answer)
    line.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()

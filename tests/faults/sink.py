"""The mail server of the simulated year: keeps what it accepts, and is difficult by a plan.

``python -m tests.faults.sink`` writes a line of JSON for each thing that it does to ``sink.log``.
A line stands there before the client is told: what was accepted is known even if nobody hears it.
"""

import asyncio
import contextlib
import json
import os
import random
import re
import sys
from collections import Counter, defaultdict
from email import message_from_bytes, policy
from pathlib import Path

from tests.faults.shared import Page

# How often each: refusals that pass, and silences. Silence costs the client its time-out.
PLAN = {
    "421 greeting": 10,
    "421 MAIL": 10,
    "450 RCPT": 30,
    "450 DATA": 10,
    "451 dot": 20,
    "421 dot": 10,
    "hang greeting": 4,
    "hang RCPT": 4,
    "hang DATA": 4,
    "hang dot": 12,
}
LINK = re.compile(r"/go/milestone/(\d+)/")
TIER = re.compile(r"^== (提醒|催办|督办)（")
NUMBER = re.compile(r"<message-(\d+)@")


class Sink:
    """The server; a fault is laid down for the n-th mail, wherever the chance has put it."""

    def __init__(self, folder: Path, seed: int, mails: int, refused: str, refused_late: str):
        self.page = Page(folder)
        self.log = (folder / "sink.log").open("a", encoding="utf-8", buffering=1)
        self.refused = set(filter(None, refused.split(",")))
        self.refused_late = set(filter(None, refused_late.split(",")))
        chance = random.Random(seed)
        self.faults: dict[str, list[int]] = defaultdict(list)
        for fault, times in PLAN.items():
            moments = range(mails // 50, mails * 9 // 10)
            self.faults[fault] = sorted(chance.sample(moments, times), reverse=True)
        self.mails = 0
        self.accepted: Counter[str] = Counter()
        self.trouble: set[str] = set()  # recipients whose last mail broke off in the midst

    def due(self, fault: str, **more: object) -> bool:
        """Says whether it is time for this, and then not again until its next time."""
        moments = self.faults[fault]
        if not moments or moments[-1] > self.mails:
            return False
        moments.pop()
        self.say("fault", fault=fault, **more)
        return True

    def say(self, what: str, **more: object) -> None:
        moment = self.page.now().isoformat(timespec="seconds")
        self.log.write(json.dumps({"what": what, "at": moment, **more}) + "\n")

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, HungUpError):
            await Talk(self, reader, writer).run()
        writer.close()


class HungUpError(Exception):
    """Says that the conversation is over."""


class Talk:
    """One client's connection."""

    def __init__(
        self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.recipient = ""

    async def run(self) -> None:
        if self.sink.due("hang greeting"):
            await self.silence()
        if self.sink.due("421 greeting"):
            await self.close("421 4.3.2 try later")
        await self.reply("220 sink")
        while line := await self.reader.readline():
            verb, _, rest = line.decode().strip().partition(" ")
            await getattr(self, f"on_{verb.lower()}", self.on_other)(rest)

    async def on_ehlo(self, rest: str) -> None:
        await self.reply("250 sink")

    async def on_mail(self, rest: str) -> None:
        if self.sink.due("421 MAIL"):
            await self.close("421 4.3.2 closing")
        await self.reply("250 ok")

    async def on_rcpt(self, rest: str) -> None:
        self.recipient = rest.partition("<")[2].partition(">")[0]
        if self.recipient in self.sink.refused:
            self.sink.say("refused", recipient=self.recipient, where="RCPT")
            await self.reply("550 5.1.1 no such mailbox")
        elif self.sink.due("hang RCPT"):
            await self.silence()
        elif self.sink.due("450 RCPT"):
            await self.reply("450 4.2.1 mailbox busy")
        else:
            await self.reply("250 ok")

    async def on_data(self, rest: str) -> None:
        if self.sink.due("450 DATA"):
            await self.reply("450 4.3.1 not now")
            return
        # Nobody knows yet which mail it is; one that was in trouble must not be so again.
        if self.recipient not in self.sink.trouble and self.sink.due("hang DATA"):
            await self.silence()
        await self.reply("354 go ahead")
        self.sink.trouble.add(self.recipient)
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                self.sink.say("broken off", recipient=self.recipient)
                raise HungUpError
            lines.append(line.removeprefix(b"."))
        await self.judge(b"".join(lines))
        self.sink.trouble.discard(self.recipient)

    async def judge(self, content: bytes) -> None:
        """Takes the mail or not, writes that down, and says so, or nothing."""
        sink = self.sink
        mail = message_from_bytes(content, policy=policy.default)
        ident = str(mail["Message-ID"]).strip()
        if self.recipient in sink.refused_late:
            sink.say("refused", recipient=self.recipient, where="dot")
            return await self.reply("550 5.7.1 not wanted")
        # A mail whose fate is in doubt is let through: policy sends it no third time.
        free = not sink.accepted[ident] and not sink.page.in_doubt(int(NUMBER.findall(ident)[0]))
        if free and sink.due("451 dot"):
            return await self.reply("451 4.3.0 try again")
        if free and sink.due("421 dot"):
            await self.close("421 4.3.2 closing")
        sink.accepted[ident] += 1
        sink.mails += 1
        sink.say(
            "accepted",
            ident=ident,
            recipient=self.recipient,
            to=str(mail["To"]),
            told=told(mail.get_body(("plain",)).get_content()),
            rows=[int(each) for each in re.findall(r"\d+", str(mail["X-Portfolio-Reminders"]))],
        )
        if free and sink.due("hang dot", ident=ident):
            await self.silence()
        return await self.reply("250 ok")

    async def on_rset(self, rest: str) -> None:
        await self.reply("250 ok")

    async def on_quit(self, rest: str) -> None:
        await self.close("221 bye")

    async def on_other(self, rest: str) -> None:
        await self.reply("502 5.5.1 unknown")

    async def reply(self, text: str) -> None:
        self.writer.write(f"{text}\r\n".encode())
        await self.writer.drain()

    async def close(self, text: str) -> None:
        await self.reply(text)
        raise HungUpError

    async def silence(self) -> None:
        """Says nothing until the client has had enough."""
        while await self.reader.read(4096):
            pass
        raise HungUpError


def told(text: str) -> list[tuple[int, str]]:
    """Returns which deadlines a mail tells of, each with the tier that it stands under."""
    tier, found = "", []
    for line in text.splitlines():
        heading = TIER.match(line)
        tier = heading[1] if heading else tier
        found += [(int(number), tier) for number in LINK.findall(line)]
    return found


async def main() -> None:
    folder, seed, mails, refused, refused_late = sys.argv[1:]
    sink = Sink(Path(folder), int(seed), int(mails), refused, refused_late)
    server = await asyncio.start_server(sink.serve, "127.0.0.1", 0, limit=1 << 24)
    port = server.sockets[0].getsockname()[1]
    draft = Path(folder) / "port.new"
    draft.write_text(str(port))
    os.rename(draft, Path(folder) / "port")
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

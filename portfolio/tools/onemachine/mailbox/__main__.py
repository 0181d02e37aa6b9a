"""The mail catcher as a process: SMTP on 127.0.0.1 and the page, until SIGTERM."""

import argparse
import asyncio
import datetime as dt
import signal
import sys
import threading
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from portfolio.tools.onemachine.mailbox.store import MailStore
from portfolio.tools.onemachine.mailbox.web import MailboxServer

SMTP_HOST = "127.0.0.1"


class Catcher:
    """Takes every mail for every address."""

    def __init__(self, store: MailStore) -> None:
        self.store = store

    # The name is aiosmtpd's hook. Capitals included.
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keeps the mail, then says so; a full disk makes the sender try again later."""
        content = envelope.content or b""
        raw = content.encode() if isinstance(content, str) else content
        try:
            key = await asyncio.to_thread(self.store.keep, raw, envelope.rcpt_tos)
        except OSError as error:
            sys.stderr.write(f"{error}\n")
            return "452 4.3.1 cannot store the mail, try again later"
        return f"250 2.0.0 kept as {key}"


async def serve(store: MailStore, host: str, page_port: int, smtp_port: int) -> None:
    """Runs both servers until the process is asked to end."""
    web = MailboxServer((host, page_port), store)
    threading.Thread(target=web.serve_forever, name="page", daemon=True).start()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    smtp = await loop.create_server(
        lambda: SMTP(Catcher(store), enable_SMTPUTF8=True, hostname="mailbox"),
        SMTP_HOST,
        smtp_port,
    )
    async with smtp:
        await ended.wait()
    web.shutdown()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--page-port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--clock-shift", type=float, default=0, help="seconds")
    options = parser.parse_args()
    store = MailStore(options.folder, dt.timedelta(seconds=options.clock_shift))
    asyncio.run(serve(store, options.host, options.page_port, options.smtp_port))
    return 0


if __name__ == "__main__":
    sys.exit(main())

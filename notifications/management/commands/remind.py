"""`manage.py remind --on 2025-09-23`: runs a day's reminders by hand."""

import datetime as dt
from typing import Any

import pghistory
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from notifications.outbox.models import Message, MessageState, Outcome
from notifications.outbox.plan import reminder_plan
from notifications.outbox.send import Delivery, message_send, unreachable_text
from portfolio.core import clock

WRONG_USAGE = 2
BATCH = 100
PLAUSIBLE_YEARS = range(2000, 2101)


class Command(BaseCommand):
    help = "生成某一天的提醒并立即发送; 已发送的不会再发。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", metavar="YYYY-MM-DD", help="哪一天, 默认今天")

    def handle(self, *args: Any, **options: Any) -> None:
        day = _day(options["on"]) if options["on"] else clock.today()
        with pghistory.context(door="command", command="remind"):
            self._run(day)

    def _run(self, day: dt.date) -> None:
        prepared = reminder_plan(day=day)
        messages = (
            Message.objects.of_reminders().filter(day=day).with_counts().order_by("recipient")
        )
        listed: list[Any] = list(messages)  # with ``told``
        delivered = self._deliver(day)
        for message in listed:
            if message.pk in delivered or message.told:
                self.stdout.write(_line(message, delivered.get(message.pk)))
        if prepared.deferred:
            self.stdout.write(
                _("当日邮件已发出, 新增的 %(count)d 条提醒并入下一工作日的邮件。")
                % {"count": prepared.deferred}
            )
        if not listed:
            self.stdout.write(_("%(day)s 没有要提醒的事项。") % {"day": day})

    def _deliver(self, day: dt.date) -> dict[int, Delivery]:
        """Sends what waits of the day, each mail once; those of unknown fate are left to the tick,
        which sends them again in their time."""
        delivered: dict[int, Delivery] = {}
        while True:
            queued = Message.objects.of_reminders().filter(day=day, state=MessageState.QUEUED)
            waiting = queued.exclude(pk__in=delivered)
            batch = message_send(limit=BATCH, day=day, among=waiting)
            delivered |= {each.message.pk: each for each in batch}
            for each in batch:
                if each.outcome == Outcome.UNREACHABLE:
                    raise CommandError(unreachable_text(each.error))
            if not batch:
                return delivered


def _day(text: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError:
        day = None
    # fromisoformat also reads 20250923 and week dates; years far off are slips of the finger.
    if day is None or day.isoformat() != text or day.year not in PLAUSIBLE_YEARS:
        raise CommandError(
            _("--on 的“%(text)s”不是日期: 请写作 YYYY-MM-DD, 例如 2025-09-23。") % {"text": text},
            returncode=WRONG_USAGE,
        )
    return day


def _line(message: Any, delivery: Delivery | None) -> str:
    """Says what became of a mail: by this run, or, where it did not wait for it, before."""
    if delivery is None:
        said, error, count = _said_before(message), message.last_error, message.told
    else:
        said, error = _said_now(delivery.outcome), delivery.error
        count = delivery.reminders or message.told
    return _("%(recipient)s: %(count)d 条提醒, %(said)s") % {
        "recipient": message.recipient,
        "count": count,
        "said": f"{said} ({error})" if error else said,
    }


def _said_now(outcome: Outcome) -> str:
    return {
        Outcome.SENT: _("已发送"),
        Outcome.NOTHING_LEFT: _("事项已办结或改期, 不发送"),
        Outcome.REFUSED: _("被拒收"),
        Outcome.UNKNOWN: _("送达不明"),
        Outcome.ABANDONED: _("邮件无法生成"),
    }[outcome]


def _said_before(message: Any) -> str:
    return {
        MessageState.QUEUED: _("另一进程正在发送"),
        MessageState.SENT: _("此前已发送"),
        MessageState.FAILED: _("此前被拒收"),
        MessageState.UNKNOWN: _("此前送达不明"),
        MessageState.WITHDRAWN: _("事项已办结或改期, 不发送"),
    }[message.state]

"""`manage.py remind --on 2025-09-23`: runs a day's reminders by hand."""

import datetime as dt
from typing import Any

import pghistory
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from notifications.models import Message
from notifications.services import (
    Delivery,
    Outcome,
    day_prepare,
    message_deliver,
    unreachable_text,
)
from portfolio import clock

WRONG_USAGE = 2
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
        prepared = day_prepare(day=day)
        messages = Message.objects.filter(day=day).with_counts().order_by("recipient")
        for message in list(messages):
            delivery = message_deliver(message_id=message.pk, day=day)
            if delivery.outcome is Outcome.UNREACHABLE:
                raise CommandError(unreachable_text(delivery.error))
            self.stdout.write(_line(message, delivery))
        if prepared.deferred:
            self.stdout.write(
                _("当日邮件已发出, 新增的 %(count)d 条提醒并入下一工作日的邮件。")
                % {"count": prepared.deferred}
            )
        if not messages:
            self.stdout.write(_("%(day)s 没有要提醒的事项。") % {"day": day})


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


def _line(message: Any, delivery: Delivery) -> str:
    said = {
        Outcome.SENT: _("已发送"),
        Outcome.ALREADY_SENT: _("此前已发送"),
        Outcome.NOTHING_LEFT: _("事项已办结或改期, 不发送"),
        Outcome.BUSY: _("另一进程正在发送"),
        Outcome.REFUSED: _("被拒收"),
    }[delivery.outcome]
    return _("%(recipient)s: %(count)d 条提醒, %(said)s") % {
        "recipient": message.recipient,
        "count": delivery.reminders or message.told,
        "said": f"{said} ({delivery.error})" if delivery.error else said,
    }

"""The one door for mail: a kind of mail is one small class.

It names its subject, its context and its pair of templates (``.txt`` and ``.html``); everything
that all mails share is done here. Thousands are written in one go (bench/reminders.py), so what
does not change from mail to mail is worked out once.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from email.utils import format_datetime
from functools import lru_cache
from itertools import count, groupby
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext as _

from notifications.outbox import wording
from notifications.outbox.models import Capacity, Reminder, Tier
from notifications.outbox.signed_links import acknowledge_address
from notifications.outbox.wording import days_left_text
from projects.choices import Commitment
from projects.deadlines import Deadline, kind_labels
from projects.people.working_days import is_year_known

__all__ = ["Mail", "RemindersMail", "Told", "days_left_text", "message_id"]

Told = tuple[Reminder, Deadline]

# Mail programs cut off what is longer than about 100 kB; the rest is one line and a link.
MOST_ITEMS = 50
# Ids that the header names: mail servers bound what all headers may take.
MOST_IDS = 2_000
MOST_IN_PREHEADER = 3
# The month from which the State Council's notice of next year's holidays should be known.
HOLIDAYS_KNOWN_FROM = 12
# Whose own it is to do, and who looks after the whole city.
OWN_CAPACITIES = (Capacity.RESPONSIBLE, Capacity.HEAD)
CITY_CAPACITIES = (Capacity.SUPERVISOR, Capacity.STAND_IN)
# Accent and tint of each tier: red, amber, quiet.
COLOURS = {
    Tier.SUPERVISE: ("#b42318", "#fef3f2"),
    Tier.URGE: ("#b54708", "#fffaeb"),
    Tier.REMIND: ("#475467", "#f4f5f7"),
}


def message_id(number: int) -> str:
    """Returns the Message-ID of the outbox's mail: fixed, so that a mail server which is handed
    the same mail twice can know it."""
    return f"<message-{number}@{urlsplit(settings.BASE_URL).hostname}>"


class Mail(ABC):
    """One kind of mail, written in the system's own language."""

    template: ClassVar[str]  # without .txt and .html

    @abstractmethod
    def subject(self) -> str:
        """Returns the subject; line breaks in names are taken out."""

    @abstractmethod
    def context(self, *, to: str, number: int) -> dict[str, Any]:
        """Returns what the two templates show."""

    def headers(self) -> dict[str, str]:
        """Returns what this kind of mail tells machines."""
        return {}

    def attachments(self) -> Sequence[tuple[str, bytes, str]]:
        """Returns the files that go with it: name, content, type."""
        return ()

    def build(self, *, to: str, number: int, moment: dt.datetime) -> EmailMultiAlternatives:
        """Returns the mail, ready to be handed over."""
        with translation.override(settings.LANGUAGE_CODE):
            subject = " ".join(self.subject().split())
            context = {"subject": subject, "site": settings.BASE_URL}
            context |= self.context(to=to, number=number)
            text = get_template(f"{self.template}.txt").render(context)
            html = get_template(f"{self.template}.html").render(context)
        mail = EmailMultiAlternatives(
            subject=subject,
            body=text,
            from_email=_encode_address(settings.DEFAULT_FROM_EMAIL),
            to=[to],
            headers={
                "Message-ID": message_id(number),
                "Date": format_datetime(moment),
                # Keeps absence notes and other machines from answering (RFC 3834).
                "Auto-Submitted": "auto-generated",
                **self.headers(),
            },
        )
        mail.attach_alternative(html, "text/html")
        for name, content, content_type in self.attachments():
            mail.attach(_attachment(name, content, content_type))
        return mail


def _attachment(name: str, content: bytes, content_type: str) -> MIMEBase:
    """Returns the file as it is, byte for byte: text that is attached as text gets other lines."""
    part = MIMEBase(*content_type.split("/", 1))
    part.set_payload(content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
    return part


class RemindersMail(Mail):
    """All that one person is told on one day, the gravest first; within a tier what is the
    reader's own goes before what is only brought to their notice."""

    template = "notifications/reminders"

    def __init__(self, *, name: str, day: dt.date, told: Sequence[Told]) -> None:
        self.name = name
        self.day = day
        self.told = sorted(told, key=_gravest_first)

    def subject(self) -> str:
        reminder, deadline = self.told[0]
        words = {
            "tier": _("督查提醒") if reminder.tier == Tier.REMIND else Tier(reminder.tier).label,
            "day": wording.day_text(self.day, wording.DAY),
        }
        if len(self.told) == 1:
            return _("【%(tier)s】%(title)s，%(standing)s（%(day)s）") % {
                **words,
                "title": deadline.title,
                "standing": wording.lateness_text(reminder, deadline, self.day),
            }
        if reminder.tier == Tier.REMIND:
            return _("【%(tier)s】%(count)d 项承诺事项临近期限（%(day)s）") % {
                **words,
                "count": len(self.told),
            }
        return _("【%(tier)s】%(counts)s（%(day)s）") % {**words, "counts": self._counts()}

    def headers(self) -> dict[str, str]:
        ids = [str(reminder.pk) for reminder, _deadline in self.told[:MOST_IDS]]
        return {"X-Portfolio-Reminders": ", ".join(ids)}

    def context(self, *, to: str, number: int) -> dict[str, Any]:
        shown = self.told[:MOST_ITEMS]
        rest = len(self.told) - len(shown)
        site = settings.BASE_URL
        return {
            "name": self.name,
            "day": wording.day_text(self.day),
            "count": len(self.told),
            "counts": self._counts(),
            "preheader": "；".join(each.title for _reminder, each in shown[:MOST_IN_PREHEADER]),
            "sections": _sections(shown, self.day, self._numbers()),
            "rest": rest,
            "rest_address": f"{site}/go/message/{number}/",
            "unknown_year": self._unknown_year(),
            "to_be_done": any(each.capacity in OWN_CAPACITIES for each, _deadline in self.told),
            "acknowledge_address": acknowledge_address(number, to),
            "opt_out_address": f"{site}/go/opt-outs/" if self._may_opt_out() else "",
        }

    def _numbers(self) -> dict[str, int]:
        numbers: dict[str, int] = {}
        for reminder, _deadline in self.told:
            numbers[reminder.tier] = numbers.get(reminder.tier, 0) + 1
        return numbers

    def _counts(self) -> str:
        return "、".join(
            _("%(tier)s %(count)d 项") % {"tier": Tier(tier).label, "count": count}
            for tier, count in self._numbers().items()
        )

    def _unknown_year(self) -> int | None:
        """Returns the year whose holidays are not known, for those who can enter them."""
        if not any(each.capacity in CITY_CAPACITIES for each, _deadline in self.told):
            return None
        years = [self.day.year]
        if self.day.month >= HOLIDAYS_KNOWN_FROM:
            years.append(self.day.year + 1)
        return next((year for year in years if not is_year_known(year)), None)

    def _may_opt_out(self) -> bool:
        """Returns whether the mail holds what its reader, a person, can choose not to get."""
        return any(
            each.tier == Tier.REMIND and each.ordinal > 0 and each.recipient_user_id is not None
            for each, _deadline in self.told
        )


def _gravest_first(told: Told) -> tuple[int, int, dt.date, str]:
    reminder, deadline = told
    return (
        wording.TIERS.index(reminder.tier),
        wording.CAPACITIES.index(reminder.capacity),
        deadline.due_on,
        deadline.title,
    )


def _sections(
    told: Sequence[Told], day: dt.date, numbers: Mapping[str, int]
) -> list[dict[str, Any]]:
    """Returns what is told, in the order given, one section for each tier and capacity; the first
    of a tier bears its name and how many it has in all."""
    sections: list[dict[str, Any]] = []
    kinds = kind_labels()
    numbering = count(1)
    named = ""
    for (tier, capacity), members in groupby(
        told, key=lambda each: (each[0].tier, each[0].capacity)
    ):
        items = [{"number": next(numbering), **_item(each, day, kinds)} for each in members]
        accent, tint = COLOURS[Tier(tier)]
        sections.append(
            {
                "code": tier,
                "tier": "" if tier == named else Tier(tier).label,
                "count": numbers[tier],
                "accent": accent,
                "tint": tint,
                "reason": wording.reason_text(tier, capacity),
                "items": items,
            }
        )
        named = tier
    return sections


def _item(told: Told, day: dt.date, kinds: Mapping[str, Any]) -> dict[str, Any]:
    reminder, deadline = told
    words = _words(translation.get_language())
    kind = str(kinds[deadline.kind])
    whole = words["project"] if deadline.project_id else words["target"]
    rows = (
        (kind, deadline.promise if deadline.whole else ""),
        (words["commitment"], words[deadline.commitment]),
        (words["due_on"], wording.day_text(deadline.due_on)),
        (words["forecast_on"], wording.forecast_text(deadline)),
        (words["department"], deadline.department_name),
        (words["in_charge"], deadline.in_charge_name or words["nobody"]),
        (words["section"], f"{words['report']} {deadline.section}" if deadline.section else ""),
        (words["late"], wording.late_text(reminder, day)),
    )
    return {
        "heading_label": whole if deadline.whole else kind,
        "heading": deadline.whole or deadline.promise,
        "standing": wording.lateness_text(reminder, deadline, day),
        "rows": [(label, value) for label, value in rows if value],
        "address": f"{settings.BASE_URL}{deadline.path}",
    }


@lru_cache(maxsize=8)
def _words(language: str | None) -> dict[str, str]:
    """Returns the words that stand in every item, and those for how firmly it was promised."""
    return {
        "project": _("项目"),
        "target": _("目标"),
        "commitment": _("承诺强度"),
        "due_on": _("期限"),
        "forecast_on": _("预计完成"),
        "department": _("责任单位"),
        "in_charge": _("责任人"),
        "nobody": _("未指定"),
        "section": _("出处"),
        "report": _("政府工作报告"),
        "late": _("补发"),
        "": "",
        **{each.value: str(each.label) for each in Commitment},
    }


@lru_cache(maxsize=8)
def _encode_address(address: str) -> str:
    """Returns the sender as it stands in the header; to work that out costs as much as all else."""
    return sanitize_address(address, "utf-8")

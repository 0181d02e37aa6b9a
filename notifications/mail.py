"""The one door for mail: a kind of mail is one small class.

It names its subject, its context and its pair of templates (``.txt`` and ``.html``); everything
that all mails share is done here.
"""

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from email.utils import format_datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications.models import Reminder, Tier
from notifications.rules.tiers import GRAVITY
from projects.choices import Commitment
from projects.deadlines import Deadline, kind_labels

Told = tuple[Reminder, Deadline]

DAY = "Y年n月j日"
DAY_AND_WEEKDAY = "Y年n月j日 l"


def message_id(number: int) -> str:
    """Returns the Message-ID of the outbox's mail: fixed, so that a mail server which is handed
    the same mail twice can know it."""
    return f"<message-{number}@{urlsplit(settings.BASE_URL).hostname}>"


class Mail(ABC):
    """One kind of mail, written in the system's own language."""

    template: ClassVar[str]

    @abstractmethod
    def subject(self) -> str:
        """Returns the subject; line breaks in names are taken out."""

    @abstractmethod
    def context(self) -> dict[str, Any]:
        """Returns what the two templates show."""

    def build(self, *, to: str, number: int, moment: dt.datetime) -> EmailMultiAlternatives:
        """Returns the mail, ready to be handed over."""
        with translation.override(settings.LANGUAGE_CODE):
            subject = " ".join(self.subject().split())
            context = self.context() | {"subject": subject}
            text = render_to_string(f"notifications/{self.template}.txt", context)
            html = render_to_string(f"notifications/{self.template}.html", context)
        mail = EmailMultiAlternatives(
            subject=subject,
            body=text,
            to=[to],
            headers={
                "Message-ID": message_id(number),
                "Date": format_datetime(moment),
                # Keeps absence notes and other machines from answering (RFC 3834).
                "Auto-Submitted": "auto-generated",
            },
        )
        mail.attach_alternative(html, "text/html")
        return mail


class RemindersMail(Mail):
    """All that one person is reminded of on one day, the gravest first."""

    template = "reminders"

    def __init__(self, *, name: str, day: dt.date, told: Sequence[Told]) -> None:
        self.name = name
        self.day = day
        self.told = sorted(told, key=_gravest_first)

    def subject(self) -> str:
        day = date_format(self.day, DAY)
        if len(self.told) == 1:
            deadline = self.told[0][1]
            return _("【督查提醒】%(title)s，%(left)s（%(day)s）") % {
                "title": deadline.title,
                "left": days_left_text(deadline.due_on, self.day),
                "day": day,
            }
        return _("【督查提醒】%(count)d 项承诺事项临近期限（%(day)s）") % {
            "count": len(self.told),
            "day": day,
        }

    def context(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "day": date_format(self.day, DAY_AND_WEEKDAY),
            "items": [_item(each, self.day) for each in self.told],
            "site": settings.BASE_URL,
        }


def days_left_text(due_on: dt.date, day: dt.date) -> str:
    """Returns how far away the due day is, in words."""
    days = (due_on - day).days
    if days == 0:
        return _("今日到期")
    if days < 0:
        return ngettext("已过期限 %(days)d 天", "已过期限 %(days)d 天", -days) % {"days": -days}
    return ngettext("还有 %(days)d 天", "还有 %(days)d 天", days) % {"days": days}


def _gravest_first(told: Told) -> tuple[int, dt.date, str]:
    reminder, deadline = told
    return -GRAVITY.index(reminder.tier), deadline.due_on, deadline.title


def _item(told: Told, day: dt.date) -> dict[str, Any]:
    reminder, deadline = told
    kind = kind_labels()[deadline.kind]
    whole = _("项目") if deadline.project_id else _("目标")
    return {
        "tier": Tier(reminder.tier).label,
        "heading": deadline.whole or deadline.promise,
        "heading_label": whole if deadline.whole else kind,
        "whole": deadline.whole,
        "promise": deadline.promise,
        "promise_label": kind,
        "commitment": Commitment(deadline.commitment).label if deadline.commitment else "",
        "due_on": date_format(deadline.due_on, DAY_AND_WEEKDAY),
        "left": days_left_text(deadline.due_on, day),
        "department": deadline.department_name,
        "in_charge": deadline.in_charge_name or "",
        "section": deadline.section,
        "link": f"{settings.BASE_URL}{deadline.path}",
    }

"""The mail that brings a subscribed report, and the one that says why there is none."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from notifications.outbox.mail import Mail
from notifications.outbox.mail_kinds import MailKind
from notifications.outbox.models import Message
from notifications.outbox.wording import DAY, day_text
from portfolio.core import clock
from portfolio.core.clock import CITY_TIME
from portfolio.reports.engine.answer import ReportAnswer, answer_report
from portfolio.reports.engine.report import NUMERIC, Column, ColumnKind, shape_row
from portfolio.reports.exporting import files
from portfolio.reports.exporting.addresses import parse_address
from portfolio.reports.exporting.contents import ReportContent
from portfolio.reports.exporting.models import ExportState
from portfolio.reports.exporting.serving import CONTENT_TYPES
from portfolio.reports.subscriptions.addresses import describe_parameters, title_of
from portfolio.reports.subscriptions.models import SubscriptionCopy, SubscriptionIssue
from projects.people.models import User

# What mail servers take; the rest is fetched by the link.
MOST_ATTACHED = 5 * 1024 * 1024
# What a mail program shows without scrolling sideways, and at a glance.
MOST_COLUMNS = 6
MOST_SHOWN = 10
MOST_FAILED_NAMED = 20
NOTHING: Final = "—"


class ReportMail(Mail):
    """Brings a recipient's copy: what it is, as of which day, its first rows, and the file."""

    template = "reports/report_mail"

    def __init__(self, copy: SubscriptionCopy) -> None:
        self.copy = copy
        self.export: Any = copy.export
        self.subscription = copy.issue.subscription

    def subject(self) -> str:
        return _("【督查报表】%(title)s（%(day)s）") % {
            "title": title_of(self.subscription.report),
            "day": self.copy.issue.as_of,
        }

    def attachments(self) -> Sequence[tuple[str, bytes, str]]:
        if not self._is_attached:
            return ()
        content = files.path_of(self.export.stored_as).read_bytes()
        # The mail says the character set itself.
        content_type, _mark, _charset = CONTENT_TYPES[self.export.format].partition(";")
        return [(self.export.file_name, content, content_type)]

    @property
    def _is_attached(self) -> bool:
        return self.export.size <= MOST_ATTACHED

    def context(self, *, to: str, number: int) -> dict[str, Any]:
        content = parse_address(self.export.address)
        owner = self.subscription.owner
        return {
            "name": self.copy.recipient.name,
            "title": title_of(self.subscription.report),
            "day": day_text(self.copy.issue.as_of, DAY),
            "owner": owner.name,
            "own": owner.pk == self.copy.recipient_id,
            "note": self.subscription.note,
            "parameters": describe_parameters(content, user=self.copy.recipient),
            "table": self._table(content),
            "file_name": self.export.file_name,
            "size": filesizeformat(self.export.size),
            "attached": self._is_attached,
            "address": f"{settings.BASE_URL}/go/export/{self.export.pk}/",
            "kept_until": day_text(self.export.expires_at.astimezone(CITY_TIME).date(), DAY),
        }

    def _table(self, content: Any) -> dict[str, Any] | None:
        """Returns the first rows, as this recipient may see them; none of a bulletin."""
        if not isinstance(content, ReportContent):
            return None
        try:
            found = answer_report(content.report, content.parameters, user=self.copy.recipient)
        except ValidationError:  # a department that a filter names is gone since
            return None
        return _first_rows(found)


def _first_rows(found: ReportAnswer) -> dict[str, Any]:
    columns = [each for each in found.columns if _is_read(each, found)][:MOST_COLUMNS]
    rows = [shape_row(columns, row) for row in found.rows[:MOST_SHOWN]]
    return {
        "headings": [(each.title, each.kind in NUMERIC) for each in columns],
        "rows": [
            [(_format_value(row[each.name]), each.kind in NUMERIC) for each in columns]
            for row in rows
        ],
        "count": len(found.rows),
        "rest": len(found.rows) - len(rows),
    }


def _is_read(column: Column, found: ReportAnswer) -> bool:
    """Returns whether people read the column: no list of many, no code that has its words too."""
    worded = {each.name for each in found.columns}
    return not (
        column.kind is ColumnKind.LIST
        or column.name == "code"
        or f"{column.name}_display" in worded
    )


def _format_value(value: Any) -> str:
    return NOTHING if value is None or value == "" else str(value)


class FailureMail(Mail):
    """Tells who subscribed a report for whom it could not be made, and why."""

    template = "reports/failure_mail"

    def __init__(self, issue: SubscriptionIssue, failed: Sequence[SubscriptionCopy]) -> None:
        self.issue = issue
        self.subscription = issue.subscription
        self.failed = failed

    def subject(self) -> str:
        return _("【督查报表】未能生成：%(title)s（%(day)s）") % {
            "title": title_of(self.subscription.report),
            "day": self.issue.as_of,
        }

    def context(self, *, to: str, number: int) -> dict[str, Any]:
        shown = self.failed[:MOST_FAILED_NAMED]
        return {
            "name": self.subscription.owner.name,
            "title": title_of(self.subscription.report),
            "day": day_text(self.issue.as_of, DAY),
            "count": len(self.failed),
            "failed": [(each.recipient.name, _reason(each)) for each in shown],
            "rest": len(self.failed) - len(shown),
            "address": f"{settings.BASE_URL}/go/report_subscription/{self.subscription.pk}/",
        }


def _reason(copy: SubscriptionCopy) -> str:
    return copy.refused or (copy.export.error if copy.export else "")


class ReportMails(MailKind):
    """Mails of kind ``report``: each refers to a copy, finished or failed."""

    def mails(self, messages: Sequence[Message]) -> Mapping[int, Mail]:
        copies = _copies_of(messages)
        now = clock.now()
        ours = [(each, copies[each.reference]) for each in messages if each.reference in copies]
        told = [(each, copy) for each, copy in ours if _is_there(each.recipient_user)]
        failed = _failed_of({copy.issue_id for _each, copy in told if not _has_file(copy, now)})
        mails: dict[int, Mail] = {}
        for message, copy in told:
            if _has_file(copy, now):
                mails[message.pk] = ReportMail(copy)
            elif any(each.pk == copy.pk for each in failed[copy.issue_id]):
                mails[message.pk] = FailureMail(copy.issue, failed[copy.issue_id])
        return mails

    def title(self, message: Message) -> str:
        copy = _copies_of([message]).get(message.reference)
        if copy is None:
            return str(_("订阅的报表"))
        return _("%(title)s（%(day)s）") % {
            "title": title_of(copy.issue.subscription.report),
            "day": copy.issue.as_of,
        }

    def path(self, message: Message) -> str:
        copy = _copies_of([message]).get(message.reference)
        if copy is None:
            return reverse("workbench-exports")
        if copy.export is None or copy.export.state == ExportState.FAILED:
            return f"/go/report_subscription/{copy.issue.subscription_id}/"
        return f"/go/export/{copy.export.pk}/"


def _copies_of(messages: Sequence[Message]) -> dict[int | None, SubscriptionCopy]:
    rows = SubscriptionCopy.objects.filter(pk__in=[each.reference for each in messages])
    related = rows.select_related("export", "recipient", "issue__subscription__owner")
    return {copy.pk: copy for copy in related}


def _failed_of(issues: set[int]) -> Mapping[int, list[SubscriptionCopy]]:
    found: dict[int, list[SubscriptionCopy]] = defaultdict(list)
    if issues:
        rows = SubscriptionCopy.objects.failed().filter(issue__in=issues).order_by("pk")
        for copy in rows.select_related("export", "recipient"):
            found[copy.issue_id].append(copy)
    return found


def _has_file(copy: SubscriptionCopy, now: dt.datetime) -> bool:
    export: Any = copy.export
    return export is not None and export.state == ExportState.DONE and export.expires_at > now


def _is_there(user: User | None) -> bool:
    return user is not None and user.is_active

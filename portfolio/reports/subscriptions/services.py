"""Writes of subscriptions: which report comes by itself, to whom and when."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error
from portfolio.reports.subscriptions.addresses import subscription_check
from portfolio.reports.subscriptions.models import ReportSubscription, RhythmKind
from portfolio.reports.subscriptions.rhythm import NUMBERS
from projects.core.rows import require, require_any, row_create, row_delete, row_update
from projects.permissions import Actor

MOST_RECIPIENTS = 50
ASKED = frozenset({"report", "parameters", "format"})
# Who changes these begins anew: what would have been due before is not sent.
WHEN = ("rhythm", "number", "time_of_day")


@transaction.atomic
def subscription_create(*, by: Actor, fields: Mapping[str, Any]) -> ReportSubscription:
    """Subscribes a report; the first issue is the next that falls due from now on.

    Raises ``ValidationError`` keyed by field for what the report does not know, or whom no mail
    would reach.
    """
    require_any(by, "add", ReportSubscription)
    fields = _clean_fields(fields)
    asked = {name: value for name, value in fields.items() if name in ASKED}
    subscription_check(ReportSubscription(**asked), user=by, today=clock.today())
    _check_number(fields.get("rhythm"), fields.get("number"))
    if not fields.get("recipients"):
        raise field_error("recipients", _("请至少选一位收件人。"), "required")
    own = {"owner": by, "counts_from": clock.now()}
    return row_create(model=ReportSubscription, by=by, fields={**fields, **own})


@transaction.atomic
def subscription_update(
    *, subscription: ReportSubscription, by: Actor, changes: Mapping[str, Any]
) -> ReportSubscription:
    """Changes a subscription; issues that were made stay as they are.

    Switched on again, carried on after its end, or given another rhythm, it counts from now on.
    """
    require(by, "change", subscription)
    if "until" in changes and changes["until"] == subscription.until:
        changes = {name: value for name, value in changes.items() if name != "until"}
    changes = _clean_fields(changes)
    if changes.keys() & ASKED:
        asked = {name: changes.get(name, getattr(subscription, name)) for name in ASKED}
        subscription_check(ReportSubscription(**asked), user=by, today=clock.today())
    changed = [
        name for name in WHEN if name in changes and changes[name] != getattr(subscription, name)
    ]
    if changed:
        rhythm = changes.get("rhythm", subscription.rhythm)
        _check_number(rhythm, changes.get("number", subscription.number))
    begins_anew = changes.get("active") and not subscription.active
    if changed or begins_anew or _is_revived(subscription, changes):
        changes = {**changes, "counts_from": clock.now()}
    return row_update(instance=subscription, by=by, changes=changes)


@transaction.atomic
def subscription_delete(*, subscription: ReportSubscription, by: Actor | None) -> None:
    """Deletes a subscription of which nothing was sent; others can be switched off."""
    require(by, "delete", subscription)
    ReportSubscription.objects.select_for_update().get(pk=subscription.pk)
    count = subscription.issues.count()
    if count:
        raise StateConflictError(
            _("已生成 %(count)d 期, 不能删除; 不再需要时请停用 (active 为 false)。")
            % {"count": count},
            code="referred_to",
        )
    row_delete(instance=subscription, by=by)


def _clean_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the fields as they are kept; raises ``ValidationError`` for recipients whom no mail
    would reach, and for an end that is over."""
    cleaned = dict(fields)
    if "parameters" in cleaned:
        cleaned["parameters"] = cleaned["parameters"].strip().removeprefix("?")
    if cleaned.get("until") and cleaned["until"] < clock.today():
        raise field_error("until", _("截止日期 %(day)s 已过。") % {"day": cleaned["until"]})
    if "recipients" in cleaned:
        cleaned["recipients"] = _reachable(cleaned["recipients"])
    return cleaned


def _is_revived(subscription: ReportSubscription, changes: Mapping[str, Any]) -> bool:
    """Returns whether the subscription was over and goes on by the change."""
    until = subscription.until
    return "until" in changes and until is not None and until < clock.today()


def _check_number(rhythm: Any, number: Any) -> None:
    """Raises ``ValidationError`` for a number that the rhythm does not take; one that lacks, or is
    none, is the row's to refuse."""
    numbers = NUMBERS.get(rhythm)
    if numbers is not None and isinstance(number, int) and number not in numbers:
        label = RhythmKind(rhythm).label
        message = _("“%(rhythm)s”的“第几”为 %(first)d 至 %(last)d。")
        told = {"rhythm": label, "first": numbers[0], "last": numbers[-1]}
        raise field_error("number", message % told, "out_of_range")


def _reachable(recipients: Any) -> list[Any]:
    people = list(dict.fromkeys(recipients))
    if not people:
        raise field_error("recipients", _("请至少选一位收件人。"), "required")
    if len(people) > MOST_RECIPIENTS:
        message = _("收件人最多 %(most)d 位。")
        raise field_error("recipients", message % {"most": MOST_RECIPIENTS}, "too_many")
    unreachable = [each for each in people if not (each.is_active and each.email)]
    if unreachable:
        names = "、".join(each.name or each.username for each in unreachable)
        message = _("%(names)s 的账号已停用或没有邮箱, 收不到邮件。")
        raise field_error("recipients", message % {"names": names}, "unreachable")
    return people

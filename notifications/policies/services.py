"""Writes of the tiers: versions of the policy by which people are reminded (domain §5)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from notifications.policies.models import ReminderPolicy, TierOptOut, TierRule
from notifications.policies.tiers import ANY, DEFAULT, Schedule, Schedules, ScheduleTier
from portfolio.core import clock
from portfolio.core.errors import field_error
from portfolio.core.locks import acquire_transaction_lock
from projects.core.batch import Batch
from projects.core.bulk import Kind, check_new
from projects.core.rows import require_any, row_create, row_delete
from projects.deadlines import kind_labels
from projects.permissions import Actor

LOCK = "reminder-policy"
BEGINNING = dt.date(2000, 1, 1)  # the default policy holds for any day
# The fields of a rule beside whose it is, in the order of ``tiers.Tier``.
TIER_FIELDS = (
    "tier", "timing", "days", "repeat_every", "to_heads", "to_supervisors", "to_sponsor",
)  # fmt: skip


def schedules_in_force(*, on: dt.date) -> Schedules:
    """Returns the tiers that hold on a day; one query, once there is a policy."""
    return _stored(on) or _stored_default(on)


def _stored_default(on: dt.date) -> Schedules:
    reminder_policy_default()
    return _stored(on)


def _stored(on: dt.date) -> Schedules:
    counts = ReminderPolicy.objects.in_force(on=on).values("pk")[:1]
    rules = TierRule.objects.filter(policy=counts).order_by("id")
    return schedules_of(rules.values("kind", "commitment", *TIER_FIELDS))


def schedules_of(rules: Iterable[Mapping[str, Any]]) -> Schedules:
    """Returns rules as plain values; ``rules`` bear the fields of ``TierRule``."""
    found: dict[tuple[str, str], Schedule] = {}
    for rule in rules:
        key = rule.get("kind", ANY), rule.get("commitment", ANY)
        named = {name: rule[name] for name in TIER_FIELDS[1:] if name in rule}
        found[key] = (*found.get(key, ()), ScheduleTier(rule["tier"], **named))
    return found


@transaction.atomic
def reminder_policy_default() -> ReminderPolicy:
    """Makes the first version of the policy when there is none; gives the newest."""
    acquire_transaction_lock(LOCK)
    newest = ReminderPolicy.objects.order_by("-number").first()
    if newest is None:
        with override(settings.LANGUAGE_CODE):  # what is stored is in the city's language
            newest = ReminderPolicy.objects.create(
                number=1, in_force_from=BEGINNING, note=_("默认规则")
            )
        # Without asking each rule's checks: the database holds them, and the first day waits.
        TierRule.objects.bulk_create(TierRule(policy=newest, **rule) for rule in _default_rules())
    return newest


def _default_rules() -> list[dict[str, Any]]:
    return [
        {"kind": kind, "commitment": commitment}
        | {name: getattr(tier, "name" if name == "tier" else name) for name in TIER_FIELDS}
        for (kind, commitment), schedule in DEFAULT.items()
        for tier in schedule
    ]


@transaction.atomic
def reminder_policy_create(*, by: Actor | None, fields: Mapping[str, Any]) -> ReminderPolicy:
    """Makes a new version of the policy. ``rules``: the fields of ``TierRule``; ``in_force_from``
    is today unless a later day is given."""
    require_any(by, "add", ReminderPolicy)
    reminder_policy_default()  # holds until the first of the city's own comes into force
    day = fields.get("in_force_from") or clock.today()
    if day < clock.today():
        raise field_error(
            "in_force_from",
            _("启用日期 %(day)s 早于今天: 已发的提醒不按新规则重发。") % {"day": day},
            "in_the_past",
        )
    check_rules(fields["rules"])
    return _policy_write(day, fields.get("note", ""), fields["rules"])


def check_rules(rules: Collection[Mapping[str, Any]]) -> None:
    """Refuses rules that are wrong, each at its place (``rules/0/kind``), and a set of rules that
    leaves some deadlines without any: nobody would be told of them."""
    batch = Batch(TierRule, by=None, rows=list(rules))
    check_new(TIER_RULES, batch)
    errors: dict[str, list[ValidationError]] = defaultdict(list)
    for each in batch.errors:
        # What does not fit together is the rule's as a whole.
        field = "" if each.code == "constraint" else each.field
        place = f"rules/{each.row}/{field}".rstrip("/")
        errors[place].append(ValidationError(each.message, code=each.code))
    if errors:
        raise ValidationError(errors)
    if (ANY, ANY) not in schedules_of(rules):
        raise field_error(
            "rules",
            _("请至少写一条适用于所有类别、所有承诺强度的级别, 否则其余事项无人提醒。"),
            "required",
        )


def _check_rules(batch: Batch) -> None:
    """Each rule is of a known kind, and stands there once: its version is not written yet."""
    known, seen = kind_labels(), set()
    once = next(each for each in TierRule._meta.constraints if each.name == "tierrule_once")
    for number, rule in batch.sound():
        kind = rule.get("kind", ANY)
        same = tuple(rule.get(name, ANY) for name in ("kind", "commitment", *TIER_FIELDS[:3]))
        if kind != ANY and kind not in known:
            message = _("没有“%(kind)s”这类事项。可用: %(known)s。") % {
                "kind": kind,
                "known": ", ".join(known),
            }
            batch.wrong(number, "kind", message, "invalid_choice", kind)
        elif same in seen:
            batch.wrong(number, "", once.get_violation_error_message(), "unique")
        seen.add(same)


TIER_RULES = Kind(TierRule, derived=frozenset({"policy"}), check_new=_check_rules)


def _policy_write(day: dt.date, note: str, rules: Iterable[Mapping[str, Any]]) -> ReminderPolicy:
    newest = ReminderPolicy.objects.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    fields = {"number": number, "in_force_from": day, "note": note}
    policy = row_create(model=ReminderPolicy, by=None, fields=fields)
    TierRule.objects.bulk_create(TierRule(policy=policy, **rule) for rule in rules)
    return policy


def tier_opt_out_create(*, by: Actor | None, fields: Mapping[str, Any]) -> TierOptOut:
    """Keeps that the person does not want the 提醒 of so many days ahead (``days_before``).

    Nobody opts out for somebody else, and nobody of the day itself, of 催办 or of 督办.
    """
    return row_create(model=TierOptOut, by=by, fields={**fields, "user": by})


def tier_opt_out_delete(*, opt_out: TierOptOut, by: Actor | None) -> None:
    """Takes the opt-out back: from now on the person is told again."""
    row_delete(instance=opt_out, by=by)

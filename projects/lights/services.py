"""Writes of lights: the policy, each month's lights, overrides and exemptions (domain §2)."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from portfolio.core import clock
from portfolio.core.errors import field_error
from portfolio.core.locks import acquire_transaction_lock
from projects.choices import LightColour
from projects.core.months import check_month
from projects.core.rows import require_any, row_create, rows_create
from projects.lights.compute import ProjectLight, compute_lights
from projects.lights.models import (
    LightExemption,
    LightMeasure,
    LightOverride,
    LightPolicy,
    LightRule,
    MonthlyLight,
)
from projects.permissions import Actor
from projects.programmes.rules import month_end

BATCH = 2000
LOCK = "lights"
BEGINNING = dt.date(2000, 1, 1)  # the default policy holds for any day


# The policy ---------------------------------------------------------------------------------------
@transaction.atomic
def light_policy_default() -> LightPolicy:
    """Makes the first version of the policy when there is none; gives the newest."""
    acquire_transaction_lock(LOCK)
    newest = LightPolicy.objects.order_by("-number").first()
    if newest is None:
        with override(settings.LANGUAGE_CODE):  # what is stored is in the city's language
            newest = _policy_write(BEGINNING, _("默认规则"), _default_rules())
    return newest


def _default_rules() -> list[dict[str, Any]]:
    measure = LightMeasure
    red, yellow = LightColour.RED, LightColour.YELLOW
    return [
        _rule(measure.MILESTONE_OVERDUE_DAYS, "0", red, _("节点“{what}”逾期 {value} 天")),
        _rule(measure.POINTS_BEHIND, "30", red, _("落后序时进度 {value} 个百分点")),
        _rule(measure.FORECAST_SLIP_DAYS, "30", red, _("{what}预计比计划晚 {value} 天")),
        # 10 points count already; points have two decimals.
        _rule(measure.POINTS_BEHIND, "9.99", yellow, _("落后序时进度 {value} 个百分点")),
        _rule(measure.FORECAST_SLIP_DAYS, "0", yellow, _("{what}预计比计划晚 {value} 天")),
        _rule(measure.MILESTONE_SLIP_DAYS, "0", yellow, _("节点“{what}”已延期 {value} 天")),
        _rule(measure.LAPSE_MADE_UP, "0", yellow, _("本季度曾滞后, 后已补上: {what}")),
    ]


def _rule(measure: str, above: str, colour: str, reason: str) -> dict[str, Any]:
    return {"measure": measure, "above": above, "colour": colour, "reason": reason}


@transaction.atomic
def light_policy_create(*, by: Actor | None, fields: Mapping[str, Any]) -> LightPolicy:
    """Makes a new version of the policy. ``rules``: ``{measure, above, colour, reason}`` in the
    order in which they are read; ``in_force_from`` is today unless a later day is given."""
    require_any(by, "add", LightPolicy)
    acquire_transaction_lock(LOCK)
    day = fields.get("in_force_from") or clock.today()
    if day < clock.today():
        raise field_error(
            "in_force_from",
            _("启用日期 %(day)s 早于今天: 已评的灯不按新规则重评。") % {"day": day},
            "in_the_past",
        )
    if not fields["rules"]:
        raise field_error("rules", _("请至少写一条规则。"), "required")
    return _policy_write(day, fields.get("note", ""), fields["rules"])


def _policy_write(day: dt.date, note: str, rules: Iterable[Mapping[str, Any]]) -> LightPolicy:
    newest = LightPolicy.objects.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    fields = {"number": number, "in_force_from": day, "note": note}
    policy = row_create(model=LightPolicy, by=None, fields=fields)
    written = [{"policy": policy, "position": n, **rule} for n, rule in enumerate(rules, start=1)]
    rows_create(model=LightRule, by=None, rows=written)
    return policy


# Each month's lights ------------------------------------------------------------------------------
def lights_compute(*, on: dt.date) -> list[ProjectLight]:
    """Returns every project's light on a day with its reasons; writes nothing."""
    newest = LightPolicy.objects.in_force(on=on)
    rules = LightRule.objects.filter(policy=newest.values("pk")[:1]).order_by("position")
    of_policy = list(rules.select_related("policy"))
    if of_policy:
        policy = of_policy[0].policy
    else:
        policy = newest.first() or light_policy_default()
        of_policy = list(policy.rules.order_by("position"))
    with override(settings.LANGUAGE_CODE):
        return compute_lights(on=on, policy=policy, of_policy=of_policy)


@transaction.atomic
def lights_record(*, year: int, month: int, by: Actor | None) -> list[MonthlyLight]:
    """Keeps every project's light at the end of the month (of the present month: today).

    What was kept stays; run again, only what has changed since is added.
    """
    require_any(by, "add", MonthlyLight)
    check_month(year, month)
    acquire_transaction_lock(LOCK)
    on = min(month_end(year, month), clock.today())
    kept = _read_recorded(year, month)
    rows = [
        row
        for row in (_row(each, year, month) for each in lights_compute(on=on))
        if kept.get(row.project_id) != _content(row)
    ]
    return MonthlyLight.objects.bulk_create(rows, batch_size=BATCH)


def _read_recorded(year: int, month: int) -> dict[int, tuple]:
    rows = (
        MonthlyLight.objects.filter(year=year, month=month)
        .order_by("project_id", "-id")
        .distinct("project_id")
    )
    return {row.project_id: _content(row) for row in rows}


def _row(light: ProjectLight, year: int, month: int) -> MonthlyLight:
    return MonthlyLight(
        project_id=light.project_id,
        year=year,
        month=month,
        colour=light.colour,
        computed_colour=light.computed_colour,
        reasons=light.reasons,
        policy_id=light.policy_id,
    )


def _content(row: MonthlyLight) -> tuple:
    return row.colour, row.computed_colour, row.reasons, row.policy_id


# Beside the computed one --------------------------------------------------------------------------
@transaction.atomic
def light_override_create(*, by: Actor | None, fields: Mapping[str, Any]) -> LightOverride:
    """Sets a supervisor's own light beside the computed one, from today unless a day is given."""
    starts_on = fields.get("starts_on") or clock.today()
    return row_create(
        model=LightOverride, by=by, fields={**fields, "starts_on": starts_on, "set_by": by}
    )


@transaction.atomic
def light_exemption_create(*, by: Actor | None, fields: Mapping[str, Any]) -> LightExemption:
    """Accepts a reason for a lapse until a day; until then it gives no colour."""
    if fields["until"] < clock.today():
        raise field_error(
            "until", _("有效期 %(day)s 已过。") % {"day": fields["until"]}, "in_the_past"
        )
    return row_create(
        model=LightExemption,
        by=by,
        fields={**fields, "granted_by": by, "granted_on": clock.today()},
    )

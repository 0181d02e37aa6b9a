"""Writes of the year's programme: entries, their plans, and the versions of these."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error
from projects.core.rows import is_moved, require, row_create, row_delete, row_update
from projects.people.actors import user_of
from projects.permissions import Actor
from projects.programmes.models import Baseline, PlanPoint, Programme, ProgrammeEntry
from projects.programmes.rules import PlanMonth, find_plan_fault

PLAN = ("planned_investment", "planned_start", "planned_commissioning")
PLACE = ("programme", "project")
JOINING = ("joined_on", "join_approval")
DECEMBER = 12


@transaction.atomic
def entry_create(*, by: Actor | None, fields: Mapping[str, Any]) -> ProgrammeEntry:
    """Puts a project into a year's programme; once that is approved, it joins 调入: on a day,
    with the approval that says so."""
    programme = Programme.objects.select_for_update(no_key=True).get(pk=fields["programme"].pk)
    _check_joining(programme, fields)
    return row_create(model=ProgrammeEntry, by=by, fields=fields)


def _check_joining(programme: Programme, fields: Mapping[str, Any]) -> None:
    given = [name for name in JOINING if fields.get(name)]
    if programme.approved_on is None:
        if given:
            raise StateConflictError(
                _("年度计划尚未批准: 直接列入即可, 无须调入日期和依据。"), code="not_approved_yet"
            )
        return
    for name in JOINING:
        if name not in given:
            raise field_error(
                name,
                _("年度计划已于 %(day)s 批准, 此后列入须写明调入日期和依据。")
                % {"day": programme.approved_on},
                "required",
            )
    _check_day("joined_on", fields["joined_on"], programme.year)
    if fields["joined_on"] < programme.approved_on:
        raise field_error(
            "joined_on",
            _("调入日期 %(day)s 早于年度计划的批准日期 %(approved)s。")
            % {"day": fields["joined_on"], "approved": programme.approved_on},
            "before_the_approval",
        )


@transaction.atomic
def entry_update(
    *, entry: ProgrammeEntry, by: Actor | None, changes: Mapping[str, Any]
) -> ProgrammeEntry:
    """Changes an entry that nobody has approved; of an approved one, what is no plan."""
    entry = _lock_entry(entry.pk)
    for name in JOINING:
        if is_moved(entry, changes, name):
            raise field_error(name, _("调入日期和依据在列入时登记, 不能修改。"), "fixed")
    if entry.approved_on is None:
        planned = changes.get("planned_investment", entry.planned_investment)
        _check_points(_points(entry), planned, field="planned_investment")
    elif any(is_moved(entry, changes, name) for name in PLACE):
        raise StateConflictError(
            _("该项目的年度计划已批准, 不能改到另一项目或年度; 需要时请登记调出。"),
            code="already_approved",
        )
    return row_update(instance=entry, by=by, changes=changes)


@transaction.atomic
def programme_approve(
    *, programme: Programme, by: Actor | None, approved_on: dt.date | None = None
) -> int:
    """Approves the year's programme: every entry that waits becomes version 1 of its plan.

    Returns how many did; whoever is put in later joins (``entry_create``).
    """
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    require(by, "approve", programme)
    if programme.approved_on:
        raise StateConflictError(
            _("年度计划已于 %(day)s 批准。") % {"day": programme.approved_on},
            code="already_approved",
        )
    day = _approval_day(approved_on)
    waiting = ProgrammeEntry.objects.select_for_update(of=("self",)).in_force(on=clock.today())
    entries = list(
        waiting.filter(programme=programme, approved_on__isnull=True).select_related("project")
    )
    if not entries and not programme.entries.exists():
        raise StateConflictError(_("年度计划中还没有项目, 不能批准。"), code="empty")
    points = _points_by_entry(entries)
    for entry in entries:
        _check_points_of(entry, points.get(entry.pk, []))
    _approve(entries, by, day)
    programme.approved_by, programme.approved_on = user_of(by), day
    programme.save(update_fields=["approved_by", "approved_on"])
    return len(entries)


@transaction.atomic
def entry_approve(
    *, entry: ProgrammeEntry, by: Actor | None, approved_on: dt.date | None = None
) -> ProgrammeEntry:
    """Approves an entry's plan: it is frozen, as version 1."""
    entry = _lock_entry(entry.pk)
    require(by, "approve", entry)
    _still_in(entry)
    if entry.approved_on:
        raise StateConflictError(
            _("该项目的年度计划已于 %(day)s 批准; 需要调整请重新定版 (rebaseline)。")
            % {"day": entry.approved_on},
            code="already_approved",
        )
    _check_points_of(entry, _points(entry))
    _approve([entry], by, _approval_day(approved_on))
    entry.refresh_from_db()
    return entry


def _approve(entries: Sequence[ProgrammeEntry], by: Actor | None, day: dt.date) -> None:
    """Freezes the plans of entries that were checked, in three statements for any number."""
    ids = [entry.pk for entry in entries]
    ProgrammeEntry.objects.filter(pk__in=ids).update(
        approved_by=user_of(by), approved_on=day, baseline_number=1
    )
    Baseline.objects.bulk_create(
        Baseline(
            entry=entry,
            number=1,
            approved_by=user_of(by),
            approved_on=day,
            **{name: getattr(entry, name) for name in PLAN},
        )
        for entry in entries
    )


@transaction.atomic
def entry_rebaseline(
    *,
    entry: ProgrammeEntry,
    by: Actor | None,
    reason: str,
    plan: Mapping[str, Any],
    plan_points: Iterable[PlanMonth] | None = None,
    approved_on: dt.date | None = None,
) -> Baseline:
    """Makes the next version of an approved plan, with a reason, and keeps the old ones.

    What ``plan`` does not name stays as it is; without ``plan_points`` the present version's
    points go on, if they still fit.
    """
    entry = _lock_entry(entry.pk)
    require(by, "rebaseline", entry)
    _still_in(entry)
    if entry.approved_on is None:
        raise StateConflictError(
            _("该项目的年度计划尚未批准, 可直接修改, 无须重新定版。"), code="not_approved_yet"
        )
    if not reason.strip():
        raise field_error("reason", _("重新定版须写明理由。"), "required")
    day = _approval_day(approved_on)
    _adopt_first_version(entry, entry.approved_on)
    present = _points(entry)
    points = present if plan_points is None else list(plan_points)
    new = {name: plan.get(name, getattr(entry, name)) for name in PLAN}
    if new == {name: getattr(entry, name) for name in PLAN} and _same(points, present):
        raise field_error(
            "planned_investment", _("与现行版次相同, 无须重新定版。"), "nothing_changed"
        )
    _check_months(points)
    _check_points(points, new["planned_investment"], field="plan_points", whole=True)
    number = entry.baseline_number + 1
    PlanPoint.objects.bulk_create(
        PlanPoint(
            entry=entry,
            baseline_number=number,
            month=point.month,
            investment=point.investment,
            progress=point.progress,
        )
        for point in points
    )
    for name, value in new.items():
        setattr(entry, name, value)
    entry.baseline_number = number
    entry.full_clean()
    # The version first: without it the database lets nobody change an approved plan.
    version = Baseline.objects.create(
        entry=entry, number=number, reason=reason, approved_by=user_of(by), approved_on=day, **new
    )
    entry.save(update_fields=[*PLAN, "baseline_number"])
    return version


def _adopt_first_version(entry: ProgrammeEntry, approved_on: dt.date) -> None:
    """Writes version 1 of a plan that was approved before versions were kept."""
    if entry.baseline_number:
        return
    Baseline.objects.create(
        entry=entry,
        number=1,
        approved_by=entry.approved_by,
        approved_on=approved_on,
        **{name: getattr(entry, name) for name in PLAN},
    )
    ProgrammeEntry.objects.filter(pk=entry.pk).update(baseline_number=1)
    entry.refresh_from_db()


@transaction.atomic
def entry_leave(
    *, entry: ProgrammeEntry, by: Actor | None, left_on: dt.date, leave_approval: str
) -> ProgrammeEntry:
    """Takes a project out of the year's programme 调出; its row and its plan stay."""
    entry = _lock_entry(entry.pk)
    require(by, "leave", entry)
    _still_in(entry)
    if not leave_approval.strip():
        raise field_error("leave_approval", _("调出须写明依据。"), "required")
    _check_day("left_on", left_on, entry.programme.year)
    if entry.joined_on and left_on < entry.joined_on:
        raise field_error(
            "left_on",
            _("调出日期 %(day)s 早于调入日期 %(joined)s。")
            % {"day": left_on, "joined": entry.joined_on},
            "before_joining",
        )
    entry.left_on, entry.leave_approval = left_on, leave_approval
    entry.full_clean()
    entry.save(update_fields=["left_on", "leave_approval"])
    return entry


# The plan by month or quarter ---------------------------------------------------------------------
@transaction.atomic
def plan_point_create(*, by: Actor | None, fields: Mapping[str, Any]) -> PlanPoint:
    """Says what the plan wants by the end of a month, cumulative; never less than earlier."""
    entry = _lock_unapproved(fields["entry"].pk)
    new = PlanMonth(fields["month"], fields["investment"], fields.get("progress"))
    others = _points(entry)
    # A month that is there twice is the constraint's to refuse, in its own words.
    if all(point.month != new.month for point in others):
        _check_points([*others, new], entry.planned_investment)
    return row_create(model=PlanPoint, by=by, fields=fields)


@transaction.atomic
def plan_point_update(
    *, point: PlanPoint, by: Actor | None, changes: Mapping[str, Any]
) -> PlanPoint:
    """Changes a point of a plan that nobody has approved."""
    if is_moved(point, changes, "entry"):
        raise field_error("entry", _("分期计划不能改到另一个项目。"), "fixed")
    entry = _lock_unapproved(point.entry_id)
    now = {name: changes.get(name, getattr(point, name)) for name in vars(_as_point(point))}
    new = PlanMonth(**now)
    others = [each for each in _points(entry) if each.month not in (point.month, new.month)]
    _check_points([*others, new], entry.planned_investment)
    return row_update(instance=point, by=by, changes=changes)


@transaction.atomic
def plan_point_delete(*, point: PlanPoint, by: Actor | None) -> None:
    """Deletes a point of a plan that nobody has approved."""
    _lock_unapproved(point.entry_id)
    row_delete(instance=point, by=by)


@transaction.atomic
def plan_points_set(
    *, entry: ProgrammeEntry, by: Actor | None, points: Sequence[PlanMonth]
) -> None:
    """Writes a plan that nobody has approved as a whole: months that are not named go."""
    entry = _lock_unapproved(entry.pk)
    _check_months(points)
    _check_points(points, entry.planned_investment)
    present = {row.month: row for row in entry.plan_points.of_present_version()}
    for month in present.keys() - {point.month for point in points}:
        row_delete(instance=present[month], by=by)
    for point in points:
        if point.month in present:
            row_update(instance=present[point.month], by=by, changes=vars(point))
        else:
            row_create(model=PlanPoint, by=by, fields={"entry": entry, **vars(point)})


def _lock_unapproved(pk: int) -> ProgrammeEntry:
    entry = _lock_entry(pk)
    if entry.approved_on:
        raise StateConflictError(
            _("年度计划已批准, 分期计划不能直接修改; 需要调整请重新定版 (rebaseline)。"),
            code="already_approved",
        )
    return entry


# Checks -------------------------------------------------------------------------------------------
def _check_points_of(entry: ProgrammeEntry, points: Sequence[PlanMonth]) -> None:
    """Raises ``StateConflictError`` naming the project whose points do not fit its plan."""
    fault = _find_fault(points, entry.planned_investment, whole=True)
    if fault:
        raise StateConflictError(
            _("%(project)s: %(fault)s") % {"project": entry.project, "fault": fault[1]},
            code="plan_does_not_fit",
        )


def _check_months(points: Sequence[PlanMonth]) -> None:
    if len({point.month for point in points}) < len(points):
        raise field_error("plan_points", _("同一月份只能有一条分期计划。"), "duplicate")


def _check_points(
    points: Sequence[PlanMonth], planned: Decimal | None, *, field: str = "", whole: bool = False
) -> None:
    """Raises ``ValidationError`` of ``field``, by default of the figure that is wrong."""
    fault = _find_fault(points, planned, whole=whole)
    if fault:
        raise field_error(field or fault[0], fault[1], "not_cumulative")


def _find_fault(
    points: Sequence[PlanMonth], planned: Decimal | None, *, whole: bool
) -> tuple[str, str] | None:
    """Returns the figure that breaks the plan, and why; ``whole``: the points are all there."""
    fallen = find_plan_fault(points)
    if fallen:
        month, figure = fallen
        return figure, _("分期计划是累计数: %(month)s 月不能小于之前的月份。") % {"month": month}
    last = max(points, key=lambda point: point.month, default=None)
    if planned is None or last is None:
        return None
    figures = {"sum": last.investment, "plan": planned}
    if last.investment > planned:
        return "investment", _("分期计划 %(sum)s 万元超过年度计划投资 %(plan)s 万元。") % figures
    if whole and last.month == DECEMBER and last.investment != planned:
        return "investment", (
            _("分期计划到 12 月为 %(sum)s 万元, 与年度计划投资 %(plan)s 万元不符。") % figures
        )
    return None


def _check_day(field: str, day: dt.date, year: int) -> None:
    if day > clock.today():
        raise field_error(field, _("日期 %(day)s 晚于今天。") % {"day": day}, "in_the_future")
    if day.year != year:
        raise field_error(
            field, _("日期 %(day)s 不在 %(year)s 年内。") % {"day": day, "year": year}, "other_year"
        )


def _approval_day(day: dt.date | None) -> dt.date:
    if day is not None and day > clock.today():
        raise field_error(
            "approved_on", _("日期 %(day)s 晚于今天。") % {"day": day}, "in_the_future"
        )
    return day or clock.today()


def _still_in(entry: ProgrammeEntry) -> None:
    if entry.left_on:
        raise StateConflictError(
            _("该项目已于 %(day)s 调出年度计划。") % {"day": entry.left_on}, code="left"
        )


# Reads --------------------------------------------------------------------------------------------
def _lock_entry(pk: int) -> ProgrammeEntry:
    rows = ProgrammeEntry.objects.select_for_update(of=("self",))
    return rows.select_related("programme", "project").get(pk=pk)


def _as_point(point: PlanPoint) -> PlanMonth:
    return PlanMonth(point.month, point.investment, point.progress)


def _points(entry: ProgrammeEntry) -> list[PlanMonth]:
    """Returns the points of the entry's present version, by month."""
    return _points_by_entry([entry]).get(entry.pk, [])


def _points_by_entry(entries: Sequence[ProgrammeEntry]) -> dict[int, list[PlanMonth]]:
    rows = PlanPoint.objects.of_present_version().filter(entry__in=[e.pk for e in entries])
    found: dict[int, list[PlanMonth]] = {}
    for row in rows.order_by("entry_id", "month"):
        found.setdefault(row.entry_id, []).append(_as_point(row))
    return found


def _same(one: Sequence[PlanMonth], other: Sequence[PlanMonth]) -> bool:
    return sorted(one, key=lambda p: p.month) == sorted(other, key=lambda p: p.month)

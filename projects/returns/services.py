"""Writes of monthly returns: opening a month, filling in, the way to acceptance (domain §2).

Many returns at once: ``at_once.py``, by the same rules.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error, permission_error
from projects.choices import Stage
from projects.core.months import check_month
from projects.core.rows import label_of, require, require_any, row_create, row_update
from projects.people.actors import user_of
from projects.people.working_calendar import calendar_overrides
from projects.permissions import Actor, may_act_on
from projects.programmes.models import Programme, ProgrammeEntry
from projects.programmes.rules import month_end
from projects.register.models import Project
from projects.returns.models import ProgressReturn, ReturnPeriod, ReturnState, SpotCheck
from projects.returns.rules import ALLOWED_FROM, due_day

BATCH = 2000
# What is likely the same as last month, and never the month's money.
PREFILLED = ("physical_progress", "forecast_commissioning", "department_light", "obstacles")
FIGURES = (*PREFILLED, "investment_reported", "investment_statistical", "work_done")
REQUIRED = ("investment_reported", "physical_progress", "work_done")
HANDED_IN = (ReturnState.SUBMITTED, ReturnState.CONFIRMED, ReturnState.ACCEPTED)


# A month ------------------------------------------------------------------------------------------
@transaction.atomic
def period_open(*, year: int, month: int, by: Actor | None) -> ReturnPeriod:
    """Opens a month: one return, filled in with last month's values, for each project in force.

    Opening it again gives projects that have joined since their returns; the due day stays.
    """
    require_any(by, "add", ReturnPeriod)
    _check_month(year, month)
    period = ReturnPeriod(
        year=year,
        month=month,
        due_on=due_day(year, month, calendar_overrides()),
        opened_by=user_of(by),
    )
    # Two people may open the month at once: the second waits here and finds it open.
    ReturnPeriod.objects.bulk_create([period], ignore_conflicts=True)
    period = ReturnPeriod.objects.select_for_update(no_key=True).get(year=year, month=month)
    returns_add(period=period)
    return period


def returns_add(*, period: ReturnPeriod) -> int:
    """Adds the returns that the month still lacks; gives how many. Three queries, whatever the
    number of projects."""
    owing = find_owing_projects(period.year, period.month).exclude(returns__period=period)
    ids = list(owing.order_by("pk").values_list("pk", flat=True))
    before = last_values(ids, period)
    ProgressReturn.objects.bulk_create(
        [ProgressReturn(project_id=pk, period=period, **before.get(pk, {})) for pk in ids],
        batch_size=BATCH,
    )
    return len(ids)


def find_owing_projects(year: int, month: int) -> QuerySet[Project]:
    """Returns the projects that owe a return for the month: in the year's programme at the
    month's end, and not cancelled."""
    end = month_end(year, month)
    entries = ProgrammeEntry.objects.filter(
        Q(joined_on__isnull=True) | Q(joined_on__lte=end),
        Q(left_on__isnull=True) | Q(left_on__gt=end),
        programme__year=year,
    )
    return Project.objects.filter(pk__in=entries.values("project")).exclude(stage=Stage.CANCELLED)


def last_values(projects: Collection[int], period: ReturnPeriod) -> dict[int, dict[str, Any]]:
    """Returns project → what its newest return before the month said, of those handed in."""
    rows = (
        ProgressReturn.objects.before_month(period.year, period.month)
        .filter(project__in=projects, state__in=HANDED_IN)
        .newest_first()
        .distinct("project_id")
    )
    return {row.pop("project_id"): row for row in rows.values("project_id", *PREFILLED)}


def _check_month(year: int, month: int) -> None:
    check_month(year, month)
    if not Programme.objects.filter(year=year).exists():
        raise field_error(
            "year", _("还没有 %(year)d 年的重大项目计划。") % {"year": year}, "no_programme"
        )


# One return ---------------------------------------------------------------------------------------
@transaction.atomic
def return_update(
    *, progress_return: ProgressReturn, by: Actor | None, changes: Mapping[str, Any]
) -> ProgressReturn:
    """Fills in a return that is still the department's; what was filled in is a change."""
    locked = ProgressReturn.objects.select_for_update(no_key=True).get(pk=progress_return.pk)
    return row_update(instance=locked, by=by, changes=changes)


@transaction.atomic
def return_submit(*, progress_return: ProgressReturn, by: Actor | None) -> ProgressReturn:
    """Hands a return in to the department's head. Money, progress and what was done are needed."""
    locked = _lock_return(progress_return, "submit", by)
    for name in missing_fields(locked):
        raise field_error(name, required_message(name), "required")
    return _write(locked, **submission_values(by))


@transaction.atomic
def return_no_change(*, progress_return: ProgressReturn, by: Actor | None) -> ProgressReturn:
    """Says in one go that nothing has changed since the last return, and hands that in."""
    locked = _lock_return(progress_return, "submit", by)
    before = last_values([locked.project_id], locked.period).get(locked.project_id)
    values = copy_without_change(before)
    if values is None:
        raise StateConflictError(no_earlier_return_message(), code="nothing_before")
    return _write(locked, **values, **submission_values(by))


def required_fields(progress_return: ProgressReturn) -> list[str]:
    """Returns the fields without which the return cannot be handed in."""
    without = {"work_done"} if progress_return.no_change else set()
    return [name for name in REQUIRED if name not in without]


def missing_fields(progress_return: ProgressReturn) -> list[str]:
    """Returns those of them that are empty."""
    return [
        name
        for name in required_fields(progress_return)
        if getattr(progress_return, name) in (None, "")
    ]


def required_message(name: str) -> str:
    return _("提交前请填写“%(field)s”。") % {"field": label_of(ProgressReturn, name)}


def copy_without_change(before: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns what a month without change says, given what the last return said; ``None`` when
    there is nothing that could not have changed."""
    if before is None or before["physical_progress"] is None:
        return None
    zero = Decimal(0)
    money = {"investment_reported": zero, "investment_statistical": zero}
    return {**before, **money, "work_done": "", "no_change": True}


def no_earlier_return_message() -> str:
    return _("该项目还没有更早的月报, 不能报“无变化”, 请先填写。")


def submission_values(by: Actor | None) -> dict[str, Any]:
    """Returns what stands in a return that has just been handed in."""
    return {
        "state": ReturnState.SUBMITTED,
        "submitted_by": by,
        "submitted_at": clock.now(),
        "confirmed_by": None,
        "confirmed_at": None,
        "sent_back_reason": "",
    }


@transaction.atomic
def return_confirm(*, progress_return: ProgressReturn, by: Actor | None) -> ProgressReturn:
    """Confirms a return as the department's head: it goes on to the programme office."""
    locked = _lock_return(progress_return, "confirm", by)
    return _write(
        locked, state=ReturnState.CONFIRMED, confirmed_by=user_of(by), confirmed_at=clock.now()
    )


@transaction.atomic
def return_accept(*, progress_return: ProgressReturn, by: Actor | None) -> ProgressReturn:
    """Accepts a confirmed return as the programme office: from now on its figures count."""
    locked = _lock_return(progress_return, "accept", by)
    return _write(
        locked, state=ReturnState.ACCEPTED, accepted_by=user_of(by), accepted_at=clock.now()
    )


@transaction.atomic
def return_send_back(
    *, progress_return: ProgressReturn, by: Actor | None, reason: str
) -> ProgressReturn:
    """Sends a return back with a reason: the head what was submitted, the office also what the
    head has confirmed."""
    locked = _lock_return(progress_return, "send_back", by)
    if (
        by is not None
        and locked.state == ReturnState.CONFIRMED
        and not may_act_on(by, "accept", locked)
    ):
        raise permission_error(office_sends_back_message())
    return _write(locked, state=ReturnState.SENT_BACK, sent_back_reason=require_reason(reason))


def office_sends_back_message() -> str:
    return _("已确认的月报由项目办退回。")


@transaction.atomic
def return_correct(
    *, progress_return: ProgressReturn, by: Actor | None, reason: str
) -> ProgressReturn:
    """Begins a correction of an accepted return: a new revision, filled in with its values.

    The accepted one counts until the correction is accepted in its turn.
    """
    locked = _lock_return(progress_return, "correct", by)
    revisions = ProgressReturn.objects.filter(project=locked.project_id, period=locked.period_id)
    newest = revisions.order_by("revision").last()
    if newest is None or newest.pk != locked.pk:
        raise StateConflictError(
            _("该月报已有更新的一次更正 (第 %(number)d 次), 请在其上操作。")
            % {"number": newest.revision if newest else 0},
            code="not_the_newest",
        )
    correction = ProgressReturn(
        project_id=locked.project_id,
        period_id=locked.period_id,
        revision=locked.revision + 1,
        revision_reason=require_reason(reason),
        **{name: getattr(locked, name) for name in FIGURES},
    )
    correction.full_clean()
    correction.save(force_insert=True)
    return correction


def _lock_return(progress_return: ProgressReturn, action: str, by: Actor | None) -> ProgressReturn:
    """Returns the row, locked, on which the person may now do the action."""
    locked: ProgressReturn = ProgressReturn.objects.select_for_update(no_key=True).get(
        pk=progress_return.pk
    )
    require(by, action, locked)
    if locked.state not in ALLOWED_FROM[action]:
        raise StateConflictError(wrong_state_words(locked, action), code="wrong_state")
    return locked


def wrong_state_words(progress_return: ProgressReturn, action: str) -> str:
    """Returns why the action cannot be taken on a return in its present state."""
    allowed = [state for state in ReturnState if state in ALLOWED_FROM[action]]
    return _("月报现为“%(state)s”, 此操作只适用于: %(allowed)s。") % {
        "state": progress_return.get_state_display(),
        "allowed": "、".join(str(state.label) for state in allowed),
    }


def _write(progress_return: ProgressReturn, **values: Any) -> ProgressReturn:
    for name, value in values.items():
        setattr(progress_return, name, value)
    progress_return.full_clean()
    progress_return.save(update_fields=list(values))
    return progress_return


def require_reason(reason: str) -> str:
    """Returns the reason; raises ``ValidationError`` when there is none."""
    if not reason.strip():
        raise field_error("reason", _("请写明理由。"), "required")
    return reason.strip()


# On site ------------------------------------------------------------------------------------------
@transaction.atomic
def spot_check_record(*, by: Actor | None, fields: Mapping[str, Any]) -> SpotCheck:
    """Records what was found on site, beside what had been reported by then.

    Without a return named, the newest that was handed in for a month before that day is taken.
    """
    project, checked_on = fields["project"], fields["checked_on"]
    if checked_on > clock.today():
        raise field_error(
            "checked_on", _("核查日期 %(day)s 晚于今天。") % {"day": checked_on}, "in_the_future"
        )
    compared = fields.get("progress_return")
    if compared is None:
        compared = (
            ProgressReturn.objects.filter(project=project, state__in=HANDED_IN)
            .to_month(checked_on.year, checked_on.month)
            .newest_first()
            .first()
        )
    elif compared.project_id != project.pk:
        raise field_error("progress_return", _("该月报不属于这个项目。"), "other_project")
    return row_create(
        model=SpotCheck,
        by=by,
        fields={
            **fields,
            "progress_return": compared,
            "progress_reported": compared.physical_progress if compared else None,
            "checked_by": by,
        },
    )

"""Writes of projects and their stages."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pgtrigger
from django.db import connection, transaction
from django.utils.translation import gettext as _

from portfolio.core import clock
from portfolio.core.errors import StateConflictError, field_error, permission_error
from projects.choices import Stage
from projects.core.bulk import STATEMENT_ROWS, kind_of
from projects.core.rows import require, require_any, row_create, row_delete
from projects.people.actors import user_of
from projects.permissions import Actor, may_act_on
from projects.register.models import Project, StageTransition
from projects.register.rules import SUPERVISED_MOVES, move_kind


def project_codes_allot(*, year: int, count: int = 1) -> list[str]:
    """Allots the next codes of the year (``BT-2025-0001``); a code is never given out twice."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO projects_projectcodecounter (year, last_serial) VALUES (%s, %s)"
            " ON CONFLICT (year) DO UPDATE"
            " SET last_serial = projects_projectcodecounter.last_serial + EXCLUDED.last_serial"
            " RETURNING last_serial",
            [year, count],
        )
        last = cursor.fetchone()[0]
    return [f"BT-{year}-{serial:04d}" for serial in range(last - count + 1, last + 1)]


@transaction.atomic
def project_create(
    *,
    by: Actor | None,
    fields: Mapping[str, Any],
    stage: str = Stage.RESERVE,
    evidence: str = "",
    effective_on: dt.date | None = None,
) -> Project:
    """Registers a project, with its code and the stage that it is in."""

    def first_stage(projects: Sequence[Project], by: Actor | None) -> None:
        first_stages(projects, by, to_stage=stage, evidence=evidence, on=effective_on)

    kind = replace(kind_of(Project), after_new=first_stage)
    project = row_create(model=Project, by=by, fields=fields, kind=kind)
    project.refresh_from_db()
    return project


def first_stages(
    projects: Sequence[Project],
    by: Actor | None,
    *,
    to_stage: str = Stage.RESERVE,
    evidence: str = "",
    on: dt.date | None = None,
) -> None:
    """Writes the stage in which each of the new projects begins."""
    # Told and not left to the column's default, which Django would send row by row.
    recorded_at = clock.now()
    StageTransition.objects.bulk_create(
        (
            StageTransition(
                project=project,
                to_stage=to_stage,
                effective_on=on or clock.today(),
                recorded_by=user_of(by),
                recorded_at=recorded_at,
                evidence=evidence,
            )
            for project in projects
        ),
        batch_size=STATEMENT_ROWS,
    )


@transaction.atomic
def project_delete(*, project: Project, by: Actor | None) -> None:
    """Deletes a project registered by mistake: one that nothing refers to yet.

    Its first stage is part of the registration and goes with it; history keeps both.
    """
    with pgtrigger.ignore("projects.StageTransition:append_only"):
        row_delete(instance=project, by=by)


@transaction.atomic
def transition_record(
    *,
    project: Project,
    by: Actor | None,
    to_stage: str,
    effective_on: dt.date,
    evidence: str = "",
    reason: str = "",
) -> StageTransition:
    """Moves a project to a stage on a day; which moves there are says ``rules.py``."""
    project = Project.objects.select_for_update().get(pk=project.pk)
    history = list(project.transitions.in_force().order_by("effective_on", "recorded_at", "id"))
    kind = move_kind(
        from_stage=project.stage,
        to_stage=to_stage,
        category=project.category,
        suspended_from=history[-1].from_stage if history else None,
    )
    if kind is None:
        raise field_error(
            "to_stage",
            _("不能从“%(before)s”变为“%(after)s”。")
            % {"before": project.get_stage_display(), "after": Stage(to_stage).label},
            "no_such_move",
        )
    if kind in SUPERVISED_MOVES:
        require_any(by, "move_back", StageTransition)  # before the reason is asked for
    _check_day(effective_on, history)
    if kind in SUPERVISED_MOVES and not reason:
        raise field_error("reason", _("回退和终止须写明理由。"), "required")
    transition = StageTransition.objects.create(
        project=project,
        from_stage=project.stage,
        to_stage=to_stage,
        effective_on=effective_on,
        recorded_by=user_of(by),
        evidence=evidence,
        reason=reason,
    )
    require(by, "move_back" if kind in SUPERVISED_MOVES else "add", transition)
    return transition


@transaction.atomic
def transition_revoke(
    *, transition: StageTransition, by: Actor | None, reason: str
) -> StageTransition:
    """Takes the newest move back by a row that revokes it."""
    if by is not None and not may_act_on(by, "move_back", transition):
        raise permission_error(_("只有督查员可以撤销阶段变动。"))
    if not reason:
        raise field_error("reason", _("撤销须写明理由。"), "required")
    project = Project.objects.select_for_update().get(pk=transition.project_id)
    newest = project.transitions.in_force().order_by("effective_on", "recorded_at", "id").last()
    if newest is None or newest.pk != transition.pk or not transition.from_stage:
        raise StateConflictError(_("只能撤销最近一次阶段变动。"), code="not_the_newest")
    return StageTransition.objects.create(
        project=project,
        from_stage=transition.to_stage,
        to_stage=transition.from_stage,
        effective_on=transition.effective_on,
        recorded_by=user_of(by),
        reason=reason,
        revokes=transition,
    )


def possible_stages(project: Project, supervised: bool) -> list[tuple[str, Any]]:
    """Returns the stages that the project can move to from where it is; ``supervised``: also by
    the moves that only a supervisor records."""
    last = project.transitions.in_force().order_by("effective_on", "recorded_at", "id").last()
    kinds = {
        stage: move_kind(
            from_stage=project.stage,
            to_stage=stage,
            category=project.category,
            suspended_from=last.from_stage if last else None,
        )
        for stage in Stage
    }
    return [
        (stage.value, stage.label)
        for stage, kind in kinds.items()
        if kind and (supervised or kind not in SUPERVISED_MOVES)
    ]


def _check_day(effective_on: dt.date, history: list[StageTransition]) -> None:
    if effective_on > clock.today():
        raise field_error(
            "effective_on",
            _("生效日期 %(day)s 晚于今天, 请在变动发生后再登记。") % {"day": effective_on},
            "in_the_future",
        )
    if history and effective_on < history[-1].effective_on:
        raise field_error(
            "effective_on",
            _("生效日期 %(day)s 早于上一次变动 (%(last)s)。")
            % {"day": effective_on, "last": history[-1].effective_on},
            "before_the_last",
        )

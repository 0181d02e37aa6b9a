"""What every model shares: a row version kept by the database, full history, the city's clock."""

from typing import Any, TypeVar

import pghistory
import pgtrigger
from django.db import models
from django.utils.translation import gettext_lazy as _

from portfolio.core.clock import DatabaseNow
from portfolio.core.errors import register_constraint_message

M = TypeVar("M", bound=type[models.Model])


class Recorded(models.Model):
    """A row that is added and never edited: it bears the moment at which it was recorded."""

    recorded_at = models.DateTimeField(_("记录时间"), db_default=DatabaseNow(), editable=False)

    class Meta:
        abstract = True


class Versioned(models.Model):
    """A row that is edited: its version goes up by one with each change, through any door."""

    version = models.PositiveIntegerField(_("版本"), default=1, editable=False)

    class Meta:
        abstract = True


def make_version_trigger(*, silent: tuple[str, ...] = ()) -> pgtrigger.Trigger:
    """Returns the trigger that counts a row's changes; ``silent`` columns are not counted."""
    return pgtrigger.Trigger(
        name="bump_version",
        operation=pgtrigger.Update,
        when=pgtrigger.Before,
        condition=pgtrigger.AnyChange(exclude=list(silent)),
        func="NEW.version = OLD.version + 1; RETURN NEW;",
    )


def make_refusal_trigger(
    *,
    name: str,
    constraint: str,
    message: Any,
    operation: pgtrigger.Operation,
    condition: pgtrigger.Condition | None = None,
    unless: str = "FALSE",
    passes: str = "NEW",
) -> pgtrigger.Trigger:
    """Returns a trigger that refuses the operation the way a check constraint does.

    ``constraint`` is the name that the error bears, so that it can be told to a person like any
    other broken constraint, in the words of ``message``; ``unless`` is SQL under which the row
    passes, and ``passes`` is then what goes on (a deletion's row is ``OLD``).
    """
    register_constraint_message(constraint, message)
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.Before,
        condition=condition,
        func=f"""
            IF NOT ({unless}) THEN
                RAISE EXCEPTION 'refused by {constraint}'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{constraint}';
            END IF;
            RETURN {passes};
        """,
    )


def tracked(model: M) -> M:
    """Gives an editable model its version trigger and its history table."""
    pgtrigger.register(make_version_trigger())(model)
    return pghistory.track()(model)


def append_only(model: M) -> M:
    """Gives a model of facts its history table and refuses to change or delete a row.

    Synthetic rows are the one exception (``make_synthetic --remove`` lifts the trigger).
    """
    pgtrigger.register(
        make_refusal_trigger(
            name="append_only",
            constraint=f"{model._meta.model_name}_append_only",
            message=_("已登记的事实只能追加, 不能修改或删除; 更正请另行登记一条。"),
            operation=pgtrigger.Update | pgtrigger.Delete,
        )
    )(model)
    return pghistory.track()(model)

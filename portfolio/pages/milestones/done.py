"""How something is said to be done: the day, what shows it, files; the report that is owed too."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portfolio.pages.kit.fields import date_field, files_field, initial_day, text_area_field
from portfolio.pages.kit.forms import VersionedForm
from portfolio.pages.kit.steps import Step
from portfolio.pages.milestones.handover import may_take_step
from projects.choices import HandoverState
from projects.handover.services import hand_over_report, newest_step
from projects.permissions import Actor, may_act_on

Write = Callable[..., Any]
MOST_REPORT = 500


class DoneForm(VersionedForm):
    done_on = date_field(gettext_lazy("完成日期"))
    evidence = text_area_field(
        gettext_lazy("完成依据"),
        required=False,
        help_text=gettext_lazy("验收意见、文号、通水通车等情况, 一两句即可。"),
    )
    file: forms.Field = files_field()

    def prepare(self, row: Any, user: Actor) -> None:
        if may_take_step(user, row, HandoverState.REPORTED):
            self.fields["evidence"].required = True
            self.fields["evidence"].help_text = _(
                "该事项已交办: 完成依据同时作为反馈报督查室, 请写明办理结果。"
            )


class CorrectForm(VersionedForm):
    done_on = date_field(
        gettext_lazy("完成日期"),
        required=False,
        help_text=gettext_lazy("清空即恢复为未完成。"),
    )
    evidence = text_area_field(gettext_lazy("完成依据"), required=False)


def done_steps(write: Write, keep: Callable[..., Any]) -> tuple[Step, Step]:
    """Returns the steps that say that a task is done, and that correct it.

    ``write(row, by, changes)`` calls the task's service, ``keep(row, by, file)`` keeps the files.
    """

    def take(row: Any, by: Actor, done_on: Any, evidence: str, file: list[Any]) -> None:
        owed = may_take_step(by, row, HandoverState.REPORTED)
        write(row, by, {"done_on": done_on, "evidence": evidence})
        keep(row, by, file)
        if owed:
            told = _("已于 %(day)s 完成。%(how)s") % {"day": done_on, "how": evidence}
            hand_over_report(task=row, by=by, text=told[:MOST_REPORT])

    def correct(row: Any, by: Actor, **typed: Any) -> None:
        write(row, by, typed)

    done = Step(
        name="done",
        label=gettext_lazy("登记完成"),
        done=gettext_lazy("已登记完成。"),
        form=DoneForm,
        take=take,
        allowed=lambda user, row: row.done_on is None and _may_write(user, row),
        initial=lambda row: {"done_on": initial_day(), "evidence": row.evidence},
        opened=True,
    )
    corrected = Step(
        name="correct",
        label=gettext_lazy("更正完成情况"),
        done=gettext_lazy("已更正。"),
        form=CorrectForm,
        take=correct,
        allowed=lambda user, row: (
            row.done_on is not None and not _closed(row) and _may_write(user, row)
        ),
        initial=lambda row: {"done_on": row.done_on, "evidence": row.evidence},
        explanation=gettext_lazy("更正会留在历史里。"),
    )
    return done, corrected


def _may_write(user: Actor, row: Any) -> bool:
    return not getattr(row, "placeholder", False) and may_act_on(user, "change", row)


def _closed(row: Any) -> bool:
    newest = newest_step(row)
    return newest is not None and newest.state == HandoverState.CLOSED

"""What is particular to writing projects, milestones, returns, departments, people."""

from typing import Any

from django.utils.translation import gettext as _

from projects.core.batch import Batch
from projects.core.bulk import Kind, kind_register
from projects.returns.models import ProgressReturn
from projects.returns.rules import ALLOWED_FROM


def _no_new_returns(batch: Batch) -> None:
    for number, _row in enumerate(batch.rows):
        message = _("该项目没有这个月的月报; 月报在开启月报期时生成, 请核对项目和月份。")
        batch.wrong(number, "period", message, "no_return")


def _open_returns(batch: Batch) -> None:
    for number, row in enumerate(batch.rows):
        progress_return: Any = (batch.present or ())[number]
        if row and progress_return.state not in ALLOWED_FROM["change"]:
            message = _("月报现为“%(state)s”, 只有待填报或被退回的可以修改。") % {
                "state": progress_return.get_state_display()
            }
            batch.wrong(number, "", message, "return_not_open", kind="conflict")
        elif row and progress_return.no_change:
            row["no_change"] = False  # what was filled in is a change


RETURN_KIND = kind_register(
    Kind(ProgressReturn, check_new=_no_new_returns, check_changes=_open_returns)
)

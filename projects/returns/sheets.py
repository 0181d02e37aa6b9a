"""What can be imported: the columns of each sheet and by what a row is known again."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from projects.core.batch import Batch
from projects.core.sheets import Subject
from projects.returns.kinds import RETURN_KIND
from projects.returns.models import ReturnPeriod


def _fill_returns(batch: Batch) -> None:
    """The month becomes its period; without one the return is not found either."""
    periods = {(p.year, p.month): p.pk for p in ReturnPeriod.objects.all()}
    for number, row in enumerate(batch.rows):
        month = row.pop("month", None)
        if month is None:
            continue
        row["period"] = periods.get(month)
        if row["period"] is None:
            text = f"{month[0]}-{month[1]:02d}"
            message = _("%(month)s 的月报期尚未开启。") % {"month": text}
            batch.wrong(number, "month", message, "no_period", text)


RETURN_SHEET = Subject(
    kind=RETURN_KIND,
    columns=(
        "project", "revision", "investment_reported", "investment_statistical",
        "physical_progress", "work_done", "obstacles", "forecast_commissioning", "department_light",
    ),
    keys=(("project", "period", "revision"), ("project", "period")),
    known_only=("revision",),
    aliases={
        "项目编号": "project", "项目": "project", "项目名称": "project", "期间": "month",
        "月报期": "month", "本月完成投资": "investment_reported", "period": "month",
    },
    extra={"month": gettext_lazy("月份")},
    fill=_fill_returns,
    money=("investment_reported", "investment_statistical"),
    newest_counts=True,
)  # fmt: skip

"""完一批、开一批、纳一批、备一批: the year's arrivals against its goals (work report §三（一）)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from portfolio.core.complete import check_complete
from portfolio.reports.charts.kinds.batches import BatchesChart
from portfolio.reports.engine.report import (
    Report,
    ReportQuery,
    Row,
    number_column,
    percent_column,
    text_column,
    whole_column,
)
from projects.choices import Stage
from projects.programmes.stage_counts import NAMES, stage_counts_of
from targets.models import Target

# The promises that a batch is held against (targets/data); the report counts new starts of over
# 100 million only, and promises no number of projects made ready.
GOALS = {
    Stage.COMMISSIONED: "projects-commissioned",
    Stage.ENROLLED: "new-designated-size-enterprises",
}
check_complete("GOALS", GOALS, NAMES, aside={Stage.CONSTRUCTION, Stage.RESERVE})
PERCENT = Decimal("0.01")


class FourBatches(Report):
    """How many projects of the year's programme arrived at each stage, month by month."""

    name = "four-batches"
    title = _("备开完纳")
    description = _("年度计划内项目本年完工、开工、纳规、储备的个数, 对照全年目标。")
    columns = (
        text_column("stage", _("阶段")),
        text_column("batch", _("批次")),
        whole_column("count", _("本年累计"), _("个")),
        whole_column("projects", _("涉及项目"), _("个")),
        whole_column("this_month", _("本月新增"), _("个")),
        number_column("goal", _("全年目标"), _("个")),
        percent_column("share", _("完成率")),
    )
    key = ("stage",)
    chart = BatchesChart()

    def rows(self, asked: ReportQuery) -> list[Row]:
        # Unfiltered the moves of all projects count: they are open to everyone signed in.
        chosen = asked.chosen if asked.filtered else None
        month = asked.last.replace(day=1)
        year, this_month = stage_counts_of(
            [(asked.first, asked.last), (month, asked.last)], year=asked.year, projects=chosen
        )
        goals = self._goals(asked.year)
        found = []
        for count, latest in zip(year, this_month, strict=True):
            goal = goals.get(count.stage)
            found.append(
                {
                    "stage": count.stage.value,
                    "batch": str(NAMES[count.stage]),
                    "count": count.count,
                    "projects": count.projects,
                    "this_month": latest.count,
                    "goal": goal,
                    "share": goal and (100 * Decimal(count.count) / goal).quantize(PERCENT),
                }
            )
        return found

    def _goals(self, year: int) -> dict[Stage, Decimal | None]:
        stages = {f"{year}/{key}": stage for stage, key in GOALS.items()}
        promised = Target.objects.filter(report_key__in=stages)
        values = dict(promised.values_list("report_key", "value"))
        return {stage: values[key] for key, stage in stages.items() if values.get(key)}

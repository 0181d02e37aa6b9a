"""资金争取 (work report §三（四）"三争取"): what was asked for and granted, channel by channel."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from portfolio.reports.engine.report import (
    Report,
    ReportQuery,
    Row,
    money_column,
    percent_column,
    text_column,
    whole_column,
)
from portfolio.reports.engine.words import labels_of
from projects.choices import FundingState
from projects.funding.models import FundingApplication, FundingChannel

TOTAL = "total"
HUNDRED = Decimal(100)
STATES = tuple(f"state_{code}" for code in FundingState.values)


class Funding(Report):
    """One line a channel, and one for the whole; of the year by the day of application, and what
    is not handed in yet."""

    name = "funding"
    title = _("资金争取")
    description = _("按渠道: 申报、批复、申请金额、到位金额和批复率。")
    columns = (
        text_column("channel", _("渠道代码")),
        text_column("channel_display", _("渠道")),
        whole_column("applications", _("申报"), _("项")),
        *(whole_column(f"state_{code}", label, _("项")) for code, label in FundingState.choices),
        money_column("asked", _("申请金额")),
        money_column("granted", _("批复金额")),
        percent_column("share", _("批复率")),
    )
    key = ("channel",)

    def rows(self, asked: ReportQuery) -> list[Row]:
        cells = asked.read("cells", partial(_cells, asked))
        lines = [
            _line(code, label, [each for each in cells if each[0] == code])
            for code, label in labels_of(FundingChannel).items()
        ]
        return [*lines, _line(TOTAL, str(_("合计")), cells)]


def _cells(asked: ReportQuery) -> QuerySet:
    applications = asked.narrowed(FundingApplication.objects.visible_to(asked.user))
    of_the_year = applications.filter(
        Q(submitted_on__isnull=True) | Q(submitted_on__year=asked.year)
    )
    return of_the_year.summed_up().values_list(
        "channel", "state", "count", "asked_sum", "granted_sum"
    )


def _line(channel: str, name: str, cells: Sequence[tuple]) -> Row:
    """Returns the line of a channel from what its states come to."""
    states = dict.fromkeys(STATES, 0)
    asked = granted = Decimal(0)
    for _channel, state, count, asked_for, given in cells:
        states[f"state_{state}"] += count
        asked += asked_for
        granted += given
    return {
        "channel": channel,
        "channel_display": name,
        "applications": sum(states.values()),
        **states,
        "asked": asked,
        "granted": granted,
        "share": granted * HUNDRED / asked if asked else None,
    }

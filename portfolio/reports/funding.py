"""资金争取 (work report §三（四）"三争取"): what was asked for and granted, channel by channel."""

from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from portfolio.reports.report import Asked, Report, Row, money, percent, text, whole
from projects.models import FundingApplication, FundingChannel, FundingState

TOTAL = "total"
HUNDRED = Decimal(100)


class Funding(Report):
    """One line a channel, and one for the whole; of the year by the day of application, and what
    is not handed in yet."""

    name = "funding"
    title = _("资金争取")
    description = _("按渠道: 申报、批复、申请金额、到位金额和批复率。")
    columns = (
        text("channel", _("渠道代码")),
        text("channel_display", _("渠道")),
        whole("applications", _("申报"), _("项")),
        *(whole(f"state_{code}", label, _("项")) for code, label in FundingState.choices),
        money("asked", _("申请金额")),
        money("granted", _("批复金额")),
        percent("share", _("批复率")),
    )
    key = ("channel",)

    def rows(self, asked: Asked) -> list[Row]:
        applications = FundingApplication.objects.visible_to(asked.user).filter(
            project__in=asked.chosen.order_by().values("pk")
        )
        of_the_year = [
            each
            for each in applications.order_by("pk")
            .values("pk", "channel", "state", "asked", "granted", "submitted_on")
            .distinct()
            if each["submitted_on"] is None or each["submitted_on"].year == asked.year
        ]
        lines = [
            _line(code, str(label), [each for each in of_the_year if each["channel"] == code])
            for code, label in FundingChannel.choices
        ]
        return [*lines, _line(TOTAL, str(_("合计")), of_the_year)]


def _line(code: str, name: str, members: Sequence[Mapping[str, Any]]) -> Row:
    states = Counter(each["state"] for each in members)
    asked = sum((each["asked"] or Decimal(0) for each in members), Decimal(0))
    granted = sum((each["granted"] or Decimal(0) for each in members), Decimal(0))
    return {
        "channel": code,
        "channel_display": name,
        "applications": len(members),
        **{f"state_{state}": states[state] for state in FundingState.values},
        "asked": asked,
        "granted": granted,
        "share": granted * HUNDRED / asked if asked else None,
    }

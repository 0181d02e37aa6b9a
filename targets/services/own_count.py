"""A reported figure and what the projects themselves say, side by side to the same day.

新增规上工业企业 is decided by the statistics directory, which counts companies outside the
programme too: the two figures need not agree, and the difference is shown, not hidden.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from projects.register.models import StageTransition
from targets.choices import Source
from targets.models import Target
from targets.rules.figures import Figure
from targets.rules.words import figure_words
from targets.services.facts import ARRIVALS, arrivals_of
from targets.services.measure import read_own_counts
from targets.services.status import targets_assess

MOST_PROJECTS = 500


@dataclass(frozen=True)
class OwnCount:
    """The newest reported figure, the projects' own, and the moves that this rests on."""

    target: Target
    reported: Figure | None
    own: Figure | None
    difference: Decimal | None
    explanation: str
    moves: Sequence[StageTransition] = ()


def compare_own_count(target: Target, *, on: dt.date) -> OwnCount:
    """Compares the newest reported figure with the projects' own on its day, or on the day asked
    for while nothing is reported."""
    if target.source != Source.REPORTED or not target.project_figure:
        return OwnCount(target, None, None, None, _("该目标没有可对照的项目数。"))
    reported = targets_assess([target], on=on)[target.pk].figure
    day = reported.period_end if reported else on
    figures = read_own_counts([target], on=day)[target.pk]
    own = figures[-1] if figures else None
    moves: Sequence[StageTransition] = ()
    if own and target.project_figure in ARRIVALS:
        rows = arrivals_of(target, on=day).select_related("project")
        moves = list(rows.order_by("effective_on", "id")[:MOST_PROJECTS])
    difference = reported.value - own.value if reported and own else None
    return OwnCount(target, reported, own, difference, _words(target, difference), moves)


def _words(target: Target, difference: Decimal | None) -> str:
    if difference is None:
        return _("填报数或项目数尚缺, 暂不能对照。")
    shown = figure_words(abs(difference), target.unit)
    if difference > 0:
        return _("填报数比年度计划内项目自身的计数多%(shown)s: 计划以外的也计入填报数。") % {
            "shown": shown
        }
    if difference < 0:
        return _(
            "填报数比年度计划内项目自身的计数少%(shown)s: 已登记的尚未全部进入填报口径, 请核对。"
        ) % {"shown": shown}
    return _("填报数与年度计划内项目自身的计数一致。")

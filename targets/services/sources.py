"""Where a target's figure comes from, and so who may report what on it."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from portfolio.core import clock
from projects.permissions import Actor, protected_fields
from projects.permissions.access import access_of
from targets.choices import ProjectFigure, Source
from targets.models import Target, TargetPart
from targets.models.measurement import PERIOD
from targets.rules.periods import has_begun


class MeasurementFault(NamedTuple):
    """What is wrong with a field of what was sent."""

    field: str
    message: str
    code: str


def describe_source(target: Target) -> str:
    """Returns in a sentence where the figure comes from, and what to do to change it."""
    if target.source == Source.FROM_PROJECTS:
        return _of_projects(target)
    if target.source == Source.FROM_ITEMS:
        return _("数值是清单中已完成事项的数量之和; 请在清单事项上填写完成日期和依据。")
    if target.source == Source.FROM_PARTS:
        return _("数值是各分解之和; 请由各责任单位按分解填报, 并写明是哪一个分解。")
    return _("数值由牵头单位填报。")


def _of_projects(target: Target) -> str:
    doors = {
        ProjectFigure.PROGRAMME_COUNT: _("以年度计划的列入和调出为准"),
        ProjectFigure.INVESTMENT: _("以审核通过的进展月报为准"),
        ProjectFigure.INVESTMENT_GROWTH: _("以审核通过的进展月报为准"),
    }
    door = doors.get(target.project_figure, _("以项目的阶段变动为准"))  # type: ignore[call-overload]
    return _("数值由重大项目库自动汇总 (%(figure)s), %(door)s, 随登记即时更新。") % {
        "figure": target.get_project_figure_display() or _("未选口径"),
        "door": door,
    }


def find_report_fault(
    target: Target, part: TargetPart | None, *, inner: bool
) -> MeasurementFault | None:
    """Returns why no figure is reported here, or ``None``.

    ``inner``: whether the part is broken down further.
    """
    if part is not None and part.target_id != target.pk:
        return MeasurementFault("part", _("这个分解不属于所选目标。"), "other_target")
    if target.source == Source.REPORTED:
        if part is None:
            return None
        return MeasurementFault(
            "part", _("该目标由牵头单位整体填报, 不按分解填报。"), "not_by_part"
        )
    if target.source == Source.FROM_PARTS and part is not None:
        if not inner:
            return None
        told = _("“%(part)s”已往下分解, 数值由下级分解汇总, 请按下级分解填报。")
        return MeasurementFault("part", told % {"part": part.department}, "broken_down")
    message = _("目标“%(name)s”的数值%(source)s, 无须填报。%(where)s") % {
        "name": target.name,
        "source": target.get_source_display(),
        "where": describe_source(target),
    }
    return MeasurementFault("target", message, "not_reported")


def find_period_fault(target: Target, period: str) -> MeasurementFault | None:
    """Returns why there is no figure of this period, or ``None``; its shape is the model's to
    check."""
    if not re.fullmatch(PERIOD, period):
        return None
    if int(period[:4]) != target.year:
        told = _("该目标是%(year)s年度的, 期间应在该年度内。")
        return MeasurementFault("period", told % {"year": target.year}, "other_year")
    if not has_begun(period, on=clock.today()):
        return MeasurementFault(
            "period", _("%(period)s尚未开始。") % {"period": period}, "in_the_future"
        )
    return None


def inner_parts(parts: Iterable[int]) -> set[int]:
    """Returns those of the parts that are broken down further."""
    rows = TargetPart._base_manager.filter(parent__in=set(parts)).order_by()
    return {key for key in rows.values_list("parent_id", flat=True) if key}


def targets_open_to_items(by: Actor | None, targets: Iterable[int]) -> set[int]:
    """Returns those of the targets to whose list the person may add.

    Done items add up to the target, so a department adds to the targets that it (or one below it)
    leads or holds a part of; supervisors and the programme office to all.
    """
    wanted = set(targets)
    if by is None or not protected_fields(by, "targets.WorkItem"):
        return wanted
    own = set().union(*access_of(by).departments.values())
    part = TargetPart._base_manager.filter(target=OuterRef("pk"), department__in=own)
    rows = Target._base_manager.filter(Q(lead_department__in=own) | Exists(part), pk__in=wanted)
    return set(rows.values_list("pk", flat=True))


def not_its_list_message() -> str:
    return _("该目标既不由本单位牵头, 也没有分解到本单位, 不能往它的清单里加事项。")

"""``GET targets/{id}/tree`` and ``…/own-count``: a target's parts, and what stands beside it."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core import clock
from portfolio.core.api.rows import format_decimal
from targets.api.status import format_decimal_or_none
from targets.choices import Status
from targets.rules.figures import Figure
from targets.services.own_count import OwnCount, compare_own_count
from targets.services.sources import describe_source
from targets.services.tree import ListProgress, PartNode, TargetTree, build_target_tree

Row = dict[str, Any]


class ListProgressSerializer(serializers.Serializer):
    """How a list stands on the day."""

    count = serializers.IntegerField()
    done_count = serializers.IntegerField()
    overdue_count = serializers.IntegerField()
    quantity = serializers.CharField()
    done_quantity = serializers.CharField()


class BreakdownSerializer(serializers.Serializer):
    """Whether the parts add up to the whole."""

    total = serializers.CharField(allow_null=True, help_text=_("分解之和; 没有分解为 null"))
    difference = serializers.CharField(allow_null=True, help_text=_("分解之和减整体"))
    note = serializers.CharField(help_text=_("不等的原因"))


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": {}}})
class PartsField(serializers.Field):
    """The parts below, of the same shape, to any depth."""


class PartNodeSerializer(serializers.Serializer):
    """A part of the target with all below it."""

    id = serializers.IntegerField()
    department = serializers.IntegerField()
    department_name = serializers.CharField()
    value = serializers.CharField()
    note = serializers.CharField()
    actual = serializers.CharField(allow_null=True)
    actual_on = serializers.DateField(allow_null=True)
    status = serializers.ChoiceField(Status.choices, allow_null=True)
    status_display = serializers.CharField(allow_null=True)
    items = ListProgressSerializer(help_text=_("本级和下级清单事项"))
    breakdown = BreakdownSerializer()
    parts = PartsField(help_text=_("下级分解, 结构相同"))


class TreeSerializer(serializers.Serializer):
    """A target and its breakdown."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    unit = serializers.CharField()
    value = serializers.CharField(allow_null=True)
    goal = serializers.CharField(
        allow_null=True, help_text=_("判定所用的目标值; 没有定数的“全部”即清单总量")
    )
    on = serializers.DateField(help_text=_("判定日"))
    source: Any = serializers.CharField()
    where_from = serializers.CharField(help_text=_("数值从哪里来, 怎样更正"))
    actual = serializers.CharField(allow_null=True)
    actual_on = serializers.DateField(allow_null=True)
    status = serializers.ChoiceField(Status.choices)
    status_display = serializers.CharField()
    items = ListProgressSerializer()
    other_items = ListProgressSerializer(help_text=_("牵头单位没有分解任务的清单事项"))
    breakdown = BreakdownSerializer()
    parts = PartNodeSerializer(many=True)


class CompanySerializer(serializers.Serializer):
    """A project that the projects' own count rests on."""

    project = serializers.IntegerField()
    project_name = serializers.CharField()
    owner_company = serializers.CharField()
    effective_on = serializers.DateField()


class OwnCountsSerializer(serializers.Serializer):
    """What is reported, and what the projects themselves say to the same day."""

    id = serializers.IntegerField()
    project_figure = serializers.CharField()
    reported = serializers.CharField(allow_null=True)
    on = serializers.DateField(allow_null=True, help_text=_("两个数都截至这一天"))
    own_count = serializers.CharField(allow_null=True)
    difference = serializers.CharField(allow_null=True, help_text=_("填报数减项目数"))
    explanation = serializers.CharField()
    projects = CompanySerializer(many=True, help_text=_("项目数由哪些项目构成, 至多 500 个"))


class TreeMixin:
    """What hangs on one target; ``?as_of=`` answers for a past day."""

    @extend_schema(summary=_("目标分解树及各级清单进度"), responses={200: TreeSerializer})
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def tree(self, request: Request, pk: str) -> Response:
        """The parts to any depth, each with its figure and the progress of its list."""
        target = self.get_object()  # type: ignore[attr-defined]
        return Response(_tree(build_target_tree(target, on=clock.today())))

    @extend_schema(
        summary=_("单位填报数与重大项目自身计数的对照"), responses={200: OwnCountsSerializer}
    )
    @action(
        detail=True, methods=["get"], url_path="own-count", pagination_class=None,
        filter_backends=[],
    )  # fmt: skip
    def own_count(self, request: Request, pk: str) -> Response:
        """The reported figure, the projects' own to the same day, and the difference."""
        target = self.get_object()  # type: ignore[attr-defined]
        return Response(_beside(compare_own_count(target, on=clock.today())))


def _tree(tree: TargetTree) -> Row:
    target = tree.target
    return {
        "id": target.pk,
        "name": target.name,
        "unit": target.unit,
        "value": format_decimal_or_none(target.value),
        "goal": format_decimal_or_none(
            tree.assessment.goal.value if tree.assessment.goal else None
        ),
        "on": clock.today(),
        "source": target.source,
        "where_from": describe_source(target),
        **_figure(tree.assessment.figure),
        **_status(tree.assessment.status),
        "items": _list(tree.items),
        "other_items": _list(tree.other_items),
        "breakdown": _breakdown(tree.parts_sum, target.value, target.breakdown_note),
        "parts": [_node(each) for each in tree.parts],
    }


def _node(node: PartNode) -> Row:
    part = node.part
    return {
        "id": part.pk,
        "department": part.department_id,
        "department_name": part.department.name,
        "value": format_decimal(part.value),
        "note": part.note,
        **_figure(node.figure),
        **_status(node.verdict.status if node.verdict else None),
        "items": _list(node.items),
        "breakdown": _breakdown(node.parts_sum, part.value, part.note),
        "parts": [_node(each) for each in node.parts],
    }


def _figure(figure: Figure | None) -> Row:
    return {
        "actual": format_decimal(figure.value) if figure else None,
        "actual_on": figure.period_end if figure else None,
    }


def _status(status: str | None) -> Row:
    shown = str(Status(status).label) if status else None
    return {"status": status, "status_display": shown}


def _list(items: ListProgress) -> Row:
    return {
        "count": items.count,
        "done_count": items.done_count,
        "overdue_count": items.overdue_count,
        "quantity": format_decimal(items.quantity),
        "done_quantity": format_decimal(items.done_quantity),
    }


def _breakdown(total: Any, whole: Any, note: str) -> Row:
    known = total is not None and whole is not None
    return {
        "total": None if total is None else format_decimal(total),
        "difference": format_decimal(total - whole) if known else None,
        "note": note,
    }


def _beside(beside: OwnCount) -> Row:
    reported, own = beside.reported, beside.own
    return {
        "id": beside.target.pk,
        "project_figure": beside.target.project_figure,
        "reported": format_decimal(reported.value) if reported else None,
        "on": own.period_end if own else None,
        "own_count": format_decimal(own.value) if own else None,
        "difference": None if beside.difference is None else format_decimal(beside.difference),
        "explanation": beside.explanation,
        "projects": [
            {
                "project": move.project_id,
                "project_name": move.project.name,
                "owner_company": move.project.owner_company,
                "effective_on": move.effective_on,
            }
            for move in beside.moves
        ],
    }

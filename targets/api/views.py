"""The endpoints of what was promised."""

from typing import Any

from portfolio.core.api.rows import RowPlan
from projects.core.api.base import DomainResource
from projects.core.api.bulk import BulkMixin
from projects.handover.api import make_handover_mixin
from targets import models
from targets.api import filters, serializers
from targets.api.status import AssessmentRowPlan, ProgressMixin
from targets.api.tree import TreeMixin
from targets.api.work_items import WorkItemStepSerializer
from targets.services import bulk, parts, paths, targets


class TargetViewSet(ProgressMixin, TreeMixin, DomainResource):
    queryset = models.Target.objects.all()
    serializer_class = serializers.TargetSerializer
    write_serializer_class = serializers.TargetWriteSerializer
    filterset_class = filters.TargetFilter
    ordering_fields = ("id", "name", "due_on", "section", "value", "weight", "lead_department")

    def shaped(self, plan: RowPlan) -> RowPlan:
        return AssessmentRowPlan.of(plan)

    def perform_update(self, instance: models.Target, changes: dict[str, Any]) -> None:
        targets.target_update(target=instance, by=self.request.user, changes=changes)


class TargetPathPointViewSet(DomainResource):
    """A target's own plan to date; where there is none, a straight line stands in for it."""

    queryset = models.TargetPathPoint.objects.all()
    serializer_class = serializers.TargetPathPointSerializer
    write_serializer_class = serializers.TargetPathPointWriteSerializer
    filterset_class = filters.TargetPathPointFilter
    ordering_fields = ("id", "target", "month", "value")

    def perform_create(self, fields: dict[str, Any]) -> models.TargetPathPoint:
        return paths.path_point_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: models.TargetPathPoint, changes: dict[str, Any]) -> None:
        paths.path_point_update(point=instance, by=self.request.user, changes=changes)


class TargetPartViewSet(BulkMixin, DomainResource):
    """Parts of a cumulative target add up to it: one batch, or a note that says why not."""

    bulk_kind = parts.PART_KIND
    queryset = models.TargetPart.objects.all()
    serializer_class = serializers.TargetPartSerializer
    write_serializer_class = serializers.TargetPartWriteSerializer
    filterset_class = filters.TargetPartFilter
    ordering_fields = ("id", "target", "department", "value")

    def perform_create(self, fields: dict[str, Any]) -> models.TargetPart:
        return parts.part_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: models.TargetPart, changes: dict[str, Any]) -> None:
        parts.part_update(part=instance, by=self.request.user, changes=changes)

    def perform_destroy(self, instance: models.TargetPart) -> None:
        parts.part_delete(part=instance, by=self.request.user)


class WorkItemViewSet(make_handover_mixin(WorkItemStepSerializer), BulkMixin, DomainResource):  # type: ignore[misc]
    annotate = "with_due_state"
    bulk_kind = bulk.WORK_ITEM_KIND
    queryset = models.WorkItem.objects.all()
    serializer_class = serializers.WorkItemSerializer
    write_serializer_class = serializers.WorkItemWriteSerializer
    filterset_class = filters.WorkItemFilter
    ordering_fields = ("id", "due_on", "done_on", "quantity", "target")

    def perform_create(self, fields: dict[str, Any]) -> models.WorkItem:
        return targets.work_item_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: models.WorkItem, changes: dict[str, Any]) -> None:
        targets.work_item_update(work_item=instance, by=self.request.user, changes=changes)


class MeasurementViewSet(BulkMixin, DomainResource):
    """Figures are added; a correction is a newer row, so nothing is changed or deleted."""

    queryset = models.Measurement.objects.all()
    bulk_kind = bulk.MEASUREMENT_KIND
    serializer_class = serializers.MeasurementSerializer
    write_serializer_class = serializers.MeasurementWriteSerializer
    filterset_class = filters.MeasurementFilter
    ordering_fields = ("id", "period", "recorded_at", "value", "target")
    http_method_names = ["get", "post", "head", "options"]

    def perform_create(self, fields: dict[str, Any]) -> models.Measurement:
        return targets.measurement_record(by=self.request.user, fields=fields)

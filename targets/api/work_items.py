"""The hand-over of items of lists, and the files that prove them done."""

from typing import Any

from rest_framework import serializers

from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import KeyField, ReadSerializer, WriteSerializer
from projects.core.api.base import DomainReadOnly
from projects.evidence.api import FILE_FIELDS, FileWriteSerializer, KeptFileViewSet
from projects.handover.api import STEP_FIELDS
from projects.people.serializers import UserBriefSerializer
from targets import models
from targets.api import filters
from targets.services import targets


class WorkItemBriefSerializer(ReadSerializer):
    class Meta:
        model = models.WorkItem
        fields = ["id", "name", "kind"]


class WorkItemStepSerializer(ReadSerializer):
    work_item_name = serializers.CharField(source="work_item.name", read_only=True)
    target = KeyField(source="work_item.target", read_only=True)
    state_display = DisplayField()
    expandable = {"work_item": WorkItemBriefSerializer, "by": UserBriefSerializer}

    class Meta:
        model = models.WorkItemStep
        fields = ["id", "work_item", "work_item_name", "target", *STEP_FIELDS]


class WorkItemStepViewSet(DomainReadOnly):
    """Every step of every item's hand-over, as a register; steps are taken at the item."""

    queryset = models.WorkItemStep.objects.all()
    serializer_class = WorkItemStepSerializer
    filterset_class = filters.WorkItemStepFilter
    ordering_fields = ("id", "recorded_at", "work_item", "parked_until")


class WorkItemEvidenceSerializer(ReadSerializer):
    expandable = {"work_item": WorkItemBriefSerializer, "uploaded_by": UserBriefSerializer}

    class Meta:
        model = models.WorkItemEvidence
        fields = ["id", "work_item", *FILE_FIELDS]


class WorkItemEvidenceWriteSerializer(FileWriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = models.WorkItemEvidence
        fields = ["work_item", "file"]


class WorkItemEvidenceViewSet(KeptFileViewSet):
    """Evidence of items is added and read; it is a fact, so nobody changes or removes it."""

    queryset = models.WorkItemEvidence.objects.all()
    serializer_class = WorkItemEvidenceSerializer
    write_serializer_class = WorkItemEvidenceWriteSerializer
    filterset_class = filters.WorkItemEvidenceFilter
    ordering_fields = ("id", "name", "size", "recorded_at", "work_item")

    def perform_create(self, fields: dict[str, Any]) -> models.WorkItemEvidence:
        return targets.work_item_evidence_add(by=self.request.user, **fields)

"""The models of what was promised; one subject a file."""

from targets.models.measurement import Measurement
from targets.models.target import Target, TargetPart, TargetPathPoint, TargetSupport
from targets.models.work_item import WorkItem, WorkItemEvidence, WorkItemStep

__all__ = [
    "Measurement",
    "Target",
    "TargetPart",
    "TargetPathPoint",
    "TargetSupport",
    "WorkItem",
    "WorkItemEvidence",
    "WorkItemStep",
]

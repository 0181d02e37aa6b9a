"""The routes of what was promised."""

from targets.api import views, work_items

ROUTES = [
    ("targets", views.TargetViewSet),
    ("target-path-points", views.TargetPathPointViewSet),
    ("target-parts", views.TargetPartViewSet),
    ("work-items", views.WorkItemViewSet),
    ("work-item-steps", work_items.WorkItemStepViewSet),
    ("work-item-evidence", work_items.WorkItemEvidenceViewSet),
    ("measurements", views.MeasurementViewSet),
]

"""The routes of what was promised."""

from targets.api import views

ROUTES = [
    ("targets", views.TargetViewSet),
    ("target-path-points", views.TargetPathPointViewSet),
    ("target-parts", views.TargetPartViewSet),
    ("work-items", views.WorkItemViewSet),
    ("measurements", views.MeasurementViewSet),
]

"""The routes of what is built and by whom."""

from projects.api import views

ROUTES = [
    ("departments", views.DepartmentViewSet),
    ("users", views.UserViewSet),
    ("memberships", views.MembershipViewSet),
    ("calendar-days", views.CalendarDayViewSet),
    ("programmes", views.ProgrammeViewSet),
    ("programme-entries", views.ProgrammeEntryViewSet),
    ("projects", views.ProjectViewSet),
    ("milestones", views.MilestoneViewSet),
    ("extension-requests", views.ExtensionRequestViewSet),
    ("inspection-rounds", views.InspectionRoundViewSet),
    ("inspection-entries", views.InspectionEntryViewSet),
    ("inspection-scores", views.InspectionScoreViewSet),
]

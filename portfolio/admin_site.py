"""The admin site: open to everyone with an account; the permission table decides what it shows."""

from operator import attrgetter
from typing import Any

from django.conf import settings
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from portfolio.core import clock

# (title, ((model, icon), …)): one grouping for the sidebar and the first page.
GROUPS: tuple[tuple[Any, tuple[tuple[str, str], ...]], ...] = (
    (
        _("项目"),
        (
            ("projects.Project", "apartment"),
            ("projects.Milestone", "flag"),
            ("projects.ExtensionRequest", "event_upcoming"),
            ("projects.HandoverStep", "assignment_ind"),
            ("projects.Problem", "block"),
            ("projects.FundingApplication", "payments"),
            ("projects.EvidenceFile", "attach_file"),
            ("projects.StageTransition", "moving"),
            ("projects.Programme", "calendar_month"),
            ("projects.ProgrammeEntry", "playlist_add_check"),
        ),
    ),
    (
        _("月报与评灯"),
        (
            ("projects.ProgressReturn", "edit_calendar"),
            ("projects.ReturnPeriod", "date_range"),
            ("projects.SpotCheck", "search_check"),
            ("projects.MonthlyLight", "traffic"),
            ("projects.LightOverride", "front_hand"),
            ("projects.LightExemption", "verified"),
            ("projects.LightPolicy", "rule"),
        ),
    ),
    (
        _("目标"),
        (
            ("targets.Target", "target"),
            ("targets.TargetPathPoint", "show_chart"),
            ("targets.TargetPart", "account_tree"),
            ("targets.WorkItem", "checklist"),
            ("targets.WorkItemStep", "assignment_ind"),
            ("targets.WorkItemEvidence", "attach_file"),
            ("targets.Measurement", "monitoring"),
        ),
    ),
    (
        _("观摩测评"),
        (
            ("projects.InspectionRound", "tour"),
            ("projects.InspectionEntry", "domain"),
            ("projects.InspectionScore", "grade"),
            ("projects.InspectionDeduction", "remove_circle"),
            ("projects.InspectionResult", "leaderboard"),
            ("projects.Amendment", "edit_note"),
        ),
    ),
    (
        _("提醒"),
        (
            ("notifications.Reminder", "notifications"),
            ("notifications.Message", "mail"),
            ("notifications.ReminderPolicy", "tune"),
            ("notifications.TierOptOut", "notifications_off"),
            ("notifications.CalendarFeed", "calendar_add_on"),
            ("notifications.Webhook", "webhook"),
            ("notifications.WebhookDelivery", "outbound"),
        ),
    ),
    (
        _("报表与导出"),
        (("reports.Export", "download"), ("reports.ReportSubscription", "forward_to_inbox")),
    ),
    (
        _("单位与人员"),
        (
            ("projects.Department", "corporate_fare"),
            ("projects.User", "person"),
            ("projects.Membership", "badge"),
            ("projects.CalendarDay", "event_busy"),
            ("projects.PersonalToken", "key"),
        ),
    ),
)

# Where the steps of a row are taken: model → (the page, what of the row names it, or "" when the
# page is one for all).
PAGES: dict[str, tuple[str, str]] = {
    "projects.Project": ("workbench-projects-project", "pk"),
    "projects.StageTransition": ("workbench-projects-project", "project_id"),
    "projects.FundingApplication": ("workbench-projects-project", "project_id"),
    "projects.EvidenceFile": ("workbench-projects-project", "project_id"),
    "projects.SpotCheck": ("workbench-projects-project", "project_id"),
    "projects.Programme": ("workbench-projects-programme", "pk"),
    "projects.ProgrammeEntry": ("workbench-projects-entry", "pk"),
    "projects.Milestone": ("workbench-milestone", "pk"),
    "projects.HandoverStep": ("workbench-milestone", "milestone_id"),
    "projects.ExtensionRequest": ("workbench-extensions-extension", "pk"),
    "projects.Problem": ("workbench-problems-problem", "pk"),
    "projects.ProgressReturn": ("workbench-returns-one", "pk"),
    "projects.ReturnPeriod": ("workbench-returns-month", ""),
    "projects.InspectionRound": ("workbench-inspections-round", "pk"),
    "projects.InspectionEntry": ("workbench-inspections-round", "inspection_round_id"),
    "projects.InspectionScore": ("workbench-inspections-scoring", "judge_id"),
    "projects.InspectionResult": ("workbench-inspections-round", "entry.inspection_round_id"),
    "projects.Amendment": ("workbench-inspections-round", "inspection_round_id"),
    "targets.Target": ("workbench-targets-target", "pk"),
    "targets.Measurement": ("workbench-targets-target", "target_id"),
    "targets.WorkItem": ("workbench-work-item", "pk"),
    "targets.WorkItemStep": ("workbench-work-item", "work_item_id"),
    "targets.WorkItemEvidence": ("workbench-work-item", "work_item_id"),
    "reports.Export": ("workbench-exports-export", "pk"),
}


class ChoicesView(AutocompleteJsonView):
    """The choices of a form's field, called as the model's admin calls them."""

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return self.model_admin.choices(rows) if hasattr(self.model_admin, "choices") else rows

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        label = getattr(self.model_admin, "choice_label", str)
        return {"id": str(getattr(obj, to_field_name)), "text": label(obj)}


class CityAdminSite(UnfoldAdminSite):
    """Department staff work here too, so "staff" is no condition; each model's rights are."""

    index_title = _("首页")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return ChoicesView.as_view(admin_site=self)(request)

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """Tells the pages which day a shifted clock shows."""
        context["demo_day"] = clock.today() if settings.CLOCK_SHIFT else None
        return context

    def page_of(self, row: Any) -> str | None:
        """Returns the address of the page on which the row's steps are taken."""
        if row._meta.label not in PAGES:
            return None
        name, key = PAGES[row._meta.label]
        return reverse(name, args=[attrgetter(key)(row)] if key else None)

    def registers(self, request: HttpRequest) -> list[dict]:
        """Returns, by group, what the person may write here, or reads on no page."""
        groups = [
            group | {"models": [each for each in group["models"] if _kept_here(each)]}
            for group in self.get_app_list(request)
        ]
        return [group for group in groups if group["models"]]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict]:
        """Groups by what people work on; only what the person may see."""
        found = super().get_app_list(request, app_label)
        if app_label is not None:
            return found
        models = {each["model"]._meta.label: each for app in found for each in app["models"]}
        return [
            {
                "name": title,
                "app_label": f"group-{number}",
                "app_url": "#",
                "has_module_perms": True,
                "models": [models[label] for label, _icon in rows if label in models],
            }
            for number, (title, rows) in enumerate(GROUPS)
            if any(label in models for label, _icon in rows)
        ]


def _kept_here(listed: dict[str, Any]) -> bool:
    perms = listed["perms"]
    writes = perms["add"] or perms["change"] or perms["delete"]
    return writes or listed["model"]._meta.label not in PAGES


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Returns the sidebar: the same groups, with icons."""
    from django.contrib import admin

    icons = {label: icon for _title, rows in GROUPS for label, icon in rows}
    return [
        {
            "title": group["name"],
            "items": [
                {
                    "title": each["name"],
                    "icon": icons[each["model"]._meta.label],
                    "link": each["admin_url"],
                    "active": request.path.startswith(each["admin_url"]),
                }
                for each in group["models"]
                if each["admin_url"]
            ],
        }
        for group in admin.site.get_app_list(request)
    ]

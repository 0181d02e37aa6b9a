"""Subscriptions of reports: what comes by itself, when and to whom."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from notifications.outbox.wording import day_text
from portfolio.core import clock
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.subscriptions import services as subscriptions
from portfolio.reports.subscriptions.addresses import title_of
from portfolio.reports.subscriptions.models import BULLETIN, ReportSubscription, SubscriptionIssue
from portfolio.reports.subscriptions.preview import list_upcoming_issues, preview_recipients
from projects.core.admin.base import DomainAdmin, ReadOnlyInline
from projects.core.admin.rights import may
from projects.permissions import Actor


class IssuesInline(ReadOnlyInline):
    """What was made; each copy's mail is among the mails."""

    model = SubscriptionIssue
    fields = ("day", "as_of", "recorded_at")
    ordering = ("-day",)
    show_change_link = False
    hide_title = True

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, "view", ReportSubscription, obj)


@admin.register(ReportSubscription)
class ReportSubscriptionAdmin(DomainAdmin):
    sections = (
        (None, (("report", "format"), "parameters", "recipients", "note")),
        (gettext_lazy("何时"), (("rhythm", "number"), ("time_of_day", "until"), "active")),
        (gettext_lazy("接下来"), ("coming", "hindrances")),
        (None, (("owner", "recorded_at"),)),
    )
    add_sections = sections[:2]
    list_display = (
        "report_title", "format", "rhythm", "number", "time_of_day", "owner", "active", "until",
    )  # fmt: skip
    list_filter = ("active", ("rhythm", ChoicesDropdownFilter), ("format", ChoicesDropdownFilter))
    list_select_related = ("owner",)
    search_fields = ("report", "parameters", "note", "owner__name", "recipients__name")
    autocomplete_fields = ("recipients",)
    inlines = (IssuesInline,)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "report":
            names = [*REPORTS, BULLETIN]
            return forms.ChoiceField(
                choices=[("", _("请选择")), *((name, title_of(name)) for name in names)],
                label=db_field.verbose_name,
                widget=UnfoldAdminSelectWidget,
            )
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> ReportSubscription:
        return subscriptions.subscription_create(by=by, fields=fields)

    def write_update(self, *, by: Actor, instance: Any, changes: dict[str, Any]) -> None:
        subscriptions.subscription_update(subscription=instance, by=by, changes=changes)

    def write_delete(self, *, by: Actor, instance: Any) -> None:
        subscriptions.subscription_delete(subscription=instance, by=by)

    @display(description=gettext_lazy("报表"), ordering="report")
    def report_title(self, subscription: ReportSubscription) -> str:
        return title_of(subscription.report)

    @display(description=gettext_lazy("今后五期"))
    def coming(self, subscription: ReportSubscription) -> str:
        found = list_upcoming_issues(subscription, now=clock.now())
        if not found:
            return _("不再发送")
        words = _("%(day)s, 数据截至%(as_of)s")
        lines = [
            (words % {"day": day_text(each.day), "as_of": day_text(each.as_of)},) for each in found
        ]
        return format_html_join("", "<div>{}</div>", lines)

    @display(description=gettext_lazy("收不到的人"))
    def hindrances(self, subscription: ReportSubscription) -> str:
        people = preview_recipients(subscription, today=clock.today())
        lines = [(each.name, each.hindrance) for each in people if not each.receives]
        return format_html_join("", "<div>{}: {}</div>", lines) or _("无")

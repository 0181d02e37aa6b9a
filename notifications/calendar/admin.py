"""A person's own calendar addresses: made and revoked here, the whole address shown once."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from notifications.calendar.models import CalendarFeed
from notifications.calendar.services import (
    calendar_address,
    calendar_feed_create,
    calendar_feed_revoke,
)
from projects.core.admin.base import DomainAdmin, page_of
from projects.core.admin.refusals import catch_refusal
from projects.core.admin.rights import may
from projects.permissions import Actor


@admin.register(CalendarFeed)
class CalendarFeedAdmin(DomainAdmin):
    append_only = True
    sections = ((None, ("name", ("user", "recorded_at", "revoked_at"))),)
    add_sections = ((None, ("name",)),)
    list_display = ("name", "user", "state_label", "recorded_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__name")
    actions = ("revoke",)

    def write_create(self, *, by: Actor, fields: dict[str, Any]) -> CalendarFeed:
        feed, secret = calendar_feed_create(by=by, **fields)
        feed.address = calendar_address(secret)  # for the one page that shows it
        return feed

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Shows the address in the answer itself: a redirect would have to keep it somewhere."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("日历订阅地址: %(name)s") % {"name": obj.name},
            "opts": self.opts,
            "address": obj.address,
            "back": page_of(self, obj),
        }
        return TemplateResponse(request, "admin/calendar_address.html", context)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return may(request, "revoke", CalendarFeed)

    @admin.action(description=gettext_lazy("停用 (立即失效, 不能恢复)"), permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet) -> None:
        with catch_refusal():
            for feed in queryset:
                calendar_feed_revoke(feed=feed, by=request.user)
        self.message_user(request, _("已停用。"), messages.SUCCESS)

    @display(
        description=gettext_lazy("状态"),
        ordering="revoked_at",
        label={"in_use": "success", "revoked": "danger"},
    )
    def state_label(self, feed: CalendarFeed) -> tuple[str, str]:
        if feed.revoked_at is None:
            return "in_use", _("使用中")
        return "revoked", _("已停用")

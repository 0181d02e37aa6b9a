"""A person's own calendar addresses: made and revoked here, the whole address shown once."""

from typing import Any

from django.contrib import admin
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
from projects.core.admin.base import DomainAdmin
from projects.core.admin.rights import may
from projects.core.admin.steps import Step, with_steps
from projects.core.admin.verbs import page_of


@with_steps(
    Step(
        name="revoke",
        label=gettext_lazy("停用"),
        icon="link_off",
        service=calendar_feed_revoke,
        subject="feed",
        allowed=lambda request, feed: (
            feed.revoked_at is None and may(request, "revoke", CalendarFeed, feed)
        ),
        anyone=lambda request: may(request, "revoke", CalendarFeed),
        explanation=gettext_lazy("停用后此地址立即失效, 不能恢复; 需要时请新建一个。"),
    )
)
@admin.register(CalendarFeed)
class CalendarFeedAdmin(DomainAdmin):
    append_only = True
    sections = ((None, ("name", ("user", "recorded_at", "revoked_at"))),)
    add_sections = ((None, ("name",)),)
    list_display = ("name", "user", "state_label", "recorded_at", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__name")
    actions_detail = ()

    def write_create(self, *, by: Any, fields: dict[str, Any]) -> CalendarFeed:
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

    @display(
        description=gettext_lazy("状态"),
        ordering="revoked_at",
        label={"in_use": "success", "revoked": "danger"},
    )
    def state_label(self, feed: CalendarFeed) -> tuple[str, str]:
        if feed.revoked_at is None:
            return "in_use", _("使用中")
        return "revoked", _("已停用")

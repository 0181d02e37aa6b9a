"""The page that says what would go out on the coming days, by the tiers in force or by others."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from notifications.outbox.preview import PreviewRows, preview_warnings, reminders_preview
from notifications.policies.tiers import Schedules
from portfolio.core import clock

DAYS = 30
LINES_A_PAGE = 100


def preview_page(
    admin: Any, request: HttpRequest, schedules: Schedules, *, title: str, back: str
) -> HttpResponse:
    """Shows what would go out; nothing is written."""
    preview = reminders_preview(first=clock.today(), days=DAYS, schedules=schedules)
    pages = Paginator(PreviewRows(preview), LINES_A_PAGE)
    page = pages.get_page(request.GET.get("p"))
    context = {
        **admin.admin_site.each_context(request),
        "title": title,
        "opts": admin.opts,
        "back": back,
        "explanation": _(
            "今后 %(days)s 天按此规则将发出的提醒, 假定事项均未办结、未改期; 预计逾期的催办不在内。"
        )
        % {"days": DAYS},
        "warnings": [warning["message"] for warning in preview_warnings(preview)],
        "lines": list(page),
        "count": pages.count,
        "pages": list(pages.get_elided_page_range(page.number)),
        "page_number": page.number,
    }
    return TemplateResponse(request, "admin/reminder_preview.html", context)

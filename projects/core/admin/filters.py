"""Filters that clerks ask for by name."""

import datetime as dt
from typing import Any

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portfolio.core import clock


class MineFilter(SimpleListFilter):
    """The rows that the person may change: for a reporter, the own department's."""

    title = _("范围")
    parameter_name = "mine"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list:
        return [("yes", _("我可以修改的"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        return queryset.permitted(request.user, "change") if self.value() else queryset


class DueFilter(SimpleListFilter):
    """Where a dated promise stands today."""

    title = _("期限情况")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list:
        return [
            ("overdue", _("逾期未完成")),
            ("soon", _("30 天内到期")),
            ("open", _("未完成")),
            ("done", _("已完成")),
        ]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet:
        today = clock.today()
        if self.value() == "overdue":
            return queryset.overdue(on=today)
        if self.value() == "soon":
            return queryset.open().filter(due_on__range=(today, today + dt.timedelta(days=30)))
        if self.value() == "open":
            return queryset.open()
        if self.value() == "done":
            return queryset.filter(done_on__isnull=False)
        return queryset

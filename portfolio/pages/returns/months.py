"""What the pages of monthly returns share: the month, the filters, the ways between them."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from portfolio.core import clock
from portfolio.pages.kit.forms import PageForm
from portfolio.pages.kit.lists import read_filters, search_field
from portfolio.pages.kit.page import page
from projects.permissions import Actor, may_act
from projects.returns.models import ProgressReturn, ReturnPeriod, ReturnState
from projects.returns.services import period_open
from projects.returns.waiting import returns_to_accept, returns_to_confirm

RETURNS = "projects.ProgressReturn"
STANDINGS: list[tuple[str, Any]] = [
    ("", gettext_lazy("全部")),
    ("owed", gettext_lazy("待填报或退回")),
    ("submitted", ReturnState.SUBMITTED.label),
    ("confirmed", ReturnState.CONFIRMED.label),
    ("accepted", ReturnState.ACCEPTED.label),
    ("late", gettext_lazy("迟报")),
    ("missing", gettext_lazy("逾期未报")),
]


class ReturnsFilterForm(PageForm):
    month = forms.ChoiceField(label=gettext_lazy("月份"), required=False)
    standing = forms.ChoiceField(label=gettext_lazy("状态"), choices=STANDINGS, required=False)
    q = search_field(gettext_lazy("项目"))


class ReturnsQuery:
    """Which month and which of its returns the address asks for; the newest month by itself."""

    def __init__(self, request: HttpRequest) -> None:
        user = request.user
        self.periods = list(ReturnPeriod.objects.visible_to(user).order_by("-year", "-month"))
        mine = ProgressReturn.objects.permitted(user, "change")
        self.owed = mine.owed_by_period() if self.periods else {}
        self.form, self.values = read_filters(request, _filter(self), {})
        self.period = self._period()

    def _period(self) -> ReturnPeriod | None:
        """Returns the month that was asked for, else the newest in which something is owed, else
        the newest."""
        named = {str(period): period for period in self.periods}
        if self.values["month"] in named:
            return named[self.values["month"]]
        owing = [period for period in self.periods if period.pk in self.owed]
        return next(iter(owing or self.periods), None)

    def rows(self, rows: Any) -> QuerySet:
        """Returns those of the rows that are asked for, each with what it shows."""
        if self.period is None:
            return rows.none()
        rows = rows.filter(period=self.period).newest_revisions().with_derived()
        if self.values["q"]:
            rows = rows.search(self.values["q"])
        standing = self.values["standing"]
        if standing:
            rows = rows.in_filing_state(standing)
        related = ("project__lead_department", "period")
        return rows.select_related(*related).order_by("project__code")

    @property
    def others_owed(self) -> list[tuple[ReturnPeriod, int]]:
        """Returns the other months in which something is owed, with how much."""
        return [
            (period, self.owed[period.pk])
            for period in self.periods
            if period.pk in self.owed and period != self.period
        ]


def _filter(asked: ReturnsQuery) -> type[ReturnsFilterForm]:
    choices = [(str(period), month_words(period)) for period in asked.periods]

    class OfTheseMonths(ReturnsFilterForm):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["month"].choices = choices  # type: ignore[attr-defined]

    return OfTheseMonths


def month_words(period: Any) -> str:
    return _("%(year)d 年 %(month)d 月") % {"year": period.year, "month": period.month}


@dataclass(frozen=True)
class Tab:
    """A page of monthly returns, with how much waits there."""

    name: str
    address: str
    label: str
    count: int | None = None


def tabs(request: HttpRequest) -> list[Tab]:
    """Returns the pages of monthly returns that the person has a use for."""
    user, found = request.user, []
    if may_act(user, "change", RETURNS):
        found.append(Tab("fill", reverse("workbench-returns"), _("填报")))
    if may_act(user, "confirm", RETURNS):
        count, address = returns_to_confirm(user).count(), reverse("workbench-returns-confirm")
        found.append(Tab("confirm", address, _("负责人确认"), count))
    if may_act(user, "accept", RETURNS):
        count, address = returns_to_accept(user).count(), reverse("workbench-returns-accept")
        found.append(Tab("accept", address, _("项目办审核"), count))
    found.append(Tab("month", reverse("workbench-returns-month"), _("填报情况")))
    return found


def months_frame(request: HttpRequest, asked: ReturnsQuery, *, here: str) -> dict[str, Any]:
    """Returns what the head of the month's pages shows."""
    standing = {}
    if asked.period is not None:
        action = "change" if here == "fill" else "view"
        rows = ProgressReturn.objects.permitted(request.user, action)
        standing = rows.filter(period=asked.period).standing()
    return {
        "tabs": tabs(request),
        "tab": here,
        "period": asked.period,
        "month_words": month_words(asked.period) if asked.period else "",
        "form": asked.form,
        "others_owed": [(str(p), month_words(p), count) for p, count in asked.others_owed],
        "standing": standing,
        "narrowed": bool(asked.values["q"] or asked.values["standing"]),
        "may_open": month_to_open(request.user, asked.periods),
        "any_month": _any_month(request.user, asked.period),
    }


def month_to_open(user: Actor, periods: list[ReturnPeriod]) -> str:
    """Returns the month that is the next to be opened, for those who open months: the month past
    or the one after the newest, as long as it has begun."""
    if not may_act(user, "add", "projects.ReturnPeriod"):
        return ""
    today = clock.today()
    year, month = today.year, today.month
    if periods:
        newest = periods[0]
        year, month = (newest.year, newest.month + 1) if newest.month < 12 else (newest.year + 1, 1)
    elif month > 1:
        month -= 1
    return f"{year}-{month:02d}" if (year, month) <= (today.year, today.month) else ""


class MonthForm(PageForm):
    month = forms.RegexField(
        r"^\d{4}-(0[1-9]|1[0-2])$",
        label=gettext_lazy("月份"),
        help_text=gettext_lazy("例如 2025-08。"),
        widget=forms.TextInput({"type": "month"}),
    )


def _any_month(user: Actor, period: ReturnPeriod | None) -> MonthForm | None:
    """Returns the form in which any month is opened, also once more, for those who open months."""
    if not may_act(user, "add", "projects.ReturnPeriod"):
        return None
    return MonthForm(initial={"month": period and str(period)}, auto_id="open_%s")


@page
@require_POST
def open_month(request: HttpRequest) -> HttpResponse:
    """Opens a month: every project in force gets its return, filled in with last month's values."""
    form = MonthForm(request.POST)
    if form.is_valid():
        year, month = map(int, form.cleaned_data["month"].split("-"))
        if form.carried_out(period_open, year=year, month=month, by=request.user):
            messages.success(request, _("月报已开启, 各项目的月报已按上月预填。"))
            return redirect(f"{reverse('workbench-returns')}?month={form.cleaned_data['month']}")
    for error in (word for words in form.errors.values() for word in words):
        messages.error(request, str(error))
    return redirect("workbench-returns")

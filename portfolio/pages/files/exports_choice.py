"""What can be exported, in words; the form that asks for it; the address that it comes to."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import QueryDict
from django.urls import resolve, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError as ApiValidationError

from portfolio.core import clock
from portfolio.core.api.problems import iter_messages
from portfolio.core.history import past as as_of
from portfolio.pages.kit.fields import choice_field
from portfolio.pages.kit.fields import date_field as day_field
from portfolio.pages.kit.forms import PageForm
from portfolio.reports.bulletin.asking import require_whole_city
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.exporting.addresses import normalize_address, parse_address
from portfolio.reports.exporting.contents import Content, ListContent
from portfolio.reports.exporting.models import Export, ExportFormat
from portfolio.reports.exporting.services import export_create
from portfolio.reports.subscriptions.addresses import describe_parameters
from projects.permissions import Actor, may_act

# The lists that people ask for; any other list is exported by its address.
LISTS = (
    "projects", "milestones", "extension-requests", "problems", "progress-returns",
    "monthly-lights", "light-overrides", "light-exemptions", "spot-checks", "funding-applications",
    "programme-entries", "plan-points", "hand-over-steps", "targets", "target-parts",
    "target-path-points", "measurements", "work-items", "work-item-steps", "inspection-rounds",
    "inspection-entries", "inspection-results", "inspection-deductions", "inspection-scores",
    "departments", "users", "memberships", "calendar-days",
)  # fmt: skip
FORMATS = (
    (ExportFormat.XLSX, gettext_lazy("Excel 工作簿")),
    (ExportFormat.CSV, gettext_lazy("CSV 文本")),
    (ExportFormat.DOCX, gettext_lazy("Word 文档 (督查通报)")),
    (ExportFormat.PDF, gettext_lazy("PDF 文档 (督查通报)")),
)
# What the form decides, or a file has no use for.
DECIDED = ("format", as_of.PARAMETER, "page", "page_size")


class ExportForm(PageForm):
    what = choice_field(gettext_lazy("导出什么"), ())
    format = forms.ChoiceField(label=gettext_lazy("格式"), choices=FORMATS)
    day = day_field(
        gettext_lazy("按哪一天的数据"),
        required=False,
        help_text=gettext_lazy("不填为现在的数据; 填以前的日期, 则按当天所知导出。"),
    )

    def __init__(self, user: Actor, *args: Any, asked: str = "", **kwargs: Any) -> None:
        """``asked``: an address that another page asks for, or that was chosen."""
        super().__init__(*args, **kwargs)
        self.user = user
        offered: list[Any] = choices_for(user)
        if asked and not any(asked == each for _group, known in offered for each, _title in known):
            told = describe_address(asked, user=user)
            if told:
                offered = [(asked, told), *offered]
                self.fields["what"].help_text = told  # a list of choices may cut it
        what: Any = self.fields["what"]
        what.choices = [("", _("请选择")), *offered]

    def clean_day(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["day"]
        if day is not None and day > clock.today():
            raise ValidationError(_("日期不能晚于今天 (%(today)s)。") % {"today": clock.today()})
        return day

    def clean(self) -> dict[str, Any]:
        """Holds what is chosen to the formats and days that it comes in."""
        cleaned: dict[str, Any] = self.cleaned_data
        if self.errors:
            return cleaned
        try:
            content = parse_address(self.address)
        except ApiValidationError:
            bulletin = _is_bulletin(cleaned["what"])
            words = _("督查通报") if bulletin else _("列表和报表")
            formats = _("Word 或 PDF") if bulletin else _("Excel 或 CSV")
            self.add_error("format", _("%(what)s只能导出为 %(formats)s。") % {
                "what": words, "formats": formats,
            })  # fmt: skip
            return cleaned
        if cleaned["day"] and isinstance(content, ListContent) and not has_past(content):
            self.add_error("day", _("“%(what)s”不留历史, 只能导出现在的数据。") % {
                "what": content.title,
            })  # fmt: skip
        return cleaned

    @property
    def address(self) -> str:
        """Returns path and query of what is asked for."""
        path, query = split_address(self.cleaned_data["what"])
        query["format"] = self.cleaned_data["format"]
        if self.cleaned_data["day"]:
            query[as_of.PARAMETER] = self.cleaned_data["day"].isoformat()
        return f"{path}?{query.urlencode()}"

    def export(self) -> Export | None:
        """Returns the export that waits now, or None with the reason beside the field."""
        made: list[Export] = []

        def create(**given: Any) -> None:
            try:
                made.append(export_create(**given))
            except ApiValidationError as refusal:
                raise ValidationError({"what": list(iter_messages(refusal.detail))}) from refusal

        carried_out = self.carried_out(create, by=self.user, address=self.address)
        return made[0] if carried_out else None


def split_address(address: str) -> tuple[str, QueryDict]:
    """Returns path and filters of an address, without what the form decides."""
    path, _mark, query = address.partition("?")
    found = QueryDict(query, mutable=True)
    for name in DECIDED:
        found.pop(name, None)
    return path, found


def parse_initial(address: str, *, user: Actor) -> tuple[str, dict[str, Any]]:
    """Returns the address and the initial values of the export form for an address that another
    page has passed on. Raises the API's ``ValidationError`` if it cannot be exported."""
    given = QueryDict(address.partition("?")[2])
    path, query = split_address(normalize_address(address))
    what = f"{path}?{query.urlencode()}" if query else path
    default = ExportFormat.DOCX if _is_bulletin(path) else ExportFormat.XLSX
    format = given.get("format", default)
    parse_address(with_format(what, format))
    return what, {"what": what, "format": format, "day": given.get(as_of.PARAMETER)}


def with_format(address: str, format: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode({'format': format})}"


def describe_address(address: str, *, user: Actor) -> str:
    """Describes in words what the address exports; "" if it is not an address of ours."""
    try:
        bulletin = _is_bulletin(address)
        content = parse_address(with_format(address, "docx" if bulletin else "xlsx"))
    except ApiValidationError:
        return ""
    return describe_content(content, user=user)


def describe_content(content: Content, *, user: Actor) -> str:
    filters = [f"{name}: {value}" for name, value in describe_filters(content, user=user)]
    return f"{content.title} ({'; '.join(filters)})" if filters else content.title


def describe_filters(content: Content, *, user: Actor) -> list[tuple[str, str]]:
    """Returns the filters in words, those that it would be refused for too."""
    try:
        return describe_parameters(content, user=user)
    except (ApiValidationError, ValueError):
        return [(name, str(value)) for name, value in content.parameters.items()]


def choices_for(user: Actor) -> list[tuple[str, list[tuple[str, str]]]]:
    """Returns what the person may export, in groups: address → words."""
    reports = [(reverse("report", args=[each.name]), str(each.title)) for each in REPORTS.values()]
    found = [(_("列表"), list(_lists_for(user))), (_("报表"), reports)]
    try:
        require_whole_city(user)
    except PermissionDenied:
        return found
    return [*found, (_("督查通报"), _bulletins())]


def _lists_for(user: Actor) -> Iterator[tuple[str, str]]:
    for name in LISTS:
        address = reverse(f"{name}-list")
        model = resolve(address).func.cls.queryset.model  # type: ignore[attr-defined]
        if may_act(user, "view", model._meta.label):
            yield address, str(model._meta.verbose_name)


def _bulletins() -> list[tuple[str, str]]:
    """Returns the bulletins of this month and the one before."""
    this = clock.today().replace(day=1)
    last = (this - dt.timedelta(days=1)).replace(day=1)
    return [
        (
            f"{reverse('bulletin')}?month={month:%Y-%m}",
            _("督查通报, %(year)d年%(month)d月") % {"year": month.year, "month": month.month},
        )
        for month in (last, this)
    ]


def _is_bulletin(address: str) -> bool:
    return address.partition("?")[0].rstrip("/") == reverse("bulletin").rstrip("/")


def has_past(content: ListContent) -> bool:
    model: type[models.Model] = content.view.queryset.model
    return as_of.has_history(model)

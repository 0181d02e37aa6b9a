"""Reads an address of this API that is to be answered into a file."""

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import QueryDict
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from portfolio.core.api import tables
from portfolio.core.api.views import ReadOnlyResource
from portfolio.reports.bulletin.answering import FORMATS as BULLETIN_FORMATS
from portfolio.reports.bulletin.views import BulletinView
from portfolio.reports.catalogue.registry import REPORTS
from portfolio.reports.exporting.contents import (
    BulletinContent,
    Content,
    ListContent,
    ReportContent,
)
from portfolio.reports.views import ReportView

FIELD = "address"
API = "/api/v1/"


def address_error(message: str, code: str = "invalid") -> ValidationError:
    """Returns the refusal of an address."""
    return ValidationError({FIELD: message}, code=code)


def normalize_address(address: str) -> str:
    """Returns path and query of an address that may have been copied from a browser."""
    try:
        parts = urlsplit(address.strip())
    except ValueError as error:
        raise address_error(_("这不是一个地址。")) from error
    ours = urlsplit(settings.BASE_URL)
    if parts.netloc and parts.netloc != ours.netloc:
        raise address_error(
            _("只能导出本系统的地址, 即以 %(base)s 或 /api/v1/ 开头的地址。")
            % {"base": settings.BASE_URL},
            "not_ours",
        )
    if "\x00" in unquote(address):
        raise address_error(_("地址里有不能用的字符。"))
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def parse_address(address: str) -> Content:
    """Returns what the address (path and query) asks for; raises 400 saying what it should be.

    Its filters are not looked at yet: that is ``Content.check``.
    """
    path, _mark, query = address.partition("?")
    parameters = QueryDict(query)
    format = parameters.get("format", "")
    view, arguments, settings_of_view = _view_of(path)
    if issubclass(view, ReadOnlyResource):
        return ListContent(
            _check_format(format, tables.FORMATS), parameters, path, view, settings_of_view
        )
    if issubclass(view, BulletinView):
        return BulletinContent(_check_format(format, BULLETIN_FORMATS), parameters)
    if arguments.get("name") not in REPORTS:
        known = ", ".join(REPORTS)
        raise address_error(
            _("没有这个报表。可用: %(known)s。") % {"known": known}, "unknown_address"
        )
    report = REPORTS[arguments["name"]]
    return ReportContent(_check_format(format, tables.FORMATS), parameters, report)


def _view_of(path: str) -> tuple[type, dict, dict]:
    """Returns the view that answers, its arguments, and how it was set up."""
    try:
        match = resolve(path) if path.startswith(API) else None
    except Resolver404:
        match = None
    if match is None:
        raise address_error(
            _("没有这个地址。应为列表或报表的地址, 如 /api/v1/projects/?light=red&format=xlsx。"),
            "unknown_address",
        )
    view = getattr(match.func, "cls", object)
    is_list = getattr(match.func, "actions", {}).get("get") == "list"
    if issubclass(view, ReportView | BulletinView) or (
        issubclass(view, ReadOnlyResource) and is_list
    ):
        return view, match.kwargs, getattr(match.func, "initkwargs", {})
    raise address_error(
        _("这个地址不能导出: 只有表格形式的列表 (csv、xlsx)、报表和督查通报可以导出。"),
        "not_a_list",
    )


def _check_format(format: str, known: tuple[str, ...]) -> str:
    if format in known:
        return format
    raise address_error(
        _("请在地址里写明格式: %(choices)s。")
        % {"choices": _(" 或 ").join(f"format={each}" for each in known)},
        "unknown_format",
    )

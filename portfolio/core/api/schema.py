"""What the OpenAPI document says of every endpoint: errors, ETags, shared parameters."""

from typing import Any, Literal, cast

from django.core.exceptions import FieldDoesNotExist
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_filters import BaseInFilter
from drf_spectacular.authentication import SessionScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, inline_serializer
from rest_framework import serializers

Direction = Literal["request", "response"]


def tag(words: Promise) -> str:
    """Returns the words, still in the reader's language, as the ``str`` that a tag is declared to
    be: drf-spectacular writes them out no sooner than the document."""
    return cast(str, words)


def _column_label(model: Any, path: str) -> str:
    """Returns a column's name as people read it, along a path of relations."""
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    try:
        return str(getattr(model._meta.get_field(name), "verbose_name", name))
    except FieldDoesNotExist:  # a column that a queryset adds
        return name


class TokenScheme(OpenApiAuthenticationExtension):
    """``Authorization: Token <token>``."""

    target_class = "portfolio.core.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Token <令牌>",
        }


class BrowserSessionScheme(SessionScheme):
    target_class = "portfolio.core.api.authentication.SessionAuthentication"
    name = "session"
    priority = 1


class ProblemErrorSerializer(serializers.Serializer):
    """One wrong value."""

    pointer = serializers.CharField(help_text="JSON Pointer: 出错的字段, 空表示整条记录")
    code = serializers.CharField(help_text="机器可读的错误代码")
    message = serializers.CharField(help_text="原因与改法, 按 Accept-Language")
    value = serializers.JSONField(required=False, help_text="收到的原值")


class ProblemSerializer(serializers.Serializer):
    """RFC 9457 application/problem+json."""

    type = serializers.CharField(help_text="说明页地址")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    errors: Any = ProblemErrorSerializer(many=True, required=False)


class HistoryEntrySerializer(serializers.Serializer):
    """One change of a row."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    label: Any = serializers.ChoiceField(choices=["insert", "update", "delete"])
    user = serializers.IntegerField(allow_null=True)
    user_name = serializers.CharField(allow_null=True)
    door = serializers.CharField(help_text="api, page, admin, import, mail, task, command, system")
    request_id = serializers.CharField(allow_null=True)
    changes = serializers.DictField(help_text="字段 → {before, after}")


HISTORY_PAGE = inline_serializer(
    "HistoryPage",
    {
        "count": serializers.IntegerField(),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": HistoryEntrySerializer(many=True),
    },
)

SHEETS = {"text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
_PROBLEM = OpenApiResponse(ProblemSerializer, description="application/problem+json")
_ETAG = OpenApiParameter(
    "ETag",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    response=[200, 201],
    description=_("记录版本"),
)


_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description=_("重试时带上同一个键, 得到第一次的回答, 不会重复写入"),
)


def _query(name: str, description: str | Promise) -> OpenApiParameter:
    return OpenApiParameter(name, OpenApiTypes.STR, description=description)


_SUMMARIES = {
    "list": _("列出%(what)s"),
    "retrieve": _("读取一条%(what)s"),
    "create": _("新增%(what)s"),
    "partial_update": _("修改%(what)s"),
    "destroy": _("删除%(what)s"),
    "history": _("%(what)s的修改历史"),
}


class ProblemAutoSchema(AutoSchema):
    """Says of each operation, in the reader's language, what the shared views do."""

    def get_summary(self) -> str | None:
        template = _SUMMARIES.get(getattr(self.view, "action", ""))
        return template % {"what": self._what()} if template and self._what() else None

    def get_tags(self) -> list[str]:
        return [self._what()] if self._what() else super().get_tags()

    def get_description(self) -> str:  # type: ignore[override]  # DRF's takes more, never given
        return ""  # docstrings speak to programmers

    def _what(self) -> str:
        queryset: Any = getattr(self.view, "queryset", None)
        return "" if queryset is None else str(queryset.model._meta.verbose_name)

    def _get_filter_parameters(self) -> list[dict]:
        """Describes each filter by the column that it asks about."""
        view: Any = self.view
        parameters = super()._get_filter_parameters()
        filters = getattr(getattr(view, "filterset_class", None), "base_filters", {})
        for parameter in parameters:
            declared = filters.get(parameter["name"])
            if declared is not None and not parameter.get("description"):
                # A filter that asks for something derived says itself what it is.
                label: Any = declared._label or _column_label(
                    view.queryset.model, declared.field_name
                )
                several = _(" (可多个, 逗号分隔)") if isinstance(declared, BaseInFilter) else ""
                parameter["description"] = f"{label}{several}"
        return parameters

    def get_override_parameters(self) -> list[Any]:
        view: Any = self.view
        action = getattr(view, "action", "")
        found = list(super().get_override_parameters())
        if action in ("list", "retrieve") and hasattr(view, "plan"):
            found.append(_query("fields", _("只要这些字段, 逗号分隔")))
            if getattr(view.serializer_class, "expandable", None):
                known = ", ".join(view.serializer_class.expandable)
                found.append(_query("expand", _("展开为对象: %(known)s") % {"known": known}))
        if action == "list":
            found += self._list_parameters()
        if self.method == "GET" and getattr(view, "has_past", False):
            found.append(
                OpenApiParameter(
                    "as_of",
                    OpenApiTypes.DATE,
                    description=_("截至该日终了 (北京时间) 系统所知的情况; 不能晚于今天"),
                )
            )
        if action == "history":
            found += [
                OpenApiParameter("page", int, description=_("第几页")),
                OpenApiParameter("page_size", int, description=_("每页条数, 最多 500")),
            ]
        if action == "partial_update":
            found.append(
                OpenApiParameter(
                    "If-Match",
                    OpenApiTypes.STR,
                    OpenApiParameter.HEADER,
                    required=True,
                    description=_("读取时得到的 ETag"),
                )
            )
        if action in ("retrieve", "create", "partial_update"):
            found.append(_ETAG)
        if self.method == "POST" and getattr(view, "answers_once", False):
            found.append(_IDEMPOTENCY_KEY)
        return found

    def _list_parameters(self) -> list[OpenApiParameter]:
        view: Any = self.view
        found: list[OpenApiParameter] = []
        if hasattr(view.queryset, "search"):
            found.append(_query("q", _("按名称、代码或拼音首字母查找")))
        if getattr(view, "ordering_fields", ()):
            known = ", ".join(view.ordering_fields)
            found.append(
                _query("ordering", _("排序 (前加 - 为降序): %(known)s") % {"known": known})
            )
        return found

    def get_request_serializer(self) -> Any:
        many = {"bulk": "write_serializer_class", "bulk_change": "bulk_change_shape"}
        shape = getattr(self.view, many.get(getattr(self.view, "action", ""), ""), None)
        if shape is not None:
            return shape(many=True)
        if getattr(self.view, "action", "") in ("create", "partial_update"):
            return (
                getattr(self.view, "write_serializer_class", None)
                or super().get_request_serializer()
            )
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        view: Any = self.view
        action = getattr(view, "action", "")
        if action == "history":
            return {"200": HISTORY_PAGE}
        if action in ("create", "partial_update") and hasattr(view, "plan"):
            return {"201" if action == "create" else "200": view.serializer_class}
        return super().get_response_serializers()

    def _get_response_bodies(self, direction: Direction = "response") -> dict:
        """Adds the problems, also to operations that declare their answers themselves."""
        bodies = super()._get_response_bodies(direction)
        expected = ["400", "401", "403", "404"]
        if self.method in ("POST", "PATCH", "DELETE"):
            expected += ["409", "413", "415"]
        if getattr(self.view, "action", "") == "partial_update":
            expected += ["412", "428"]
        for status in expected:
            if status not in bodies:
                bodies[status] = self._get_response_for_code(_PROBLEM, status)
        return bodies

    def map_parsers(self) -> list[str]:
        return [parser.media_type for parser in self.view.get_parsers()]

    def _get_response_for_code(
        self,
        serializer: Any,
        status_code: str,
        media_types: Any = None,
        direction: Direction = "response",
    ) -> dict:
        if serializer is _PROBLEM:
            media_types = ["application/problem+json"]
        told = super()._get_response_for_code(serializer, status_code, media_types, direction)
        for media_type in told.get("content", {}).keys() & SHEETS:
            told["content"][media_type] = {"schema": {"type": "string", "format": "binary"}}
        return told

"""JSON as it comes in: what has more than one reading is refused, not guessed."""

import json
from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


class StrictJsonParser(BaseParser):
    """Reads ``application/json`` by RFC 8259, strictly.

    The standard library alone would pass on lone surrogates and infinite numbers, which neither
    the database nor our own answers can carry, and fall over deep nesting.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read()
        try:
            data = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise ParseError() from error
        if data is None:
            raise ParseError(_("请求体是空的 (null), 应为 JSON 对象。"), code="empty")
        json.loads(body, object_pairs_hook=_each_name_once)
        return data


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ParseError(
            _("字段“%(name)s”写了两次, 请只留一个。") % {"name": twice}, code="duplicate"
        )
    return found

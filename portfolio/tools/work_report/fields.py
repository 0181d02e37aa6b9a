"""Strict reading of one YAML file: what a field may hold, and an error that says where and why."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext as _

REQUIRED: Any = object()
ABSENT: Any = object()


class ReportError(ValueError):
    """A fault in the report's data: names file, entry, field, value and remedy."""

    def __init__(
        self, file: str, remedy: str, *, entry: str = "", field: str = "", value: Any = REQUIRED
    ) -> None:
        self.file, self.entry, self.field, self.remedy = file, entry, field, remedy
        where = [file]
        if entry:
            where.append(_("条目 %(entry)s") % {"entry": entry})
        if field:
            where.append(_("字段 %(field)s") % {"field": field})
        if value is not REQUIRED:
            where.append(_("值 %(value)s") % {"value": _shown(value)})
        super().__init__(_("%(where)s：%(remedy)s") % {"where": "，".join(where), "remedy": remedy})


class WrongValueError(ValueError):
    """A value that a field refuses; its message is the remedy, ``at`` the way inside the field."""

    def __init__(self, remedy: str, *, at: str = "", value: Any = REQUIRED) -> None:
        super().__init__(remedy)
        self.at, self.value = at, value


def _shown(value: Any) -> str:
    if value is ABSENT:
        return _("（缺）")
    if value is None:
        return "null"
    text = f"“{value}”" if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


# --- YAML ---------------------------------------------------------------------------------------


# libyaml's where the package was built with it: five times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):
    """Reads plain scalars narrowly: true, false, null and decimals; a date stays text.

    YAML 1.1 turns ``no`` into False, 1.10 into a binary float and 2025-09-31 into a crash.
    """

    yaml_implicit_resolvers: dict = {}


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Any]:
    pairs = [
        (loader.construct_object(k), loader.construct_object(v, deep=True)) for k, v in node.value
    ]
    seen: set[Any] = set()
    for (name, _value), (key_node, _value_node) in zip(pairs, node.value, strict=True):
        if not isinstance(name, str) or name in seen:
            raise yaml.MarkedYAMLError(
                problem=_("字段 %(name)s 重复或不是文字") % {"name": name},
                problem_mark=key_node.start_mark,
            )
        seen.add(name)
    return dict(pairs)


def _add_scalar(tag: str, pattern: str, first: str, convert: Callable[[str], Any]) -> None:
    _Loader.add_implicit_resolver(tag, re.compile(pattern), list(first))

    def construct(loader: _Loader, node: yaml.ScalarNode) -> Any:
        return convert(str(loader.construct_scalar(node)))

    _Loader.add_constructor(tag, construct)


_add_scalar("!number", r"^-?\d+(\.\d+)?$", "-0123456789", Decimal)
_add_scalar("!boolean", r"^(true|false)$", "tf", lambda text: text == "true")
_add_scalar("!nothing", r"^(null|)$", "n", lambda text: None)
_Loader.add_implicit_resolver("!nothing", re.compile(r"^$"), [""])
_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(root: Path, file: str) -> dict[str, Any]:
    """Gives the file's mapping; ReportError if it is missing, not UTF-8, no YAML or no mapping."""
    try:
        text = (root / file).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ReportError(file, _("文件不存在；请从代码库恢复它。")) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ReportError(
            file, _("文件读不出来（%(error)s）；请存为 UTF-8 并检查权限。") % {"error": error}
        ) from None
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ReportError(
            file,
            _("第 %(line)s 行不是合法的 YAML（%(problem)s）；请改正这一行。")
            % {"line": line, "problem": error.problem},
        ) from None
    except yaml.YAMLError as error:
        raise ReportError(
            file, _("不是合法的 YAML（%(error)s）；请改正。") % {"error": error}
        ) from None
    if not isinstance(data, dict):
        raise ReportError(file, _("最外层应为“名称: 内容”的映射；请按文件头的说明补上。"))
    return data


# --- what a field may hold ------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """How one field is read, and what stands for it when it may be left out."""

    parse: Callable[[Any], Any]
    default: Any = REQUIRED


def text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise WrongValueError(_("应为非空文字；纯数字的文字请加引号。"))
    return value


def text_or_empty(value: Any) -> str:
    if not isinstance(value, str):
        raise WrongValueError(_("应为文字；没有内容请写 ''。"))
    return value


def matching(pattern: str, remedy: Callable[[], str]) -> Callable[[Any], str]:
    """The remedy is asked for when it is needed: only then is the reader's language known."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            raise WrongValueError(remedy())
        return value

    return parse


key = matching(
    r"\d{4}/[a-z0-9]+([-/][a-z0-9]+)*",
    lambda: _("应为“年份/小写英文短名”，如 2025/linnan-resettlement。"),
)
code = matching(
    r"[a-z]+(-[a-z]+)*", lambda: _("应为小写英文单位代码，如 development-reform；没有请写 null。")
)
address = matching(
    r"[^@\s]+@[^@\s]+\.[^@\s]+", lambda: _("应为电子邮箱地址，如 office@baotou.example。")
)


def one_of(values: Iterable[str]) -> Callable[[Any], str]:
    allowed = tuple(values)

    def parse(value: Any) -> str:
        if value not in allowed:
            raise WrongValueError(
                _("应为其中之一：%(allowed)s。")
                % {"allowed": "、".join(item or "''" for item in allowed)}
            )
        return value

    return parse


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WrongValueError(_("应为 true 或 false。"))
    return value


def number(value: Any) -> Decimal:
    if not isinstance(value, Decimal):
        raise WrongValueError(_("应为不带引号和单位的数，如 174.3。"))
    return value


def positive(value: Any) -> Decimal:
    if number(value) <= 0:
        raise WrongValueError(_("应大于 0。"))
    return value


def whole(value: Any) -> int:
    if positive(value) != int(value):
        raise WrongValueError(_("应为整数。"))
    return int(value)


def days(value: Any) -> int:
    """A number of days up to two years."""
    if not 0 <= number(value) <= 731 or value != int(value):
        raise WrongValueError(_("应为 0 到 731 之间的整数天数。"))
    return int(value)


def day(value: Any) -> date:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise WrongValueError(_("应为真实存在的日期，写作 2025-09-30。")) from None


def nullable(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else parse(value)


def many(parse: Callable[[Any], Any]) -> Callable[[Any], tuple]:
    """A list without repetitions."""

    def parse_all(value: Any) -> tuple:
        if not isinstance(value, list):
            raise WrongValueError(_("应为列表；没有内容请写 []。"))
        found: list[Any] = []
        for place, item in enumerate(value, start=1):
            try:
                parsed = parse(item)
            except WrongValueError as wrong:
                shown = item if wrong.value is REQUIRED else wrong.value
                raise WrongValueError(str(wrong), at=f"[{place}]{wrong.at}", value=shown) from None
            if parsed in found:
                raise WrongValueError(_("重复；请删去一个。"), at=f"[{place}]", value=item)
            found.append(parsed)
        return tuple(found)

    return parse_all


def record(kind: type, fields: Mapping[str, Field]) -> Callable[[Any], Any]:
    """A mapping that has every required field of ``fields`` and no other, made into a ``kind``."""

    def parse(value: Any) -> Any:
        if not isinstance(value, dict):
            raise WrongValueError(_("应为“字段: 内容”的映射。"))
        for name in value:
            if name not in fields:
                known = "、".join(fields)
                raise WrongValueError(
                    _("没有这个字段；请改名或删去。可用的字段：%(known)s。") % {"known": known},
                    at=f".{name}",
                    value=value[name],
                )
        found = {}
        for name, field in fields.items():
            if name not in value:
                if field.default is REQUIRED:
                    raise WrongValueError(_("缺少这个字段；请补上。"), at=f".{name}", value=ABSENT)
                found[name] = field.default
                continue
            try:
                found[name] = field.parse(value[name])
            except WrongValueError as wrong:
                shown = value[name] if wrong.value is REQUIRED else wrong.value
                raise WrongValueError(str(wrong), at=f".{name}{wrong.at}", value=shown) from None
        return kind(**found)

    return parse


def read_entries(
    file: str, raw: Any, name: str, identity: str, parse: Callable[[Any], Any]
) -> tuple:
    """The entries of a file's list, each named in errors by its ``identity`` field or its place."""
    if not isinstance(raw, list) or not raw:
        raise ReportError(file, _("应为非空列表。"), field=name, value=raw)
    entries: dict[Any, Any] = {}
    for place, item in enumerate(raw, start=1):
        label = item.get(identity) if isinstance(item, dict) else None
        label = str(label) if label else _("第 %(place)s 条") % {"place": place}
        try:
            entry = parse(item)
        except WrongValueError as wrong:
            raise ReportError(
                file,
                str(wrong),
                entry=label,
                field=wrong.at.lstrip(".") or name,
                value=wrong.value,
            ) from None
        mark = getattr(entry, identity)
        if mark in entries:
            raise ReportError(
                file, _("重复；请改名或删去一条。"), entry=label, field=identity, value=mark
            )
        entries[mark] = entry
    return tuple(entries.values())

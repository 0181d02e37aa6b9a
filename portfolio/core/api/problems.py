"""Errors as RFC 9457 ``application/problem+json``, in the reader's language."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import DataError, IntegrityError
from django.db.models import BaseConstraint, Model
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.encoding import force_str
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from psycopg.errors import ForeignKeyViolation
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from portfolio.core.api.renderers import dump
from portfolio.core.errors import (
    BatchRefusedError,
    StateConflictError,
    constraint_words,
    find_constraint_message,
    is_bare,
)

MEDIA_TYPE = "application/problem+json"

# code → (status, title, what to do); each has its page at /api/problems/<code>/.
PROBLEMS: dict[str, tuple[int, Any, Any]] = {
    "invalid": (
        400,
        gettext_lazy("输入有误"),
        gettext_lazy(
            "errors 逐条指出字段 (pointer)、原值 (value) 和改法 (message); 没有任何改动被保存。"
        ),
    ),
    "malformed": (
        400,
        gettext_lazy("请求无法解析"),
        gettext_lazy("请检查请求体是否为合法的 JSON。"),
    ),
    "unauthenticated": (
        401,
        gettext_lazy("尚未登录"),
        gettext_lazy("请登录, 或带上请求头 Authorization: Token <令牌>。"),
    ),
    "forbidden": (
        403,
        gettext_lazy("没有权限"),
        gettext_lazy("您的角色不能做此操作; 权限表见文档 permissions。"),
    ),
    "not_found": (404, gettext_lazy("未找到"), gettext_lazy("地址不存在, 或您无权查看该记录。")),
    "method_not_allowed": (
        405,
        gettext_lazy("不支持的方法"),
        gettext_lazy("该地址支持的方法见响应头 Allow。"),
    ),
    "not_acceptable": (
        406,
        gettext_lazy("不支持的格式"),
        gettext_lazy("可用的格式: json; 列表另有 csv 和 xlsx。"),
    ),
    "conflict": (
        409,
        gettext_lazy("与现状冲突"),
        gettext_lazy("记录现在的状态不允许此操作; detail 说明原因和办法。"),
    ),
    "stale": (
        412,
        gettext_lazy("记录已被他人修改"),
        gettext_lazy("current 是最新的记录; 请在其基础上修改, 并用新的 ETag 重试。"),
    ),
    "too_large": (413, gettext_lazy("请求过大"), gettext_lazy("请求体上限 10 MB。")),
    "unsupported_media_type": (
        415,
        gettext_lazy("不支持的内容类型"),
        gettext_lazy("请以 Content-Type: application/json 提交。"),
    ),
    "precondition_required": (
        428,
        gettext_lazy("缺少 If-Match"),
        gettext_lazy("请先读取记录, 并把响应头 ETag 的值放入 If-Match, 以免覆盖同事的修改。"),
    ),
    "throttled": (429, gettext_lazy("过于频繁"), gettext_lazy("请按响应头 Retry-After 稍后再试。")),
    "internal": (
        500,
        gettext_lazy("系统内部错误"),
        gettext_lazy("请把响应头 X-Request-Id 告知管理员。"),
    ),
    "unavailable": (503, pgettext_lazy("service", "暂不可用"), gettext_lazy("请稍后再试。")),
}
_BY_STATUS = {status: code for code, (status, _t, _h) in reversed(PROBLEMS.items())}


class PreconditionRequiredError(exceptions.APIException):
    status_code = 428
    default_detail = gettext_lazy("修改前请先读取记录, 并在 If-Match 中带上它的 ETag。")


class StaleRowError(exceptions.APIException):
    """Someone else has changed the row since it was read; carries the present row."""

    status_code = 412
    default_detail = gettext_lazy("您读取之后, 该记录已被他人修改。")

    def __init__(self, current: dict[str, Any], etag: str) -> None:
        super().__init__()
        self.current = current
        self.etag = etag


def problem_body(
    *, code: str, detail: str = "", instance: str = "", errors: list[dict] | None = None
) -> dict[str, Any]:
    """Returns the body of a problem answer."""
    status, title, help_text = PROBLEMS[code]
    body: dict[str, Any] = {
        "type": f"/api/problems/{code}/",
        "title": str(title),
        "status": status,
        "detail": detail or str(help_text),
        "instance": instance,
    }
    if errors is not None:
        body["errors"] = errors
    return body


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal becomes a problem; the unforeseen stays a 500."""
    request = context["request"]
    headers: dict[str, str] = {}
    extra: dict[str, Any] = {}
    code, detail, errors = _classify(exc, request)
    if not code:
        return None
    if isinstance(exc, exceptions.APIException):
        if auth_header := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = auth_header
        if wait := getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(wait))
    if isinstance(exc, StaleRowError):
        extra["current"] = exc.current
        headers["ETag"] = exc.etag
    set_rollback()
    body = problem_body(code=code, detail=detail, instance=request.path, errors=errors) | extra
    return Response(body, status=body["status"], headers=headers, content_type=MEDIA_TYPE)


def _classify(exc: Exception, request: Any) -> tuple[str, str, list[dict] | None]:
    if isinstance(exc, exceptions.ValidationError):
        return "invalid", "", _drf_errors(exc, request)
    if isinstance(exc, DjangoValidationError):
        return "invalid", "", _django_errors(exc, request)
    if isinstance(exc, StateConflictError):
        return "conflict", exc.message, [{"pointer": "", "code": exc.code, "message": exc.message}]
    if isinstance(exc, BatchRefusedError):
        words = {error.message for error in exc.errors} if exc.kind != "invalid" else set()
        return exc.kind, words.pop() if len(words) == 1 else "", _row_errors(exc)
    if isinstance(exc, IntegrityError):
        message = constraint_message(exc)
        return "conflict", message, [{"pointer": "", "code": "constraint", "message": message}]
    if isinstance(exc, DataError):
        return "invalid", _("有数值超出数据库可保存的范围。"), []
    if isinstance(exc, Http404):
        return "not_found", "", None
    if isinstance(exc, DjangoPermissionDenied):
        return "forbidden", str(exc), None
    if isinstance(exc, exceptions.APIException):
        return *_describe_api_error(exc), None
    return "", "", None


def _describe_api_error(exc: exceptions.APIException) -> tuple[str, str]:
    """Returns code and detail; DRF's own words are left out where ours say it in Chinese."""
    ours = exc.get_codes() != exc.default_code
    if isinstance(exc, exceptions.ParseError):
        return "malformed", force_str(exc.detail) if ours else ""
    code = _BY_STATUS.get(exc.status_code, "")
    said = code in ("not_found", "not_acceptable", "unauthenticated") and not ours
    return code, "" if said else force_str(exc.detail)


def _drf_errors(exc: exceptions.ValidationError, request: Any) -> list[dict]:
    found: list[dict] = []

    def walk(detail: Any, pointer: str) -> None:
        if isinstance(detail, dict):
            for key, inner in detail.items():
                step = "" if key == "non_field_errors" else f"/{key}"
                walk(inner, pointer + step)
        elif isinstance(detail, list) and any(isinstance(x, dict | list) for x in detail):
            for index, inner in enumerate(detail):
                if inner:
                    walk(inner, f"{pointer}/{index}")
        else:
            for message in detail if isinstance(detail, list) else [detail]:
                found.append(_build_error(pointer, message.code, str(message), request))

    walk(exc.detail, "")
    return found


def _django_errors(exc: DjangoValidationError, request: Any) -> list[dict]:
    by_field = exc.error_dict if hasattr(exc, "error_dict") else {"": exc.error_list}
    return [
        _build_error(
            "" if field in ("", "__all__") else f"/{field}",
            error.code or "invalid",
            reword_constraint("".join(str(m) for m in error.messages)),
            request,
        )
        for field, field_errors in by_field.items()
        for error in field_errors
    ]


def _row_errors(exc: BatchRefusedError) -> list[dict]:
    return [
        {
            "pointer": f"/{error.row}/{error.field}".rstrip("/"),
            "code": error.code,
            "message": error.message,
            **({} if error.value is None else {"value": error.value}),
        }
        for error in exc.errors
    ]


def _build_error(pointer: str, code: str, message: str, request: Any) -> dict[str, Any]:
    error: dict[str, Any] = {"pointer": pointer, "code": code, "message": message}
    value = _value_at(pointer, request)
    if value is not None:
        error["value"] = value
    return error


def _value_at(pointer: str, request: Any) -> Any:
    """Returns what was sent at the pointer, so that the reader sees the wrong value itself."""
    if not pointer or pointer.endswith("/password"):
        return None  # a password stands in no answer, not even a wrong one
    if request.method in ("GET", "HEAD", "DELETE"):
        return request.GET.get(pointer.strip("/"))
    value = request.data
    for step in pointer.strip("/").split("/"):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value if isinstance(value, str | int | float | bool) else None


@cache
def _bare_constraints(language: str) -> dict[str, tuple[BaseConstraint, type[Model]]]:
    """Returns Django's own sentence for each constraint without words → the constraint."""
    return {
        str(constraint.get_violation_error_message()): (constraint, model)
        for model in apps.get_models()
        for constraint in model._meta.constraints
        if is_bare(constraint)
    }


def iter_messages(detail: Any) -> Iterator[str]:
    """Yields the messages of the API's ``ValidationError.detail``, of whatever depth, without the
    fields at which they stand."""
    if isinstance(detail, dict | list):
        for each in detail.values() if isinstance(detail, dict) else detail:
            yield from iter_messages(each)
    else:
        yield str(detail)


def reword_constraint(message: str) -> str:
    """Returns a validation message with a bare constraint's name put into words."""
    bare = _bare_constraints(get_language() or "").get(message)
    return constraint_words(*bare) if bare else message


def constraint_message(exc: IntegrityError) -> str:
    """Returns the words of the broken constraint, as the model declares them."""
    name = getattr(getattr(exc.__cause__, "diag", None), "constraint_name", None) or ""
    words = find_constraint_message(name)
    if words:
        return words
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name:
                return constraint_words(constraint, model)
    if isinstance(exc.__cause__, ForeignKeyViolation):
        return _("所引用的记录刚被删除, 或仍被其他记录引用; 请刷新后重试。")
    return _("数据库约束 %(name)s 拒绝了这次改动。") % {"name": name}


def problem_response(request: HttpRequest, code: str, detail: str = "") -> HttpResponse:
    """Returns a problem answer outside of any API view (unknown address, crash, lock-out)."""
    body = problem_body(code=code, detail=detail, instance=request.path)
    return HttpResponse(dump(body), status=body["status"], content_type=MEDIA_TYPE)

"""``GET reports/bulletin?month=2025-09``: the monthly bulletin as DOCX or PDF."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolio.core.api.renderers import dump
from portfolio.core.api.schema import tag
from portfolio.core.history.past import PARAMETER as AS_OF
from portfolio.reports.bulletin.answering import (
    ANSWER,
    PARAMETERS,
    parse_bulletin_query,
    write_bulletin_file,
)

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


def describe_bulletin() -> dict[str, Any]:
    """Returns how the list of reports describes the bulletin, which has no rows of its own."""
    return {
        "name": "bulletin",
        "title": _("督查通报"),
        "description": _("一个月的督查通报 (GB/T 9704-2012), 格式为 docx 或 pdf, 数字取自各报表。"),
        "parameters": list(PARAMETERS),
        "columns": [],
    }


class WordRenderer(BaseRenderer):
    """Gives out the document; a refusal is a problem in JSON."""

    media_type = DOCX
    format = "docx"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type=None, renderer_context=None) -> bytes:
        return data if isinstance(data, bytes) else b"" if data is None else dump(data)


class PdfRenderer(WordRenderer):
    media_type = PDF
    format = "pdf"


class BulletinView(APIView):
    """Writes the month's bulletin from the reports' rows as of a day."""

    renderer_classes = (WordRenderer, PdfRenderer)

    @extend_schema(
        summary=gettext_lazy("生成督查通报"),
        tags=[tag(gettext_lazy("报表"))],
        parameters=[
            OpenApiParameter("month", str, required=True, description=gettext_lazy("如 2025-09")),
            OpenApiParameter(
                AS_OF,
                str,
                description=gettext_lazy("按当日所知, 默认该月最后一天; 最晚到次月末"),
            ),
            OpenApiParameter("issuer", str, description=gettext_lazy("发文机关")),
            OpenApiParameter("number", str, description=gettext_lazy("发文字号; 空则不印")),
            OpenApiParameter("signer", str, description=gettext_lazy("签发人; 空则不印")),
            OpenApiParameter("recipients", str, description=gettext_lazy("主送机关")),
            OpenApiParameter("copies", str, description=gettext_lazy("抄送机关; 空则不印")),
            OpenApiParameter("issued_on", str, description=gettext_lazy("成文日期, 默认同 as_of")),
            OpenApiParameter(
                ANSWER,
                str,
                many=True,
                description=gettext_lazy("项目编号=单位的申辩, 可重复"),
            ),
        ],
        responses={(200, DOCX): OpenApiTypes.BINARY, (200, PDF): OpenApiTypes.BINARY},
    )
    def get(self, request: Request) -> Response:
        wanted = parse_bulletin_query(request.query_params)
        kind = request.accepted_renderer.format
        made = write_bulletin_file(wanted, user=request.user, format=kind)
        headers = {"Content-Disposition": f'attachment; filename="{wanted.file_name(kind)}"'}
        return Response(made, headers=headers)

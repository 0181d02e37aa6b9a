"""``GET reports/bulletin?month=2025-09``: the monthly bulletin as DOCX or PDF."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolio.api.as_of import PARAMETER as AS_OF
from portfolio.api.filtering import refuse_unknown_parameters
from portfolio.api.renderers import dump
from portfolio.reports.bulletin import docx, pdf
from portfolio.reports.bulletin.asking import bulletin_written, days_of
from portfolio.reports.bulletin.parts import Bulletin
from projects.permissions.access import access_of

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"
ANSWER = "answer"


PARAMETERS = (
    ANSWER, AS_OF, "copies", "issued_on", "issuer", "month", "number", "recipients", "signer",
)  # fmt: skip


def bulletin_described() -> dict[str, Any]:
    """Returns how the list of reports describes the bulletin, which has no rows of its own."""
    return {
        "name": "bulletin",
        "title": _("督查通报"),
        "description": _("一个月的督查通报 (GB/T 9704-2012), 格式为 docx 或 pdf, 数字取自各报表。"),
        "parameters": list(PARAMETERS),
        "columns": [],
    }


class CoverSerializer(serializers.Serializer):
    """What the address may say of the bulletin's head and foot; each fits its place."""

    issuer = serializers.CharField(required=False, min_length=2, max_length=24)
    number = serializers.CharField(required=False, allow_blank=True, max_length=24)
    signer = serializers.CharField(required=False, allow_blank=True, max_length=8)
    recipients = serializers.CharField(required=False, allow_blank=True, max_length=200)
    copies = serializers.CharField(required=False, allow_blank=True, max_length=200)
    issued_on = serializers.DateField(required=False)


class AnswersField(serializers.ListField):
    """项目编号=文字, once for each project."""

    child = serializers.RegexField(r"^[A-Z0-9-]{4,20}=.{1,300}$", max_length=321)


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


class CannotMakePdf(exceptions.APIException):
    """LibreOffice is missing or fails; the words name the remedy."""

    status_code = 503


class BulletinView(APIView):
    """Writes the month's bulletin from the reports' rows as of a day."""

    renderer_classes = (WordRenderer, PdfRenderer)

    @extend_schema(
        summary=gettext_lazy("生成督查通报"),
        tags=[gettext_lazy("报表")],
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
        refuse_unknown_parameters(request, {*PARAMETERS, "format"})
        asked = request.query_params
        if "month" not in asked:
            raise serializers.ValidationError({"month": _("请写明月份, 如 2025-09。")}, "required")
        days = days_of(asked["month"], asked.get(AS_OF))
        cover = CoverSerializer(data=asked.dict())
        cover.is_valid(raise_exception=True)
        access_of(request.user)  # rights are today's, also over a past day's rows
        bulletin = bulletin_written(
            user=request.user,
            days=days,
            around=cover.validated_data,
            answers=_answers(asked.getlist(ANSWER)),
        )
        kind = request.accepted_renderer.format
        name = f"bulletin-{asked['month']}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        made = docx.written(bulletin) if kind == "docx" else _pdf(bulletin)
        return Response(made, headers=headers)


def _answers(given: list[str]) -> dict[str, str]:
    try:
        return dict(each.split("=", 1) for each in AnswersField().run_validation(given))
    except serializers.ValidationError as error:
        message = _("申辩应写作 项目编号=文字, 文字最多 300 字。")
        raise serializers.ValidationError({ANSWER: message}, "invalid") from error


def _pdf(bulletin: Bulletin) -> bytes:
    try:
        return pdf.pdf_of(bulletin)
    except pdf.NoPdf as error:
        raise CannotMakePdf(str(error)) from error

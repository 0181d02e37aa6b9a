"""Answers the bulletin: the one way for the API, exports and subscriptions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from rest_framework import exceptions, serializers

from portfolio.core.api.filtering import refuse_unknown
from portfolio.core.history.past import PARAMETER as AS_OF
from portfolio.reports.bulletin import docx, pdf
from portfolio.reports.bulletin.asking import BulletinDays, parse_bulletin_month, write_bulletin
from projects.permissions import Actor
from projects.permissions.access import access_of

ANSWER = "answer"
FORMATS = ("docx", "pdf")
PARAMETERS = (
    ANSWER, AS_OF, "copies", "issued_on", "issuer", "month", "number", "recipients", "signer",
)  # fmt: skip


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


class PdfUnavailableError(exceptions.APIException):
    """LibreOffice is missing or fails; the words name the remedy."""

    status_code = 503


@dataclass(frozen=True, slots=True)
class BulletinQuery:
    """What an address asks of the bulletin, checked."""

    month: str
    days: BulletinDays
    cover: Mapping[str, Any]
    answers: Mapping[str, str]

    def file_name(self, format: str) -> str:
        return f"bulletin-{self.month}.{format}"


def parse_bulletin_query(parameters: QueryDict) -> BulletinQuery:
    """Returns what the address asks for; raises 400 naming the parameter that is wrong."""
    refuse_unknown(parameters, {*PARAMETERS, "format"})
    if "month" not in parameters:
        raise serializers.ValidationError({"month": _("请写明月份, 如 2025-09。")}, "required")
    month = str(parameters["month"])
    cover = CoverSerializer(data=parameters.dict())
    days = parse_bulletin_month(month, parameters.get(AS_OF))
    cover.is_valid(raise_exception=True)
    return BulletinQuery(month, days, cover.validated_data, _answers(parameters.getlist(ANSWER)))


def write_bulletin_file(wanted: BulletinQuery, *, user: Actor, format: str) -> bytes:
    """Returns the bulletin as a file; raises PermissionDenied to whoever sees only a part of the
    city, and ``PdfUnavailableError``."""
    access_of(user)  # rights are today's, also over a past day's rows
    bulletin = write_bulletin(
        user=user, days=wanted.days, around=wanted.cover, answers=wanted.answers
    )
    if format == "docx":
        return docx.write_docx(bulletin)
    try:
        return pdf.write_pdf(bulletin)
    except pdf.PdfError as error:
        raise PdfUnavailableError(str(error)) from error


def _answers(given: list[str]) -> dict[str, str]:
    try:
        return dict(each.split("=", 1) for each in AnswersField().run_validation(given))
    except serializers.ValidationError as error:
        message = _("申辩应写作 项目编号=文字, 文字最多 300 字。")
        raise serializers.ValidationError({ANSWER: message}, "invalid") from error

"""The endpoints by which a request for a later date is signed and decided."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.serializers import TextField
from projects.api.serializers import ExtensionRequestSerializer
from projects.core.api.actions import ActionSerializer, ActionsMixin, NothingSerializer
from projects.services import extensions


class ExtensionGrantSerializer(ActionSerializer):
    note = TextField(max_length=500, required=False, allow_blank=True, label=_("决定意见"))


class ExtensionRefuseSerializer(ActionSerializer):
    note = TextField(max_length=500, label=_("决定意见"))


class ExtensionDecisions(ActionsMixin):
    """``sign`` by the head of the lead department; ``grant`` or ``refuse`` by who decides."""

    @extend_schema(
        summary=_("负责人签字"), request=NothingSerializer, responses=ExtensionRequestSerializer
    )
    @action(detail=True, methods=["post"])
    def sign(self, request: Request, pk: str) -> Response:
        """Signs the request for the department; three working days are left to decide it."""
        extension = self.subject("sign")
        self.body(NothingSerializer)
        extensions.extension_sign(extension=extension, by=request.user)
        return self.answer()

    @extend_schema(
        summary=_("同意延期"),
        request=ExtensionGrantSerializer,
        responses=ExtensionRequestSerializer,
    )
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, pk: str) -> Response:
        """Grants the request: the milestone's due date moves, its baseline stays."""
        extension = self.subject("decide")
        body = self.body(ExtensionGrantSerializer)
        extensions.extension_grant(extension=extension, by=request.user, **body)
        return self.answer()

    @extend_schema(
        summary=_("不同意延期"),
        request=ExtensionRefuseSerializer,
        responses=ExtensionRequestSerializer,
    )
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        """Refuses the request, with the reason."""
        extension = self.subject("decide")
        body = self.body(ExtensionRefuseSerializer)
        extensions.extension_refuse(extension=extension, by=request.user, **body)
        return self.answer()

"""A person's own calendar: the endpoints of its addresses, and what such an address answers."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_filters import BooleanFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from notifications.calendar import services as calendar_feeds
from notifications.calendar.models import CalendarFeed
from portfolio.core import clock
from portfolio.core.api.serializers import ReadSerializer, WriteSerializer
from projects.core.api.actions import ActionsMixin, NothingSerializer
from projects.core.api.base import DomainResource


class CalendarFeedSerializer(ReadSerializer):
    class Meta:
        model = CalendarFeed
        fields = ["id", "name", "user", "recorded_at", "revoked_at", "version"]


class CalendarFeedWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = CalendarFeed
        fields = ["name"]


class NewCalendarFeedSerializer(CalendarFeedSerializer):
    address = serializers.CharField(label=_("订阅地址"), help_text=_("只显示这一次, 请勿转给他人"))

    class Meta(CalendarFeedSerializer.Meta):
        fields = [*CalendarFeedSerializer.Meta.fields, "address"]


class CalendarFeedFilter(FilterSet):
    in_use = BooleanFilter(field_name="revoked_at", lookup_expr="isnull", label=_("使用中"))


class CalendarFeedViewSet(ActionsMixin, DomainResource):
    """The addresses of one's own calendar. The whole address is told once, when it is made."""

    queryset = CalendarFeed.objects.all()
    serializer_class = CalendarFeedSerializer
    write_serializer_class = CalendarFeedWriteSerializer
    filterset_class = CalendarFeedFilter
    ordering_fields = ("id", "recorded_at", "revoked_at")
    http_method_names = ["get", "post", "head", "options"]
    answers_once = False  # an answer with a secret is not kept

    @extend_schema(
        summary=_("新建日历订阅"),
        request=CalendarFeedWriteSerializer,
        responses={201: NewCalendarFeedSerializer},
    )
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Makes an address and tells it, this once."""
        body = self.body(CalendarFeedWriteSerializer)
        feed, secret = calendar_feeds.calendar_feed_create(by=request.user, **body)
        row = self.row(feed.pk)
        answer = {**row, "address": calendar_feeds.calendar_address(secret)}
        location = f"{request.path.rstrip('/')}/{feed.pk}/"
        headers = {**self._headers(row), "Location": location, "Cache-Control": "no-store"}
        return Response(answer, status=status.HTTP_201_CREATED, headers=headers)

    @extend_schema(
        summary=_("停用日历订阅"), request=NothingSerializer, responses=CalendarFeedSerializer
    )
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str) -> Response:
        """Ends the address at once and for good."""
        feed = self.subject("revoke")
        self.body(NothingSerializer)
        calendar_feeds.calendar_feed_revoke(feed=feed, by=request.user)
        return self.answer()


@require_safe
def calendar(request: HttpRequest, secret: str) -> HttpResponse:
    """Answers ``GET /calendar/<secret>.ics``: whoever knows the address need not sign in."""
    body = calendar_feeds.calendar_read(secret=secret, day=clock.today(), at=clock.now())
    if body is None:
        raise Http404
    headers = {
        "ETag": f'"{hashlib.sha256(body).hexdigest()}"',
        "Cache-Control": "private, no-cache",
        "Content-Disposition": 'inline; filename="deadlines.ics"',
        "Content-Language": settings.LANGUAGE_CODE,
        "X-Robots-Tag": "noindex, nofollow",
    }
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8", headers=headers)
    return get_conditional_response(request, etag=headers["ETag"], response=answer) or answer

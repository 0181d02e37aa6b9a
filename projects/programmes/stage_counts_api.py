"""``GET stage-counts``: what was finished, started, enrolled and reserved in a period."""

import datetime as dt
from contextlib import ExitStack
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters import FilterSet
from django_filters.utils import translate_validation
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from portfolio.core import clock
from portfolio.core.api.filtering import CommaChoiceFilter, refuse_unknown_parameters
from portfolio.core.api.schema import tag
from portfolio.core.errors import field_error
from portfolio.core.history import past as as_of
from projects import choices
from projects.people.filters import department_filter
from projects.permissions.access import access_of
from projects.programmes.models import Programme
from projects.programmes.stage_counts import NAMES, BatchCount, stage_counts
from projects.register.models import Project


class StageCountFilter(FilterSet):
    category = CommaChoiceFilter(field_name="category", choices=choices.Category.choices)
    cluster = CommaChoiceFilter(field_name="cluster", choices=choices.Cluster.choices)
    district = department_filter("district")
    lead_department = department_filter("lead_department")


class BatchCountSerializer(serializers.Serializer):
    """One batch; of 纳规 ``count`` is companies, of the others it is projects."""

    stage = serializers.CharField(help_text="commissioned, construction, enrolled, reserve")
    name = serializers.CharField(help_text=gettext_lazy("完一批、开一批、纳一批、备一批"))
    count = serializers.IntegerField(help_text=gettext_lazy("纳规按企业计, 其余按项目计"))
    projects = serializers.IntegerField()

    def to_representation(self, instance: BatchCount) -> dict[str, Any]:
        return {
            "stage": instance.stage.value,
            "name": str(NAMES[instance.stage]),
            "count": instance.count,
            "projects": instance.projects,
        }


class StageCountsQuerySerializer(serializers.Serializer):
    """The period, by default the programme's year, or the present one."""

    to = serializers.DateField(required=False)
    programme = serializers.IntegerField(required=False, min_value=2000, max_value=2100)

    def get_fields(self) -> dict[str, serializers.Field]:
        first = serializers.DateField(required=False)  # ``from`` is a word of Python's own
        return {"from": first, **super().get_fields()}

    def validate_programme(self, year: int) -> int:
        if not Programme.objects.filter(year=year).exists():
            raise serializers.ValidationError(
                _("没有 %(year)s 年的年度计划。") % {"year": year}, code="does_not_exist"
            )
        return year


class StageCountsSerializer(StageCountsQuerySerializer):
    as_of = serializers.DateField(allow_null=True)
    batches = BatchCountSerializer(many=True)


class StageCountsView(APIView):
    """Counts moves, each project once; open to everyone signed in, as the moves are."""

    @extend_schema(
        summary=gettext_lazy("完一批、开一批、纳一批、备一批"),
        tags=[tag(gettext_lazy("阶段变动"))],
        parameters=[
            StageCountsQuerySerializer,
            *(
                OpenApiParameter(name, str, description=gettext_lazy("可多个, 逗号分隔"))
                for name in StageCountFilter.base_filters
            ),
            OpenApiParameter("as_of", dt.date, description=gettext_lazy("按当日所知")),
        ],
        responses=StageCountsSerializer,
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        query = StageCountsQuerySerializer(data=asked.dict())
        known = {*query.fields, *StageCountFilter.base_filters, as_of.PARAMETER, "format"}
        refuse_unknown_parameters(request, known)
        access_of(request.user)  # rights are today's, also over a past day's rows
        with ExitStack() as reading:
            past = as_of.parse_day(asked[as_of.PARAMETER]) if as_of.PARAMETER in asked else None
            if past:
                reading.enter_context(as_of.read_as_of(past))
            query.is_valid(raise_exception=True)
            year = query.validated_data.get("programme")
            first, last = _period(query.validated_data)
            counts = stage_counts(
                first=first, last=last, year=year, projects=_projects(request, asked)
            )
            return Response(
                {
                    "from": first,
                    "to": last,
                    "programme": year,
                    "as_of": past,
                    "batches": BatchCountSerializer(counts, many=True).data,
                }
            )


def _period(asked: dict[str, Any]) -> tuple[dt.date, dt.date]:
    year = asked.get("programme")
    if year is None:
        year = (asked.get("to") or asked.get("from") or clock.today()).year
    first = asked.get("from") or dt.date(year, 1, 1)
    last = asked.get("to") or dt.date(year, 12, 31)
    if last < first:
        raise field_error(
            "to",
            _("截止日 %(last)s 早于起始日 %(first)s。") % {"last": last, "first": first},
            "before_from",
        )
    return first, last


def _projects(request: Request, asked: Any) -> Any:
    """Returns the projects that the filters leave, or ``None`` when nothing was filtered."""
    if not asked.keys() & StageCountFilter.base_filters.keys():
        return None
    chosen = StageCountFilter(data=asked, queryset=Project.objects.visible_to(request.user))
    if not chosen.is_valid():
        raise translate_validation(chosen.errors)
    return chosen.qs

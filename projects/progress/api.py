"""What the programme's resources answer beyond themselves: figures of a year, slips of an entry."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core import clock
from projects.programmes.api import ProgrammeEntryViewSet, ProgrammeViewSet
from projects.progress.programme_figures import programme_figures
from projects.progress.serializers import EntrySlipSerializer, ProgrammeFiguresSerializer
from projects.progress.slips import entry_slip


class ProgrammeProgressViewSet(ProgrammeViewSet):
    @extend_schema(
        summary=_("年度计划的数字, 按两种口径"), responses={200: ProgrammeFiguresSerializer}
    )
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def figures(self, request: Request, pk: str) -> Response:
        """The year's figures against what was planned and what is in force."""
        figures = programme_figures(self.subject())
        return Response(ProgrammeFiguresSerializer(figures).data)


class EntryProgressViewSet(ProgrammeEntryViewSet):
    @extend_schema(summary=_("对照各版次的偏差 (天数、投资)"), responses={200: EntrySlipSerializer})
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def slip(self, request: Request, pk: str) -> Response:
        """Days and money that the project slipped by, against every version of its plan."""
        slip = entry_slip(self.subject(), by=request.user, on=clock.today())
        return Response(EntrySlipSerializer(slip).data)

"""The endpoints of the quarterly inspection."""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.errors import field_error, permission_error
from projects.core.api.actions import ActionsMixin, NothingSerializer
from projects.core.api.base import DomainReadOnly, DomainResource
from projects.core.api.bulk import BulkMixin
from projects.inspections import filters, serializers
from projects.inspections import judges as inspection_judges
from projects.inspections import kinds as bulk_scores
from projects.inspections import results as inspection_results
from projects.inspections import services as inspections
from projects.inspections.models import (
    Amendment,
    InspectionDeduction,
    InspectionEntry,
    InspectionResult,
    InspectionRound,
    InspectionScore,
)
from projects.inspections.standing import (
    RANKED_BY,
    RankingLine,
    RoundScores,
    may_see_standing,
    newest_revision,
    rank_groups,
    read_published_results,
)
from projects.permissions import may_act

MOST_MISSING = 500


class InspectionRoundViewSet(ActionsMixin, DomainResource):
    queryset = InspectionRound.objects.all()
    serializer_class = serializers.InspectionRoundSerializer
    write_serializer_class = serializers.InspectionRoundWriteSerializer
    filterset_class = filters.InspectionRoundFilter
    ordering_fields = ("id", "year", "quarter", "ends_on", "published_at")

    def perform_create(self, fields: dict[str, Any]) -> InspectionRound:
        return inspections.round_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: InspectionRound, changes: dict[str, Any]) -> None:
        inspections.round_update(inspection_round=instance, by=self.request.user, changes=changes)

    def verb(self, permission: str, service: Callable[..., Any]) -> Response:
        inspection_round = self.subject(permission)
        self.body(NothingSerializer)
        service(inspection_round=inspection_round, by=self.request.user)
        return self.answer()

    @extend_schema(
        summary=gettext_lazy("开启评分"),
        request=NothingSerializer,
        responses=serializers.InspectionRoundSerializer,
    )
    @action(detail=True, methods=["post"])
    def open(self, request: Request, pk: str) -> Response:
        """Opens a prepared round for scoring."""
        return self.verb("open", inspections.round_open)

    @extend_schema(
        summary=gettext_lazy("将评委标为缺席, 或取消缺席"),
        request=serializers.AbsenceSerializer,
        responses=serializers.InspectionRoundSerializer,
    )
    @action(detail=True, methods=["post"], url_path="mark-absent")
    def mark_absent(self, request: Request, pk: str) -> Response:
        """Marks a judge absent, who is then not waited for; ``absent: false`` takes it back."""
        inspection_round = self.subject("change")
        fields = self.body(serializers.AbsenceSerializer)
        inspection_judges.judge_mark_absent(
            inspection_round=inspection_round, by=request.user, **fields
        )
        return self.answer()

    @extend_schema(
        summary=gettext_lazy("按旗县区填报经济数据得分"),
        request=serializers.DistrictDataSerializer,
        responses=serializers.InspectionRoundSerializer,
    )
    @action(detail=True, methods=["post"], url_path="district-data")
    def district_data(self, request: Request, pk: str) -> Response:
        """Gives all entries that stand in a district the economic score of the district."""
        inspection_round = self.subject("change")
        fields = self.body(serializers.DistrictDataSerializer)
        inspections.district_data_set(inspection_round=inspection_round, by=request.user, **fields)
        return self.answer()

    @extend_schema(
        summary=gettext_lazy("截止评分"),
        request=NothingSerializer,
        responses=serializers.InspectionRoundSerializer,
    )
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Ends the scoring; refused, with the list, while a score is missing."""
        return self.verb("close", inspection_results.round_close)

    @extend_schema(
        summary=gettext_lazy("批准结果 (市领导)"),
        request=NothingSerializer,
        responses=serializers.InspectionRoundSerializer,
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Approves the results of a closed round."""
        return self.verb("approve", inspection_results.round_approve)

    @extend_schema(
        summary=gettext_lazy("公布前撤回批准 (市领导)"),
        request=NothingSerializer,
        responses=serializers.InspectionRoundSerializer,
    )
    @action(detail=True, methods=["post"], url_path="revoke-approval")
    def revoke_approval(self, request: Request, pk: str) -> Response:
        """Takes the approval back, so that data or deductions can be put right."""
        return self.verb("approve", inspection_results.round_approval_revoke)

    @extend_schema(
        summary=gettext_lazy("公布结果 (督查员)"),
        request=NothingSerializer,
        responses=serializers.InspectionRoundSerializer,
    )
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Publishes an approved round, which freezes it."""
        return self.verb("publish", inspection_results.round_publish)

    @extend_schema(
        summary=gettext_lazy("测评结果和排名"),
        parameters=[
            OpenApiParameter(
                "by",
                str,
                enum=list(RANKED_BY),
                description=gettext_lazy("按什么排名; 项目以外取所含项目总分的平均"),
            ),
            OpenApiParameter("revision", int, description=gettext_lazy("版次; 默认为最新")),
        ],
        responses=serializers.RoundResultsSerializer,
    )
    @action(
        detail=True,
        methods=["get"],
        pagination_class=None,
        parameters=frozenset({"by", "revision", "format"}),
    )
    def results(self, request: Request, pk: str) -> Response:
        """The results, ranked by project, district, department or category.

        Before publication only who may see all scores (supervisors, leaders, viewers) sees where
        the entries stand; for everybody else, and for judges during the scoring, the list is
        empty.
        """
        inspection_round = self.get_queryset().filter(pk=pk).first()
        if inspection_round is None:
            raise Http404
        by = request.query_params.get("by", "project")
        if by not in RANKED_BY:
            message = _("不能按“%(by)s”排名。可用: %(known)s。")
            raise field_error("by", message % {"by": by, "known": ", ".join(RANKED_BY)})
        newest = newest_revision(inspection_round)
        body: dict[str, Any] = {
            "inspection_round": inspection_round.pk,
            "status": inspection_round.status,
            "by": by,
            "provisional": False,
            "revision": None,
            "revisions": newest,
            "missing_count": 0,
            "missing": [],
            "results": [],
        }
        if newest:
            body["revision"] = _revision(request.query_params.get("revision"), newest)
            found = read_published_results(inspection_round, body["revision"])
            lines: list[tuple] = [(each.entry, each.league, each, each.rank) for each in found]
            return Response(body | {"results": _rank_lines(lines, by)})
        if request.query_params.get("revision") is not None:
            raise field_error("revision", _("本轮尚未公布, 没有版次。"), "out_of_range")
        if may_see_standing(request.user, inspection_round):
            sheet = RoundScores(inspection_round)
            missing = sheet.missing()
            standings = sheet.standings()
            lines = [(each.entry, each.entry.league, each.result, each.rank) for each in standings]
            body |= {
                "provisional": True,
                "missing_count": len(missing),
                "missing": [_missing(each) for each in missing[:MOST_MISSING]],
                "results": _rank_lines(lines, by),
            }
        return Response(body)


def _revision(asked: str | None, newest: int) -> int:
    if asked is None:
        return newest
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= newest):
        message = _("没有第“%(asked)s”版; 现有 1 到 %(newest)s 版。")
        raise field_error("revision", message % {"asked": asked, "newest": newest}, "out_of_range")
    return int(asked[:9])


def _missing(missing: Any) -> dict[str, Any]:
    return {
        "judge": missing.judge.pk,
        "judge_name": missing.judge.user.name,
        "entry": missing.entry.pk,
        "project_name": missing.entry.project.name,
        "criterion": missing.criterion,
    }


def _rank_lines(lines: list[tuple], by: str) -> list[dict[str, Any]]:
    """Returns the lines of a ranking, figures with both decimals."""
    if by == "project":
        rows = [
            {
                "league": league,
                "rank": rank,
                "points": result.points,
                "entry": entry.pk,
                "project": entry.project_id,
                "project_code": entry.project.code,
                "project_name": entry.project.name,
                "category": entry.project.category,
                "district": entry.project.district_id,
                "lead_department": entry.project.lead_department_id,
                "site_points": result.site_points,
                "data_points": result.data_points,
                "deducted": result.deducted,
            }
            for entry, league, result, rank in lines
        ]
    else:
        points = [
            RankingLine(entry, league, result.points) for entry, league, result, _rank in lines
        ]
        rows = rank_groups(points, by)
    figures = ("points", "site_points", "data_points", "deducted")
    return [
        row | {name: f"{row[name]:.2f}" for name in figures if row.get(name) is not None}
        for row in rows
    ]


class InspectionEntryViewSet(ActionsMixin, DomainResource):
    queryset = InspectionEntry.objects.all()
    serializer_class = serializers.InspectionEntrySerializer
    write_serializer_class = serializers.InspectionEntryWriteSerializer
    filterset_class = filters.InspectionEntryFilter
    ordering_fields = ("id", "inspection_round", "project", "league")

    def perform_create(self, fields: dict[str, Any]) -> InspectionEntry:
        return inspections.entry_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: InspectionEntry, changes: dict[str, Any]) -> None:
        inspections.entry_update(entry=instance, by=self.request.user, changes=changes)

    def perform_destroy(self, instance: InspectionEntry) -> None:
        inspections.entry_delete(entry=instance, by=self.request.user)

    @extend_schema(
        summary=gettext_lazy("退出本轮测评"),
        request=NothingSerializer,
        responses=serializers.InspectionEntrySerializer,
    )
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Withdraws the entry: it is neither waited for nor ranked."""
        entry = self.subject("change")
        self.body(NothingSerializer)
        inspections.entry_withdraw(entry=entry, by=request.user)
        return self.answer()


class InspectionDeductionViewSet(DomainResource):
    queryset = InspectionDeduction.objects.all()
    serializer_class = serializers.InspectionDeductionSerializer
    write_serializer_class = serializers.InspectionDeductionWriteSerializer
    filterset_class = filters.InspectionDeductionFilter
    ordering_fields = ("id", "entry", "points")

    def perform_create(self, fields: dict[str, Any]) -> InspectionDeduction:
        return inspections.deduction_create(by=self.request.user, fields=fields)

    def perform_update(self, instance: InspectionDeduction, changes: dict[str, Any]) -> None:
        inspections.deduction_update(deduction=instance, by=self.request.user, changes=changes)

    def perform_destroy(self, instance: InspectionDeduction) -> None:
        inspections.deduction_delete(deduction=instance, by=self.request.user)


class InspectionScoreViewSet(ActionsMixin, BulkMixin, DomainResource):
    queryset = InspectionScore.objects.all()
    bulk_kind = bulk_scores.SCORE_KIND
    serializer_class = serializers.InspectionScoreSerializer
    write_serializer_class = serializers.InspectionScoreWriteSerializer
    filterset_class = filters.InspectionScoreFilter
    ordering_fields = ("id", "entry", "judge", "criterion", "points")

    def perform_create(self, fields: dict[str, Any]) -> InspectionScore:
        return inspections.score_record(by=self.request.user, fields=fields)

    def perform_update(self, instance: InspectionScore, changes: dict[str, Any]) -> None:
        inspections.score_update(score=instance, by=self.request.user, changes=changes)

    def perform_destroy(self, instance: InspectionScore) -> None:
        inspections.score_delete(score=instance, by=self.request.user)

    @extend_schema(
        summary=gettext_lazy("更正已公布的评分"),
        request=serializers.AmendmentWriteSerializer,
        responses=serializers.InspectionScoreSerializer,
    )
    @action(detail=True, methods=["post"])
    def amend(self, request: Request, pk: str) -> Response:
        """Corrects a score after publication; the amendment shows old, new, who and why, and all
        results of the round come anew, as its next revision."""
        score = self.subject()
        if not may_act(request.user, "add", Amendment._meta.label):
            raise permission_error()
        fields = self.body(serializers.AmendmentWriteSerializer)
        inspection_results.score_amend(score=score, by=request.user, **fields)
        return self.answer()


class InspectionResultViewSet(DomainReadOnly):
    queryset = InspectionResult.objects.all()
    serializer_class = serializers.InspectionResultSerializer
    filterset_class = filters.InspectionResultFilter
    ordering_fields = ("id", "entry", "revision", "league", "rank", "points")


class AmendmentViewSet(DomainReadOnly):
    queryset = Amendment.objects.all()
    serializer_class = serializers.AmendmentSerializer
    filterset_class = filters.AmendmentFilter
    ordering_fields = ("id", "inspection_round", "revision")

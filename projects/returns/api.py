"""Monthly returns: the months, each project's return and its way to acceptance, spot checks."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import BooleanFilter, DateFilter, FilterSet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core.api.filtering import CommaChoiceFilter, CommaKeyFilter, CommaNumberFilter
from portfolio.core.api.rows import DisplayField
from portfolio.core.api.serializers import KeyField, ReadSerializer, TextField, WriteSerializer
from portfolio.core.errors import permission_error
from projects.core.api.actions import ActionSerializer, ActionsMixin, NothingSerializer
from projects.core.api.base import DomainResource
from projects.people.filters import department_filter, user_filter
from projects.people.serializers import UserBriefSerializer
from projects.permissions import may_act
from projects.register.serializers import ProjectBriefSerializer
from projects.returns import at_once as returns_at_once
from projects.returns import services as returns
from projects.returns.models import ProgressReturn, ReturnPeriod, ReturnState, SpotCheck


class PeriodBriefSerializer(ReadSerializer):
    class Meta:
        model = ReturnPeriod
        fields = ["id", "year", "month", "due_on"]


class ReturnPeriodSerializer(ReadSerializer):
    returns_count = serializers.IntegerField(read_only=True, help_text=_("应报项目数"))
    submitted_count = serializers.IntegerField(read_only=True, help_text=_("已报"))
    accepted_count = serializers.IntegerField(read_only=True, help_text=_("已审核"))
    late_count = serializers.IntegerField(read_only=True, help_text=_("迟报"))
    missing_count = serializers.IntegerField(read_only=True, help_text=_("逾期未报"))

    class Meta:
        model = ReturnPeriod
        fields = [
            "id", "year", "month", "due_on", "opened_by", "returns_count", "submitted_count",
            "accepted_count", "late_count", "missing_count", "version",
        ]  # fmt: skip


class MonthSerializer(ActionSerializer):
    """A month of a year; whether it can be one, says the service."""

    year = serializers.IntegerField(min_value=2000, max_value=2100)
    month = serializers.IntegerField(min_value=1, max_value=12)


class MoneySumField(serializers.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=16, decimal_places=2, read_only=True, **kwargs)


class ProgressReturnSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    lead_department = KeyField(source="project.lead_department", read_only=True)
    year = serializers.IntegerField(source="period.year", read_only=True)
    month = serializers.IntegerField(source="period.month", read_only=True)
    due_on = serializers.DateField(source="period.due_on", read_only=True)
    state_display = DisplayField()
    department_light_display = DisplayField()
    late = serializers.BooleanField(read_only=True, help_text=_("迟报: 期限之后才提交"))
    missing = serializers.BooleanField(read_only=True, help_text=_("逾期未报"))
    reported_year_to_date = MoneySumField(
        help_text=_("本年累计完成投资·调度 (万元), 计至本月, 只计已审核的月报")
    )
    statistical_year_to_date = MoneySumField(
        help_text=_("本年累计完成投资·入统 (万元), 计至本月, 只计已审核的月报")
    )
    reported_total = MoneySumField(help_text=_("开工以来累计·调度 (万元), 含年前累计"))
    statistical_total = MoneySumField(help_text=_("开工以来累计·入统 (万元), 含年前累计"))
    expandable = {
        "project": ProjectBriefSerializer,
        "period": PeriodBriefSerializer,
        "submitted_by": UserBriefSerializer,
        "confirmed_by": UserBriefSerializer,
        "accepted_by": UserBriefSerializer,
    }

    class Meta:
        model = ProgressReturn
        fields = [
            "id", "project", "project_name", "lead_department", "period", "year", "month", "due_on",
            "revision", "revision_reason", "state", "state_display", "investment_reported",
            "investment_statistical", "physical_progress", "work_done", "obstacles",
            "forecast_commissioning", "department_light", "department_light_display", "no_change",
            "late", "missing", "reported_year_to_date", "statistical_year_to_date",
            "reported_total", "statistical_total", "submitted_by", "submitted_at", "confirmed_by",
            "confirmed_at", "accepted_by", "accepted_at", "sent_back_reason", "version",
        ]  # fmt: skip


class ProgressReturnWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = ProgressReturn
        fields = [
            "investment_reported", "investment_statistical", "physical_progress", "work_done",
            "obstacles", "forecast_commissioning", "department_light",
        ]  # fmt: skip
        read_only_hints = {
            "state": _("状态由动作改变: POST submit, confirm, accept, send-back, correct。"),
            "no_change": _("本月无变化请用 POST no-change。"),
            "reported_year_to_date": _("累计数由系统推算, 不能填写。"),
            "statistical_year_to_date": _("累计数由系统推算, 不能填写。"),
        }


class ReasonSerializer(ActionSerializer):
    reason = TextField(max_length=500, label=_("理由"))


class ReturnIdsSerializer(ActionSerializer):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        min_length=1,
        max_length=returns_at_once.MOST_AT_ONCE,
        label=_("月报编号"),
    )


class ConfirmedSerializer(serializers.Serializer):
    confirmed = serializers.IntegerField(label=_("已确认份数"))


class SpotCheckSerializer(ReadSerializer):
    project_name = serializers.CharField(source="project.name", read_only=True)
    difference = serializers.DecimalField(
        max_digits=5,
        decimal_places=2,
        read_only=True,
        allow_null=True,
        help_text=_("核实减上报 (百分点)"),
    )
    expandable = {"project": ProjectBriefSerializer, "checked_by": UserBriefSerializer}

    class Meta:
        model = SpotCheck
        fields = [
            "id", "project", "project_name", "progress_return", "checked_on", "checked_by",
            "progress_reported", "progress_found", "difference", "found", "recorded_at",
        ]  # fmt: skip


class SpotCheckWriteSerializer(WriteSerializer):
    class Meta(WriteSerializer.Meta):
        model = SpotCheck
        fields = ["project", "progress_return", "checked_on", "progress_found", "found"]
        read_only_hints = {"progress_reported": _("上报进度取自月报, 不能填写。")}


class ReturnPeriodFilter(FilterSet):
    year = CommaNumberFilter(field_name="year")
    month = CommaNumberFilter(field_name="month")


class ProgressReturnFilter(FilterSet):
    state = CommaChoiceFilter(field_name="state", choices=ReturnState.choices)
    period = CommaKeyFilter(field_name="period")
    year = CommaNumberFilter(field_name="period__year")
    month = CommaNumberFilter(field_name="period__month")
    project = CommaKeyFilter(field_name="project", code_field="code")
    lead_department = department_filter("project__lead_department")
    district = department_filter("project__district")
    officer = user_filter("project__officer")
    revision = CommaNumberFilter(field_name="revision")
    no_change = BooleanFilter()
    late = BooleanFilter(field_name="late", label=_("迟报"))
    missing = BooleanFilter(field_name="missing", label=_("逾期未报"))
    due_after = DateFilter(field_name="period__due_on", lookup_expr="gte")
    due_before = DateFilter(field_name="period__due_on", lookup_expr="lte")


class SpotCheckFilter(FilterSet):
    project = CommaKeyFilter(field_name="project", code_field="code")
    progress_return = CommaKeyFilter(field_name="progress_return")
    checked_by = user_filter("checked_by")
    lead_department = department_filter("project__lead_department")
    checked_after = DateFilter(field_name="checked_on", lookup_expr="gte")
    checked_before = DateFilter(field_name="checked_on", lookup_expr="lte")


class ReturnPeriodViewSet(DomainResource):
    """POST opens a month with its returns; again, it adds those of projects that joined since."""

    queryset = ReturnPeriod.objects.all()
    annotate = "with_counts"
    serializer_class = ReturnPeriodSerializer
    write_serializer_class = MonthSerializer
    filterset_class = ReturnPeriodFilter
    ordering_fields = ("id", "year", "month", "due_on")
    http_method_names = ["get", "post", "head", "options"]

    def perform_create(self, fields: dict[str, Any]) -> ReturnPeriod:
        return returns.period_open(**fields, by=self.request.user)


class ProgressReturnViewSet(ActionsMixin, DomainResource):
    """Returns come with the month (``POST return-periods``); they are filled in and moved on."""

    queryset = ProgressReturn.objects.all()
    annotate = "with_derived"
    serializer_class = ProgressReturnSerializer
    write_serializer_class = ProgressReturnWriteSerializer
    filterset_class = ProgressReturnFilter
    ordering_fields = (
        "id", "project", "period", "state", "investment_reported", "investment_statistical",
        "physical_progress", "submitted_at", "accepted_at",
    )  # fmt: skip
    http_method_names = ["get", "post", "patch", "head", "options"]

    @extend_schema(exclude=True)
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        raise MethodNotAllowed("POST")

    def perform_update(self, instance: ProgressReturn, changes: dict[str, Any]) -> None:
        returns.return_update(progress_return=instance, by=self.request.user, changes=changes)

    @extend_schema(summary=_("提交月报"), request=None, responses={200: ProgressReturnSerializer})
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Hands the return in to the department's head."""
        return self._moved("submit", returns.return_submit)

    @extend_schema(
        summary=_("本月无变化, 一键提交"), request=None, responses={200: ProgressReturnSerializer}
    )
    @action(detail=True, methods=["post"], url_path="no-change")
    def no_change(self, request: Request, pk: str) -> Response:
        """Fills the return in with last month's values and no money, and hands it in."""
        return self._moved("submit", returns.return_no_change)

    @extend_schema(
        summary=_("负责人确认月报"), request=None, responses={200: ProgressReturnSerializer}
    )
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Confirms the return as the department's head."""
        return self._moved("confirm", returns.return_confirm)

    @extend_schema(
        operation_id="progress_returns_confirm_many",
        summary=_("一次确认多份月报 (全部或全不)"),
        request=ReturnIdsSerializer,
        responses={200: ConfirmedSerializer},
    )
    @action(detail=False, methods=["post"], url_path="confirm", pagination_class=None)
    def confirm_many(self, request: Request) -> Response:
        """Confirms up to 1,000 returns, all or none."""
        if not may_act(request.user, "confirm", "projects.ProgressReturn"):
            raise permission_error()
        given = self.body(ReturnIdsSerializer)
        count = returns_at_once.returns_confirm(by=request.user, **given)
        return Response({"confirmed": count})

    @extend_schema(
        summary=_("项目办审核月报"), request=None, responses={200: ProgressReturnSerializer}
    )
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Accepts the return as the programme office; its figures count from now on."""
        return self._moved("accept", returns.return_accept)

    @extend_schema(
        summary=_("退回月报"), request=ReasonSerializer, responses={200: ProgressReturnSerializer}
    )
    @action(detail=True, methods=["post"], url_path="send-back")
    def send_back(self, request: Request, pk: str) -> Response:
        """Sends the return back to whoever filled it in, with a reason."""
        return self._moved("send_back", returns.return_send_back, ReasonSerializer)

    @extend_schema(
        summary=_("更正已审核的月报"),
        request=ReasonSerializer,
        responses={201: ProgressReturnSerializer},
    )
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Begins a correction: a new revision, filled in with the accepted values."""
        return self._moved(
            "correct", returns.return_correct, ReasonSerializer, status.HTTP_201_CREATED
        )

    def _moved(
        self,
        verb: str,
        service: Callable[..., ProgressReturn],
        shape: type[ActionSerializer] = NothingSerializer,
        code: int = status.HTTP_200_OK,
    ) -> Response:
        """Runs the service on the row; who may not is told before the body is read."""
        by = self.request.user
        instance = self.subject(verb)
        moved = service(progress_return=instance, by=by, **self.body(shape))
        row = self.row(moved.pk)
        return Response(row, status=code, headers=self._headers(row))


class SpotCheckViewSet(DomainResource):
    """What was found on site is added, never changed."""

    queryset = SpotCheck.objects.all()
    annotate = "with_difference"
    serializer_class = SpotCheckSerializer
    write_serializer_class = SpotCheckWriteSerializer
    filterset_class = SpotCheckFilter
    ordering_fields = ("id", "checked_on", "project")
    http_method_names = ["get", "post", "head", "options"]

    def perform_create(self, fields: dict[str, Any]) -> SpotCheck:
        return returns.spot_check_record(by=self.request.user, fields=fields)

"""``GET deadlines``: everything that is due, of every kind, in one ordered list."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from notifications.outbox.parameters import (
    PAGE_PARAMETERS,
    QuerySerializer,
    parse_codes,
    parse_departments,
    parse_kinds,
)
from notifications.outbox.recipients import AudienceQuery, find_responsible
from notifications.own_deadlines import department_deadlines_condition, own_deadlines_condition
from portfolio.core import clock
from portfolio.core.api.schema import tag
from projects.deadlines import deadline_rows, find_answering_role, in_states, kind_labels
from projects.permissions import Actor

STATES = ("open", "overdue", "done")
DUE = "due"  # what "open" is called in "due, overdue, done"; both may be asked for
SCOPES = ("all", "mine", "department")


class RecipientSerializer(serializers.Serializer):
    address = serializers.EmailField()
    name = serializers.CharField()
    user = serializers.IntegerField(allow_null=True, help_text="空: 单位邮箱")


class DeadlineSerializer(serializers.Serializer):
    kind = serializers.CharField()
    kind_display = serializers.CharField()
    object_id = serializers.IntegerField()
    title = serializers.CharField()
    due_on = serializers.DateField()
    days_left = serializers.IntegerField(help_text="负数: 已逾期的天数")
    commitment = serializers.CharField()
    section = serializers.CharField()
    lead_department = serializers.IntegerField()
    in_charge = serializers.IntegerField(allow_null=True)
    recipients = RecipientSerializer(many=True)
    state = serializers.ChoiceField(choices=STATES)


class DeadlineQuerySerializer(QuerySerializer):
    """What the list can be asked for; several values with commas."""

    scope = serializers.ChoiceField(
        choices=SCOPES,
        required=False,
        help_text=gettext_lazy(
            "all: 可见的全部; mine: 本人负责、评分、审批、包联, 或本人任填报员的责任单位的; "
            "department: 本人所在单位及其下属单位的"
        ),
    )
    kind = serializers.CharField(required=False)
    lead_department = serializers.CharField(required=False)
    state = serializers.CharField(
        required=False, help_text=gettext_lazy("open 或 due: 未到期; overdue: 已逾期; done: 已办结")
    )
    due_after = serializers.DateField(required=False)
    due_before = serializers.DateField(required=False)

    def validate_kind(self, text: str) -> list[str]:
        return parse_kinds(text)

    def validate_state(self, text: str) -> list[str]:
        return parse_codes(text, [*STATES, DUE])

    def validate_lead_department(self, text: str) -> list[int]:
        return parse_departments(text)


def _condition(user: Actor, asked: dict[str, Any], today: dt.date) -> Q:
    """Returns the asked-for rows, in the columns that every kind has."""
    where = Q()
    if asked.get("scope") == "mine":
        where &= own_deadlines_condition(user)
    if asked.get("scope") == "department":
        where &= department_deadlines_condition(user)
    if "due_after" in asked:
        where &= Q(due_on__gte=asked["due_after"])
    if "due_before" in asked:
        where &= Q(due_on__lte=asked["due_before"])
    if "lead_department" in asked:
        where &= Q(department_id__in=asked["lead_department"])
    if "state" in asked:
        named = (DUE if state == "open" else state for state in asked["state"])
        where &= in_states(list(named), on=today)
    return where


def _audience_query(row: dict[str, Any]) -> AudienceQuery:
    return AudienceQuery(
        department_id=row["department_id"],
        in_charge_id=row["in_charge_id"],
        answering=find_answering_role(row["kind"]),
    )


def _describe_row(row: dict[str, Any], recipients: dict, today: dt.date) -> dict[str, Any]:
    days_left = (row["due_on"] - today).days
    state = "done" if row["done"] else "overdue" if days_left < 0 else "open"
    return {
        "kind": row["kind"],
        "kind_display": str(kind_labels()[row["kind"]]),
        "object_id": row["object_id"],
        "title": row["title"],
        "due_on": row["due_on"],
        "days_left": days_left,
        "commitment": row["commitment"],
        "section": row["section"],
        "lead_department": row["department_id"],
        "in_charge": row["in_charge_id"],
        "recipients": [
            {"address": each.address, "name": each.name, "user": each.user_id}
            for each in recipients[_audience_query(row)]
        ],
        "state": state,
    }


class DeadlineViewSet(GenericViewSet):
    """Everything with a due date that the person may see; by due date, the nearest first."""

    serializer_class = DeadlineSerializer
    filter_backends: list = []

    @extend_schema(
        summary=gettext_lazy("列出各类期限"),
        tags=[tag(gettext_lazy("期限"))],
        parameters=[DeadlineQuerySerializer, *PAGE_PARAMETERS],
    )
    def list(self, request: Request) -> Response:
        asked, today = DeadlineQuerySerializer.asked_by(request), clock.today()
        rows = deadline_rows(
            request.user, kinds=asked.get("kind", ()), where=_condition(request.user, asked, today)
        )
        page = list(self.paginate_queryset(rows) or ())
        recipients = find_responsible({_audience_query(row) for row in page})
        return self.get_paginated_response([_describe_row(row, recipients, today) for row in page])

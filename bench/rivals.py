"""What the list of projects is held to: the least that could answer it, and what DRF gives.

Both have the same sign-in, total, columns and joins as ``GET /api/v1/projects/``.
"""

from collections import defaultdict
from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from rest_framework import serializers, viewsets
from rest_framework.renderers import JSONRenderer

from portfolio.core.api.authentication import TokenAuthentication
from portfolio.core.api.pagination import Pages
from projects.register.models import Project, ProjectSupport

COLUMNS = (
    "id", "code", "approval_code", "name", "description", "category", "cluster", "district_id",
    "latitude", "longitude", "lead_department_id", "sponsor_id", "responsible_head_id",
    "officer_id", "owner_company", "owner_credit_code", "total_investment", "investment_before",
    "entered_statistics_on", "stage", "section", "wording", "note", "assigned", "synthetic",
    "version",
)  # fmt: skip


def _decimal(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def bare(request: HttpRequest) -> HttpResponse:
    """``.values()`` and orjson, nothing else."""
    if TokenAuthentication().authenticate(request) is None:
        return HttpResponse(status=401)
    size = int(request.GET["page_size"])
    projects = Project.objects.order_by("code")
    total = projects.count()
    rows = list(projects.values(*COLUMNS)[:size])
    supporting = defaultdict(list)
    pairs = ProjectSupport.objects.filter(project__in=[row["id"] for row in rows]).order_by("id")
    for project, department in pairs.values_list("project_id", "department_id"):
        supporting[project].append(department)
    for row in rows:
        row["supporting_departments"] = supporting[row["id"]]
    body = {"count": total, "next": None, "previous": None, "results": rows}
    return HttpResponse(orjson.dumps(body, default=_decimal), content_type="application/json")


class PlainSerializer(serializers.ModelSerializer):
    class Meta:
        model = Project
        fields = [*(c.removesuffix("_id") for c in COLUMNS), "supporting_departments"]


class PlainViewSet(viewsets.ModelViewSet):
    """What the framework's tutorial would write."""

    queryset = Project.objects.order_by("code").prefetch_related("supporting_departments")
    serializer_class = PlainSerializer
    renderer_classes = [JSONRenderer]
    pagination_class = Pages
    filter_backends: list = []

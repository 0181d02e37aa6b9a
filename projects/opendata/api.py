"""``GET projects/oc4ids``: a page of the projects as one OC4IDS package."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from portfolio.core import clock
from portfolio.core.api.pagination import Pages
from projects.opendata.mapping import project_package
from projects.opendata.reader import public_projects, publisher_name, read_public_projects
from projects.register.api import ProjectViewSet


class PackagePages(Pages):
    """As many projects as a page may hold, unless fewer are asked for."""

    page_size = Pages.max_page_size


class OpenProjectViewSet(ProjectViewSet):
    """The projects' resource with the package beside it; open to everyone signed in."""

    @extend_schema(
        summary=_("项目开放数据 (OC4IDS 0.9 项目包)"),
        parameters=[
            OpenApiParameter("page", int, description=_("第几页")),
            OpenApiParameter("page_size", int, description=_("每页条数, 最多 500")),
        ],
        responses=OpenApiTypes.OBJECT,
    )
    @action(
        detail=False,
        url_path="oc4ids",
        filter_backends=[],
        pagination_class=PackagePages,
        parameters=frozenset({"page", "page_size", "format"}),
    )
    def oc4ids(self, request: Request) -> Response:
        """What may be public of the projects; the next page is in the ``Link`` header."""
        rows = public_projects(self.get_queryset())
        page = self.paginate_queryset(rows.values_list("id", flat=True))
        if not page:
            # The schema knows no package without a project.
            raise NotFound(_("还没有可以公开的项目。"))
        body = project_package(
            read_public_projects(rows.filter(pk__in=page)),
            uri=request.build_absolute_uri(),
            publisher=publisher_name(),
            today=clock.today(),
            now=clock.now().astimezone(clock.CITY_TIME),
        )
        paginator: Any = self.paginator
        pages = {"next": paginator.get_next_link(), "prev": paginator.get_previous_link()}
        links = {rel: address for rel, address in pages.items() if address}
        if not links:
            return Response(body)
        header = ", ".join(f'<{address}>; rel="{rel}"' for rel, address in links.items())
        return Response({**body, "links": links}, headers={"Link": header})

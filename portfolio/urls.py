"""All addresses."""

from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from notifications.calendar.api import calendar
from notifications.outbox.acknowledge_page import acknowledge
from notifications.urls import ROUTES as NOTIFICATION_ROUTES
from portfolio import health, links
from portfolio.core.api.problem_pages import problem_page
from portfolio.core.api.router import BothSlashesRouter
from portfolio.pages.desk.home import home
from portfolio.pages.kit.sign_in import SignInView, SignOutView
from portfolio.reports import views as reports
from portfolio.reports.bulletin.views import BulletinView
from portfolio.reports.urls import ROUTES as REPORT_ROUTES
from projects.importing import api as imports
from projects.people import sign_in as auth
from projects.programmes.stage_counts_api import StageCountsView
from projects.urls import ROUTES as PROJECT_ROUTES
from targets.api.urls import ROUTES as TARGET_ROUTES

router = BothSlashesRouter()
ROUTES = [*PROJECT_ROUTES, *TARGET_ROUTES, *NOTIFICATION_ROUTES, *REPORT_ROUTES]
for prefix, viewset in ROUTES:
    router.register(prefix, viewset, basename=prefix)

v1 = [
    re_path(r"^auth/me/?$", auth.MeView.as_view(), name="me"),
    re_path(r"^auth/login/?$", auth.LoginView.as_view(), name="login"),
    re_path(r"^auth/logout/?$", auth.LogoutView.as_view(), name="logout"),
    re_path(r"^auth/tokens/?$", auth.TokensView.as_view(), name="tokens"),
    re_path(r"^auth/tokens/(?P<key>\w{1,32})/?$", auth.TokenView.as_view(), name="token"),
    re_path(r"^stage-counts/?$", StageCountsView.as_view(), name="stage-counts"),
    re_path(r"^imports/?$", imports.ImportsView.as_view(), name="imports"),
    re_path(r"^imports/template/?$", imports.ImportTemplateView.as_view(), name="import-template"),
    re_path(r"^imports/(?P<token>[\w-]{8,40})/?$", imports.ImportView.as_view(), name="import"),
    re_path(
        r"^imports/(?P<token>[\w-]{8,40})/commit/?$",
        imports.ImportCommitView.as_view(),
        name="import-commit",
    ),
    re_path(
        r"^imports/(?P<token>[\w-]{8,40})/annotated/?$",
        imports.ImportAnnotatedView.as_view(),
        name="import-annotated",
    ),
    re_path(r"^reports/?$", reports.ReportsView.as_view(), name="reports"),
    re_path(r"^reports/bulletin/?$", BulletinView.as_view(), name="bulletin"),
    re_path(r"^reports/(?P<name>[a-z-]{3,40})/?$", reports.ReportView.as_view(), name="report"),
    *router.urls,
]

urlpatterns = [
    path("", home, name="home"),
    path("sign-in/", SignInView.as_view(), name="sign-in"),
    path("sign-out/", SignOutView.as_view(), name="sign-out"),
    path("", include("portfolio.pages.urls")),
    path("", include("portfolio.pages.board.urls")),
    path("admin/", admin.site.urls),
    path("api/v1/", include(v1)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("api/problems/<slug:code>/", problem_page, name="problem"),
    re_path(r"^calendar/(?P<secret>[\w-]{43})\.ics$", calendar, name="calendar"),
    re_path(
        r"^acknowledge/(?P<number>[0-9]{1,20})/(?P<signature>[^/]{1,200})/?$",
        acknowledge,
        name="acknowledge",
    ),
    path("go/opt-outs/", links.open_opt_outs),
    path("go/message/<int:pk>/", links.open_message),
    path("go/<slug:kind>/<int:pk>/", links.open_object, name="go"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
]

handler400 = "portfolio.core.api.problem_pages.bad_request"
handler403 = "portfolio.core.api.problem_pages.forbidden"
handler404 = "portfolio.core.api.problem_pages.not_found"
handler500 = "portfolio.core.api.problem_pages.server_error"

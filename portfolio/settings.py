"""Every setting, each value from the environment (`.env.example` lists them), safe for one machine.

Without ``DATABASE_URL`` in the environment this is *one-machine mode*: ``manage.py start`` has
written the addresses of the services that it runs to ``VAR_DIR/services.env``.
"""

import os
from datetime import timedelta
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path

import environ
import pghistory
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
TESTING = env.bool("PORTFOLIO_TESTING", default=False)
ONE_MACHINE = "DATABASE_URL" not in os.environ
if ONE_MACHINE:
    env.read_env(VAR_DIR / "services.env")
elif os.environ.get("DEMO_DAY", "off") != "off" and not TESTING:
    raise ImproperlyConfigured(
        "DEMO_DAY 只用于单机演示; 使用外部数据库 (DATABASE_URL) 时请去掉它。"
    )

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env("SECRET_KEY", default="")
if not SECRET_KEY:
    if not (ONE_MACHINE or TESTING):
        raise ImproperlyConfigured("缺少 SECRET_KEY: 请在环境变量或 .env 中设为一串随机字符。")
    SECRET_KEY = "one-machine-before-its-first-start-" + "x" * 32
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
BASE_URL = env("BASE_URL", default="http://localhost:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
CSRF_FAILURE_VIEW = "portfolio.core.api.problem_pages.csrf_failure"

# The clock (portfolio/core/clock.py): seconds added to the real time, fixed at the demo start.
CLOCK_SHIFT = timedelta(seconds=env.float("CLOCK_SHIFT_SECONDS", default=0.0))

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "portfolio.admin_config.PortfolioAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "axes",
    "projects",
    "targets",
    "notifications",
    "portfolio.reports",
    "portfolio",
]

MIDDLEWARE = [
    "portfolio.core.request_id.RequestIdMiddleware",
    "portfolio.core.api.body_limit.BodyLimitMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "portfolio.pages.kit.compression.PagesGZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portfolio.core.history.context.HistoryContextMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "portfolio.urls"
WSGI_APPLICATION = "portfolio.wsgi.application"
APPEND_SLASH = False  # both forms are routed; a redirect would lose a POST's body

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "portfolio" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portfolio.pages.kit.navigation.navigation",
            ],
        },
    },
]

# Data -------------------------------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.db_url(
            "DATABASE_URL", default="postgres://portfolio@/portfolio?host=/nonexistent-socket"
        ),
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }
}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"] |= {
    # pgtrigger asks for its setting at every row; where it is unset each asking is a caught error,
    # which makes bulk writes quadratic. Questions about the past look dear to the planner, and
    # would be compiled (jit) for many times longer than they run.
    "options": (
        f"-c portfolio.clock_shift={CLOCK_SHIFT.total_seconds()} -c pgtrigger.ignore={{}}"
        " -c jit=off"
    ),
    "connect_timeout": 5,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "projects.User"

PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (
    pghistory.InsertEvent(),
    pghistory.UpdateEvent(),
    pghistory.DeleteEvent(),
)
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
PGHISTORY_CREATED_AT_FUNCTION = "portfolio_now()"
# The context lies in the event itself: an event is one row that nothing touches afterwards.
PGHISTORY_CONTEXT_FIELD = pghistory.ContextJSONField()
PGHISTORY_OBJ_FIELD = pghistory.ObjForeignKey(related_name="events")

# Broker, cache, jobs ------------------------------------------------------------------------------
REDIS_URL = env("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://").replace(
            "?virtual_host=", "?db="
        ),
        "KEY_PREFIX": "portfolio",
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
# A task in flight when its worker is killed comes back (docs/decisions/0004-tasks-come-back.md).
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("VISIBILITY_TIMEOUT", default=3600),
    "unacked_restore_throttle": 1,
    "unacked_restore_interval": 5,
}
CELERY_TASK_TIME_LIMIT = 600
CELERY_TIMEZONE = "UTC"  # beat and daylight time have a history
CELERY_BEAT_SCHEDULE = {
    "notifications-tick": {"task": "notifications.tasks.tick", "schedule": 60.0},
    "reports-tick": {"task": "portfolio.reports.tasks.tick", "schedule": 60.0},
    # At ten past one in the night, Asia/Shanghai.
    "lights-of-last-month": {
        "task": "projects.tasks.lights_of_last_month",
        "schedule": crontab(hour="17", minute="10"),
    },
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")

# Mail ---------------------------------------------------------------------------------------------
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=30)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="包头市重大项目督查 <ducha@baotou.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# People -------------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "projects.auth_backend.TableBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"{path}Validator"}
    for path in (
        "django.contrib.auth.password_validation.UserAttributeSimilarity",
        "projects.people.passwords.Length",
        "django.contrib.auth.password_validation.CommonPassword",
        "django.contrib.auth.password_validation.NumericPassword",
    )
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", default=5)
AXES_COOLOFF_TIME = timedelta(minutes=env.int("LOGIN_LOCKOUT_MINUTES", default=15))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "portfolio.core.api.lockout.answer_lockout"
KNOX_TOKEN_MODEL = "projects.PersonalToken"  # noqa: S105  # a model, no secret
REST_KNOX = {"TOKEN_TTL": timedelta(days=env.int("TOKEN_DAYS", default=90))}

# Security -----------------------------------------------------------------------------------------
HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# How a target is judged: what 左右 and 同步 allow; how far short is on track, and at risk ---------
TARGET_TOLERANCE_POINTS = Decimal(env("TARGET_TOLERANCE_POINTS", default="0.5"))
TARGET_TOLERANCE_PERCENT = Decimal(env("TARGET_TOLERANCE_PERCENT", default="2"))
TARGET_ON_TRACK_POINTS = Decimal(env("TARGET_ON_TRACK_POINTS", default="0.5"))
TARGET_AT_RISK_POINTS = Decimal(env("TARGET_AT_RISK_POINTS", default="2"))
TARGET_ON_TRACK_PERCENT = Decimal(env("TARGET_ON_TRACK_PERCENT", default="10"))
TARGET_AT_RISK_PERCENT = Decimal(env("TARGET_AT_RISK_PERCENT", default="30"))

# Webhooks: networks of the city's own that they may reach; else only the open internet ------------
WEBHOOK_ALLOWED_NETWORKS = [
    ip_network(text.strip()) for text in env.list("WEBHOOK_ALLOWED_NETWORKS", default=[])
]

# Language and time --------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("英语"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600
# Each client of a test would look through a thousand files when it is made; so it looks when asked.
WHITENOISE_AUTOREFRESH = DEBUG or TESTING
WHITENOISE_USE_FINDERS = True  # one machine needs no collectstatic; a city's web server runs it

# Evidence: served only through the API, to who may see it; no address leads to the folder itself.
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_PERMISSIONS = 0o640
EVIDENCE_MAX_MB = env.int("EVIDENCE_MAX_MB", default=9)

# LibreOffice makes the bulletin's PDF: a path, or a name that is looked up on PATH.
SOFFICE = env("SOFFICE", default="soffice")

# API ----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "portfolio.core.api.authentication.TokenAuthentication",
        "portfolio.core.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["portfolio.core.api.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["portfolio.core.api.parsers.StrictJsonParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "portfolio.core.api.negotiation.ContentNegotiation",
    "DEFAULT_METADATA_CLASS": "portfolio.core.api.metadata.Methods",
    "DEFAULT_PAGINATION_CLASS": "portfolio.core.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["portfolio.core.api.filtering.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "portfolio.core.api.schema.ProblemAutoSchema",
    "EXCEPTION_HANDLER": "portfolio.core.api.problems.problem_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "重大项目督查后台 API",
    "DESCRIPTION": "项目、目标、节点、观摩测评与提醒。金额单位: 万元; 日期: YYYY-MM-DD。",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SORT_OPERATIONS": True,
    "ENUM_NAME_OVERRIDES": {
        "StageEnum": "projects.choices.Stage",
        "DepartmentKindEnum": "projects.choices.DepartmentKind",
        "TargetSourceEnum": "targets.choices.Source",
        "ReminderStateEnum": "notifications.outbox.models.ReminderState",
        "TierEnum": "notifications.outbox.models.Tier",
        "ExtensionStateEnum": "projects.milestones.models.ExtensionState",
        "ProblemKindEnum": "projects.problems.models.ProblemKind",
        "WorkItemKindEnum": "targets.choices.WorkItemKind",
        "ProblemStateEnum": "projects.choices.ProblemState",
        "FundingStateEnum": "projects.choices.FundingState",
        "HandoverStateEnum": "projects.choices.HandoverState",
        "ReturnStateEnum": "projects.returns.models.ReturnState",
        "LightColourEnum": "projects.choices.LightColour",
        "LightMeasureEnum": "projects.lights.models.LightMeasure",
        "TargetMeasureEnum": "targets.choices.Measure",
        "TargetStatusEnum": "targets.choices.Status",
        "RoundStatusEnum": "projects.inspections.models.RoundStatus",
        "ExportStateEnum": "portfolio.reports.exporting.models.ExportState",
        "ExportFormatEnum": "portfolio.reports.exporting.models.ExportFormat",
        "CategoryEnum": "projects.choices.Category",
        "ClusterEnum": "projects.choices.Cluster",
    },
}

UNFOLD = {
    "SITE_TITLE": _("重大项目督查"),
    "SITE_HEADER": _("重大项目督查"),
    "SITE_SUBHEADER": _("包头市人民政府"),
    "SITE_SYMBOL": "domain_verification",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "SHOW_BACK_BUTTON": True,
    "SIDEBAR": {"show_search": True, "navigation": "portfolio.admin_site.navigation"},
    "LOGIN": {"form": "portfolio.admin_login.LoginForm"},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "portfolio.core.request_id.RequestIdFilter"}},
    "formatters": {"json": {"()": "portfolio.core.api.log_lines.JsonLines"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {"axes": {"level": "WARNING"}},
}

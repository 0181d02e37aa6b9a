"""Whether the process lives, and whether the system is ready to serve."""

import time
from collections.abc import Callable

import orjson
from django.core.cache import cache
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from redis.exceptions import RedisError

from notifications.tasks import BEAT_SEEN as BEAT_KEY

BEAT_SECONDS = 120


def healthz(request: HttpRequest) -> HttpResponse:
    """Answers 200 while the process lives."""
    return HttpResponse(b"ok", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """Answers 200 when all checks pass, else 503; the body names each."""
    checks = {name: _outcome(check) for name, check in CHECKS.items()}
    ready = all(outcome == "ok" for outcome in checks.values())
    body = orjson.dumps({"ready": ready, "checks": checks})
    return HttpResponse(body, status=200 if ready else 503, content_type="application/json")


def _outcome(check: Callable[[], str]) -> str:
    try:
        return check()
    except Exception as error:  # whatever fails, the probe names it and does not fall itself
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "ok" if not waiting else f"{len(waiting)} waiting"


def _broker() -> str:
    try:
        cache.get(BEAT_KEY)
    except RedisError as error:
        return type(error).__name__
    return "ok"


def _beat() -> str:
    seen = cache.get(BEAT_KEY)
    if seen is None:
        return "not seen yet"
    age = time.time() - seen
    return "ok" if age < BEAT_SECONDS else f"last seen {age:.0f} s ago"


CHECKS = {"database": _database, "migrations": _migrations, "broker": _broker, "beat": _beat}

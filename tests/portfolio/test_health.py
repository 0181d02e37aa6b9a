"""Whether it lives and whether it is ready."""

import time

import pytest
from django.core.cache import cache
from django.test import Client

from portfolio import health

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def beat_forgotten():
    cache.delete(health.BEAT_KEY)


def test_a_process_that_lives_says_so():
    assert Client().get("/healthz").status_code == 200


def test_it_is_ready_when_the_beat_was_seen_within_two_minutes():
    cache.set(health.BEAT_KEY, time.time() - 100)
    response = Client().get("/readyz")
    assert response.status_code == 200, response.json()
    assert set(response.json()["checks"].values()) == {"ok"}


@pytest.mark.parametrize("seen", [None, 121])
def test_it_is_not_ready_without_a_beat(seen):
    if seen:
        cache.set(health.BEAT_KEY, time.time() - seen)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["beat"] != "ok"


def test_it_is_not_ready_without_its_broker_and_says_which(settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "unix:///nowhere.sock",
        }
    }
    response = Client().get("/readyz")
    assert response.status_code == 503
    checks = response.json()["checks"]
    assert checks["database"] == "ok"
    assert checks["broker"] == "ConnectionError"

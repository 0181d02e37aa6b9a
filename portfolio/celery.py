"""The Celery application: worker and beat. Tasks live in each app's ``tasks.py``."""

import os

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")

app = Celery("portfolio")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def tick_at_once(**_: object) -> None:
    """Sends one tick as beat starts: its own first, which /readyz waits for, is a minute off."""
    app.send_task("notifications.tasks.tick", expires=60)

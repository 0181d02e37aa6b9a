"""The Celery application: worker and beat. Tasks live in each app's ``tasks.py``."""

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portfolio.settings")

app = Celery("portfolio")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def tick_at_once(**_: Any) -> None:
    """Sends the first tick when beat starts: its own first one comes a minute later, and until
    then nobody knows that it runs (``/readyz``) and no mail that is due goes out."""
    app.send_task("notifications.tasks.tick")

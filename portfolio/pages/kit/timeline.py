"""Time lines on pages: what happened to a row and to what hangs on it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from projects.core.history import describe_joint_history

# What has a page of its own: model → name of its address.
PAGES = {
    "projects.Milestone": "workbench-milestone",
    "projects.ExtensionRequest": "workbench-extensions-extension",
    "projects.Problem": "workbench-problems-problem",
    "projects.ProgressReturn": "workbench-returns-one",
    "targets.WorkItem": "workbench-work-item",
}


def time_line(parts: Sequence[QuerySet], *, page: int = 1, page_size: int = 30) -> dict[str, Any]:
    """Returns the time line of the rows, with the addresses of their pages."""
    told = describe_joint_history(parts, page=page, page_size=page_size)
    for event in told["events"]:
        name = PAGES.get(event["model"])
        event["address"] = reverse(name, args=[event["object_id"]]) if name else ""
    return told

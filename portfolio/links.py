"""The stable links that mails carry: ``/go/<kind>/<id>/`` opens the page of a deadline's object.

Which page that is, this file alone says: it may move, and every mail ever sent keeps working.
"""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from notifications.outbox.mail_kinds import find_mail_kind
from notifications.outbox.models import Message

PAGES = {
    "milestone": "workbench-milestone",
    "problem": "workbench-problems-problem",
    "extension_request": "workbench-extensions-extension",
    "progress_return": "workbench-returns-one",
    "target": "workbench-targets-target",
    "work_item": "workbench-work-item",
    "inspection_scoring": "workbench-inspections-scoring",
    "export": "workbench-exports-export",
    "report_subscription": "admin:reports_reportsubscription_change",
}


@login_required
def open_opt_outs(request: HttpRequest) -> HttpResponse:
    """Opens the list of the early reminders that one does not want."""
    return redirect("admin:notifications_tieroptout_changelist")


@login_required
def open_message(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens what a mail brought, or the list of what it told, as far as the reader may see it."""
    found = Message.objects.visible_to(request.user).filter(pk=pk).first()
    if found is not None and (kind := find_mail_kind(found)) is not None:
        return redirect(kind.path(found))
    page = reverse("admin:notifications_reminder_changelist")
    return redirect(f"{page}?message__id__exact={pk}")


@login_required
def open_object(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Opens the object's page, after signing in."""
    if kind not in PAGES:
        raise Http404
    return redirect(reverse(PAGES[kind], args=[pk]))

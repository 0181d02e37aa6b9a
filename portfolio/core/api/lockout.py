"""What a person sees who has failed to sign in too often."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from portfolio.core.api.problems import problem_response


def answer_lockout(
    request: HttpRequest, original_response: Any = None, credentials: Any = None
) -> HttpResponse:
    """Answers 429: a problem for scripts, a page for browsers."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    message = _("登录失败次数过多, 请 %(minutes)d 分钟后再试, 或请管理员重置。") % {
        "minutes": minutes
    }
    if request.path.startswith("/api/"):
        response = problem_response(request, "throttled", message)
    else:
        response = TemplateResponse(request, "locked_out.html", {"message": message}, status=429)
        response.render()
    response["Retry-After"] = str(minutes * 60)
    return response

"""A page for each kind of problem: what its ``type`` points to."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from portfolio.core.api.problems import PROBLEMS, problem_response
from portfolio.core.errors import explain_csrf_failure


def problem_page(request: HttpRequest, code: str) -> HttpResponse:
    """Tells a person what the problem means and what to do."""
    if code not in PROBLEMS:
        raise Http404
    status, title, help_text = PROBLEMS[code]
    return render(
        request, "problem.html", {"code": code, "status": status, "title": title, "help": help_text}
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "malformed")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "forbidden")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, "not_found")


def server_error(request: HttpRequest) -> HttpResponse:
    return _answer(request, "internal")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers a browser's request that does not bear our page's own mark."""
    return _answer(request, "forbidden", explain_csrf_failure())


def _answer(request: HttpRequest, code: str, words: str = "") -> HttpResponse:
    if request.path.startswith("/api/"):
        return problem_response(request, code, words)
    status, title, help_text = PROBLEMS[code]
    help_text = words or help_text
    context = {"code": code, "status": status, "title": title, "help": help_text}
    return render(request, "problem.html", context, status=status)

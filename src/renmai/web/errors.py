"""Pages for what went wrong."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from renmai.kit.problems import DomainError, Forbidden, NotFound
from renmai.web.doors import problem_text


def problem_page(request: HttpRequest, problem: DomainError) -> HttpResponse:
    """Return the page of a refusal, or a toast when htmx asked."""
    text = problem_text(problem)
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=problem.status)
        response["HX-Reswap"] = "none"
        response["HX-Trigger"] = json.dumps({"toast": {"text": text, "level": "error"}})
        return response
    return render(request, "web/problem.html", {"text": text, "status": problem.status}, status=problem.status)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form that did not come from this site (or was open too long)."""
    text = _("This form was open for too long, or did not come from this site. Please go back, reload and try again.")
    return render(request, "web/problem.html", {"text": text, "status": 403}, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for an address where nothing is."""
    return problem_page(request, NotFound())


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for what is not allowed."""
    return problem_page(request, Forbidden())


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for a fault of ours (no database is asked)."""
    return HttpResponse(
        "<!doctype html><meta charset=utf-8><title>Renmai</title><h1>Something broke on our side 我们这边出错了</h1>"
        "<p>Nothing you entered was half done. Please try again. 您的操作没有只做一半，请再试一次。</p>",
        status=500,
    )

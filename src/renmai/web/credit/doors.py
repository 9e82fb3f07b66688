"""How the public pages of credit are given away: so many a minute to each address, and kept by browsers for a minute."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from renmai.kit.limits.actions import count_try
from renmai.web.doors import Request

PAGES_MAX, WINDOW_SECONDS = 120, 60
KEPT_SECONDS = 60

Page = Callable[..., HttpResponseBase]


def gentle(view: Page) -> Page:
    """Let an address have 120 of these pages a minute: whoever wants all of the log takes its tiles. Errors: TooMany."""

    @wraps(view)
    def counted(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        who = request.META.get("REMOTE_ADDR", "")
        count_try(name="credit.pages", who=who, tries_max=PAGES_MAX, window_seconds=WINDOW_SECONDS, now=request.now)
        return view(request, *args, **kwargs)

    return counted


def is_kept(request: Request, response: HttpResponse) -> HttpResponse:
    """Let the browser of a visitor keep a page for a minute; what a signed-in person is shown is kept nowhere."""
    if request.actor.person_id is None:
        response["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    return response

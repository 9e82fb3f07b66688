"""What happens around every page: headers, the actor, and refusals turned into pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


class SecurityHeaders:
    """Content Security Policy and its kin, on every answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with the headers set."""
        return self.get_response(request)


class ActorMiddleware(SecurityHeaders):
    """To be replaced."""


class ProblemMiddleware(SecurityHeaders):
    """To be replaced."""

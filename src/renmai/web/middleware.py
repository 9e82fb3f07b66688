"""What happens around every page: headers, the actor, and refusals turned into pages."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from renmai.api.v1.errors import problem_response
from renmai.api.v1.problems import TooLarge
from renmai.config import config
from renmai.kit import clock
from renmai.kit.access import ANONYMOUS
from renmai.kit.addresses import caller_of
from renmai.kit.problems import DomainError, NotFound, SignInNeeded
from renmai.people.accounts.models import Person
from renmai.people.accounts.queries import actor_of
from renmai.web.doors import Request, sign_in_redirect
from renmai.web.errors import problem_page

Handler = Callable[[HttpRequest], HttpResponse]
LANGUAGES = frozenset(code for code, _name in settings.LANGUAGES)
log = logging.getLogger("renmai.web")

CONFIRMED_SECONDS = 15 * 60
# The largest form is that of a post: nine pictures of 10 MB, a video of 50 MB, and words.
BODY_BYTES_MAX = 150 * 2**20


class CallerAddress:
    """Puts the caller's own address in place of our proxy's, which would make one caller of everybody.

    Limits of tries count by REMOTE_ADDR; nobody but the proxies in TRUSTED_PROXIES is believed about it.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.trusted = frozenset(filter(None, map(str.strip, config().trusted_proxies.split(","))))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if self.trusted:
            forwarded = request.headers.get("X-Forwarded-For", "")
            request.META["REMOTE_ADDR"] = caller_of(request.META.get("REMOTE_ADDR", ""), forwarded, self.trusted)
        return self.get_response(request)


class SecurityHeaders:
    """Content Security Policy and its kin, on every answer; one log line a request, without personal data."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        # An origin without its path, which a policy would take for one page; a web socket's scheme counts as another one.
        fast = "://".join(urlsplit(config().fast_origin)[:2])
        line = fast.replace("http", "ws", 1)
        self.policy = (
            f"default-src 'self'; img-src 'self' data:; connect-src 'self' {fast} {line}; media-src 'self' blob: {fast}; "
            "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with the headers set."""
        start = time.perf_counter()
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
        response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        # A page is somebody's own, unless its view says otherwise: nothing between them and us keeps it.
        response.headers.setdefault("Cache-Control", "private, no-cache")
        route = getattr(request.resolver_match, "route", "-") if hasattr(request, "resolver_match") else "-"
        taken = round((time.perf_counter() - start) * 1000, 1)
        log.info(
            "request", extra={"method": request.method, "route": route, "status": response.status_code, "ms": taken}
        )
        return response


class LanguageOfAddress:
    """Shows a page in the language that its address names (`?lang=zh-hans`): so search engines find both, and links can say."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        named = request.GET.get("lang", "")
        if named in LANGUAGES:
            translation.activate(named)
            request.LANGUAGE_CODE = named
        return self.get_response(request)


class ActorMiddleware:
    """Sets `request.actor` and `request.now`; the person's grants are read once a request, only when signed in.

    What a signed-in person was shown is kept nowhere: whoever has the phone after them finds nothing by its back button.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request with its actor."""
        known = cast(Request, request)
        known.now = clock.now()
        user = request.user
        if isinstance(user, Person):
            confirmed_at = request.session.get("confirmed_at", 0)
            known.actor = actor_of(user, confirmed=known.now.timestamp() - confirmed_at < CONFIRMED_SECONDS)
        else:
            known.actor = ANONYMOUS
        response = self.get_response(request)
        if known.actor.person_id is not None and response.get("Content-Type", "").startswith("text/html"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class BodyLimit:
    """Refuses what is larger than any form of ours before a byte of it is read: files are looked at in memory."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, unless its body is too large."""
        said = request.META.get("CONTENT_LENGTH") or "0"
        if said.isdecimal() and int(said) <= BODY_BYTES_MAX:
            return self.get_response(request)
        return problem_response(TooLarge()) if request.path.startswith("/api/") else problem_page(request, TooLarge())


class ProblemMiddleware:
    """Turns a refusal that no view has caught into its page, toast or redirect: the one place for pages."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request. No address of ours holds a NUL, and PostgreSQL could not look one up."""
        if "\0" in unquote(request.get_full_path()) and not request.path.startswith("/api/"):
            return problem_page(request, NotFound())
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Return the page of a DomainError; None leaves other errors to Django."""
        if isinstance(error, SignInNeeded):
            return sign_in_redirect(request)
        if isinstance(error, DomainError):
            return problem_page(request, error)
        return None

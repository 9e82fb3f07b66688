"""Refusals and faults of the API as problem+json (RFC 9457): the one place of this door."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from renmai.api.v1.contract import PROBLEM_TYPE, dumps, problem_headers, problem_of, refusal_of
from renmai.api.v1.problems import BadJson, MethodNotAllowed, TooLarge, Unexpected
from renmai.kit.problems import Busy, DomainError, NotFound, SignInNeeded

log = logging.getLogger("renmai.api")


def answer_problem(request: HttpRequest, error: Any) -> HttpResponse:
    """Return the answer to anything an operation raised."""
    return problem_response(_refusal(error))


def problem_response(refusal: DomainError) -> HttpResponse:
    """Return a refusal as an HTTP answer, with the headers that belong to its status."""
    response = HttpResponse(dumps(problem_of(refusal)), status=refusal.status, content_type=PROBLEM_TYPE)
    for name, value in problem_headers(refusal).items():
        response[name] = value
    response["Cache-Control"] = "no-store"
    return response


def _refusal(error: Any) -> DomainError:
    if isinstance(error, DomainError):
        return error
    if isinstance(error, ValidationError):
        # ninja's places start with the source ("body", "query") and, in a body, the parameter's name.
        return refusal_of({**one, "loc": _place(one["loc"])} for one in error.errors)
    if isinstance(error, AuthenticationError):
        return SignInNeeded()
    if isinstance(error, RequestDataTooBig):
        return TooLarge()
    if isinstance(error, MultiPartParserError):
        return BadJson(why="it is not a form")
    if isinstance(error, HttpError) and error.status_code == 400:
        return BadJson(why="it is not JSON")
    if isinstance(error, OperationalError | InterfaceError):
        log.warning("the database is away", exc_info=error)
        return Busy()
    log.error("unexpected", exc_info=error)
    return Unexpected()


def _place(loc: Any) -> tuple[Any, ...]:
    source, *rest = loc
    return tuple(rest[1:] if source == "body" and len(rest) > 1 else rest)


def method_not_allowed(method: str | None, allowed: list[str]) -> HttpResponse:
    """Return the answer to a method that an address does not have."""
    return problem_response(MethodNotAllowed(method=method or "", allowed=allowed))


def unknown(request: HttpRequest) -> HttpResponse:
    """Return the answer at an address of the API where nothing is."""
    return problem_response(NotFound())


unknown.audience = "public"  # type: ignore[attr-defined]
unknown.methods = ("GET",)  # type: ignore[attr-defined]


def handle_all(api: NinjaAPI) -> None:
    """Make `answer_problem` the handler of everything."""
    for kind in (Exception, *list(api._exception_handlers)):
        if isinstance(kind, type):
            api.add_exception_handler(kind, answer_problem)

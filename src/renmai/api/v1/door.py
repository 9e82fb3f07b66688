"""The door of the API under Django: every operation declares who may come in, and comes through one place.

    @operation(nouns, "POST", "/payouts", audience=("creator", "supplier"), answer=PayoutAnswer, status=201, key="once")
    def ask_payout(request: Call, body: PayoutBody) -> dict[str, Any]: ...

The declaration becomes a `Route`: the table that OpenAPI and the intruder test read. Writes carry an Idempotency-Key:

- `key="once"`: the handler runs in one transaction with its key; the first answer is kept.
- `key="around"`: for handlers that go through a lane or speak to others, which no transaction may surround, and which
  are harmless when repeated: the answer is kept after them.
- `key="own"`: the room underneath takes the key itself (`request.key`).
- `key="reads"`: a POST that only reads (its question is too long for an address) needs no key.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from ninja import Router
from ninja.security import HttpBearer
from pydantic import BaseModel

from renmai.api.v1.contract import KEY_HEADER, SCOPE_OF, admit, bearer
from renmai.kit import clock
from renmai.kit.access import Actor, require_person
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError, Invalid
from renmai.people.accounts.queries import actor_by_token

PREFIX = "/api/v1"
Keyed = Literal["once", "around", "own", "reads"]
Handler = Callable[..., Any]


class Call(HttpRequest):
    """A request of the API: who, when, under which key, and whether the answer is a first one given again."""

    actor: Actor
    now: datetime
    key: str
    secret: str
    replayed: bool


@dataclass(frozen=True, slots=True)
class Route:
    """What an operation declares. `path` is whole, with `{names}`; `audiences` holds "public", "person" or roles."""

    name: str
    method: str
    path: str
    audiences: tuple[str, ...]
    scopes: tuple[str, ...]
    key: Keyed | None
    problems: tuple[type[DomainError], ...]
    handler: Handler
    media: str


ROUTES: list[Route] = []


class Bearer(HttpBearer):
    """The token of a person, narrowed by scopes; admitted to one operation's audiences and counted against its limit."""

    def __init__(self, audiences: Sequence[str], scope: str) -> None:
        super().__init__()
        self.audiences = audiences
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Actor:
        """Return the actor, or refuse. Errors: SignInNeeded, TooMany, ScopeMissing, Forbidden."""
        return self.authenticate(request, bearer(request.headers.get("Authorization")))

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        """Return the actor of `token`; the call knows it from now on."""
        call: Any = request
        call.now, call.secret = clock.now(), token
        actor = actor_by_token(token, now=call.now)
        if actor is not None:
            most: int = settings.API_TRIES_PER_MINUTE
            count_try(name="api", who=token, tries_max=most, window_seconds=60, now=call.now)
        admitted = admit(actor, audiences=self.audiences, scope=self.scope)
        call.actor = admitted
        return admitted


def operation(
    router: Router,
    method: str,
    path: str,
    *,
    audience: str | tuple[str, ...],
    answer: Any,
    scope: str = "",
    status: int = 200,
    key: Keyed | None = None,
    problems: tuple[type[DomainError], ...] = (),
    media: str = "application/json",
) -> Callable[[Handler], Handler]:
    """Declare an operation on `router`; the docstring's first line is its summary.

    `scope` counts for the audience "person" ("" is any token); a role brings its own. Errors: RuntimeError for a write
    without a way to keep its key.
    """
    audiences = (audience,) if isinstance(audience, str) else audience
    if method != "GET" and key is None:
        raise RuntimeError(f"{method} {path}: a write declares how it keeps its key")
    scopes = (scope,) if scope else tuple(SCOPE_OF[role] for role in audiences if role in SCOPE_OF)

    def declare(handler: Handler) -> Handler:
        guarded = _guarded(handler, f"api.{handler.__name__}", key, public="public" in audiences)
        ROUTES.append(Route(handler.__name__, method, PREFIX + path, audiences, scopes, key, problems, handler, media))
        auth = None if "public" in audiences else Bearer(audiences, scope)
        router.api_operation(
            [method],
            path,
            auth=auth,
            response={status: answer},
            operation_id=handler.__name__,
            summary=(inspect.getdoc(handler) or "").split("\n")[0].rstrip("."),
            description=" ".join((inspect.getdoc(handler) or "").split("\n")[1:]).strip(),
        )(guarded)
        return handler

    return declare


def shown(model: type[BaseModel], row: Any) -> dict[str, Any]:
    """Return `row` (any object or mapping with its fields) as the answer `model`."""
    return model.model_validate(row).model_dump()


def _guarded(handler: Handler, action: str, key: Keyed | None, *, public: bool) -> Handler:
    @wraps(handler)
    def guarded(request: Call, **given: Any) -> Any:
        request.replayed = False
        if public:
            request.now = clock.now()
        _refuse_unknown(request, given)
        if key in {None, "reads"}:
            return handler(request, **given)
        request.key = checked_key(request.headers.get(KEY_HEADER))
        if key == "own":
            return handler(request, **given)
        run = _once_around if key == "around" else once
        result, request.replayed = run(
            person_id=require_person(request.actor),
            action=action[:60],
            key=request.key,
            value=_value(given),
            now=request.now,
            do=lambda: handler(request, **given),
        )
        return result

    # ninja would look annotations up in this module's names, not in the handler's.
    guarded.__signature__ = inspect.signature(handler, eval_str=True)  # type: ignore[attr-defined]
    return guarded


def _refuse_unknown(request: HttpRequest, given: dict[str, Any]) -> None:
    """Refuse a question with parameters that do not exist, as a body with such fields is. Errors: Invalid."""
    models = [value for value in given.values() if isinstance(value, BaseModel)]
    if request.method != "GET" or not models:
        return
    known = {name for model in models for name in type(model).model_fields}
    unknown = sorted(set(request.GET) - known)
    if unknown:
        raise Invalid(fields=dict.fromkeys(unknown, "Extra inputs are not permitted"))


class _Undone(Exception):
    """Nothing is kept under the key yet."""


def _undone() -> dict[str, Any]:
    raise _Undone


def _once_around(
    *, person_id: UUID, action: str, key: str, value: Any, now: datetime, do: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """As `once`, but `do` runs outside the transaction. Two at the same time may both run: `do` must bear that."""
    try:
        return once(person_id=person_id, action=action, key=key, value=value, now=now, do=_undone)
    except _Undone:
        result = do()
    return once(person_id=person_id, action=action, key=key, value=value, now=now, do=lambda: result)[0], False


run_around = _once_around


def _value(given: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in sorted(given.items())}


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, UploadedFile):
        digest = hashlib.sha256()
        for chunk in value.chunks():
            digest.update(chunk)
        value.seek(0)
        return [value.name, digest.hexdigest()]
    return value

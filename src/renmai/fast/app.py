"""The raw ASGI application of `fast`: routes, tokens, cross-origin rules, refusals. No framework between."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Mapping

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renmai.settings")
django.setup()

from renmai.api.v1.contract import admit, bearer
from renmai.api.v1.problems import MethodNotAllowed, Unexpected
from renmai.config import config
from renmai.fast.actors import Actors
from renmai.fast.calls import Answer, Call, Receive, Scope, Send, answer_json, answer_problem, send_answer
from renmai.fast.claims.counter import Counter
from renmai.fast.operations import ROUTES, Route, pages, readers
from renmai.fast.rooms.house import Rooms
from renmai.fast.rooms.line import serve_line
from renmai.kit import clock
from renmai.kit.lane import stop_lanes
from renmai.kit.logs import configure
from renmai.kit.problems import DomainError, NotFound

log = logging.getLogger("renmai.fast")

PLAIN: dict[tuple[str, str], Route] = {(r.method, r.path): r for r in ROUTES if "{" not in r.path}
NAMED = [(r, r.path.split("/")) for r in ROUTES if "{" in r.path]
METHODS = "GET, POST, PUT, OPTIONS"
actors = Actors()
counter = Counter()
rooms = Rooms(readers, counter)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one call, or follow the server's life."""
    if scope["type"] == "lifespan":
        await _live(receive, send)
    elif scope["type"] == "websocket":
        await serve_line(scope, receive, send, rooms)
    elif scope["type"] == "http":
        await send_answer(send, await _answer(scope, receive), _cross_origin(scope))


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            configure(config().log_level)
            await send({"type": "lifespan.startup.complete"})
        else:
            await counter.close()
            await readers.close()
            await pages.close()
            stop_lanes()
            await send({"type": "lifespan.shutdown.complete"})
            return


async def _answer(scope: Scope, receive: Receive) -> Answer:
    try:
        return await _handle(scope, receive)
    except DomainError as refusal:
        return answer_problem(refusal)
    except ConnectionError:
        return answer_problem(Unexpected())
    except Exception:
        log.exception("call failed", extra={"path": scope["path"]})
        return answer_problem(Unexpected())


async def _handle(scope: Scope, receive: Receive) -> Answer:
    if scope["method"] == "OPTIONS":
        return Answer(b"", 204)
    if scope["path"] in {"/healthz", "/readyz"}:
        if scope["path"] == "/readyz":
            await readers.rows("select 1", ())
        return answer_json({"ok": True})
    route, names = find(scope["method"], scope["path"])
    call = Call(scope, receive, clock.now(), names)
    if route.audiences != ("public",):
        actor = await actors.of(bearer(call.headers.get("authorization")), time.monotonic())
        call.actor = admit(actor, audiences=route.audiences, scope=route.scope)
    return await route.handler(call)


def find(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """Return the route of a call and the names in its path. Errors: NotFound, MethodNotAllowed."""
    route = PLAIN.get((method, path))
    if route is not None:
        return route, {}
    steps = path.split("/")
    allowed = {r.method for r in PLAIN.values() if r.path == path}
    for route, pattern in NAMED:
        names = _match(pattern, steps)
        if names is not None:
            if route.method == method:
                return route, names
            allowed.add(route.method)
    if allowed:
        raise MethodNotAllowed(method=method, allowed=sorted(allowed))
    raise NotFound()


def _match(pattern: list[str], steps: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(steps):
        return None
    names = {}
    for want, have in zip(pattern, steps, strict=True):
        if want.startswith("{"):
            names[want[1:-1]] = have
        elif want != have:
            return None
    return names


def _cross_origin(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return CORS headers for the pages' own origin, exactly; for any other none, so a browser refuses it."""
    origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
    if origin is None or origin.decode("latin-1") != config().pages_origin:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"vary", b"Origin"),
        (b"access-control-allow-methods", METHODS.encode()),
        (b"access-control-allow-headers", b"Authorization, Content-Type, Idempotency-Key"),
        (b"access-control-expose-headers", b"Idempotent-Replay"),
        (b"access-control-max-age", b"600"),
    ]

"""A call to `fast`: its headers, its body (bounded), and the answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from renmai.api.v1.contract import JSON_TYPE, PROBLEM_TYPE, REPLAY_HEADER, dumps, problem_headers, problem_of
from renmai.api.v1.problems import TooLarge
from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.problems import DomainError, Invalid

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_BYTES_MAX = 256 * 1024
QUERY_FIELDS_MAX = 20
NO_CONTENT = frozenset({204, 304})


@dataclass(slots=True)
class Answer:
    """What goes back: a status and JSON bytes, perhaps the first answer given again.

    What is too long to be held whole comes as `pieces`, `length` bytes together.
    """

    body: bytes
    status: int = 200
    replayed: bool = False
    type: str = JSON_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: AsyncIterator[bytes] | None = None
    length: int = 0


@dataclass
class Call:
    """What came in. `actor` is set once the door has admitted the token."""

    scope: Scope
    receive: Receive
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    actor: Actor = ANONYMOUS

    @cached_property
    def headers(self) -> dict[str, str]:
        """Return the headers, names lower-cased."""
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in self.scope["headers"]}

    @property
    def query(self) -> dict[str, str]:
        """Return the query's parameters, the last of a name. Errors: Invalid when there are too many."""
        try:
            return dict(parse_qsl(self.scope["query_string"].decode("latin-1"), max_num_fields=QUERY_FIELDS_MAX))
        except ValueError:
            raise Invalid(fields={"query": f"at most {QUERY_FIELDS_MAX} parameters"}) from None

    async def body(self, bytes_max: int = BODY_BYTES_MAX) -> bytes:
        """Return the body. Errors: TooLarge beyond `bytes_max`; ConnectionError when the caller went away."""
        message = await self.receive()
        whole: bytes = message.get("body", b"")
        while message.get("more_body"):
            if len(whole) > bytes_max:
                raise TooLarge()
            message = await self.receive()
            whole += message.get("body", b"")
        if message["type"] == "http.disconnect":
            raise ConnectionError("the caller went away")
        if len(whole) > bytes_max:
            raise TooLarge()
        return whole


def answer_json(value: Any, *, status: int = 200, replayed: bool = False) -> Answer:
    """Return a JSON answer."""
    return Answer(dumps(value), status, replayed)


def answer_problem(problem: DomainError) -> Answer:
    """Return a refusal (RFC 9457): the one place of this door."""
    return Answer(dumps(problem_of(problem)), problem.status, type=PROBLEM_TYPE, headers=problem_headers(problem))


async def send_answer(send: Send, answer: Answer, extra: list[tuple[bytes, bytes]]) -> None:
    """Send an answer."""
    content = [
        (b"content-type", answer.type.encode()),
        (b"content-length", str(answer.length or len(answer.body)).encode()),
    ]
    headers = [
        *(content if answer.status not in NO_CONTENT else []),
        *([] if "cache-control" in answer.headers else [(b"cache-control", b"no-store")]),
        (b"x-content-type-options", b"nosniff"),
        *((name.lower().encode(), value.encode()) for name, value in answer.headers.items()),
        *extra,
    ]
    if answer.replayed:
        headers.append((REPLAY_HEADER.lower().encode(), b"true"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.pieces is not None:
        async for piece in answer.pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": answer.body})

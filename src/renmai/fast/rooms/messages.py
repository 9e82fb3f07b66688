"""What is said on a viewer's line: read from JSON within limits, and written once for all who hear it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.problems import DomainError

MESSAGE_BYTES_MAX = 4096
LIKES_MAX = 50


class BadMessage(DomainError):
    """Not a message of this line."""

    code = "room.bad_message"
    status = 400
    message = "This line does not know that message."


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message: a pass or "", and the last number that was seen."""

    pass_: str
    after: int


@dataclass(frozen=True, slots=True)
class Say:
    """Words for the room; `ref` comes back with the answer."""

    words: str
    ref: str


@dataclass(frozen=True, slots=True)
class Like:
    """So many likes."""

    count: int


@dataclass(frozen=True, slots=True)
class View:
    """Somebody looks at the goods of a segment."""

    segment_id: UUID


@dataclass(frozen=True, slots=True)
class AskUnits:
    """A claim on units of a drop."""

    drop_id: UUID
    quantity: int
    ref: str


Message = Hello | Say | Like | View | AskUnits


def read_message(text: str | bytes | None) -> Message:
    """Return the message that a frame is. Errors: BadMessage."""
    if not text or len(text) > MESSAGE_BYTES_MAX:
        raise BadMessage()
    try:
        body = orjson.loads(text)
        return _read(body)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise BadMessage() from None


def _read(body: dict[str, Any]) -> Message:
    kind = body["kind"]
    if kind == "hello":
        return Hello(str(body.get("pass") or ""), max(0, int(body.get("after") or 0)))
    if kind == "say":
        return Say(str(body["words"]), _ref(body))
    if kind == "like":
        return Like(max(1, min(LIKES_MAX, int(body.get("count", 1)))))
    if kind == "view":
        return View(UUID(body["segment_id"]))
    if kind == "claim":
        return AskUnits(UUID(body["drop_id"]), int(body.get("quantity", 1)), _ref(body))
    raise BadMessage()


def _ref(body: dict[str, Any]) -> str:
    return str(body.get("ref", ""))[:40]


def written(kind: str, **fields: Any) -> str:
    """Return a frame."""
    return orjson.dumps({"kind": kind, **fields}, default=str).decode()

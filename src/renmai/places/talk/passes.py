"""Passes into a room: who somebody is, signed, for a minute, for one show. Said in the first message, never in an address."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.conf import settings

from renmai.kit.problems import DomainError

PASS_SECONDS = 60


class BadPass(DomainError):
    """Not a pass of this house, of another show, or older than a minute."""

    code = "room.bad_pass"
    status = 401
    message = "Please open the room again."


@dataclass(frozen=True, slots=True)
class Pass:
    """Who comes in: a person with the name shown in the room; `keeps_order`: they may mute and remove."""

    show_id: UUID
    person_id: UUID
    name: str
    keeps_order: bool
    until: int


def make_pass(*, show_id: UUID, person_id: UUID, name: str, keeps_order: bool, now: datetime) -> str:
    """Return a pass that holds for PASS_SECONDS from `now`."""
    until = int(now.timestamp()) + PASS_SECONDS
    body = orjson.dumps([str(show_id), str(person_id), name, keeps_order, until])
    return f"{_text(body)}.{_text(_sign(body))}"


def read_pass(text: str, *, show_id: UUID, now: datetime) -> Pass:
    """Return the pass that `text` is. Errors: BadPass."""
    try:
        body, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in text.split("."))
        if not hmac.compare_digest(signature, _sign(body)):
            raise BadPass()
        show, person, name, keeps_order, until = orjson.loads(body)
    except ValueError:
        raise BadPass() from None
    if UUID(show) != show_id or now.timestamp() >= until:
        raise BadPass()
    return Pass(show_id, UUID(person), name, keeps_order, until)


def _sign(body: bytes) -> bytes:
    return hmac.digest(settings.SECRET_KEY.encode(), b"renmai room pass\0" + body, hashlib.sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

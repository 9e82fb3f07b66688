"""What the sandbox will tell a merchant: messages queued in the transaction of what they tell."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson

from renmai.kit.ids import new_id
from renmai.money.gateways.sandbox.models import SandboxMessage


def new_event() -> str:
    """Return the id of an event that is told for the first time."""
    return f"evt_{new_id().hex}"


def told(kind: str, ref: str, amount_minor: int, currency: str, at: datetime) -> dict[str, Any]:
    """Return the body of a message, without its id."""
    return {"kind": kind, "ref": ref, "amount_minor": amount_minor, "currency": currency, "at": at.isoformat()}


def queue(url: str, event_id: str, body: dict[str, Any], send_at: datetime) -> None:
    """Have a message sent to `url` at `send_at` or soon after."""
    text = orjson.dumps({"id": event_id, **body}).decode()
    SandboxMessage.objects.create(event_id=event_id, url=url, body=text, send_at=send_at)

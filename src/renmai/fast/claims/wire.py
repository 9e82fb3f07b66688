"""What two `fast` processes say to each other about claims: lines of JSON, many claims or answers in one. Pure."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.problems import Busy, DomainError, Invalid, NotFound, plain
from renmai.trade.promotions.claim_rules import ClaimRefused, Kept

LINE_BYTES_MAX = 1 << 20
CLAIMS_MAX = 2_000
"""How many claims one line carries at most: well within LINE_BYTES_MAX."""
REFUSALS: dict[str, type[DomainError]] = {each.code: each for each in (ClaimRefused, NotFound, Invalid, Busy)}

Asked = tuple[int, UUID, UUID, int]
"""(number of the asker's own, drop, buyer, quantity)."""


class Moved(Exception):
    """Who was asked owns the drop no longer: ask again who does."""


def proof(key: str, part: str, nonce: str) -> str:
    """Return what proves to the other side that `part` (asker, owner) knows the installation's secret `key`."""
    return hmac.digest(key.encode(), f"renmai claims\0{part}\0{nonce}".encode(), hashlib.sha256).hex()


def proves(key: str, part: str, nonce: str, given: object) -> bool:
    """Return whether `given` is that proof."""
    return isinstance(given, str) and hmac.compare_digest(proof(key, part, nonce).encode(), given.encode())


def line_of(value: Any) -> bytes:
    """Return a line."""
    return orjson.dumps(value, default=str) + b"\n"


def read_asked(line: bytes) -> list[Asked]:
    """Return the claims of a line. Errors: ValueError."""
    return [(int(ref), UUID(drop), UUID(buyer), int(quantity)) for ref, drop, buyer, quantity in orjson.loads(line)]


def answer_of(ref: int, outcome: Kept | Exception) -> list[Any]:
    """Return an answer as it stands in a line; a refusal that claims do not know is told as Busy (ask again)."""
    if isinstance(outcome, Kept):
        return [ref, "kept", outcome.quantity, outcome.until.isoformat(), outcome.repeated]
    if isinstance(outcome, Moved):
        return [ref, "moved"]
    if isinstance(outcome, DomainError) and outcome.code in REFUSALS:
        return [ref, "refused", outcome.code, {name: plain(value) for name, value in outcome.params.items()}]
    return [ref, "refused", Busy.code, {}]


def read_answer(drop_id: UUID, answer: list[Any]) -> Kept | Exception:
    """Return what an answer says about a claim on the drop."""
    if answer[1] == "kept":
        return Kept(drop_id, int(answer[2]), datetime.fromisoformat(answer[3]), repeated=bool(answer[4]))
    if answer[1] == "refused":
        return REFUSALS[answer[2]](**answer[3])
    return Moved()

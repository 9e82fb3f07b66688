"""Asking witnesses to cosign a checkpoint (c2sp.org/tlog-witness, `add-checkpoint`): requests, answers, nothing kept.

The log uses it for each checkpoint, and a monitor to learn whether a witness was shown the same log.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from renmai.kit.http import Limits, OutgoingError, Response, fetch
from renmai.trust.log.notes import BadNote, Signature, parse_note, parse_signatures, to_base64
from renmai.trust.log.policies import Party

LIMITS = Limits(bytes_max=64 * 1024, seconds_max=5, connect_seconds_max=3, redirects_max=0)
AT_ONCE = 8
SIZE_TYPE = "text/x.tlog.size"
SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")

Outcome = Literal["cosigned", "behind", "unknown", "unsigned", "inconsistent", "away"]
"""cosigned; behind: the witness knows another size than was said; unknown: it does not witness this log; unsigned: it does
not believe the log's signature; inconsistent: it was shown another log; away: it did not answer as a witness does."""


@dataclass(frozen=True, slots=True)
class Request:
    """What a witness is asked: a checkpoint that begins with the `old` entries that it knows, and the proof of that."""

    witness: Party
    old: int
    proof: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of it: the good cosignature of "cosigned", the size that the witness of "behind" knows, the HTTP status."""

    outcome: Outcome
    cosignature: Signature | None = None
    size: int | None = None
    status: int = 0


def ask_all(checkpoint: bytes, requests: Sequence[Request]) -> list[Answer]:
    """Ask all witnesses at the same time; one that is slow is given up after `LIMITS`, and holds nobody up."""
    if not requests:
        return []
    with ThreadPoolExecutor(min(AT_ONCE, len(requests))) as threads:
        return list(threads.map(lambda request: ask(checkpoint, request), requests))


def ask(checkpoint: bytes, request: Request) -> Answer:
    """Ask one witness to cosign; whatever it does, the answer says so."""
    parts = urlsplit(request.witness.url)
    # The address stands in a file of whoever runs this, so it may be private.
    allow = frozenset({f"{parts.scheme}://{parts.netloc}"})
    try:
        answer = fetch(f"{request.witness.url.rstrip('/')}/add-checkpoint", method="POST", body=render(checkpoint, request),
                       headers={"content-type": "text/plain"}, limits=LIMITS, allow=allow)  # fmt: skip
    except (OutgoingError, ValueError):
        return Answer("away")
    return replace(_read(answer, checkpoint, request), status=answer.status)


def render(checkpoint: bytes, request: Request) -> bytes:
    """Return the body of a request."""
    lines = [f"old {request.old}", *map(to_base64, request.proof), ""]
    return "".join(f"{line}\n" for line in lines).encode() + checkpoint


def _read(answer: Response, checkpoint: bytes, request: Request) -> Answer:
    if answer.status == 200:
        return _cosigned(answer.body, checkpoint, request)
    if answer.status == 409:
        return _conflict(answer, request)
    named: dict[int, Outcome] = {403: "unsigned", 404: "unknown", 422: "inconsistent"}
    return Answer(named.get(answer.status, "away"))


def _cosigned(body: bytes, checkpoint: bytes, request: Request) -> Answer:
    """Pick the witness's own signature out of what it sent, and check it."""
    key = request.witness.key
    try:
        signatures, text = parse_signatures(body), parse_note(checkpoint).text
    except BadNote:
        return Answer("away")
    for each in signatures:
        if (each.name, each.key_id) == (key.name, key.key_id) and key.made(each, text):
            return Answer("cosigned", each)
    return Answer("away")


def _conflict(answer: Response, request: Request) -> Answer:
    found = SIZE.fullmatch(answer.body)
    if answer.headers.get("content-type", "").partition(";")[0].strip() != SIZE_TYPE or found is None:
        return Answer("away")
    size = int(found[1])
    # That was the size it was asked from: so it holds another root of that size.
    return Answer("inconsistent" if size == request.old else "behind", size=size)

"""Idempotency keys, set by set, for lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

READ = """
select k.person_id, k.key, k.input_hash, k.answer::text
from unnest(%s::uuid[], %s::text[]) as w (person_id, key)
join kit_idempotencykey k on k.person_id = w.person_id and k.action = %s and k.key = w.key
"""
WRITE = """
insert into kit_idempotencykey (person_id, action, key, input_hash, answer, at)
select p, %s, k, h, a, t from unnest(%s::uuid[], %s::text[], %s::bytea[], %s::jsonb[], %s::timestamptz[]) as v (p, k, h, a, t)
order by p, k
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered to a key of a person, and with which input it came."""

    person_id: UUID
    key: str
    input_hash: bytes
    answer: dict[str, Any]
    at: datetime


def read_answers(
    cursor: Any, action: str, keys: Sequence[tuple[UUID, str]]
) -> dict[tuple[UUID, str], tuple[bytes, Any]]:
    """Return (person, key) -> (input hash, answer) of those that were answered before."""
    cursor.execute(READ, ([person_id for person_id, _ in keys], [key for _, key in keys], action))
    return {(p, key): (bytes(digest), orjson.loads(answer)) for p, key, digest, answer in cursor.fetchall()}


def write_answers(cursor: Any, action: str, answers: Sequence[Answer]) -> None:
    """Write the answers. A key that just appeared elsewhere is a UniqueViolation: the lane runs the batch again."""
    cursor.execute(
        WRITE,
        (
            action,
            [a.person_id for a in answers],
            [a.key for a in answers],
            [a.input_hash for a in answers],
            [orjson.dumps(a.answer, default=str).decode() for a in answers],
            [a.at for a in answers],
        ),
    )

"""Run a write once per key."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from renmai.kit.keys.models import IdempotencyKey
from renmai.kit.problems import KeyMissing, KeyReused

KEY_LENGTH_MIN, KEY_LENGTH_MAX = 8, 80
KEEP_DAYS = 30

CLAIM = """
insert into kit_idempotencykey (person_id, action, key, input_hash, at) values (%s, %s, %s, %s, %s)
on conflict do nothing
"""
READ = "select input_hash, answer from kit_idempotencykey where person_id = %s and action = %s and key = %s"
ANSWER = "update kit_idempotencykey set answer = %s where person_id = %s and action = %s and key = %s"


def input_hash(value: Any) -> bytes:
    """Return SHA-256 of `value` as JSON with sorted keys (32 bytes)."""
    return hashlib.sha256(
        orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    ).digest()


def checked_key(key: str | None) -> str:
    """Return `key` if it is 8 to 80 printable characters; KeyMissing otherwise."""
    if key is None or not KEY_LENGTH_MIN <= len(key) <= KEY_LENGTH_MAX or not key.isascii() or not key.isprintable():
        raise KeyMissing()
    return key


def once(
    *, person_id: UUID, action: str, key: str, value: Any, now: datetime, do: Callable[[], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """Run `do` in one transaction with its key, or return the first answer.

    Returns (answer as JSON object, whether it is a repeat). A second caller with the same key waits for the first.
    A refusal keeps no key: the same key may try again. Errors: KeyReused when the input differs.
    """
    digest = input_hash(value)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, (person_id, action, key, digest, now))
        if cursor.rowcount == 0:
            cursor.execute(READ, (person_id, action, key))
            kept_hash, answer = cursor.fetchone()
            if bytes(kept_hash) != digest:
                raise KeyReused()
            return (orjson.loads(answer) if isinstance(answer, str) else answer), True
        result = do()
        cursor.execute(ANSWER, (orjson.dumps(result, default=str).decode(), person_id, action, key))
    return result, False


def forget_keys(person_id: UUID) -> None:
    """Delete all keys of a person, and with them the answers that were kept, in the caller's transaction."""
    IdempotencyKey.objects.filter(person_id=person_id).delete()


def forget_old(*, now: datetime) -> int:
    """Delete keys older than 30 days; return how many."""
    count, _ = IdempotencyKey.objects.filter(at__lt=now - timedelta(days=KEEP_DAYS)).delete()
    return count

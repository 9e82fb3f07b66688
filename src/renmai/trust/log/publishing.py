"""Publishing: what the log holds is signed as a checkpoint, soon after it grew.

The name and key are fixed with the first one. Each checkpoint is proved, before it is signed, to begin with the one before
it and with whatever this key is known to have signed last; one that went back, or tells another story, is never signed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from renmai.config import config
from renmai.trust.log.growing import BrokenLog
from renmai.trust.log.keys import Signed, key_of, made_key, note_signed, read_signed
from renmai.trust.log.merkle import BadProof, Hashes, consistency_proof, root_at, verify_consistency
from renmai.trust.log.notes import Checkpoint, SignerKey, sign_checkpoint
from renmai.trust.log.reading import Missing
from renmai.trust.log.stored import StoredReader
from renmai.trust.log.tiles import BadTile, hashes_in

GREW = """
select exists (select 1 from trust_loghead h where h.size > coalesce((select max(size) from trust_checkpoint), 0))
"""
NAME = "select origin, vkey from trust_logname where id = 1"
TURN = "select 1 from trust_logname where id = 1 for update skip locked"
NAMED = """
insert into trust_logname (id, origin, vkey, born_at) values (1, %s, %s, %s) on conflict do nothing
"""
LAST = """
select h.size, c.size, c.root from trust_loghead h
left join lateral (select size, root from trust_checkpoint order by size desc limit 1) c on true
where h.id = 1
"""
KEEP = "insert into trust_checkpoint (size, root, note, signed_at) values (%s, %s, %s, %s)"


class WentBack(BrokenLog):
    """The database knows less than what was signed: it is older than what the world was shown."""


def publish(*, now: datetime) -> int | None:
    """Sign a checkpoint if the log has grown since the last one; return its size, None when there is nothing to do.

    Any number of processes may do this: one at a time does. Errors: KeyFault, BrokenLog (also WentBack); nothing is signed.
    """
    with connection.cursor() as cursor:
        cursor.execute(GREW)
        if not cursor.fetchone()[0]:
            return None
    path = config().credit_key
    with transaction.atomic(), connection.cursor() as cursor:
        key = _key(cursor, path, now)
        cursor.execute(TURN)
        return _publish(cursor, key, path, now) if cursor.fetchone() else None


def _key(cursor: Any, path: Path, now: datetime) -> SignerKey:
    """Return the log's key; before the first checkpoint, it and the name are made."""
    cursor.execute(NAME)
    row = cursor.fetchone()
    if row is None:
        key = made_key(path, config().credit_log_origin)
        cursor.execute(NAMED, (key.name, key.verifier.text, now))
        cursor.execute(NAME)
        row = cursor.fetchone()
    return key_of(path, row[1])


def _publish(cursor: Any, key: SignerKey, path: Path, now: datetime) -> int | None:
    cursor.execute(LAST)
    size, last_size, last_root = cursor.fetchone()
    if last_size == size:
        return None  # somebody else did, since we looked
    before = {Signed(last_size, bytes(last_root))} if last_size else set()
    if signed := read_signed(path):
        before.add(signed)
    root = _proved_root(size, hashes_in(StoredReader(cursor).tiles, size), before)
    note_signed(path, Signed(size, root))
    cursor.execute(KEEP, (size, root, sign_checkpoint(Checkpoint(key.name, size, root), key), now))
    return int(size)


def _proved_root(size: int, hashes: Hashes, before: Iterable[Signed]) -> bytes:
    """Return the root of the log, which begins with everything that was signed `before`. Errors: BrokenLog."""
    try:
        root = root_at(size, hashes)
        for signed in before:
            if signed.size > size:
                raise WentBack(
                    f"The log has {size} entries, but {signed.size} were signed: this database is older than what was "
                    "published. Nothing is signed until it is whole again (docs/credit.md)."
                )
            proof = consistency_proof(signed.size, size, hashes)
            verify_consistency(signed.size, size, proof, signed.root, root)
    except (BadProof, BadTile, Missing) as fault:
        raise BrokenLog(f"The log of {size} entries does not begin with what was signed before ({fault}).") from None
    return root

"""What the house tells of its own log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from renmai.trust.log.merkle import inclusion_proof
from renmai.trust.log.notes import parse_checkpoint, parse_note
from renmai.trust.log.proofs import Proof, render
from renmai.trust.log.reading import Missing
from renmai.trust.log.stored import StoredReader
from renmai.trust.log.tiles import hashes_in

STATE = """
select n.origin, n.vkey, n.born_at, h.size, c.size, c.root, c.signed_at
from trust_logname n
join trust_loghead h on h.id = n.id
join lateral (select size, root, signed_at from trust_checkpoint order by size desc limit 1) c on true
"""


@dataclass(frozen=True, slots=True)
class LogState:
    """The log as of now: its name and public key, how many entries it has, and what was signed last."""

    origin: str
    vkey: str
    born_at: datetime
    size: int
    published_size: int
    root: bytes
    signed_at: datetime


def log_state() -> LogState | None:
    """Return how the log stands, None before its first checkpoint."""
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        row = cursor.fetchone()
    if row is None:
        return None
    origin, vkey, born_at, size, published_size, root, signed_at = row
    return LogState(origin, vkey, born_at, size, published_size, bytes(root), signed_at)


def proof_of(index: int, *, extra: bytes | None = None) -> bytes | None:
    """Return the proof (tlog-proof) of an entry in the latest checkpoint, None when it is not under one yet."""
    with connection.cursor() as cursor:
        reader = StoredReader(cursor)
        try:
            note = reader.checkpoint()
        except Missing:
            return None
        size = parse_checkpoint(parse_note(note).text).size
        if not 0 <= index < size:
            return None
        hashes = inclusion_proof(index, size, hashes_in(reader.tiles, size))
    return render(Proof(index, tuple(hashes), note, extra))

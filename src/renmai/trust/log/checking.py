"""Is the log that is stored whole, and what was signed? For `renmai check`.

Entries have no gap, every tile is there with its width, and hashes are made again: of the tiles at the edge and a sample of the
others, or of all of them. What was signed last must be the root of that many entries.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from renmai.config import config
from renmai.trust.log.growing import edge_of
from renmai.trust.log.keys import KeyFault, key_of, read_signed
from renmai.trust.log.merkle import leaf_hash, root_at
from renmai.trust.log.notes import BadNote, open_checkpoint, parse_verifier_key
from renmai.trust.log.reading import Missing
from renmai.trust.log.stored import StoredReader
from renmai.trust.log.tiles import WIDTH, BadTile, Tile, hashes_in, tile_root, tiles_at

SAMPLE = 32
COUNTS = """
select coalesce((select size from trust_loghead), 0), (select count(*) from trust_logentry),
       coalesce((select max(index) + 1 from trust_logentry), 0)
"""
WIDTHS = """
select level, n, octet_length(data) / 32 from trust_logtile order by level, n
"""
DATAS = "select data from trust_logentry where index >= %s and index < %s order by index"
NAME = "select origin, vkey from trust_logname"
SIGNED = "select size, root, note from trust_checkpoint order by size desc limit %s"


@dataclass(frozen=True, slots=True)
class LogFault:
    """Something of the log that does not fit: what part of it, and how."""

    name: ClassVar[str] = "log_whole"
    subject_id: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """Return the object of the command line."""
        return {"name": self.name, "subject_id": self.subject_id, "detail": self.detail}

    def sentence(self) -> str:
        """Return what is wrong, for people."""
        return f"{self.name}: the credit log is what was appended and signed; {self.subject_id}: {self.detail}"


def check_log(cursor: Any, *, whole: bool) -> Iterator[LogFault]:
    """Yield what is wrong, as of the cursor's moment. With `whole`, every hash is made again and every checkpoint."""
    cursor.execute(COUNTS)
    size, entries, after = cursor.fetchone()
    if not size == entries == after:
        yield LogFault("entries", f"the head says {size}, {entries} entries are stored, the last is number {after - 1}")
        return
    found = list(_check_widths(cursor, size))
    yield from found
    if not found:
        yield from _check_hashes(cursor, size, whole=whole)
        yield from _check_signed(cursor, size, whole=whole)


def _check_widths(cursor: Any, size: int) -> Iterator[LogFault]:
    cursor.execute(WIDTHS)
    stored = {Tile(*row) for row in cursor.fetchall()}
    for tile in sorted(stored.symmetric_difference(tiles_at(size))):
        says = f"has {tile.width} hashes" if tile in stored else f"should have {tile.width} hashes"
        yield LogFault(_name(tile), f"{says} in a log of {size}")


def _check_hashes(cursor: Any, size: int, *, whole: bool) -> Iterator[LogFault]:
    reader = StoredReader(cursor)
    for tile in _chosen(size, whole=whole):
        if reader.tile(*tile) != _made_again(cursor, reader, tile):
            yield LogFault(_name(tile), "does not hold the hashes of what is below it")


def _chosen(size: int, *, whole: bool) -> Sequence[Tile]:
    everything = list(tiles_at(size))
    if whole or len(everything) <= SAMPLE:
        return everything
    # A sample, so another one each time; nobody gains by knowing it.
    return sorted({*edge_of(size), *random.sample(everything, SAMPLE)})


def _made_again(cursor: Any, reader: StoredReader, tile: Tile) -> bytes:
    first = tile.n * WIDTH
    if tile.level == 0:
        cursor.execute(DATAS, (first, first + tile.width))
        return b"".join([leaf_hash(bytes(row[0])) for row in cursor.fetchall()])
    below = reader.tiles([Tile(tile.level - 1, n) for n in range(first, first + tile.width)])
    return b"".join([tile_root(data) for data in below])


def _check_signed(cursor: Any, size: int, *, whole: bool) -> Iterator[LogFault]:
    cursor.execute(NAME)
    name = cursor.fetchone()
    if name is None:
        return
    origin, vkey = name
    try:
        key_of(config().credit_key, vkey)
        known = read_signed(config().credit_key)
    except KeyFault as fault:
        yield LogFault("key", str(fault))
    else:
        if known and known.size > size:
            yield LogFault("head", f"{known.size} entries were signed, and only {size} are here")
    cursor.execute(SIGNED, (None if whole else 1,))
    for signed_size, root, note in cursor.fetchall():
        if wrong := _fault_of(cursor, size, (signed_size, bytes(root), bytes(note)), origin, vkey):
            yield LogFault(f"checkpoint {signed_size}", wrong)


def _fault_of(cursor: Any, size: int, signed: tuple[int, bytes, bytes], origin: str, vkey: str) -> str:
    signed_size, root, note = signed
    if signed_size > size:
        return f"the log has only {size} entries"
    try:
        checkpoint = open_checkpoint(note, parse_verifier_key(vkey), origin)
        again = root_at(signed_size, hashes_in(StoredReader(cursor).tiles, signed_size))
    except (BadNote, BadTile, Missing) as fault:
        return str(fault)
    if (checkpoint.size, checkpoint.root) != (signed_size, root) or root != again:
        return "is not the root of that many entries"
    return ""


def _name(tile: Tile) -> str:
    return f"tile {tile.level}/{tile.n}"

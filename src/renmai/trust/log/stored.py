"""Reading the house's own log from its tables, like any other log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.trust.log.merkle import HASH_BYTES
from renmai.trust.log.reading import Missing
from renmai.trust.log.tiles import ENTRIES, WIDTH, Tile, encode_bundle, tile_path

LATEST = """
select c.note, array(select s.line from trust_cosignature s where s.checkpoint_id = c.size order by s.id)
from trust_checkpoint c order by c.size desc limit 1
"""
TILES = """
select t.level, t.n, t.data from trust_logtile t
join unnest(%s::smallint[], %s::bigint[]) as asked (level, n) on (t.level, t.n) = (asked.level, asked.n)
"""
BUNDLE = "select data from trust_logentry where index >= %s and index < %s order by index"


class StoredReader:
    """A `Reader` of the tables by a cursor: what is not under a checkpoint yet can be read too. One statement a call."""

    def __init__(self, cursor: Any) -> None:
        self.cursor = cursor

    def checkpoint(self) -> bytes:
        """Return the latest checkpoint with the cosignatures it has. Errors: Missing before the first."""
        self.cursor.execute(LATEST)
        row = self.cursor.fetchone()
        if row is None:
            raise Missing("checkpoint")
        return bytes(row[0]) + "".join(f"{line}\n" for line in row[1]).encode()

    def tile(self, level: int, n: int, width: int = WIDTH) -> bytes:
        """Return the first `width` hashes of a tile. Errors: Missing."""
        return self.tiles([Tile(level, n, width)])[0]

    def tiles(self, asked: Sequence[Tile]) -> list[bytes]:
        """Return many tiles (no bundles) by one statement. Errors: Missing."""
        self.cursor.execute(TILES, ([tile.level for tile in asked], [tile.n for tile in asked]))
        found = {(level, n): bytes(data) for level, n, data in self.cursor.fetchall()}
        return [_cut(found.get((tile.level, tile.n), b""), tile) for tile in asked]

    def entries(self, n: int, width: int = WIDTH) -> bytes:
        """Return the bundle of the first `width` entries from 256 * n. Errors: Missing."""
        self.cursor.execute(BUNDLE, (n * WIDTH, n * WIDTH + width))
        datas = [bytes(row[0]) for row in self.cursor.fetchall()]
        if len(datas) != width:
            raise Missing(tile_path(Tile(ENTRIES, n, width)))
        return encode_bundle(datas)


def _cut(data: bytes, tile: Tile) -> bytes:
    if len(data) < tile.width * HASH_BYTES:
        raise Missing(tile_path(tile))
    return data[: tile.width * HASH_BYTES]

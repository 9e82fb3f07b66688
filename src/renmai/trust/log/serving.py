"""The files of the log as the world may read them: only what is under the latest checkpoint. One statement a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from renmai.trust.log.merkle import HASH_BYTES
from renmai.trust.log.reading import Missing
from renmai.trust.log.stored import StoredReader
from renmai.trust.log.tiles import ENTRIES, SIZE_MAX, WIDTH, BadTile, Tile, encode_bundle, exists_at, parse_path

PUBLISHED = "select coalesce(max(size), 0) from trust_checkpoint"
TILE = f"""
select (select data from trust_logtile where level = %s and n = %s), ({PUBLISHED})
"""
BUNDLE = f"""
select data from trust_logentry where index >= %s and index < least(%s, ({PUBLISHED})) order by index
"""


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file of the log: what it holds, and whether that can ever change."""

    content: bytes
    content_type: str
    for_ever: bool
    packs: bool
    """Whether compressing makes it smaller, as it does texts but no hashes."""


def read_file(cursor: Any, path: str) -> LogFile:
    """Return the file of that name below the log's address ("tile/0/000"). Errors: Missing."""
    if path == "checkpoint":
        return LogFile(StoredReader(cursor).checkpoint(), "text/plain; charset=utf-8", for_ever=False, packs=False)
    try:
        tile = parse_path(path)
    except BadTile:
        raise Missing(path) from None
    if not exists_at(tile, SIZE_MAX):  # what no log could have is not looked up
        raise Missing(path)
    content = _bundle(cursor, tile) if tile.level == ENTRIES else _tile(cursor, tile)
    if content is None:
        raise Missing(path)
    return LogFile(content, "application/octet-stream", for_ever=True, packs=tile.level == ENTRIES)


def _tile(cursor: Any, tile: Tile) -> bytes | None:
    cursor.execute(TILE, (tile.level, tile.n))
    data, published = cursor.fetchone()
    return bytes(data[: tile.width * HASH_BYTES]) if exists_at(tile, published) else None


def _bundle(cursor: Any, tile: Tile) -> bytes | None:
    start = tile.n * WIDTH
    cursor.execute(BUNDLE, (start, start + tile.width))
    datas = [bytes(row[0]) for row in cursor.fetchall()]
    return encode_bundle(datas) if len(datas) == tile.width else None

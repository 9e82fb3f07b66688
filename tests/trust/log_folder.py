"""Logs in folders, made the slow and plain way, for tests of those who check them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from renmai.trust.log.merkle import leaf_hash, node_hash, root_of
from renmai.trust.log.notes import ED25519, Checkpoint, Note, SignerKey
from renmai.trust.log.tiles import WIDTH, Tile, bundles_at, encode_bundle, tile_path, tiles_at

ORIGIN = "log.example/credit/log"
KEY = SignerKey(ORIGIN, ED25519, bytes(range(32)))


def entry(n: int) -> bytes:
    """Return some entry of a length that differs from its neighbours'."""
    return b"entry %d " % n + b"." * (n % 300)


def write_log(folder: Path, entries: Sequence[bytes], *, key: SignerKey = KEY) -> bytes:
    """Write a whole log under the names by which it would be served; return its signed checkpoint."""
    size = len(entries)
    for tile in bundles_at(size):
        _write(folder, tile, encode_bundle(entries[tile.n * WIDTH : tile.n * WIDTH + tile.width]))
    rows = [[leaf_hash(each) for each in entries]]
    while len(rows[-1]) >= WIDTH:
        row = rows[-1]
        rows.append([_whole(row[at : at + WIDTH]) for at in range(0, len(row) - WIDTH + 1, WIDTH)])
    for tile in tiles_at(size):
        row = rows[tile.level]
        _write(folder, tile, b"".join(row[tile.n * WIDTH : tile.n * WIDTH + tile.width]))
    checkpoint = signed(size, root_of(rows[0]), key=key)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "checkpoint").write_bytes(checkpoint)
    return checkpoint


def signed(size: int, root: bytes, *, key: SignerKey = KEY) -> bytes:
    """Return a checkpoint that the log signed."""
    text = Checkpoint(key.name, size, root).text
    return Note(text, (key.sign(text),)).raw


def _whole(row: list[bytes]) -> bytes:
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def _write(folder: Path, tile: Tile, data: bytes) -> None:
    path = folder / tile_path(tile)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)

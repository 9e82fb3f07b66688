"""Tiles and entry bundles of a log (c2sp.org/tlog-tiles): their names, widths and bytes. Pure.

A tile of level L holds up to 256 hashes, each over 256**L leaves; only full tiles have a hash in the level above. A
bundle holds up to 256 entries, each after its length as a big-endian uint16.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

from renmai.trust.log.merkle import HASH_BYTES, Hashes, Node

WIDTH = 256
HEIGHT = 8
TILE_BYTES = WIDTH * HASH_BYTES
ENTRY_BYTES_MAX = 65_535
LEVEL_MAX = 7
"""The highest level of a tree whose size fits 63 bits; the format itself would allow 63."""
SIZE_MAX = 2**63 - 1

_NUMBER = re.compile(r"(?:x[0-9]{3}/)*[0-9]{3}")
_PATH = re.compile(r"tile/(entries|0|[1-9][0-9]?)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?")


class BadTile(ValueError):
    """Bytes that are no tile or bundle of the width they should have, or a path that names none."""


class Tile(NamedTuple):
    """A tile by level, number in its level and width (hashes it holds); level -1 is the bundle of entries."""

    level: int
    n: int
    width: int = WIDTH


ENTRIES = -1
Tiles = Callable[[Sequence[Tile]], Sequence[bytes]]
"""Returns the bytes of each tile asked for, in order."""


def number_path(n: int) -> str:
    """Return 1234067 as "x001/x234/067"."""
    parts = [f"{n % 1000:03}"]
    while n >= 1000:
        n //= 1000
        parts.append(f"x{n % 1000:03}")
    return "/".join(reversed(parts))


def parse_number(text: str) -> int:
    """Return the number that `number_path` wrote. Errors: BadTile, also for a form with more zeroes than needed."""
    if len(text) > 34 or not _NUMBER.fullmatch(text):
        raise BadTile("no such tile")
    n = int(text.replace("x", "").replace("/", ""))
    if number_path(n) != text:
        raise BadTile("no such tile")
    return n


def tile_path(tile: Tile) -> str:
    """Return where a tile or bundle lies below the log's address."""
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    partial = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"tile/{level}/{number_path(tile.n)}{partial}"


def parse_path(path: str) -> Tile:
    """Return the tile that `path` names. Errors: BadTile; the path is then nobody's."""
    found = _PATH.fullmatch(path)
    if found is None:
        raise BadTile("no such tile")
    level, number, width = found.groups()
    tile = Tile(ENTRIES if level == "entries" else int(level), parse_number(number), int(width or WIDTH))
    if tile.level > 63 or (width is not None and tile.width >= WIDTH):
        raise BadTile("no such tile")
    return tile


def width_at(level: int, n: int, size: int) -> int:
    """Return how many hashes (entries) tile `n` of `level` holds in a tree of `size`: 0 when it is not there yet."""
    return max(0, min(WIDTH, (size >> HEIGHT * max(level, 0)) - n * WIDTH))


def exists_at(tile: Tile, size: int) -> bool:
    """Return whether a tree of `size` has the hashes that `tile` asks for."""
    return 1 <= tile.width <= width_at(tile.level, tile.n, size)


def tiles_at(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Yield the tiles of a tree of `size` by level and number; with `since`, those that are not full in a tree of it.

    The last one of each level is partial, or not there when it would be empty.
    """
    for level in range(LEVEL_MAX + 1):
        count, known = size >> HEIGHT * level, since >> HEIGHT * level
        for n in range(known // WIDTH, -(-count // WIDTH)):
            yield Tile(level, n, width_at(level, n, size))


def bundles_at(size: int, *, since: int = 0) -> Iterator[Tile]:
    """Yield the bundles of entries of a tree of `size`; with `since`, those that are not full in a tree of it."""
    for n in range(since // WIDTH, -(-size // WIDTH)):
        yield Tile(ENTRIES, n, width_at(ENTRIES, n, size))


def tile_root(data: bytes) -> bytes:
    """Return the hash over a full tile (or any whole power of two of hashes)."""
    while len(data) > HASH_BYTES:
        data = b"".join([sha256(b"\x01" + data[at : at + 64]).digest() for at in range(0, len(data), 64)])
    return data


def split_tile(data: bytes) -> list[bytes]:
    """Return the hashes of a tile."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def check_tile(data: bytes, width: int) -> bytes:
    """Return `data`. Errors: BadTile unless it is `width` hashes long."""
    if len(data) != width * HASH_BYTES:
        raise BadTile(f"a tile of {width} hashes has {len(data)} bytes")
    return data


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Return the bytes of a bundle. Errors: BadTile for an entry above 65,535 bytes."""
    if any(len(entry) > ENTRY_BYTES_MAX for entry in entries):
        raise BadTile("an entry is longer than 65,535 bytes")
    return b"".join([part for entry in entries for part in (len(entry).to_bytes(2, "big"), entry)])


def decode_bundle(data: bytes, width: int) -> list[bytes]:
    """Return the `width` entries of a bundle. Errors: BadTile unless it holds exactly those."""
    entries, at = list[bytes](), 0
    for _ in range(width):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise BadTile("the bundle is cut off")
        entries.append(data[start:at])
    if at != len(data):
        raise BadTile("the bundle is too long")
    return entries


def hashes_in(tiles: Tiles, size: int) -> Hashes:
    """Return a source of nodes for roots and proofs in a tree of `size`, read from its tiles, each only once a call."""

    def read(nodes: Sequence[Node]) -> list[bytes]:
        asked = [_tile_with(node, size) for node in nodes]
        needed = list(dict.fromkeys(asked))
        found = dict(zip(needed, tiles(needed), strict=True))
        return [_node_in(found[tile], tile, node) for tile, node in zip(asked, nodes, strict=True)]

    return read


def _tile_with(node: Node, size: int) -> Tile:
    level, above = divmod(node.level, HEIGHT)
    n = (node.n << above) // WIDTH
    return Tile(level, n, width_at(level, n, size))


def _node_in(data: bytes, tile: Tile, node: Node) -> bytes:
    above = node.level % HEIGHT
    start = ((node.n << above) - tile.n * WIDTH) * HASH_BYTES
    part = data[start : start + (HASH_BYTES << above)]
    if len(part) != HASH_BYTES << above:
        raise BadTile("the tile is too short")
    return tile_root(part)

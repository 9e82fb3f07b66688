"""What a tree writes when it grows: the tiles that change. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from renmai.trust.log.merkle import HASH_BYTES
from renmai.trust.log.tiles import HEIGHT, LEVEL_MAX, TILE_BYTES, WIDTH, Tile, tile_root

Edge = Mapping[int, bytes]
"""The bytes of the partial tile of each level that has one."""


class BrokenLog(RuntimeError):
    """What is stored of the log does not fit together: nothing may be appended or signed until a person has looked."""


def edge_of(size: int) -> list[Tile]:
    """Return the partial tiles of a tree of `size`, by level."""
    widths = ((level, size >> HEIGHT * level) for level in range(LEVEL_MAX + 1))
    return [Tile(level, count // WIDTH, count % WIDTH) for level, count in widths if count % WIDTH]


def grown(size: int, edge: Edge, leaves: Sequence[bytes]) -> list[tuple[Tile, bytes]]:
    """Return every tile that is new or longer when `leaves` (hashes) join a tree of `size` with the partial tiles `edge`.

    Errors: BrokenLog when an edge does not have the length that `size` says.
    """
    changed = list[tuple[Tile, bytes]]()
    level, row = 0, b"".join(leaves)
    while row:
        count, before = size >> HEIGHT * level, edge.get(level, b"")
        if len(before) != count % WIDTH * HASH_BYTES:
            raise BrokenLog(f"the last tile of level {level} does not belong to a log of {size}")
        whole = before + row
        parts = [whole[at : at + TILE_BYTES] for at in range(0, len(whole), TILE_BYTES)]
        changed += [(Tile(level, count // WIDTH + at, len(part) // HASH_BYTES), part) for at, part in enumerate(parts)]
        row = b"".join([tile_root(part) for part in parts if len(part) == TILE_BYTES])
        level += 1
    return changed

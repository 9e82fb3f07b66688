"""Every entry of a log read, and every hash of its tree made again: what an outsider does to believe a root.

Memory is 32 bytes for each 256 entries. The work is cut into runs of tiles, which processes or threads share.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import repeat
from multiprocessing import get_context
from typing import Generic, TypeVar

from renmai.trust.log.merkle import EMPTY_ROOT, HASH_BYTES
from renmai.trust.log.reading import HttpReader, Reader
from renmai.trust.log.tiles import ENTRIES, TILE_BYTES, WIDTH, BadTile, Tile, tile_path, tile_root

RUN, RUNS = 32, 8
"""Tiles that one worker takes at a time at least, and into how many runs a log is cut at most."""
THREADS = 8
"""How many wait for the network at once."""

Kept = TypeVar("Kept")
Keep = Callable[[Iterator[tuple[int, bytes]]], Kept]
"""Takes checked bundles with the index of their first entry, as many as one worker reads at a time; returns what to keep."""


class Mismatch(Exception):
    """What is served at `where` is not what the rest of the log says it is."""

    def __init__(self, where: str) -> None:
        super().__init__(where)
        self.where = where


@dataclass(frozen=True, slots=True)
class Tree:
    """The hashes of a whole log: every level from 1 on, and the last tile of level 0 if it is a partial one."""

    size: int
    edge: bytes
    levels: tuple[bytes, ...]

    @property
    def root(self) -> bytes:
        """Return the root over all entries."""
        return self._root_of(self.size, self.edge)

    def root_at(self, size: int, reader: Reader) -> bytes:
        """Return the root over the first `size` entries. Errors: Mismatch; ValueError beyond the tree; the reader's."""
        if not 0 <= size <= self.size:
            raise ValueError(f"a tree of {self.size} has no beginning of {size}")
        n, width = divmod(size, WIDTH)
        return self._root_of(size, self._leaves(n, reader)[: width * HASH_BYTES] if width else b"")

    def _leaves(self, n: int, reader: Reader) -> bytes:
        if (n + 1) * WIDTH > self.size:
            return self.edge
        tile = served(reader, Tile(0, n))
        if tile_root(tile) != self.levels[0][n * HASH_BYTES : (n + 1) * HASH_BYTES]:
            raise Mismatch(tile_path(Tile(0, n)))
        return tile

    def _root_of(self, size: int, tail: bytes) -> bytes:
        """Climb from the leaf hashes of the last, partial tile: on each level it ends a row of at most 256 hashes."""
        if size == 0:
            return EMPTY_ROOT
        tail = _root(tail)
        for level in self.levels:
            size //= WIDTH
            tail = _root(level[size // WIDTH * TILE_BYTES : size * HASH_BYTES] + tail)
        return tail


@dataclass(frozen=True, slots=True)
class Verified(Generic[Kept]):
    """A log whose every entry was read: its tree, and what was kept of each run of bundles, in order."""

    tree: Tree
    kept: list[Kept]


@contextmanager
def hands(reader: Reader, processes: int) -> Iterator[Executor | None]:
    """Give what reads a log in parallel: threads where the network is waited for, else processes; None for one alone.

    A process that has threads is not divided: a fork would copy locks that nobody opens again.
    """
    if isinstance(reader, HttpReader):
        with ThreadPoolExecutor(THREADS) as threads:
            yield threads
    elif processes > 1 and threading.active_count() == 1:
        with ProcessPoolExecutor(processes, mp_context=get_context("fork")) as workers:
            yield workers
    else:
        yield None


def verify(reader: Reader, size: int, keep: Keep[Kept], *, pool: Executor | None = None,
           told: Callable[[int], None] = lambda entries: None) -> Verified[Kept]:  # fmt: skip
    """Read all `size` entries and all tiles, make every hash again, and return the tree and what was kept.

    `told` is called with the number of entries read so far. The root is the caller's to compare with a checkpoint.
    Errors: Mismatch where a tile or bundle is not what its neighbours say; Missing, OutgoingError, OSError.
    """
    tiles = -(-size // WIDTH)
    run = max(RUN, -(-tiles // RUNS)) if isinstance(pool, ProcessPoolExecutor) else RUN
    starts = range(0, tiles, run)
    runs = (pool.map if pool else map)(_run, repeat(reader), starts, repeat(run), repeat(size), repeat(keep))
    roots, edge, kept = bytearray(), b"", list[Kept]()
    for start, (roots_here, edge, kept_here) in zip(starts, runs, strict=True):
        roots += roots_here
        kept.append(kept_here)
        told(min((start + run) * WIDTH, size))
    return Verified(Tree(size, edge, tuple(_levels(reader, bytes(roots)))), kept)


def leaf_hashes(bundle: bytes, width: int) -> bytes:
    """Return the leaf hashes of a bundle, packed as in a tile. Errors: BadTile unless it has exactly `width` entries."""
    hashes: list[bytes] = []
    add, at, end = hashes.append, 0, len(bundle)
    while at + 1 < end:
        start = at + 2
        at = start + (bundle[at] << 8 | bundle[at + 1])
        add(sha256(b"\0" + bundle[start:at]).digest())
    if at != end or len(hashes) != width:
        raise BadTile(f"not a bundle of {width} entries")
    return b"".join(hashes)


def entries_of(bundle: bytes) -> Iterator[bytes]:
    """Yield the entries of a bundle whose hashes were checked."""
    at, end = 0, len(bundle)
    while at < end:
        start = at + 2
        at = start + (bundle[at] << 8 | bundle[at + 1])
        yield bundle[start:at]


def served(reader: Reader, tile: Tile) -> bytes:
    """Return a tile or bundle as it is served. Errors: Mismatch when it has not the length it should have."""
    try:
        if tile.level == ENTRIES:
            return reader.entries(tile.n, tile.width)
        return reader.tile(tile.level, tile.n, tile.width)
    except BadTile:
        raise Mismatch(tile_path(tile)) from None


def _run(reader: Reader, start: int, tiles: int, size: int, keep: Keep[Kept]) -> tuple[bytes, bytes, Kept]:
    """Return the roots of the full tiles of a run, the leaf hashes of a partial one, and what was kept."""
    roots, edge = bytearray(), bytearray()

    def bundles() -> Iterator[tuple[int, bytes]]:
        for n in range(start, min(start + tiles, -(-size // WIDTH))):
            width = min(WIDTH, size - n * WIDTH)
            bundle = served(reader, Tile(ENTRIES, n, width))
            hashes = _checked(reader, n, width, bundle)
            if width == WIDTH:
                roots.extend(tile_root(hashes))
            else:
                edge.extend(hashes)
            yield n * WIDTH, bundle

    rest = bundles()
    kept = keep(rest)
    for _ in rest:  # whoever stops listening does not stop the check
        pass
    return bytes(roots), bytes(edge), kept


def _checked(reader: Reader, n: int, width: int, bundle: bytes) -> bytes:
    try:
        hashes = leaf_hashes(bundle, width)
    except BadTile:
        raise Mismatch(tile_path(Tile(ENTRIES, n, width))) from None
    if hashes != served(reader, Tile(0, n, width)):
        raise Mismatch(tile_path(Tile(0, n, width)))
    return hashes


def _levels(reader: Reader, row: bytes) -> Iterator[bytes]:
    """Yield the hashes of level 1 and above, each tile of them compared with what is served."""
    level = 1
    while row:
        yield row
        above = bytearray()
        for n in range(-(-len(row) // TILE_BYTES)):
            hashes = row[n * TILE_BYTES : (n + 1) * TILE_BYTES]
            tile = Tile(level, n, len(hashes) // HASH_BYTES)
            if hashes != served(reader, tile):
                raise Mismatch(tile_path(tile))
            if tile.width == WIDTH:
                above += tile_root(hashes)
        level, row = level + 1, bytes(above)


def _root(row: bytes) -> bytes:
    """Return the root over a row of hashes; one without a neighbour goes up as it is (RFC 6962, 2.1)."""
    while len(row) > HASH_BYTES:
        even = len(row) // (2 * HASH_BYTES) * (2 * HASH_BYTES)
        pairs = [sha256(b"\1" + row[at : at + 2 * HASH_BYTES]).digest() for at in range(0, even, 2 * HASH_BYTES)]
        row = b"".join(pairs) + row[even:]
    return row

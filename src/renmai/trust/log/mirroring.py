"""A mirror of a log in a folder, which grows with it and believes only what continues what it holds.

The folder has the log's files under the names by which they are served (`reading.FolderReader` reads it), so it can be read,
served and audited like the log itself. Its `checkpoint` is replaced last, when everything under it is on the disk: whoever is
killed in between goes on from the one before. What shows that a log cheated is kept in `evidence`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from renmai.trust.log.growing import edge_of, grown
from renmai.trust.log.merkle import EMPTY_ROOT, consistency_proof, root_at
from renmai.trust.log.notes import Checkpoint, VerifierKey, open_checkpoint, to_base64
from renmai.trust.log.reading import FolderReader, Missing, Reader, hashes_of
from renmai.trust.log.tiles import WIDTH, BadTile, Tile, bundles_at, split_tile, tile_path
from renmai.trust.log.verifying import THREADS, Mismatch, entries_of, leaf_hashes, served

WINDOW = 32
"""Bundles that are read before they are written."""

Outcome = Literal["same", "grown", "shrunk", "split"]
"""same: nothing new; grown; shrunk: an older checkpoint of the same log is shown; split: another log is shown."""
Seen = Callable[[int, Iterator[bytes]], None]
"""Takes the place of the first of some new entries, and the entries."""


class MirrorFault(RuntimeError):
    """The mirror itself cannot be used; the text says why."""


class _Rewritten(Mismatch):
    """What is served does not go with what the mirror holds, or does not make the root that was signed."""


@dataclass(frozen=True, slots=True)
class Step:
    """What came of looking at a log: what the mirror held, what is shown, and the signed note that shows it.

    proof: of "split", the hashes that lead from a beginning which is not the one held to the root that is shown.
    """

    outcome: Outcome
    held: Checkpoint
    shown: Checkpoint
    note: bytes
    proof: tuple[bytes, ...] = ()


class Mirror:
    """A mirror in a folder, of the log that signs by `key`. One process at a time may let it grow."""

    def __init__(self, folder: Path, key: VerifierKey) -> None:
        """Errors: MirrorFault when the folder is another log's, or is not what its checkpoint says."""
        self.folder, self.key = folder, key
        self.files = FolderReader(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._claim()
        self.note = self._read_note()
        self.held = open_checkpoint(self.note, key) if self.note else None
        if self.held and self._root(self.files, self.held.size) != self.held.root:
            raise MirrorFault(f"the mirror in {folder} is not what its checkpoint says: take it away and begin anew")

    def follow(self, reader: Reader, *, seen: Seen = lambda first, leaves: None) -> Step:
        """Look at the log once, and take over what is new.

        `seen` is told of every new entry, before it is known to be under the new root, and perhaps twice. Errors: BadNote for a checkpoint that
        the log did not sign; Mismatch when what is served is not what was signed; what the reader raises. Nothing that the
        mirror holds is changed by any of them.
        """
        raw = reader.checkpoint()
        shown = open_checkpoint(raw, self.key)
        held = self.held or Checkpoint(shown.origin, 0, EMPTY_ROOT)
        if self.held and shown.size <= held.size:
            return self._look_back(held, shown, raw)
        try:
            self._grow_or_anew(reader, held.size, shown, seen)
        except _Rewritten as wrong:
            self._check_split(reader, held, shown, wrong.where)
            return Step("split", held, shown, raw, _proof(reader, held, shown))
        self._write("checkpoint", raw)
        self.note, self.held = raw, shown
        self._drop_partials(held.size, shown.size)
        return Step("grown", held, shown, raw)

    def keep_evidence(self, step: Step, *, now: datetime) -> Path:
        """Keep both signed notes and the proof of a step that shows that the log cheated; return the folder."""
        folder = f"evidence/{now:%Y%m%dT%H%M%SZ}"
        self._write(f"{folder}/shown", step.note)
        self._write(f"{folder}/held", self.note)
        self._write(f"{folder}/proof", "".join(f"{to_base64(each)}\n" for each in step.proof).encode())
        return self.folder / folder

    def _look_back(self, held: Checkpoint, shown: Checkpoint, raw: bytes) -> Step:
        if self._root(self.files, held.size, shown.size) != shown.root:
            proof = consistency_proof(shown.size, held.size, hashes_of(self.files, held.size)) if shown.size else []
            return Step("split", held, shown, raw, tuple(proof))
        return Step("same" if shown.size == held.size else "shrunk", held, shown, raw)

    def _grow_or_anew(self, reader: Reader, size: int, shown: Checkpoint, seen: Seen) -> None:
        """Grow out of what an earlier try that was broken off left behind; where that does not fit, without it."""
        try:
            self._grow(_Resuming(self.files, reader), size, shown, seen)
        except Mismatch:
            self._grow(reader, size, shown, seen)

    def _grow(self, reader: Reader, size: int, shown: Checkpoint, seen: Seen) -> None:
        """Write what a log of `size` entries lacks of the one that is shown. Errors: Mismatch, the reader's."""
        edge = {tile.level: self.files.tile(*tile) for tile in edge_of(size)}
        with ThreadPoolExecutor(THREADS) as threads:
            for window in _windows(bundles_at(shown.size, since=size)):
                leaves = list[bytes]()
                bundles = threads.map(lambda tile: served(reader, tile), window)
                for tile, bundle in zip(window, bundles, strict=True):
                    known = max(size - tile.n * WIDTH, 0)
                    leaves += self._new_leaves(tile, bundle, edge.get(0, b"") if known else b"")
                    seen(tile.n * WIDTH + known, _after(entries_of(bundle), known))
                edge = self._add_tiles(reader, threads, size, edge, leaves)
                size += len(leaves)
            self._add_edge(reader, edge_of(size), edge)
        if self._root(self.files, size) != shown.root:
            raise _Rewritten("checkpoint")

    def _new_leaves(self, tile: Tile, bundle: bytes, known: bytes) -> list[bytes]:
        """Return the hashes of the leaves of a bundle that are new, and write it."""
        try:
            hashes = leaf_hashes(bundle, tile.width)
        except BadTile:
            raise Mismatch(tile_path(tile)) from None
        if not hashes.startswith(known):
            raise _Rewritten(tile_path(tile))
        self._write(tile_path(tile), bundle)
        return split_tile(hashes[len(known) :])

    def _add_tiles(self, reader: Reader, threads: ThreadPoolExecutor, size: int, edge: dict[int, bytes],
                   leaves: Sequence[bytes]) -> dict[int, bytes]:  # fmt: skip
        """Write the tiles that became full, each as it is served as well; return the partial ones."""
        changed = grown(size, edge, leaves)
        full = [(tile, data) for tile, data in changed if tile.width == WIDTH]
        for (tile, data), theirs in zip(full, threads.map(lambda each: served(reader, each[0]), full), strict=True):
            if theirs != data:
                raise _Rewritten(tile_path(tile))
            self._write(tile_path(tile), data)
        partial = {tile.level: data for tile, data in changed if tile.width < WIDTH}
        return {level: data for level, data in edge.items() if level not in {t.level for t, _ in changed}} | partial

    def _add_edge(self, reader: Reader, tiles: Sequence[Tile], edge: dict[int, bytes]) -> None:
        for tile in tiles:
            if served(reader, tile) != edge[tile.level]:
                raise _Rewritten(tile_path(tile))
            self._write(tile_path(tile), edge[tile.level])

    def _check_split(self, reader: Reader, held: Checkpoint, shown: Checkpoint, where: str) -> None:
        """Tell a log that was written anew from one whose files are not what it signed. Errors: Mismatch for the latter.

        The tiles of the former make the root that was signed, and another one at the mirror's size: by the consistency proof
        made of them anyone sees, without the log, that its two signed notes do not go together.
        """
        then = self._root(reader, shown.size, held.size)
        if self._root(reader, shown.size) != shown.root or then == held.root:
            raise Mismatch(where)

    def _root(self, reader: Reader, size: int, at: int | None = None) -> bytes:
        """Return the root over the first `at` entries of a tree of `size` by its tiles."""
        try:
            return root_at(size if at is None else at, hashes_of(reader, size))
        except BadTile:
            raise Mismatch("tile") from None

    def _claim(self) -> None:
        try:
            known = self.files._read("key").decode().strip()
        except Missing:
            self._write("key", f"{self.key.text}\n".encode())
            return
        if known != self.key.text:
            raise MirrorFault(f"{self.folder} is a mirror of {known}, which is another log or key")

    def _read_note(self) -> bytes:
        try:
            return self.files.checkpoint()
        except Missing:
            return b""

    def _write(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all, and have it on the disk."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.new")
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)

    def _drop_partials(self, before: int, size: int) -> None:
        """Take away partial files of the tree before: the longer or full ones beside them say more."""
        kept = {*edge_of(size), *bundles_at(size, since=size)}
        for tile in {*edge_of(before), *bundles_at(before, since=before)} - kept:
            path = self.folder / tile_path(tile)
            path.unlink(missing_ok=True)
            with suppress(OSError):  # not empty: its neighbour of another width
                path.parent.rmdir()


class _Resuming:
    """A reader that takes a whole bundle from the mirror's folder where an earlier try has left it."""

    def __init__(self, files: FolderReader, reader: Reader) -> None:
        self.files, self.reader = files, reader
        self.checkpoint, self.tile = reader.checkpoint, reader.tile

    def entries(self, n: int, width: int = WIDTH) -> bytes:
        """Return a bundle."""
        if width == WIDTH:
            with suppress(Missing, BadTile):
                return self.files.entries(n)
        return self.reader.entries(n, width)


def _proof(reader: Reader, held: Checkpoint, shown: Checkpoint) -> tuple[bytes, ...]:
    return tuple(consistency_proof(held.size, shown.size, hashes_of(reader, shown.size)))


def _windows(tiles: Iterator[Tile]) -> Iterator[list[Tile]]:
    window = list[Tile]()
    for tile in tiles:
        window.append(tile)
        if len(window) == WINDOW:
            yield window
            window = []
    if window:
        yield window


def _after(leaves: Iterator[bytes], known: int) -> Iterator[bytes]:
    return (leaf for at, leaf in enumerate(leaves) if at >= known)

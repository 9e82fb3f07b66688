"""Reading a log by its files: from a folder, or from anywhere by HTTP. Nothing that was read is believed here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from renmai.kit.http import Limits, fetch
from renmai.trust.log.merkle import HASH_BYTES, Hashes
from renmai.trust.log.tiles import ENTRIES, WIDTH, Tile, check_tile, decode_bundle, encode_bundle, hashes_in, tile_path

BUNDLE_BYTES_MAX = WIDTH * 65_537
LIMITS = Limits(bytes_max=BUNDLE_BYTES_MAX, seconds_max=30, redirects_max=0)


class Missing(LookupError):
    """The log does not serve what it should have; the text is what was asked for."""


class Reader(Protocol):
    """What a log serves. Widths are those of a tree whose checkpoint the caller has seen."""

    def checkpoint(self) -> bytes:
        """Return the latest checkpoint, a signed note. Errors: Missing."""
        ...

    def tile(self, level: int, n: int, width: int = WIDTH) -> bytes:
        """Return `width` hashes of a tile, packed. Errors: Missing; BadTile for another length."""
        ...

    def entries(self, n: int, width: int = WIDTH) -> bytes:
        """Return the bundle of the first `width` entries from 256 * n. Errors: Missing.

        Whoever takes it apart (`decode_bundle`) sees whether it holds so many.
        """
        ...


def hashes_of(reader: Reader, size: int) -> Hashes:
    """Return the source of nodes for roots and proofs in the tree of `size`, read from tiles."""

    def tiles(asked: Sequence[Tile]) -> list[bytes]:
        return [reader.tile(*tile) for tile in asked]

    return hashes_in(tiles, size)


class _FileReader:
    """A reader of the files that c2sp.org/tlog-tiles names, whichever way they come."""

    def _read(self, path: str) -> bytes:
        raise NotImplementedError

    def checkpoint(self) -> bytes:
        """Return the latest checkpoint."""
        return self._read("checkpoint")

    def tile(self, level: int, n: int, width: int = WIDTH) -> bytes:
        """Return the hashes of a tile."""
        data, whole = self._whole(Tile(level, n, width))
        return check_tile(data, whole)[: width * HASH_BYTES]

    def entries(self, n: int, width: int = WIDTH) -> bytes:
        """Return a bundle of entries. Errors: BadTile when a full one has to be cut, and cannot be."""
        data, whole = self._whole(Tile(ENTRIES, n, width))
        return data if whole == width else encode_bundle(decode_bundle(data, whole)[:width])

    def _whole(self, tile: Tile) -> tuple[bytes, int]:
        """Return the tile's bytes and width: a log may take a partial tile away as soon as the full one is there."""
        try:
            return self._read(tile_path(tile)), tile.width
        except Missing:
            if tile.width == WIDTH:
                raise
        return self._read(tile_path(tile._replace(width=WIDTH))), WIDTH


class FolderReader(_FileReader):
    """Reads a mirror: a folder with the files of the log under the names by which they are served."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _read(self, path: str) -> bytes:
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise Missing(path) from None


class HttpReader(_FileReader):
    """Reads a log below `prefix`, such as "https://example.com/credit/log".

    `allow` holds origins that may be private addresses (kit.http). Errors besides Missing: OutgoingError.
    """

    def __init__(self, prefix: str, *, allow: frozenset[str] = frozenset(), limits: Limits = LIMITS) -> None:
        self.prefix = prefix.rstrip("/")
        self.allow = allow
        self.limits = limits

    def _read(self, path: str) -> bytes:
        answer = fetch(f"{self.prefix}/{path}", allow=self.allow, limits=self.limits)
        if answer.status != 200:
            raise Missing(f"{path}: {answer.status}")
        return answer.body

"""A log in memory, as plain as can be: what the real one must equal."""

from __future__ import annotations

from collections.abc import Sequence

from renmai.trust.log.merkle import leaf_hash, root_of
from renmai.trust.log.notes import Checkpoint, SignerKey, sign_checkpoint
from renmai.trust.log.tiles import ENTRIES, WIDTH, Tile, encode_bundle, tile_root


class PlainLog:
    """Entries and the hashes of every level, worked out anew."""

    def __init__(self, datas: Sequence[bytes], key: SignerKey | None = None) -> None:
        self.datas = list(datas)
        self.key = key
        self.levels = [[leaf_hash(data) for data in datas]]
        while len(below := self.levels[-1]) >= WIDTH:
            full = range(0, len(below) - WIDTH + 1, WIDTH)
            self.levels.append([tile_root(b"".join(below[at : at + WIDTH])) for at in full])

    def checkpoint(self) -> bytes:
        """Return the signed checkpoint of all entries."""
        assert self.key is not None
        return sign_checkpoint(Checkpoint(self.key.name, len(self.datas), self.root), self.key)

    @property
    def root(self) -> bytes:
        """Return the root over all entries."""
        return root_of(self.levels[0])

    def tile(self, level: int, n: int, width: int = WIDTH) -> bytes:
        """Return a tile."""
        return b"".join(self.levels[level][n * WIDTH : n * WIDTH + width])

    def entries(self, n: int, width: int = WIDTH) -> bytes:
        """Return a bundle."""
        return encode_bundle(self.datas[n * WIDTH : n * WIDTH + width])

    def tiles(self, asked: Sequence[Tile]) -> list[bytes]:
        """Return many tiles at once."""
        return [self.entries(t.n, t.width) if t.level == ENTRIES else self.tile(*t) for t in asked]

"""Logs are read by their files: from a folder and over HTTP."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from renmai.trust.log.merkle import consistency_proof, root_at, root_of, verify_consistency
from renmai.trust.log.notes import ED25519, SignerKey, open_checkpoint
from renmai.trust.log.reading import FolderReader, HttpReader, Missing, Reader, hashes_of
from renmai.trust.log.tiles import ENTRIES, BadTile, Tile, bundles_at, tile_path, tiles_at
from tests.trust.plain_log import PlainLog

KEY = SignerKey("example.com/credit/log", ED25519, bytes(range(32)))
LOG = PlainLog([b"%d" % n for n in range(600)], KEY)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for tile in (*tiles_at(600), *bundles_at(600)):
        path = tmp_path / tile_path(tile)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(LOG.tiles([tile])[0])
    (tmp_path / "checkpoint").write_bytes(LOG.checkpoint())
    return tmp_path


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(params=["folder", "http"])
def reader(request: pytest.FixtureRequest, folder: Path) -> Iterator[Reader]:
    if request.param == "folder":
        yield FolderReader(folder)
        return
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        origin = f"http://127.0.0.1:{server.server_port}"
        yield HttpReader(f"{origin}/", allow=frozenset({origin}))
        server.shutdown()
        thread.join()


def test_a_log_is_read_and_proved(reader: Reader) -> None:
    checkpoint = open_checkpoint(reader.checkpoint(), KEY.verifier)
    assert checkpoint.size == 600
    assert root_at(600, hashes_of(reader, 600)) == checkpoint.root
    assert reader.entries(2, 88) == LOG.entries(2, 88)
    proof = consistency_proof(300, 600, hashes_of(reader, 600))
    verify_consistency(300, 600, proof, root_of(LOG.levels[0][:300]), checkpoint.root)


def test_the_full_tile_stands_in_for_a_partial_one(reader: Reader) -> None:
    assert reader.tile(0, 0, 7) == LOG.tile(0, 0, 7)
    assert reader.entries(1, 3) == LOG.entries(1, 3)


def test_what_is_not_there_is_missing(reader: Reader) -> None:
    for tile in (Tile(0, 3), Tile(0, 2, 87), Tile(ENTRIES, 9, 1)):
        with pytest.raises(Missing):
            reader.entries(tile.n, tile.width) if tile.level == ENTRIES else reader.tile(*tile)


def test_a_tile_of_another_length_is_no_tile(reader: Reader, folder: Path) -> None:
    for tile in tiles_at(600):
        path = folder / tile_path(tile)
        path.write_bytes(path.read_bytes() + b"\0")
        with pytest.raises(BadTile):
            reader.tile(*tile)

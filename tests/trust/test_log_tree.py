"""The tree of the log and its tiles: against the vectors of transparency-dev/merkle, and against the plain recursion."""

from __future__ import annotations

import base64
import gzip
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.log.merkle import (
    EMPTY_ROOT,
    BadProof,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_at,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from renmai.trust.log.tiles import (
    ENTRIES,
    WIDTH,
    BadTile,
    Tile,
    bundles_at,
    decode_bundle,
    encode_bundle,
    exists_at,
    hashes_in,
    number_path,
    parse_path,
    tile_path,
    tile_root,
    tiles_at,
    width_at,
)
from tests.house import ROOT
from tests.trust.plain_log import PlainLog

VECTORS = Path(os.environ.get("RENMAI_DATA", ROOT.parent / "shared" / "data")) / "merkle-vectors"


def vectors(name: str) -> list[dict[str, Any]]:
    if not VECTORS.is_dir():
        pytest.skip(f"the vectors are not in {VECTORS}; set RENMAI_DATA to the folder that holds merkle-vectors/")
    with gzip.open(VECTORS / f"{name}.jsonl.gz", "rt") as lines:
        return [json.loads(line) for line in lines]


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def refused(check: Any, *args: Any) -> bool:
    try:
        check(*args)
    except BadProof:
        return True
    return False


def test_inclusion_vectors() -> None:
    known = vectors("inclusion")
    assert len(known) == 98
    for each in known:
        proof = [raw(one) for one in each["proof"] or []]
        args = (raw(each["leafHash"]), each["leafIdx"], each["treeSize"], proof, raw(each["root"]))
        assert refused(verify_inclusion, *args) is each["wantErr"], each["path"]


def test_consistency_vectors() -> None:
    known = vectors("consistency")
    assert len(known) == 98
    for each in known:
        proof = [raw(one) for one in each["proof"] or []]
        args = (each["size1"], each["size2"], proof, raw(each["root1"]), raw(each["root2"]))
        assert refused(verify_consistency, *args) is each["wantErr"], each["path"]


def test_what_a_textbook_verifier_lets_through() -> None:
    with pytest.raises(BadProof, match="32 bytes"):
        verify_inclusion(b"", 0, 1, [], b"")
    with pytest.raises(BadProof, match="nothing can be proved"):
        verify_consistency(0, 0, [], EMPTY_ROOT, EMPTY_ROOT)
    with pytest.raises(ValueError, match="no consistency proof"):
        consistency_proof(0, 5, hashes_in(PlainLog([b"x"] * 5).tiles, 5))
    with pytest.raises(ValueError, match="no leaf 5"):
        inclusion_proof(5, 5, hashes_in(PlainLog([b"x"] * 5).tiles, 5))


def recursion(leaves: list[bytes]) -> bytes:
    """The root as RFC 6962 section 2.1 defines it."""
    if not leaves:
        return sha256().digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(recursion(leaves[:k]), recursion(leaves[k:]))


sizes = st.integers(1, 1200) | st.sampled_from([255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 66_049])
LEAVES = [b"%d" % n for n in range(66_100)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
LOG = PlainLog(LEAVES)


@given(st.integers(0, 300))
def test_roots_are_those_of_the_recursion(size: int) -> None:
    assert root_of(HASHES[:size]) == recursion(HASHES[:size])
    assert root_at(size, hashes_in(LOG.tiles, size)) == recursion(HASHES[:size])


@given(sizes, st.data())
def test_every_leaf_is_proved_and_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    root = root_at(size, hashes_in(LOG.tiles, size))
    proof = inclusion_proof(index, size, hashes_in(LOG.tiles, size))
    verify_inclusion(HASHES[index], index, size, proof, root)
    assert len(proof) <= (size - 1).bit_length()
    another = data.draw(st.integers(0, size - 1))
    if another != index:
        assert refused(verify_inclusion, HASHES[another], index, size, proof, root)
        assert refused(verify_inclusion, HASHES[index], another, size, proof, root)
    assert refused(verify_inclusion, HASHES[index], index, size, [*proof, root], root)
    assert refused(verify_inclusion, HASHES[index], size, size, proof, root)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        bent = [*proof[:at], bytes([proof[at][0] ^ 1]) + proof[at][1:], *proof[at + 1 :]]
        assert refused(verify_inclusion, HASHES[index], index, size, bent, root)
        assert refused(verify_inclusion, HASHES[index], index, size, proof[:-1], root)


@given(sizes, st.data())
def test_every_beginning_is_proved_and_nothing_else(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    roots = root_at(old, hashes_in(LOG.tiles, old)), root_at(new, hashes_in(LOG.tiles, new))
    proof = consistency_proof(old, new, hashes_in(LOG.tiles, new))
    verify_consistency(old, new, proof, *roots)
    assert len(proof) <= 63
    assert refused(verify_consistency, old, new, proof, roots[0], HASHES[0] if new > 1 else HASHES[1])
    assert refused(verify_consistency, old, new, [*proof, roots[0]], *roots)
    assert refused(verify_consistency, new + 1, new, proof, *roots)
    if proof:
        assert refused(verify_consistency, old, new, proof[:-1], *roots)
        assert refused(verify_consistency, old, new, proof, HASHES[-1], roots[1])


def test_the_tiles_of_70_000_leaves_are_those_of_the_standard() -> None:
    tiles = list(tiles_at(70_000))
    assert tiles[:273] == [Tile(0, n) for n in range(273)]
    assert tiles[273:] == [Tile(0, 273, 112), Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(bundles_at(70_000)) == [*(Tile(ENTRIES, n) for n in range(273)), Tile(ENTRIES, 273, 112)]
    assert list(tiles_at(256)) == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_at(0)) == []
    assert list(tiles_at(70_000, since=69_999)) == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert list(bundles_at(257, since=256)) == [Tile(ENTRIES, 1, 1)]


@given(st.integers(0, 2**40))
def test_widths_add_up(size: int) -> None:
    for level in range(6):
        count = size >> 8 * level
        assert width_at(level, count // WIDTH, size) == count % WIDTH
        assert exists_at(Tile(level, count // WIDTH, WIDTH), size) is False
        if count >= WIDTH:
            assert exists_at(Tile(level, count // WIDTH - 1), size)


def test_paths() -> None:
    assert number_path(0) == "000"
    assert number_path(1000) == "x001/000"
    assert number_path(1_234_067) == "x001/x234/067"
    assert tile_path(Tile(0, 273, 112)) == "tile/0/273.p/112"
    assert tile_path(Tile(1, 1_234_067)) == "tile/1/x001/x234/067"
    assert tile_path(Tile(ENTRIES, 5, 1)) == "tile/entries/005.p/1"


@given(st.builds(Tile, st.integers(-1, 63), st.integers(0, 2**63), st.integers(1, 256)))
def test_a_path_is_read_as_it_was_written(tile: Tile) -> None:
    assert parse_path(tile_path(tile)) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0", "tile/0/1000", "tile/00/000", "tile/64/000", "tile/0/x000/000", "tile/0/x001", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000/", "tile/0/000.p/1/", "tile/-1/000", "tile/entries/",
        "tile/0/" + "x001/" * 12 + "000", "tile/0/٠٠٠", "tile/0/000\n", "/tile/0/000", "tile/data/000",
    ],
)  # fmt: skip
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(BadTile):
        parse_path(path)


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bundles(entries: list[bytes]) -> None:
    data = encode_bundle(entries)
    assert decode_bundle(data, len(entries)) == entries
    for bad in (data + b"\0", data[:-1]) if data else (b"\0",):
        with pytest.raises(BadTile):
            decode_bundle(bad, len(entries))


def test_an_entry_has_an_end() -> None:
    assert decode_bundle(encode_bundle([b"x" * 65_535]), 1) == [b"x" * 65_535]
    with pytest.raises(BadTile):
        encode_bundle([b"x" * 65_536])


def test_a_full_tile_stands_for_its_leaves() -> None:
    assert tile_root(b"".join(HASHES[:256])) == recursion(HASHES[:256])
    assert LOG.tile(1, 0, 1) == recursion(HASHES[:256])
    assert LOG.tile(2, 0, 1) == root_of(HASHES[:65_536])

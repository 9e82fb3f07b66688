"""Reading a whole log: every tile and root is made again, every prefix's root known, and no changed byte gets by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.trust.log.merkle import leaf_hash, root_of
from renmai.trust.log.reading import FolderReader, Missing
from renmai.trust.log.verifying import Mismatch, entries_of, hands, verify
from tests.trust.log_folder import entry, write_log

SIZE = 66_300  # 258 full tiles and a partial one; one full tile of level 1, and partial ones of levels 1 and 2


def bundles(read: Iterator[tuple[int, bytes]]) -> list[tuple[int, list[bytes]]]:
    return [(first, list(entries_of(bundle))) for first, bundle in read]


def nothing(read: Iterator[tuple[int, bytes]]) -> None:
    return None


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 513, 700])
def test_a_small_log_is_read_whole(tmp_path: Path, size: int) -> None:
    entries = [entry(n) for n in range(size)]
    write_log(tmp_path, entries)
    done = verify(FolderReader(tmp_path), size, bundles)
    assert done.tree.root == root_of([leaf_hash(each) for each in entries])
    kept = [one for run in done.kept for one in run]
    assert [each for _, part in kept for each in part] == entries
    assert [first for first, _ in kept] == list(range(0, size, 256))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    write_log(folder, [entry(n) for n in range(SIZE)])
    return folder


def test_every_beginning_has_its_root(large: Path) -> None:
    reader, leaves = FolderReader(large), [leaf_hash(entry(n)) for n in range(SIZE)]
    tree = verify(reader, SIZE, nothing).tree
    assert tree.root == root_of(leaves)
    for size in (0, 1, 255, 256, 257, 60_000, 65_535, 65_536, 65_537, 65_792, 66_048, 66_049, SIZE):
        assert tree.root_at(size, reader) == root_of(leaves[:size]), size
    for size in (-1, SIZE + 1):
        with pytest.raises(ValueError, match="no beginning"):
            tree.root_at(size, reader)


def test_several_processes_read_the_same(large: Path) -> None:
    reader, told = FolderReader(large), list[int]()
    with hands(reader, 2) as pool:
        shared = verify(reader, SIZE, bundles, pool=pool, told=told.append)
    alone = verify(reader, SIZE, bundles)
    assert shared.tree == alone.tree
    assert [one for run in shared.kept for one in run] == [one for run in alone.kept for one in run]
    assert told == sorted(told) and told[-1] == SIZE


def test_what_is_missing_is_not_called_a_lie(large: Path) -> None:
    with pytest.raises(Missing):
        verify(FolderReader(large), SIZE + 1, nothing)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_log(folder, [entry(n) for n in range(600)])
    return folder


@settings(max_examples=150, deadline=None)
@given(data=st.data(), flip=st.integers(1, 255))
def test_any_changed_byte_is_caught(small: Path, data: st.DataObject, flip: int) -> None:
    files = sorted(path for path in small.rglob("*") if path.is_file() and path.name != "checkpoint")
    path = data.draw(st.sampled_from(files))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before) - 1))
    try:
        path.write_bytes(before[:at] + bytes([before[at] ^ flip]) + before[at + 1 :])
        with pytest.raises(Mismatch):
            verify(FolderReader(small), 600, nothing)
    finally:
        path.write_bytes(before)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_any_cut_or_longer_file_is_caught(small: Path, data: st.DataObject) -> None:
    path = data.draw(
        st.sampled_from(sorted(path for path in small.rglob("*") if path.is_file() and path.name != "checkpoint"))
    )
    before = path.read_bytes()
    cut = data.draw(st.integers(0, len(before) - 1))
    try:
        path.write_bytes(data.draw(st.sampled_from([before[:cut], before + b"\0", before + before[:cut] + b"\0\0"])))
        with pytest.raises(Mismatch):
            verify(FolderReader(small), 600, nothing)
    finally:
        path.write_bytes(before)

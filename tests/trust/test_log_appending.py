"""Appending: any batches give the same tree, several processes take turns, and what is cut off leaves nothing."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit.db import connect
from renmai.trust.log.appending import append_entries
from renmai.trust.log.growing import BrokenLog, edge_of, grown
from renmai.trust.log.merkle import leaf_hash, root_at, root_of
from renmai.trust.log.models import LogEntry, LogHead, LogTile
from renmai.trust.log.reading import Missing
from renmai.trust.log.stored import StoredReader
from renmai.trust.log.tiles import Tile, hashes_in, tiles_at
from tests.trust.plain_log import PlainLog


def appended(datas: Sequence[bytes]) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        return append_entries(cursor, datas)


def stored_tiles() -> dict[Tile, bytes]:
    rows = LogTile.objects.values_list("level", "n", "data")
    return {Tile(level, n, len(data) // 32): bytes(data) for level, n, data in rows}


def assert_is(datas: Sequence[bytes]) -> None:
    """What is stored is the log of `datas`, byte for byte, and nothing else."""
    log, size = PlainLog(datas), len(datas)
    assert LogHead.objects.get().size == size
    assert [bytes(data) for data in LogEntry.objects.order_by("index").values_list("data", flat=True)] == list(datas)
    assert stored_tiles() == {tile: log.tile(*tile) for tile in tiles_at(size)}


def named(start: int, count: int) -> list[bytes]:
    return [b"entry %d" % n for n in range(start, start + count)]


@given(st.lists(st.integers(0, 700), max_size=12))
def test_batches_of_any_size_grow_the_same_tree(counts: list[int]) -> None:
    tiles: dict[tuple[int, int], tuple[Tile, bytes]] = {}
    size = 0
    for count in counts:
        edge = {tile.level: tiles[tile.level, tile.n][1] for tile in edge_of(size)}
        for tile, data in grown(size, edge, [leaf_hash(data) for data in named(size, count)]):
            tiles[tile.level, tile.n] = tile, data
        size += count
    log = PlainLog(named(0, size))
    assert dict(tiles.values()) == {tile: log.tile(*tile) for tile in tiles_at(size)}


def test_an_edge_of_another_size_is_refused() -> None:
    with pytest.raises(BrokenLog):
        grown(5, {0: bytes(4 * 32)}, [bytes(32)])
    with pytest.raises(BrokenLog):
        grown(256, {}, [bytes(32)] * 256)


def test_entries_get_the_next_places(house: None) -> None:
    assert appended([]) == 0
    assert appended(named(0, 1)) == 0
    assert appended(named(1, 300)) == 1
    assert appended([]) == 301
    assert appended(named(301, 211)) == 301
    assert_is(named(0, 512))


def test_what_is_too_long_or_broken_changes_nothing(house: None) -> None:
    appended(named(0, 3))
    with pytest.raises(ValueError, match="65,535"):
        appended([b"fine", b"x" * 65_536])
    assert_is(named(0, 3))
    LogTile.objects.update(data=bytes(64))
    with pytest.raises(BrokenLog):
        appended([b"more"])
    LogTile.objects.all().delete()
    with pytest.raises(BrokenLog):
        appended([b"more"])
    assert LogHead.objects.get().size == LogEntry.objects.count() == 3


def test_a_transaction_that_is_taken_back_leaves_nothing(house: None) -> None:
    appended(named(0, 255))
    with pytest.raises(RuntimeError), transaction.atomic(), connection.cursor() as cursor:
        append_entries(cursor, named(255, 300))
        raise RuntimeError
    assert_is(named(0, 255))


def test_a_batch_costs_five_statements(house: None) -> None:
    appended(named(0, 1))
    with transaction.atomic(), connection.cursor() as cursor, connection.execute_wrapper(counted := Counted()):
        append_entries(cursor, named(1, 2000))
    assert counted.statements == 5


class Counted:
    """Counts statements."""

    statements = 0

    def __call__(self, execute: object, *args: object) -> object:
        self.statements += 1
        return execute(*args)  # type: ignore[operator]


def test_several_append_at_once(house: None) -> None:
    placed: dict[int, bytes] = {}

    def append(who: int) -> None:
        with connect(application_name="test-append") as mine, mine.cursor() as cursor:
            for turn in range(15):
                datas = [b"%d of %d in turn %d" % (n, who, turn) for n in range(40)]
                first = append_entries(cursor, datas)
                mine.commit()
                placed.update(enumerate(datas, first))

    threads = [threading.Thread(target=append, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(placed) == 4 * 15 * 40
    assert_is([placed[index] for index in range(2400)])


def test_the_stored_log_reads_like_any_other(house: None) -> None:
    appended(named(0, 600))
    log = PlainLog(named(0, 600))
    with connection.cursor() as cursor:
        reader = StoredReader(cursor)
        assert reader.tile(0, 2, 88) == log.tile(0, 2, 88)
        assert reader.tile(0, 2, 7) == log.tile(0, 2, 7)
        assert reader.tiles([Tile(1, 0, 2), Tile(0, 1), Tile(0, 1, 3)]) == log.tiles(
            [Tile(1, 0, 2), Tile(0, 1), Tile(0, 1, 3)]
        )
        assert reader.entries(2, 88) == log.entries(2, 88)
        for size in (1, 255, 256, 300, 600):
            assert root_at(size, hashes_in(reader.tiles, size)) == root_of(log.levels[0][:size])
        for missing in (Tile(0, 2, 89), Tile(0, 3, 1), Tile(2, 0, 1)):
            with pytest.raises(Missing):
                reader.tile(*missing)
        with pytest.raises(Missing):
            reader.entries(2, 89)
        with pytest.raises(Missing):
            reader.checkpoint()

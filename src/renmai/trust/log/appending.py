"""Appending to the log: entries, the tiles over them and the head change in one transaction, whoever's it is.

The head row is locked first, so that any number of processes append one after the other; a batch costs five statements,
however large it is. The lock is the last in `LOCK_ORDER`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.trust.log.growing import BrokenLog, edge_of, grown
from renmai.trust.log.merkle import leaf_hash
from renmai.trust.log.tiles import ENTRY_BYTES_MAX, Tile

LOCK = "select size from trust_loghead where id = 1 for no key update"
BEGIN = "insert into trust_loghead (id, size) values (1, 0) on conflict do nothing"
EDGE = """
select t.level, t.data from trust_logtile t
join unnest(%s::smallint[], %s::bigint[]) as asked (level, n) on (t.level, t.n) = (asked.level, asked.n)
"""
ENTRIES = """
insert into trust_logentry (index, data)
select %s + place - 1, data from unnest(%s::bytea[]) with ordinality as entry (data, place)
"""
TILES = """
insert into trust_logtile as t (level, n, data) select * from unnest(%s::smallint[], %s::bigint[], %s::bytea[])
on conflict (level, n) do update set data = excluded.data
"""
GROW = "update trust_loghead set size = %s where id = 1"


def append_entries(cursor: Any, datas: Sequence[bytes]) -> int:
    """Append `datas` by `cursor`, in its transaction, in order; return the index of the first.

    Locks the head of the log until the transaction ends. Errors: BrokenLog; ValueError for an entry above 65,535 bytes.
    """
    if any(len(data) > ENTRY_BYTES_MAX for data in datas):
        raise ValueError("an entry of the log is longer than 65,535 bytes")
    size = _lock(cursor)
    if datas:
        tiles = grown(size, _read_edge(cursor, size), [leaf_hash(data) for data in datas])
        cursor.execute(ENTRIES, (size, list(datas)))
        cursor.execute(TILES, ([t.level for t, _ in tiles], [t.n for t, _ in tiles], [data for _, data in tiles]))
        cursor.execute(GROW, (size + len(datas),))
    return size


def _lock(cursor: Any) -> int:
    cursor.execute(LOCK)
    row = cursor.fetchone()
    if row is None:
        cursor.execute(BEGIN)
        cursor.execute(LOCK)
        row = cursor.fetchone()
    return int(row[0])


def _read_edge(cursor: Any, size: int) -> dict[int, bytes]:
    """Return the partial tiles; a statement of its own, so that it sees what the holder of the lock before us wrote."""
    asked: list[Tile] = edge_of(size)
    cursor.execute(EDGE, ([t.level for t in asked], [t.n for t in asked]))
    edge = {level: bytes(data) for level, data in cursor.fetchall()}
    if len(edge) != len(asked):
        raise BrokenLog(f"a tile at the edge of a log of {size} is missing")
    return edge

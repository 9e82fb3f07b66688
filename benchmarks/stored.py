"""History by the million: rows made by set-based SQL, with identifiers as the application makes them (UUIDv7 by time)."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction

from benchmarks.house import execute, one

# `bench_id(at, n, salt)`: the UUIDv7 of a row made at `at`; the same arguments give the same one, so that rows of one
# order can name each other without a join.
IDS = """
create or replace function pg_temp.bench_id(at timestamptz, n bigint, salt text) returns uuid language sql immutable as $$
  select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
  from (select md5(n::text || salt) as h) m
$$
"""
SECONDARY = """
select i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid), c.conname, pg_get_constraintdef(c.oid),
       i.indrelid::regclass::text
from pg_index i left join pg_constraint c on c.conindid = i.indexrelid and c.contype in ('p', 'u', 'x')
where i.indrelid = any(%s::regclass[]) and not i.indisprimary
"""
FOREIGN = """
select conname, pg_get_constraintdef(oid), conrelid::regclass::text from pg_constraint
where contype = 'f' and (conrelid = any(%s::regclass[]) or confrelid = any(%s::regclass[]))
"""


@contextmanager
def bare(*tables: str) -> Iterator[None]:
    """For the time of a block the tables have no foreign keys and no index but their primary key's; then all come back.

    A bulk load is several times faster so. Indexes are built 70 % full, as they are when they have grown by themselves: one
    that is built full splits a page at almost every insert for a while, which no running house does. What was taken away is
    written down first, so that a run that was cut off is mended by the next (`mend`).
    """
    names: Sequence[str] = list(tables)
    execute("create table bench_taken (number serial primary key, statement text not null)")
    with connection.cursor() as cursor:
        cursor.execute(SECONDARY, (names,))
        indexes = cursor.fetchall()
        cursor.execute(FOREIGN, (names, names))
        keys = cursor.fetchall()
    for index, definition, constraint, made, table in indexes:
        loose = [
            f"alter index {index} set (fillfactor = 70)", f"reindex index {index}", f"alter index {index} reset (fillfactor)"
        ]  # fmt: skip
        back = f'alter table {table} add constraint "{constraint}" {made}' if constraint else definition
        drop = f'alter table {table} drop constraint "{constraint}"' if constraint else f"drop index {index}"
        _take(drop, [back, *(loose if " using btree " in definition.lower() else [])])
    for name, made, table in keys:
        drop = f'alter table {table} drop constraint "{name}"'
        _take(drop, [f'alter table {table} add constraint "{name}" {made}'])
    try:
        yield
    finally:
        mend()


def _take(drop: str, back: list[str]) -> None:
    with transaction.atomic():
        for statement in back:
            execute("insert into bench_taken (statement) values (%s)", (statement,))
        execute(drop)


def mend() -> None:
    """Put back what `bare` took away, in this run or in one that was cut off."""
    if one("select to_regclass('bench_taken') is null"):
        return
    execute("set maintenance_work_mem = '512MB'")
    while number := one("select coalesce(min(number), 0) from bench_taken"):
        with transaction.atomic():
            execute(one("select statement from bench_taken where number = %s", (number,)))
            execute("delete from bench_taken where number = %s", (number,))
    execute("drop table bench_taken")
    execute("reset maintenance_work_mem")


def vacuum(*tables: str) -> None:
    """Leave the tables as a house that has been running has them: hint bits set, visible, statistics fresh."""
    for table in tables:
        execute(f"vacuum (analyze) {table}")


class Clock:
    """How long the making of history took, to be reported beside what was measured on it."""

    def __init__(self) -> None:
        self.start = time.perf_counter()

    @property
    def seconds(self) -> int:
        """Return whole seconds since it was started."""
        return round(time.perf_counter() - self.start)


def peak_memory_mb(*, reset: bool = False) -> float:
    """Return the highest resident memory of this process so far, in MB; with `reset`, start counting anew afterwards."""
    with open("/proc/self/status") as file:
        peak = next(int(line.split()[1]) for line in file if line.startswith("VmHWM:")) / 1024
    if reset:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    return round(peak, 1)

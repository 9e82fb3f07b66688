"""The database's part of a backup: dumped as of one moment, restored beside what was there, made whole afterwards."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg.sql import SQL, Identifier

from renmai.cli.backup.archive import pieces_of
from renmai.cli.backup.aside import BEFORE, TOOL
from renmai.kit.db import Connection, connect, connection_params
from renmai.kit.postgres import PostgresError, find_tool
from renmai.money.ledger.queries import roll_up

# Sessions are not kept: who has the file could walk in with one.
LEFT_OUT = ("django_session",)
TABLES = "select tablename from pg_tables where schemaname = 'public' order by 1"
OTHERS = """
select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
  and pid <> pg_backend_pid() and application_name <> current_setting('application_name')
"""
SUMS = {
    "money_transfer.amount_minor": "select coalesce(sum(amount_minor), 0)::text from money_transfer",
    "trade_order.total_minor": "select coalesce(sum(total_minor), 0)::text from trade_order",
    "trade_order.refunded_minor": "select coalesce(sum(refunded_minor), 0)::text from trade_order",
    "goods_stock.received": "select coalesce(sum(received), 0)::text from goods_stock",
}
# Transaction ids belong to the server that gave them, not to the data (decision 0007). Events get the number of the
# marks below them, one mark for each reaction's place: so each reaction goes on exactly where it was, and whatever this
# server writes from now on comes after.
MARKS = """
create temporary table mark as
select row_number() over (order by xid, event_id) - 1 as number, xid, event_id
from (select distinct xid, event_id from kit_reactioncursor where event_id is not null) place
"""
REBASE = (
    MARKS,
    "update kit_event e set xid = (select count(*) from mark m where (e.xid, e.id) > (m.xid, m.event_id))",
    """
    update kit_reactioncursor c set xid = m.number, event_id = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
    from mark m where m.xid = c.xid and m.event_id = c.event_id
    """,
    "update kit_reactioncursor set xid = 0 where event_id is null",
    "update money_transfer set xid = 0",
    "delete from money_balance",
)
ROOM = "select (select count(*) from mark) < pg_current_xact_id()::text::bigint"


@contextmanager
def snapshot() -> Iterator[tuple[Connection, str]]:
    """Hold one moment of the database still; give the connection that sees it and its name for others."""
    with connect(application_name=os.environ.get("PGAPPNAME", "renmai-backup")) as held:
        held.execute("set transaction isolation level repeatable read, read only")
        row = held.execute("select pg_export_snapshot()").fetchone()
        assert row is not None
        yield held, str(row[0])
        held.rollback()


def measured(held: Connection) -> dict[str, Any]:
    """Return what a restored house is compared with: rows of every table, and sums that may not change."""
    tables = [str(row[0]) for row in held.execute(TABLES).fetchall() if row[0] not in LEFT_OUT]
    counts = {name: _one(held, SQL("select count(*) from {}").format(Identifier("public", name))) for name in tables}
    return {"tables": counts, "sums": {name: _one(held, sql.encode()) for name, sql in SUMS.items()}}


def migrations(held: Connection) -> list[str]:
    """Return the migrations that made the schema: "people.0001_initial"."""
    rows = held.execute("select app || '.' || name from django_migrations order by 1").fetchall()
    return [str(row[0]) for row in rows]


def server_version() -> int:
    """Return the major version of the server."""
    connection.ensure_connection()
    return int(connection.connection.info.server_version) // 10_000


def dump(moment: str) -> Iterator[bytes]:
    """Yield pg_dump's custom format of that moment. Errors: PostgresError."""
    tool = find_tool("pg_dump", server_version())
    left_out = [f"--exclude-table-data=public.{name}" for name in LEFT_OUT]
    argv = [tool, "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
            f"--exclude-schema={BEFORE}", f"--snapshot={moment}", *left_out]  # fmt: skip
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(argv, env=_environment(), stdout=subprocess.PIPE, stderr=errors)
        assert process.stdout is not None
        try:
            yield from pieces_of(process.stdout)
        finally:
            process.stdout.close()
            if process.wait():
                raise PostgresError(f"The database could not be dumped: {_last(errors)}")


def restore(copy: Callable[[Callable[[bytes], Any]], None]) -> None:
    """Feed a dump to pg_restore, which takes all of it or nothing. Errors: PostgresError, and those of `copy`."""
    tool = find_tool("pg_restore", server_version())
    argv = [tool, "--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--single-transaction",
            "--exit-on-error", f"--dbname={connection_params()['dbname']}"]  # fmt: skip
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(argv, env=_environment(), stdin=subprocess.PIPE, stdout=errors, stderr=errors)
        assert process.stdin is not None
        try:
            copy(process.stdin.write)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it gave up: it says why
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.wait():
            raise PostgresError(f"The database could not be restored: {_last(errors)}")


def rows_here(held: Connection) -> int:
    """Return how many people and events are here: a house in which there are none is empty."""
    total = 0
    for name in ("people_person", "kit_event"):
        if _one(held, SQL("select to_regclass({}) is not null").format(f"public.{name}")):
            total += int(_one(held, SQL("select count(*) from {}").format(Identifier("public", name))))
    return total


def used_by_others(held: Connection) -> int:
    """Return how many other connections there are: a house is not restored while it is open."""
    return int(_one(held, OTHERS.encode()))


def rebase(held: Connection) -> None:
    """Make the data this server's own: transaction ids, and the balances that were rolled up by them."""
    with held.transaction():
        for statement in REBASE:
            held.execute(statement.encode())
        if not _one(held, ROOM.encode()):
            raise PostgresError("This server is too new: it has made fewer transactions than there are reactions.")
        held.execute("drop table mark")
    roll_up()


def _one(held: Connection, sql: Any) -> Any:
    row = held.execute(sql).fetchone()
    assert row is not None
    return row[0]


def _environment() -> dict[str, str]:
    """Return the environment of PostgreSQL's tools. A password is in no argument, which others could read."""
    params = connection_params()
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    given = {names[name]: str(value) for name, value in params.items() if name in names and value}
    return {**kept, **given, "PGAPPNAME": TOOL, "PGCONNECT_TIMEOUT": "5"}


def _last(errors: Any) -> str:
    errors.seek(0)
    return str(errors.read()[-600:].decode(errors="replace").strip())

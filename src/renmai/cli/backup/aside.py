"""What was in a house before a restore: put aside, brought back if the restore fails or is broken off, else deleted.

Tables and all else of the database go into a schema of another name, uploads into a folder of another name. The
restore is done when that schema is deleted: whoever finds it there (`undo`) brings everything back.
"""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from psycopg.sql import SQL, Identifier

from renmai.kit.db import Connection

BEFORE = "renmai_before"
# The name under which PostgreSQL's own tools connect.
TOOL = "renmai-restore"
END_SECONDS_MAX = 30
# Routines, types, sequences and tables of a schema that belong to no extension: those belong to a superuser, and stay.
# Routines come first, as they are named by their types; what a table owns goes along with it.
OBJECTS = """
with own as (
  select 1 as place, 'pg_proc'::regclass as class, oid, 'routine ' || oid::regprocedure as object from pg_proc
  where pronamespace = %(schema)s::regnamespace
  union all
  select 2, 'pg_type'::regclass, t.oid, 'type ' || format('%%I.%%I', %(schema)s, t.typname)
  from pg_type t left join pg_class c on c.oid = t.typrelid
  where t.typnamespace = %(schema)s::regnamespace and (t.typtype in ('e', 'd') or c.relkind = 'c')
  union all
  select 3, 'pg_class'::regclass, c.oid, 'sequence ' || format('%%I.%%I', %(schema)s, c.relname) from pg_class c
  where c.relnamespace = %(schema)s::regnamespace and c.relkind = 'S'
    and not exists (select 1 from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i'))
  union all
  select 4, 'pg_class'::regclass, c.oid, 'table ' || format('%%I.%%I', %(schema)s, c.relname) from pg_class c
  where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'p')
)
select object from own
where not exists (select 1 from pg_depend d where d.classid = own.class and d.objid = own.oid and d.deptype = 'e')
order by place, object
"""
ENDED = """
select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database()
and application_name = %s and pid <> pg_backend_pid()
"""


def put_aside(held: Connection) -> None:
    """Move all that is here into a schema of its own, so that it can come back; extensions stay where they are."""
    with held.transaction():
        held.execute(SQL("create schema {}").format(Identifier(BEFORE)))
        _move(held, "public", BEFORE)


def is_aside(held: Connection) -> bool:
    """Return whether a restore is under way, or was broken off."""
    return held.execute("select to_regnamespace(%s) is not null", (BEFORE,)).fetchone() == (True,)


def forget_aside(held: Connection) -> None:
    """Delete what was put aside: from here on the restored house is the house."""
    held.execute(SQL("drop schema if exists {} cascade").format(Identifier(BEFORE)))


def swap_media(root: Path) -> None:
    """Put the unpacked uploads in the place of those that were here, which are kept."""
    fresh, before = sides(root)
    root.mkdir(parents=True, exist_ok=True)
    root.rename(before)
    fresh.rename(root)
    sync_folder(root.parent)


def sides(root: Path) -> tuple[Path, Path]:
    """Return where uploads are unpacked, and where those are kept that were here."""
    return root.with_name(f"{root.name}.restored"), root.with_name(f"{root.name}.before")


def undo(held: Connection, root: Path) -> bool:
    """Bring back what a restore that failed or was killed put aside; return whether there was something.

    One that was killed after it was done leaves old uploads to delete. Nobody else may be restoring.
    """
    fresh, before = sides(root)
    aside = is_aside(held)
    if aside:
        _end_tools(held)
        if before.exists():
            shutil.rmtree(root, ignore_errors=True)
            before.rename(root)
        _bring_back(held)
    for left in (fresh, before):
        shutil.rmtree(left, ignore_errors=True)
    return aside


def _end_tools(held: Connection) -> None:
    """End a pg_restore that outlived the command which started it."""
    until = time.monotonic() + END_SECONDS_MAX
    while held.execute(ENDED, (TOOL,)).fetchone() != (0,) and time.monotonic() < until:
        time.sleep(0.1)


def _bring_back(held: Connection) -> None:
    with held.transaction():
        for name in reversed(_objects(held, "public")):
            held.execute(f"drop {name.replace(' ', ' if exists ', 1)} cascade".encode())
        _move(held, BEFORE, "public")
        held.execute(SQL("drop schema {}").format(Identifier(BEFORE)))


def _objects(held: Connection, schema: str) -> list[str]:
    return [str(row[0]) for row in held.execute(OBJECTS, {"schema": schema}).fetchall()]


def _move(held: Connection, source: str, target: str) -> None:
    for name in _objects(held, source):
        held.execute(f"alter {name} set schema {target}".encode())


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""A database of the simulation's own on the house's server, so that no history ever touches the house's data."""

from __future__ import annotations

import os
from urllib.parse import urlencode

import psycopg
from psycopg import conninfo, sql

from renmai.cli.house import open_house
from renmai.config import config
from renmai.kit.postgres import database_url

NAME = "renmai_simulation"


def open_own_house() -> None:
    """Find or make the database and open a house in it. Errors: PostgresError."""
    own = config()
    server = database_url(own.home, own.database_url)
    with psycopg.connect(server, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (NAME,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(NAME)))
    os.environ["DATABASE_URL"] = _with_name(server)
    config.cache_clear()
    open_house()


def _with_name(server: str) -> str:
    """Return the address of the simulation's database on the same server."""
    parts = conninfo.conninfo_to_dict(server)
    names = {name: str(value) for name, value in parts.items() if name != "dbname" and value is not None}
    return f"postgresql:///?{urlencode({**names, 'dbname': NAME})}"

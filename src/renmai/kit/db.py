"""PostgreSQL connections of our own, for lanes and `fast`, to the very database that Django's settings name."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection as django_connection
from psycopg.rows import TupleRow

from renmai.kit.arrays import ListDumper

Connection = psycopg.Connection[TupleRow]
Cursor = psycopg.Cursor[TupleRow]

TRANSIENT = (psycopg.OperationalError, psycopg.InterfaceError)


def connection_params() -> dict[str, Any]:
    """Return libpq parameters of Django's default database (the test database under test)."""
    params = django_connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    kept = {name: params[name] for name in names if params.get(name)}
    return {**kept, "connect_timeout": 5, "options": "-c timezone=UTC"}


def connect(*, application_name: str, autocommit: bool = False) -> Connection:
    """Return a new connection; the caller closes it. Statements used often are prepared after their first use."""
    params = connection_params()
    connection = psycopg.connect(**params, application_name=application_name, autocommit=autocommit)
    connection.prepare_threshold = 1
    connection.adapters.register_dumper(list, ListDumper)
    return connection

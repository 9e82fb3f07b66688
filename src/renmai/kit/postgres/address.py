"""Which database to use, and the check that a server will do."""

from __future__ import annotations

from pathlib import Path

import psycopg

from renmai.kit.postgres.cluster import Cluster
from renmai.kit.postgres.place import PostgresError
from renmai.kit.postgres.programs import VERSION_MIN

CONNECT_SECONDS_MAX = 10


def database_url(home: Path, configured: str | None) -> str:
    """The database to use: the operator's own when `configured` (DATABASE_URL) names one, else the home's.

    The operator's is checked: reachable, PostgreSQL >= 15, UTF-8. The home's is started if it does not run.
    Raises PostgresError.
    """
    if not configured:
        return Cluster(home).ensure_running()
    check_server(configured)
    return configured


def check_server(url: str) -> None:
    """Raise PostgresError, in a sentence without the password, unless the server at `url` will do."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise PostgresError("DATABASE_URL must begin with postgresql:// (PostgreSQL is the only database there is).")
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS_MAX) as connection:
            version = connection.info.server_version // 10_000
            encoding = connection.info.parameter_status("server_encoding")
    except psycopg.Error as error:
        raise PostgresError(f"The database at DATABASE_URL cannot be used: {str(error).strip()}") from error
    if version < VERSION_MIN:
        raise PostgresError(f"The server at DATABASE_URL is PostgreSQL {version}; {VERSION_MIN} or later is needed.")
    if encoding != "UTF8":
        raise PostgresError(f"The database at DATABASE_URL has the encoding {encoding}; UTF8 is needed.")

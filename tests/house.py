"""Starts the tests' database before Django reads its settings (loaded by `-p tests.house`)."""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

from renmai.kit.postgres import database_url
from renmai.kit.postgres.cluster import address_of
from renmai.kit.postgres.initialise import SUPERUSER
from renmai.kit.postgres.place import read_place


def spare_the_disk(home: Path) -> None:
    """Let the tests' own server wait for no disk: no test cuts the power, and a kill loses nothing that was written."""
    place = read_place(home)
    assert place
    with psycopg.connect(address_of(place, role=SUPERUSER, database="postgres"), autocommit=True) as connection:
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")


ROOT = Path(__file__).parents[1]
HOME = Path(os.environ.setdefault("RENMAI_HOME", str(ROOT / ".renmai" / "test")))
# What was asked for, before it is said below for this process: the workers of pytest-xdist inherit the environment.
SERVER = os.environ.setdefault("TESTS_DATABASE_URL", os.environ.get("DATABASE_URL", ""))
# Each worker has a server and uploads of its own: a transaction of a neighbour would hold up what is delivered in order.
if worker := os.environ.get("PYTEST_XDIST_WORKER", ""):
    HOME /= worker
    HOME.mkdir(parents=True, exist_ok=True)
    os.environ["RENMAI_HOME"] = str(HOME)
if worker or "{worker}" not in SERVER:
    os.environ["DATABASE_URL"] = database_url(HOME, SERVER.replace("{worker}", worker) or None)
    if not SERVER:
        spare_the_disk(HOME)
os.environ["DJANGO_SETTINGS_MODULE"] = "renmai.settings"
# The browser driver runs its own event loop in the test's thread; Django would refuse the ORM there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

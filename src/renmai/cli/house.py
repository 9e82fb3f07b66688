"""Bring the house up for a command: the database's address, Django, an up-to-date schema."""

from __future__ import annotations

import contextlib
import os
from ipaddress import ip_address

import django
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection, connections

from renmai.config import config
from renmai.kit.db import connect
from renmai.kit.lane import stop_lanes
from renmai.kit.logs import configure
from renmai.kit.postgres import Cluster, database_url


class HouseClosed(Exception):
    """The house cannot be opened this way; the text says why."""


_embedded: list[Cluster] = []
# Of PostgreSQL's advisory locks, the one held while the schema is brought up to date.
MIGRATING = 0x52_45_4E_4D
OTHERS = """
select exists (select 1 from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
               and application_name <> current_setting('application_name'))
"""


def open_house(*, migrate: bool = True) -> None:
    """Start or find the database, set Django up, and migrate an empty or older schema.

    Errors: PostgresError with a sentence when the database cannot be had.
    """
    own = config()
    if own.database_url is None:
        cluster = Cluster(own.home)
        os.environ["DATABASE_URL"] = cluster.ensure_running()
        os.environ["RENMAI_EMBEDDED"] = "1"
        _embedded.append(cluster)
    else:
        os.environ["DATABASE_URL"] = database_url(own.home, own.database_url)
    config.cache_clear()
    os.environ["PGAPPNAME"] = f"renmai-{os.getpid()}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renmai.settings")
    configure(config().log_level)
    django.setup()
    if migrate:
        _migrate()


def _migrate() -> None:
    """Migrate; of several commands that start at once one does it and the others wait."""
    with connect(application_name=os.environ["PGAPPNAME"], autocommit=True) as guard:
        guard.execute("select pg_advisory_lock(%s)", (MIGRATING,))
        call_command("migrate", verbosity=0, interactive=False)


def is_embedded() -> bool:
    """Return whether the house lives in its own embedded database."""
    return os.environ.get("RENMAI_EMBEDDED") == "1"


def check_demo_place() -> None:
    """Refuse the demo anywhere but on this machine, in its own database: everyone knows its logins, and its outbox shows
    every sign-in code. Errors: HouseClosed.
    """
    own = config()
    if own.host != "localhost" and not ip_address(own.host).is_loopback:
        raise HouseClosed("the demo has logins that everyone knows: it only listens on a loopback address")
    if not is_embedded():
        raise HouseClosed("the demo builds its world in the embedded database only: unset DATABASE_URL")


def tend_house() -> None:
    """Start the embedded database again if it died."""
    for cluster in _embedded:
        cluster.ensure_running()


def stop_house(*, spare: bool = False) -> None:
    """End lanes and connections, and stop the embedded database if this process started it.

    With `spare` it keeps running while other processes use it.
    """
    stop_lanes()
    used = False
    if apps.ready:
        used = spare and any(cluster.started_here for cluster in _embedded) and _is_used()
        connections.close_all()
    while _embedded:
        cluster = _embedded.pop()
        if cluster.started_here and not used:
            cluster.stop()


def _is_used() -> bool:
    with contextlib.suppress(OperationalError), connection.cursor() as cursor:
        cursor.execute(OTHERS)
        return bool(cursor.fetchone()[0])
    return False

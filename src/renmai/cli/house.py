"""Bring the house up for a command: the database's address, Django, an up-to-date schema."""

from __future__ import annotations

import contextlib
import os
import sys
from ipaddress import ip_address
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from renmai.cli.backup.aside import is_aside, undo
from renmai.config import config
from renmai.kit.db import Connection, connect
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


def open_house(*, migrate: bool = True, restore: bool = False) -> None:
    """Start or find the database, set Django up, and migrate an empty or older schema.

    What a restore that was killed left half done is undone first; without `migrate` the house is refused then, but for
    one that is about to `restore`.

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
    elif not restore:
        _check_whole()


def _migrate() -> None:
    """Migrate; of several commands that start at once one does it and the others wait.

    An older house is told what is done to it; one that a newer Renmai made is left alone. Errors: HouseClosed.
    """
    with connect(application_name=os.environ["PGAPPNAME"], autocommit=True) as guard:
        guard.execute("select pg_advisory_lock(%s)", (MIGRATING,))
        _mend(guard)
        executor = MigrationExecutor(connection)
        check_not_newer(executor.loader)
        waiting = [str(step) for step, _backwards in executor.migration_plan(executor.loader.graph.leaf_nodes())]
        older = bool(waiting and executor.loader.applied_migrations)
        if older:
            print(
                f"This house was made by an earlier Renmai. Its database is brought up to date now, in {len(waiting)} steps "
                f"({waiting[0]} to {waiting[-1]}); until then it answers nobody.",
                file=sys.stderr,
            )
        call_command("migrate", verbosity=0, interactive=False)
        if older:
            print("The database is up to date. An earlier Renmai can no longer open this house.", file=sys.stderr)


def take_turn(held: Connection) -> None:
    """Become the only command that changes the schema, until `held` is closed, and undo what a restore that was killed
    left half done. Errors: HouseClosed.
    """
    if held.execute("select pg_try_advisory_lock(%s)", (MIGRATING,)).fetchone() != (True,):
        raise HouseClosed("another command is restoring this house or bringing it up to date: wait until it is done")
    _mend(held)


def _mend(held: Connection) -> None:
    if undo(held, Path(settings.MEDIA_ROOT)):
        print("A restore was broken off here: everything is again as it was before it.", file=sys.stderr)


def _check_whole() -> None:
    with connect(application_name=os.environ["PGAPPNAME"], autocommit=True) as held:
        if is_aside(held):
            raise HouseClosed("a restore is under way or was broken off: wait, or let `renmai check` undo it")


def check_not_newer(loader: MigrationLoader) -> None:
    """Refuse a database with steps that this Renmai does not know: it was opened by a newer one. Errors: HouseClosed."""
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("renmai.")}
    unknown = sorted(f"{app}.{name}" for app, name in set(loader.applied_migrations or ()) - set(loader.disk_migrations or ())
                     if app in ours)  # fmt: skip
    if unknown:
        raise HouseClosed(
            f"this house was opened by a newer Renmai (its database has {unknown[-1]}): run that one, or restore a backup "
            "from before into a new RENMAI_HOME"
        )


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

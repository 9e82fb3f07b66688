"""Bring the house up for a command: the database's address, Django, an up-to-date schema."""

from __future__ import annotations

import os

import django
from django.core.management import call_command
from django.db import connections

from renmai.config import config
from renmai.kit.lane import stop_lanes
from renmai.kit.logs import configure
from renmai.kit.postgres import Cluster, database_url


class HouseClosed(Exception):
    """The house cannot be opened this way; the text says why."""


_embedded: list[Cluster] = []


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
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renmai.settings")
    configure(config().log_level)
    django.setup()
    if migrate:
        call_command("migrate", verbosity=0, interactive=False)


def is_embedded() -> bool:
    """Return whether the house lives in its own embedded database."""
    return os.environ.get("RENMAI_EMBEDDED") == "1"


def tend_house() -> None:
    """Start the embedded database again if it died."""
    for cluster in _embedded:
        cluster.ensure_running()


def stop_house() -> None:
    """End lanes and connections, and stop the embedded database if this process started it."""
    stop_lanes()
    connections.close_all()
    while _embedded:
        cluster = _embedded.pop()
        if cluster.started_here:
            cluster.stop()

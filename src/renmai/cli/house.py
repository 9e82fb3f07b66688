"""Bring the house up for a command: the database's address, Django, an up-to-date schema."""

from __future__ import annotations

import os

import django
from django.core.management import call_command

from renmai.config import config
from renmai.kit.logs import configure
from renmai.kit.postgres import Cluster, database_url


def open_house(*, migrate: bool = True) -> None:
    """Start or find the database, set Django up, and migrate an empty or older schema.

    Errors: PostgresError with a sentence when the database cannot be had.
    """
    os.environ["DATABASE_URL"] = database_url(config().home, config().database_url)
    config.cache_clear()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "renmai.settings")
    configure(config().log_level)
    django.setup()
    if migrate:
        call_command("migrate", verbosity=0, interactive=False)


def close_house(*, embedded: bool) -> None:
    """Stop the embedded database, if this command started it."""
    if embedded:
        Cluster(config().home).stop()

"""Connections of our own lead to the database under test and speak UTC."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection as django_connection

from renmai.kit.db import connect, connection_params


def test_a_connection_is_to_djangos_database(db: None) -> None:
    with connect(application_name="renmai-test-db", autocommit=True) as own:
        row = own.execute(
            "select current_database(), current_setting('application_name'), current_setting('timezone')"
        ).fetchone()
    assert row == (django_connection.settings_dict["NAME"], "renmai-test-db", "UTC")
    assert row[0].startswith("test_")
    assert connection_params()["connect_timeout"] == 5


def test_nothing_is_kept_without_a_commit(house: None) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), connect(application_name="renmai-test-db") as own:
        own.execute("create table gone_again (n int)")
        own.rollback()
        own.execute("select n from gone_again")

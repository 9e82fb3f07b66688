"""Array literals: every element type comes back from a real server as it went."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.kit.arrays import array_literal
from renmai.kit.db import Connection, connect

real = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
times = st.datetimes(
    datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])
)


class Word(StrEnum):
    NULL = "NULL"
    QUOTED = 'a"b'


class Number(IntEnum):
    ONE = 1


@pytest.fixture
def connection(db: None) -> Iterator[Connection]:
    opened = connect(application_name="renmai-test", autocommit=True)
    yield opened
    opened.close()


def back(connection: Connection, kind: str, values: list[Any]) -> list[Any]:
    """What the server makes of `values`, element by element (so that its own array reader is not in the way)."""
    rows = connection.execute(f"select v from unnest(%s::{kind}[]) with ordinality as x (v, n) order by n", (values,))
    return [row[0] for row in rows.fetchall()]


@real
@given(values=st.lists(st.none() | texts, max_size=8))
def test_any_text_comes_back(connection: Connection, values: list[Any]) -> None:
    assert back(connection, "text", values) == values


@real
@given(values=st.lists(st.none() | st.binary(max_size=40), max_size=8))
def test_any_bytes_come_back(connection: Connection, values: list[Any]) -> None:
    assert back(connection, "bytea", values) == values


@real
@given(values=st.lists(st.none() | st.dates(), max_size=8))
def test_any_day_comes_back(connection: Connection, values: list[Any]) -> None:
    assert back(connection, "date", values) == values


@real
@given(values=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), max_size=8))
def test_any_integer_comes_back(connection: Connection, values: list[Any]) -> None:
    assert back(connection, "bigint", values) == values


@real
@given(values=st.lists(st.none() | st.uuids(), max_size=8), flags=st.lists(st.none() | st.booleans(), max_size=8))
def test_any_uuid_and_truth_comes_back(connection: Connection, values: list[Any], flags: list[Any]) -> None:
    assert back(connection, "uuid", values) == values
    assert back(connection, "bool", flags) == flags


@real
@given(values=st.lists(st.none() | times, max_size=8))
def test_any_time_comes_back(connection: Connection, values: list[Any]) -> None:
    assert back(connection, "timestamptz", values) == values


def test_what_looks_like_syntax_is_only_text(connection: Connection) -> None:
    hard = [
        "",
        " ",
        "NULL",
        "null",
        "{}",
        "{a,b}",
        ",",
        '"',
        "\\",
        '\\"',
        "\\\\x41",
        "'",
        "\n\t\r",
        "%s",
        "人脉 🫖",
        "a" * 9000,
    ]
    assert back(connection, "text", hard) == hard
    assert back(connection, "text", [None, "NULL", Word.NULL, Word.QUOTED]) == [None, "NULL", "NULL", 'a"b']
    assert back(connection, "jsonb", ['{"a": "\\"b\\\\"}', "null"]) == [{"a": '"b\\'}, None]
    assert back(connection, "bytea", [b"", b"\\x00", b"\0\xff"]) == [b"", b"\\x00", b"\0\xff"]
    assert back(connection, "uuid", [UUID(int=0), UUID(int=2**128 - 1)]) == [UUID(int=0), UUID(int=2**128 - 1)]


def test_a_list_compares_with_a_column(connection: Connection) -> None:
    names = connection.execute(
        "select rolname from pg_roles where rolname = any(%s)", (["pg_monitor", 'x"y', "nobody"],)
    )
    assert names.fetchall() == [("pg_monitor",)]
    assert connection.execute("select 1 where 5 = any(%s)", ([],)).fetchall() == []


@pytest.mark.parametrize("value", [1.5, [1], (1,), {}, Number.ONE, timedelta(1), object()])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(TypeError, match="no array of"):
        array_literal([value])

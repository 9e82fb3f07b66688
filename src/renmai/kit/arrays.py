"""PostgreSQL array literals, written fast: a lane sends whole columns, and the driver's own writer was half its time.

Every statement of a lane names the type (`%s::uuid[]`), or compares with a column (`= any(%s)`), so the text of the
array is enough. Elements: UUID, int, bool, str, bytes, datetime, date, StrEnum, None. Measured in docs/decisions/0006.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.adapt import Buffer, Dumper


def array_literal(values: Sequence[Any]) -> str:
    """Return `values` as the text of a one-dimensional PostgreSQL array.

    Errors: TypeError for elements of another type (nested lists included).
    """
    kinds = set(map(type, values))
    # Columns are nearly always of one type: its writer is looked up once.
    write = _WRITERS.get(kinds.pop(), _element) if len(kinds) == 1 else _element
    return "{" + ",".join(map(write, values)) + "}"


def _element(value: Any) -> str:
    write = _WRITERS.get(type(value))
    if write is None:
        if isinstance(value, str):
            return _text(str(value))
        raise TypeError(f"no array of {type(value).__name__}")
    return write(value)


def _text(value: str) -> str:
    if "\\" in value or '"' in value:
        value = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{value}"'


_WRITERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "NULL",
    UUID: lambda value: f"{value.int:032x}",
    int: str,
    bool: lambda value: "t" if value else "f",
    str: _text,
    bytes: lambda value: '"\\\\x' + value.hex() + '"',
    datetime: lambda value: f'"{value.isoformat()}"',
    date: lambda value: value.isoformat(),
}


class ListDumper(Dumper):
    """Writes a Python list as an array literal of unknown type; the statement's cast says which."""

    oid = 0

    def dump(self, obj: list[Any]) -> Buffer:
        """Return the literal as UTF-8."""
        return array_literal(obj).encode()

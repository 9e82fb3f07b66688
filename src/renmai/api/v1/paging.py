"""Pages of the API: `{"items": [...], "next": cursor or null}`, continued by `?after=<next>`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import UUID

from renmai.api.v1.fields import Body, Cursor, Limit
from renmai.kit.paging import LIMIT_MAX, BadCursor, cursor_of, parts_of

Row = TypeVar("Row")


class PageQuery(Body):
    """Where a page starts, and how many it holds."""

    after: Cursor | None = None
    limit: Limit = 20


def wide(limit: int) -> int:
    """Return how many rows to read for a page of `limit`: one more, where the rooms' own limit allows it."""
    return min(limit + 1, LIMIT_MAX)


def page_json(
    rows: Sequence[Row], limit: int, place: Callable[[Row], tuple[Any, ...]], show: Callable[[Row], Any] | None = None
) -> dict[str, Any]:
    """Return the page of `rows` (read by `wide(limit)`); `place` gives the parts of a row's cursor."""
    items = rows[:limit]
    more = len(rows) > limit or (limit == LIMIT_MAX and len(rows) == LIMIT_MAX)
    return {
        "items": [show(row) for row in items] if show else list(items),
        "next": cursor_of(*place(items[-1])) if more else None,
    }


def id_after(cursor: str | None) -> UUID | None:
    """Return the id in a cursor, or None without one. Errors: BadCursor."""
    parts = parts_of(cursor, 1)
    return _uuid(parts[0]) if parts else None


def place_after(cursor: str | None) -> tuple[int, UUID] | None:
    """Return (position, id) of a cursor, or None without one. Errors: BadCursor."""
    parts = parts_of(cursor, 2)
    if parts is None:
        return None
    if not parts[0].isdecimal() or len(parts[0]) > 9:
        raise BadCursor()
    return int(parts[0]), _uuid(parts[1])


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise BadCursor() from None

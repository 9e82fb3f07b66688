"""Paging by cursor: a page of items and the cursor that continues after the last one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from renmai.kit.problems import DomainError

LIMIT_DEFAULT, LIMIT_MAX = 20, 100
# Years in which times may lie that come from outside: well within the calendars of Python and PostgreSQL.
YEARS = (2000, 2999)
Item = TypeVar("Item")


class BadCursor(DomainError):
    """A cursor that this list did not make."""

    code = "bad_cursor"
    status = 422
    message = "This page cannot be continued from there. Please start again."


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Items and, if there are more, where to go on."""

    items: Sequence[Item]
    next_cursor: str | None = None


def checked_limit(limit: int | None) -> int:
    """Return a limit between 1 and 100 (20 when none is given)."""
    return max(1, min(limit or LIMIT_DEFAULT, LIMIT_MAX))


def cursor_of(*parts: object) -> str:
    """Return an opaque cursor made of `parts` (words without a bar)."""
    return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode().rstrip("=")


def parts_of(cursor: str | None, count: int) -> list[str] | None:
    """Return the parts of a cursor, or None without one. Errors: BadCursor."""
    if not cursor:
        return None
    try:
        parts = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("|")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise BadCursor() from None
    if len(parts) != count:
        raise BadCursor()
    return parts


def moment_of(part: str) -> datetime:
    """Return the time that a part of a cursor stands for, in UTC. Errors: BadCursor."""
    try:
        moment = datetime.fromisoformat(part)
    except ValueError:
        raise BadCursor() from None
    if moment.tzinfo is None or not YEARS[0] <= moment.year <= YEARS[1]:
        raise BadCursor()
    return moment.astimezone(UTC)


def page_of(rows: Sequence[Item], limit: int, cursor: str | None) -> Page[Item]:
    """Return a page of the first `limit` of `rows` (read one more than asked); `cursor` is that of the last one kept."""
    return Page(rows[:limit], cursor if len(rows) > limit else None)

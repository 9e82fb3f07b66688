"""In which order everyone sees people: first who shows a face, says a word and has something to show, newest first.

Whose credit asks it stands with the others behind them (`exposure` 1), or is shown to followers alone (0).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection

LIMIT_MAX = 241  # an order of people holds 240
Place = tuple[int, UUID]
FIRST: Place = (1, UUID(int=(1 << 128) - 1))

# Both halves walk an index from the newest on. The second half does nothing where the first one filled the page.
# "limit 1" instead of "exists": PostgreSQL would read the picks of all shops first, to have them at hand.
READY = """s.exposure > 1 and s.face_id is not null and (s.words <> '' or s.words_zh <> '') and coalesce(
  (select true from places_pick k where k.shop_id = s.id and k.removed_at is null limit 1),
  (select true from places_post p where p.shop_id = s.id and p.state = 'published' and p.hidden_at is null limit 1),
  false)"""
COLUMNS = ("id", "owner_id", "handle", "name", "name_zh", "words", "words_zh", "face_id", "ai_persona")
SELECTED = ", ".join(f"s.{name}" for name in COLUMNS)
FOREMOST = f"""
with ready as materialized (
  select {SELECTED}, 1 as rank from places_shop s
  where s.open and s.hidden_at is null and s.exposure > 0 and {READY} and %(rank)s = 1 and s.id < %(last)s::uuid
    and s.id <> all(%(without)s::uuid[]) and s.owner_id is distinct from %(not_of)s::uuid
  order by s.id desc limit %(limit)s::int
), rest as (
  select {SELECTED}, 0 as rank from places_shop s
  where s.open and s.hidden_at is null and s.exposure > 0 and not ({READY}) and (%(rank)s = 1 or s.id < %(last)s::uuid)
    and s.id <> all(%(without)s::uuid[]) and s.owner_id is distinct from %(not_of)s::uuid
  order by s.id desc limit %(limit)s::int - (select count(*) from ready)
)
select * from ready union all select * from rest order by rank desc, id desc
"""


def list_foremost_shops(
    *, after: Place | None = None, limit: int = 24, without: Sequence[UUID] = (), not_of: UUID | None = None
) -> list[dict[str, Any]]:
    """Return open shops (COLUMNS and "rank"): those with a face, a word and a pick or a post before the others, each
    newest first, but none of `without` and none of the person `not_of`; `after` is (rank, id) of the last one seen; one
    statement.
    """
    rank, last = after or FIRST
    with connection.cursor() as cursor:
        cursor.execute(
            FOREMOST,
            {
                "rank": rank,
                "last": last,
                "limit": max(1, min(limit, LIMIT_MAX)),
                "without": list(without),
                "not_of": not_of,
            },
        )
        return [dict(zip((*COLUMNS, "rank"), row, strict=True)) for row in cursor.fetchall()]

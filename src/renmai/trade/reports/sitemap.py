"""What a search engine may find: pages everyone may see, in files of so many, by ascending id."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection

ROWS_MAX = 2_000  # a file may hold 50,000; small ones are written while somebody waits
FILES_MAX = 500

SHOPS = "select sh.id, '/@' || sh.handle as path, null::timestamptz as at from places_shop sh where sh.open and sh.hidden_at is null and sh.exposure > 0"
PICKS = """
select k.id, '/picks/' || k.id as path, k.created_at as at from places_pick k
join places_shop sh on sh.id = k.shop_id and sh.open and sh.hidden_at is null
join goods_product p on p.id = k.product_id and p.state = 'approved' where k.removed_at is null
"""
POSTS = """
select w.id, '/posts/' || w.id as path, w.changed_at as at from places_post w
join places_shop sh on sh.id = w.shop_id and sh.open and sh.hidden_at is null
where w.state = 'published' and w.hidden_at is null
"""
BRANDS = (
    "select b.id, '/brands/' || b.slug as path, null::timestamptz as at from goods_brand b where b.state = 'approved'"
)
KINDS = {"people": SHOPS, "picks": PICKS, "posts": POSTS, "brands": BRANDS}
STARTS = """
select id from (select id, row_number() over (order by id) as n from ({found}) f) x where n %% %s = 1 order by id limit %s
"""
ROWS = "select path, at from ({found}) f where id >= %s order by id limit %s"


def sitemap_starts(kind: str) -> list[UUID]:
    """Return the first id of each file of a kind; FILES_MAX at most. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(STARTS.format(found=KINDS[kind]), (ROWS_MAX, FILES_MAX))
        return [row[0] for row in cursor.fetchall()]


def sitemap_rows(kind: str, start: UUID) -> list[tuple[str, datetime | None]]:
    """Return (path, changed at) of what stands in the file that begins with `start`. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(ROWS.format(found=KINDS[kind]), (start, ROWS_MAX))
        return [(path, at) for path, at in cursor.fetchall()]

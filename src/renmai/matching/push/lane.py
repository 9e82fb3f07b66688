"""Write what was found and tell it, set by set. One process at a time finds and tells (an advisory lock).

A shop's row is held (for share) before any push of it is written: who is erased or closes at this moment comes before, and
nothing is written, or after, and takes away what was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson

from renmai.kit.ids import new_id
from renmai.matching.push.fitting import FittingShop
from renmai.matching.push.rules import PUSHES_A_DAY, WAIT
from renmai.people.notices.actions import Told, members_of, tell

LOCK = 0x70757368  # "push"
TRY = "select pg_try_advisory_xact_lock(%s)"
WAIT_FOR = "select pg_advisory_xact_lock(%s)"
INSERT = """
with here as materialized (
  select id from places_shop where id = any(%(shops)s) and open order by id for share
)
insert into matching_push (id, product_id, supplier_id, shop_id, rank, score, reasons, found_at, declined_why, sold_pieces, sold_minor)
select v.id, %(product)s, %(supplier)s, h.id, v.rank, v.score, v.reasons, %(now)s, '', 0, 0
from unnest(%(ids)s::uuid[], %(shops)s::uuid[], %(ranks)s::int[], %(scores)s::float8[], %(reasons)s::jsonb[])
  as v (id, shop_id, rank, score, reasons) join here h on h.id = v.shop_id
on conflict (product_id, shop_id) do nothing
"""
# What a waiting push needs to be told: goods in the pool, in stock, offered to this shop on some term.
STANDS = """
exists (
  select 1 from goods_product p join goods_supplier su on su.id = p.supplier_id and su.state = 'approved' and su.exposure > 0
  where p.id = w.product_id and p.state = 'approved'
    and exists (
      select 1 from goods_sku v join goods_stock t on t.sku_id = v.id
      where v.product_id = p.id and v.active and v.recall_id is null and t.received - t.sold - t.held - t.set_aside > 0))
"""
IN_FORCE = "g.product_id = w.product_id and g.ended_at is null and g.starts_at <= %(now)s and (g.ends_at is null or g.ends_at > %(now)s)"
NAMES = (
    "exists (select 1 from goods_planshop n where n.plan_id = g.id and n.shop_id = w.shop_id and n.removed_at is null)"
)
OFFERED = f"""
not exists (select 1 from goods_plan g where g.kind = 'exclusive' and {IN_FORCE} and not {NAMES})
and (exists (select 1 from goods_product p where p.id = w.product_id and (p.margin_allowed or p.commission_bps is not null))
     or exists (select 1 from goods_plan g where {IN_FORCE} and {NAMES}))
and not exists (select 1 from places_pick k where k.shop_id = w.shop_id and k.product_id = w.product_id and k.removed_at is null)
"""
TELL = f"""
with here as materialized (
  select s.id from places_shop s where s.id = any(%(shops)s) and s.open order by s.id for share
),
asked as (select h.id from here h left join matching_inbox i on i.shop_id = h.id where not coalesce(i.off, false)),
taken as (
  select shop_id, max(told_place) as places from matching_push where shop_id = any(%(shops)s) and told_on = %(today)s group by shop_id
),
next as (
  select w.id, coalesce(t.places, 0) + row_number() over (partition by w.shop_id order by w.score desc, w.id) as place
  from asked a join matching_push w on w.shop_id = a.id and w.told_at is null and w.found_at > %(oldest)s
  left join taken t on t.shop_id = w.shop_id
  where {STANDS} and {OFFERED}
)
update matching_push m set told_at = %(now)s, told_on = %(today)s, told_place = n.place
from next n where m.id = n.id and n.place <= %(most)s and m.told_at is null
returning m.shop_id
"""
DROP = f"""
delete from matching_push w where w.shop_id = any(%(shops)s) and w.told_at is null
and (w.found_at <= %(oldest)s or not ({STANDS}) or exists (
  select 1 from places_pick k where k.shop_id = w.shop_id and k.product_id = w.product_id and k.removed_at is null))
"""
NOTICED = """
insert into matching_inbox as i (shop_id, off, noticed_on)
select shop_id, false, %s from unnest(%s::uuid[]) as v (shop_id) order by shop_id
on conflict (shop_id) do update set noticed_on = excluded.noticed_on where i.noticed_on is null or i.noticed_on < excluded.noticed_on
returning shop_id
"""


def lock_pushes(cursor: Any, *, wait: bool = False) -> bool:
    """Hold finding and telling until the transaction ends; without `wait`, return False if another process does."""
    cursor.execute(WAIT_FOR if wait else TRY, (LOCK,))
    return wait or bool(cursor.fetchone()[0])


def write_found(cursor: Any, product_id: UUID, supplier_id: UUID, found: Sequence[FittingShop], now: datetime) -> None:
    """Write what was found for a product, as waiting; what is there, or whose shop closed meanwhile, is passed over."""
    params = {
        "product": product_id, "supplier": supplier_id, "now": now, "ids": [new_id() for _ in found],
        "shops": [each.shop_id for each in found], "ranks": [each.rank for each in found],
        "scores": [each.score for each in found], "reasons": [orjson.dumps(each.reasons).decode() for each in found],
    }  # fmt: skip
    cursor.execute(INSERT, params)


def tell_shops(cursor: Any, shop_ids: Sequence[UUID], *, today: date, now: datetime) -> int:
    """Tell these shops the best of what waits for each, up to the day's places; return how many were told.

    Their people get one notice for a day, however much they are told.
    """
    params = {"shops": sorted(shop_ids), "today": today, "now": now, "oldest": now - WAIT, "most": PUSHES_A_DAY}
    cursor.execute(TELL, params)
    told = [row[0] for row in cursor.fetchall()]
    if told:
        cursor.execute(NOTICED, (today, sorted(set(told))))
        fresh = sorted(row[0] for row in cursor.fetchall())
        people = {each for team in members_of(cursor, "creator:content", fresh).values() for each in team}
        tell(cursor, [Told(person_id, "push.told", now, "/creator/inbox") for person_id in sorted(people)])
    return len(told)


def drop_waiting(cursor: Any, shop_ids: Sequence[UUID], *, now: datetime) -> None:
    """Delete what waits for these shops too long, can be picked by nobody any more, or is in the shop already."""
    cursor.execute(DROP, {"shops": list(shop_ids), "oldest": now - WAIT})

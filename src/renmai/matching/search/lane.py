"""Make cards anew, many at a time: read from the wings below, cut words, write what differs.

One process at a time does it (an advisory lock), so that the counts of words stay right; everybody else reads on meanwhile.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.kit.ids import first_id
from renmai.matching.search.rules import drawn_rating, facets_of, part_bps, quality_of
from renmai.matching.search.words import name_words, spelled_words, text_words, title_words
from renmai.money.splits.queries import Fees
from renmai.places.shops.rules import earnings_minor

BATCH = 500
SOLD_DAYS, RATED_DAYS, LATE_DAYS = 30, 180, 90
BODY_SIGNS = 120
LOCK = 0x63617264  # "card"

# What was ordered is looked for by supplier and by the time in the identifier: order lines have no index by variant, and
# none is wanted on the hottest table of the house.
READ = """
with asked as materialized (select unnest(%(ids)s::uuid[]) as id),
goods as materialized (
  select p.*, su.name as supplier_name, su.name_zh as supplier_name_zh, su.hand_over_hours as usual_hours,
         su.state = 'approved' and su.exposure > 0 as supplier_stands, su.exposure
  from asked join goods_product p on p.id = asked.id join goods_supplier su on su.id = p.supplier_id
),
variants as materialized (
  select s.product_id, s.id, s.price_minor, s.supply_price_minor, greatest(t.received - t.sold - t.held - t.set_aside, 0) as remaining
  from asked join goods_sku s on s.product_id = asked.id and s.active and s.recall_id is null
  join goods_stock t on t.sku_id = s.id
),
priced as (
  select product_id, min(supply_price_minor) as supply, min(price_minor) as price,
         (array_agg(supply_price_minor order by price_minor, supply_price_minor desc))[1] as supply_there,
         max((price_minor * 10000 + supply_price_minor - 1) / supply_price_minor) as multiple, sum(remaining)::bigint as remaining
  from variants group by product_id
),
lines as materialized (
  select s.product_id, l.order_id, l.quantity, l.refunded_minor > 0 as returned, o.paid_at
  from trade_orderline l join goods_sku s on s.id = l.sku_id join trade_order o on o.id = l.order_id
  where l.supplier_id = any(array(select distinct supplier_id from goods)) and l.id > %(lines_since)s::uuid
    and s.product_id = any(%(ids)s::uuid[]) and o.paid_at > %(rated_since)s
),
sold as (
  select n.product_id, coalesce(sum(n.quantity) filter (where n.paid_at > %(sold_since)s), 0)::bigint as lately, count(*) as lines,
         count(*) filter (where n.returned) as returned
  from lines n group by n.product_id
),
rated as (
  select r.product_id, sum(r.score * r.weight_bps::bigint)::bigint as scores, sum(r.weight_bps)::bigint as counted, count(*) as reviews
  from trust_review r where r.product_id = any(%(ids)s::uuid[]) and r.at > %(rated_since)s and r.hidden_at is null
  group by r.product_id
),
late as (
  select g.supplier_id, count(*) as parcels,
         count(*) filter (where coalesce(t.handed_over_at, %(now)s) > t.hand_over_by) as late
  from trade_parcel t join (select distinct supplier_id from goods) g on g.supplier_id = t.supplier_id
  where t.id > %(parcels_since)s::uuid and t.hand_over_by > %(late_since)s and t.state <> 'cancelled'
    and (t.handed_over_at is not null or t.hand_over_by < %(now)s)
  group by g.supplier_id
),
picked as (
  select k.product_id, count(*) as shops from asked join places_pick k on k.product_id = asked.id and k.removed_at is null
  group by k.product_id
),
planned as (
  select n.product_id, bool_or(n.kind = 'targeted') as targeted, bool_or(n.kind = 'exclusive') as exclusive
  from asked join goods_plan n on n.product_id = asked.id
  where n.ended_at is null and n.starts_at <= %(now)s and (n.ends_at is null or n.ends_at > %(now)s)
  group by n.product_id
)
select asked.id, coalesce(g.state = 'approved' and g.supplier_stands and priced.price is not null, false) as listed,
       g.title, g.title_zh, left(g.body, %(signs)s) as body, left(g.body_zh, %(signs)s) as body_zh, g.approved_at,
       g.commission_bps, g.margin_allowed, g.category_id, c.slug, c.name as category, c.name_zh as category_zh,
       g.supplier_id, g.supplier_name, g.supplier_name_zh, g.exposure, g.cover_id, coalesce(g.hand_over_hours, g.usual_hours) as hours,
       b.id as brand_id, b.name as brand, b.name_zh as brand_zh, priced.supply, priced.price, priced.supply_there,
       priced.multiple, priced.remaining, coalesce(sold.lately, 0) as sold, sold.lines, sold.returned, rated.scores,
       rated.counted, coalesce(rated.reviews, 0) as reviews, late.parcels, late.late, coalesce(picked.shops, 0) as shops,
       coalesce(planned.targeted, false) as targeted, coalesce(planned.exclusive, false) as exclusive, k.spelled
from asked
left join goods g on g.id = asked.id
left join goods_category c on c.id = g.category_id
left join goods_brand b on b.id = g.brand_id and b.state = 'approved'
left join priced on priced.product_id = asked.id
left join sold on sold.product_id = asked.id
left join rated on rated.product_id = asked.id
left join late on late.supplier_id = g.supplier_id
left join picked on picked.product_id = asked.id
left join planned on planned.product_id = asked.id
left join matching_card k on k.product_id = asked.id
order by asked.id
"""
COLUMNS: Mapping[str, str] = {
    "product_id": "uuid", "approved_at": "timestamptz", "category_id": "uuid", "supplier_id": "uuid", "brand_id": "uuid",
    "supply_price_minor": "bigint", "price_from_minor": "bigint", "multiple_bps": "int", "commission_bps": "int",
    "margin_allowed": "boolean", "earn_minor": "bigint", "earn_term": "text", "hand_over_hours": "int", "left": "bigint",
    "sample": "boolean", "targeted": "boolean", "exclusive": "boolean", "rating_x100": "int", "rating_count": "int",
    "rated": "int", "sold_30_days": "bigint", "returns_bps": "int", "late_bps": "int", "shops": "int", "quality": "int",
    "title_words": "text", "words": "text", "spelled": "text",
}  # fmt: skip
# Arrays of arrays must be rectangular: lists of words travel as one text and are split here.
CAST = {"title_words": "::tsvector", "words": "::tsvector"}


def _write_sql() -> str:
    names = [f'"{name}"' for name in COLUMNS]
    given = ", ".join(f"%s::{kind}[]" for kind in COLUMNS.values())
    made = ", ".join(
        "string_to_array(v.spelled, ' ')" if name == '"spelled"' else f"v.{name}{CAST.get(name.strip(chr(34)), '')}"
        for name in names
    )
    kept = names[1:]
    changes = ", ".join(f"{name} = excluded.{name}" for name in kept)
    before, after = (", ".join(f"{table}.{name}" for name in kept) for table in ("k", "excluded"))
    return (
        f"insert into matching_card as k ({', '.join(names)}) select {made} from unnest({given}) as v ({', '.join(names)})"
        f" on conflict (product_id) do update set {changes} where ({before}) is distinct from ({after})"
    )


WRITE = _write_sql()
REMOVE = "delete from matching_card where product_id = any(%s::uuid[])"
COUNT_WORDS = """
insert into matching_word as w (word, cards) select * from unnest(%s::text[], %s::int[])
on conflict (word) do update set cards = w.cards + excluded.cards
"""
FORGET_WORDS = "delete from matching_word where word = any(%s::text[]) and cards <= 0"


def lock_cards(cursor: Any, *, wait: bool = True) -> bool:
    """Hold the making of cards until the transaction ends; without `wait`, return False if another process does."""
    if wait:
        cursor.execute("select pg_advisory_xact_lock(%s)", (LOCK,))
        return True
    cursor.execute("select pg_try_advisory_xact_lock(%s)", (LOCK,))
    return bool(cursor.fetchone()[0])


def refresh(cursor: Any, product_ids: Iterable[UUID], *, now: datetime, fees: Fees) -> int:
    """Make the cards of these products anew, or take them away; return how many stand. Hold `lock_cards`.

    Four statements, however many products; what does not differ is not written.
    """
    ids = list(product_ids)
    cursor.execute(READ, _read_params(ids, now))
    names = [column.name for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    cards = [_card(row, fees) for row in rows if row["listed"]]
    if cards:
        cursor.execute(WRITE, [[card[name] for card in cards] for name in COLUMNS])
    if len(cards) < len(rows):
        cursor.execute(REMOVE, ([row["id"] for row in rows if not row["listed"]],))
    _count_words(cursor, rows, {card["product_id"]: card["spelled"] for card in cards})
    return len(cards)


def _read_params(ids: Sequence[UUID], now: datetime) -> dict[str, Any]:
    return {
        "ids": list(ids), "now": now, "signs": BODY_SIGNS,
        "sold_since": now - timedelta(days=SOLD_DAYS), "rated_since": now - timedelta(days=RATED_DAYS),
        "lines_since": first_id(now - timedelta(days=RATED_DAYS)), "late_since": now - timedelta(days=LATE_DAYS),
        "parcels_since": first_id(now - timedelta(days=LATE_DAYS)),
    }  # fmt: skip


def _card(row: Mapping[str, Any], fees: Fees) -> dict[str, Any]:
    earns = _earns(row, fees)
    # Neither term: nobody can pick it for the moment, and it earns nothing.
    term = max(earns, key=lambda name: earns[name], default="margin")
    rating = row["scores"] * 100 // row["counted"] if row["counted"] else None
    rated = drawn_rating(rating, row["reviews"])
    facets = facets_of(
        category=row["slug"], brand_id=row["brand_id"], supplier_id=row["supplier_id"], margin=row["margin_allowed"],
        commission=row["commission_bps"] is not None, sample=row["remaining"] > 0, hours=row["hours"],
        multiple_bps=row["multiple"], rating_x100=rating, earn_minor=earns.get(term, 0),
    )  # fmt: skip
    return {
        "product_id": row["id"], "approved_at": row["approved_at"], "category_id": row["category_id"],
        "supplier_id": row["supplier_id"], "brand_id": row["brand_id"], "supply_price_minor": row["supply_there"],
        "price_from_minor": row["price"], "multiple_bps": row["multiple"], "commission_bps": row["commission_bps"],
        "margin_allowed": row["margin_allowed"], "earn_minor": earns.get(term, 0), "earn_term": term,
        "hand_over_hours": row["hours"], "left": row["remaining"], "sample": row["remaining"] > 0,
        "targeted": row["targeted"], "exclusive": row["exclusive"], "rating_x100": rating,
        "rating_count": row["reviews"], "rated": rated, "sold_30_days": row["sold"],
        "returns_bps": part_bps(row["returned"] or 0, row["lines"] or 0), "late_bps": part_bps(row["late"] or 0, row["parcels"] or 0),
        "shops": row["shops"],
        "quality": quality_of(rated=rated, sold=row["sold"], shops=row["shops"], left=row["remaining"], pictured=row["cover_id"] is not None, exposure=row["exposure"]),
        **_words(row, facets),
    }  # fmt: skip


def _earns(row: Mapping[str, Any], fees: Fees) -> dict[str, int]:
    fee = fees.fee(supplier_id=row["supplier_id"], category_id=row["category_id"])
    rate = row["commission_bps"]
    offered = [*(["margin"] if row["margin_allowed"] else []), *(["commission"] if rate is not None else [])]
    return {
        term: earnings_minor(
            term=term, price_minor=row["price"], supply_minor=row["supply_there"], fee=fee, commission_bps=rate or 0
        )
        for term in offered
    }


def _words(row: Mapping[str, Any], facets: Sequence[str]) -> dict[str, str]:
    titles = [row["title"], row["title_zh"]]
    names = [
        row[name] or ""
        for name in ("supplier_name", "supplier_name_zh", "brand", "brand_zh", "category", "category_zh")
    ]
    heads = set().union(*map(title_words, titles))
    every = heads.union(*map(name_words, names), text_words(row["body"]), text_words(row["body_zh"]))
    return {
        "title_words": " ".join(f"'{word}'" for word in heads),
        "words": " ".join([*(f"'{word}'" for word in every), *(f"'^{word}'" for word in heads), *(f"'{f}'" for f in facets)]),
        "spelled": " ".join(sorted(spelled_words([*titles, *names]))),
    }  # fmt: skip


def _count_words(cursor: Any, rows: Sequence[Mapping[str, Any]], spelled: Mapping[UUID, str]) -> None:
    change: Counter[str] = Counter()
    for row in rows:
        change.subtract(row["spelled"] or ())
        change.update(spelled.get(row["id"], "").split())
    moved = sorted(word for word, count in change.items() if count)
    if moved:
        cursor.execute(COUNT_WORDS, (moved, [change[word] for word in moved]))
    fewer = [word for word in moved if change[word] < 0]
    if fewer:
        cursor.execute(FORGET_WORDS, (fewer,))

"""Weigh again the reviews of shops where something new was said: one shop a transaction, and of each a bounded neighbourhood."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from renmai.kit.events.actions import Happened, append
from renmai.trust.reviews.models import Review
from renmai.trust.reviews.rules import rank_at
from renmai.trust.reviews.weighing import WEIGHING_VERSION, Consensus, Seen, Weight, weigh

SHOPS_A_RUN = 20
LOOK_BACK = timedelta(days=180)
OF_SHOP_MAX, OF_SUPPLIERS_MAX, OF_WRITER_MAX = 500, 500, 40

TAKE = """
delete from trust_weighingdue
where shop_id = (select shop_id from trust_weighingdue order by at, shop_id limit 1 for update skip locked)
returning shop_id
"""
# The newest of the shop, the newest of its suppliers' goods elsewhere, and what the shop's writers wrote elsewhere.
NEAR = """
with own as materialized (
  select id, supplier_id, buyer_id from trust_review where shop_id = %(shop)s and at > %(since)s
  order by at desc limit %(of_shop)s
), near as (
  select id from own
  union select r.id from (select distinct supplier_id from own where supplier_id is not null) s cross join lateral (
    select id from trust_review r where r.supplier_id = s.supplier_id and r.at > %(since)s order by r.at desc limit %(of_suppliers)s
  ) r
  union select r.id from (select distinct buyer_id from own) b cross join lateral (
    select id from trust_review r where r.buyer_id = b.buyer_id and r.at > %(since)s order by r.at desc limit %(of_writer)s
  ) r
)
select r.id, r.buyer_id, r.shop_id, r.supplier_id, r.product_id, r.score, r.at, p.created_at, r.words, p.phone, o.address,
       r.weight_bps, r.reasons, r.weighing_version, r.helpful
from near join trust_review r on r.id = near.id join people_person p on p.id = r.buyer_id
left join trade_order o on o.id = r.order_id
"""
BOUGHT = """
select buyer_id, count(distinct shop_id) from trade_order where buyer_id = any(%s) and paid_at is not null group by buyer_id
"""
# Browsers that followed a link: the only device the house knows of.
DEVICES = "select person_id, visitor from trade_click where person_id = any(%s)"
# The people behind shops and suppliers, what they are reached by, and where a supplier's returns go.
PEOPLE = """
select m.subject_id, m.person_id, p.phone,
       array(select jsonb_build_object('phone', a.phone, 'region', a.region, 'city', a.city, 'street', a.street)
             from people_address a where a.person_id = p.id)
from people_membership m join people_person p on p.id = m.person_id
where m.role in ('creator', 'supplier') and m.subject_id = any(%s)
"""
RETURNS = "select id, return_address from goods_supplier where id = any(%s)"
SCORES = """
select product_id, count(*), sum(score) from trust_review where product_id = any(%s) and hidden_at is null group by product_id
"""
WRITE = """
update trust_review r set weight_bps = v.bps, reasons = v.reasons, weighing_version = v.version, rank_at = v.rank_at
from unnest(%s::uuid[], %s::smallint[], %s::jsonb[], %s::smallint[], %s::timestamptz[]) as v (id, bps, reasons, version, rank_at)
where r.id = v.id
"""


def sweep_weights(*, now: datetime) -> int:
    """Weigh the reviews of up to 20 shops that are due; return how many reviews changed.

    A transaction a shop, of nine statements, over at most 180 days, 500 reviews of the shop, 500 of each supplier and 40 of each writer.
    After: event review.weighed for each that counts otherwise than before. Any number of workers may do so.
    """
    changed = 0
    for _ in range(SHOPS_A_RUN):
        if (done := _sweep_one(now)) is None:
            break
        changed += done
    return changed


@transaction.atomic
def _sweep_one(now: datetime) -> int | None:
    """Weigh the shop that has waited longest, None when none waits. Locks: what is due, then its reviews by their ids."""
    cursor: Any
    with connection.cursor() as cursor:
        cursor.execute(TAKE)
        row = cursor.fetchone()
        return weigh_shop(cursor, row[0], now) if row else None


def weigh_shop(cursor: Any, shop_id: UUID, now: datetime) -> int:
    """Weigh the newest reviews of a shop; return how many count otherwise than before."""
    given: dict[str, Any] = {
        "shop": shop_id, "since": now - LOOK_BACK, "of_shop": OF_SHOP_MAX, "of_suppliers": OF_SUPPLIERS_MAX,
        "of_writer": OF_WRITER_MAX,
    }  # fmt: skip
    cursor.execute(NEAR, given)
    names = [column.name for column in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    weights = weigh(_seen(cursor, rows), _consensus(cursor, rows)) if rows else {}
    own = [row for row in rows if row["shop_id"] == shop_id]
    return _write(cursor, [(row, weights[row["id"]]) for row in own], now)


def _seen(cursor: Any, rows: Sequence[dict[str, Any]]) -> list[Seen]:
    writers = sorted({row["buyer_id"] for row in rows})
    cursor.execute(BOUGHT, (writers,))
    bought = dict(cursor.fetchall())
    devices: dict[UUID, set[str]] = defaultdict(set)
    cursor.execute(DEVICES, (writers,))
    for person_id, visitor in cursor.fetchall():
        devices[person_id].add(_key("device", visitor))
    people, keys = _sellers(cursor, rows)
    seen = []
    for row in rows:
        sellers = (row["shop_id"], row["supplier_id"])
        seen.append(
            Seen(
                row["id"], row["buyer_id"], row["shop_id"], row["supplier_id"], row["product_id"], row["score"], row["at"],
                row["created_at"], bought.get(row["buyer_id"], 0),
                keys_of(row["phone"], row["address"]) | devices[row["buyer_id"]],
                frozenset().union(*(keys[each] for each in sellers)), any(row["buyer_id"] in people[each] for each in sellers),
                row["words"],
            )
        )  # fmt: skip
    return seen


def _sellers(
    cursor: Any, rows: Sequence[dict[str, Any]]
) -> tuple[dict[UUID | None, set[UUID]], dict[UUID | None, set[str]]]:
    """Return, by shop and by supplier, the people behind it and what they are reached by."""
    people: dict[UUID | None, set[UUID]] = defaultdict(set)
    keys: dict[UUID | None, set[str]] = defaultdict(set)
    subjects = sorted({row[name] for row in rows for name in ("shop_id", "supplier_id") if row[name]})
    cursor.execute(PEOPLE, (subjects,))
    for subject_id, person_id, phone, addresses in cursor.fetchall():
        people[subject_id].add(person_id)
        for address in (*addresses, {}):
            keys[subject_id] |= keys_of(phone, _json(address))
    cursor.execute(RETURNS, (subjects,))
    for supplier_id, address in cursor.fetchall():
        keys[supplier_id] |= keys_of(None, _json(address))
    cursor.execute(DEVICES, (sorted({person for each in people.values() for person in each}),))
    devices = cursor.fetchall()
    for subject_id, members in people.items():
        keys[subject_id] |= {_key("device", visitor) for person_id, visitor in devices if person_id in members}
    return people, keys


def keys_of(phone: str | None, address: Any) -> frozenset[str]:
    """Return what an order or a person shows of itself, each as a hash: the phones and the address."""
    given = _json(address)
    phones = [digits[-11:] for each in (phone, given.get("phone")) if len(digits := _digits(each)) >= 7]
    place = [" ".join(str(given.get(name) or "").casefold().split()) for name in ("region", "city", "street")]
    return frozenset(
        [*(_key("phone", each) for each in phones), *([_key("address", "|".join(place))] if place[2] else [])]
    )


def _digits(text: object) -> str:
    return "".join(sign for sign in str(text or "") if sign.isdigit())


def _key(kind: str, text: str) -> str:
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:24]}"


def _json(value: Any) -> dict[str, Any]:
    found = orjson.loads(value) if isinstance(value, str | bytes) else value
    return found if isinstance(found, dict) else {}


def _consensus(cursor: Any, rows: Iterable[dict[str, Any]]) -> dict[UUID, Consensus]:
    cursor.execute(SCORES, (sorted({row["product_id"] for row in rows if row["product_id"]}),))
    return {product_id: Consensus(count, int(scores)) for product_id, count, scores in cursor.fetchall()}


def _write(cursor: Any, weighed: Sequence[tuple[dict[str, Any], Weight]], now: datetime) -> int:
    """Write what differs. What counts as before, for other reasons or by a new version, is written and told to nobody."""
    changed = [
        (row, weight, told)
        for row, weight in weighed
        if (told := [asdict(reason) for reason in weight.reasons]) != row["reasons"]
        or (weight.bps, weight.version) != (row["weight_bps"], row["weighing_version"])
    ]
    if not changed:
        return 0
    rows = list(Review.objects.filter(id__in=[row["id"] for row, _, _ in changed]).select_for_update().order_by("id"))
    helpful = {review.id: review.helpful for review in rows}
    cursor.execute(
        WRITE,
        (
            [row["id"] for row, _, _ in changed],
            [weight.bps for _, weight, _ in changed],
            [orjson.dumps(told).decode() for _, _, told in changed],
            [WEIGHING_VERSION for _ in changed],
            [
                rank_at(at=row["at"], helpful=helpful.get(row["id"], 0), weight_bps=weight.bps)
                for row, weight, _ in changed
            ],
        ),
    )
    otherwise = [(row, weight, told) for row, weight, told in changed if weight.bps != row["weight_bps"]]
    append(cursor, [_happened(row, weight, told, now) for row, weight, told in otherwise])
    return len(otherwise)


def _happened(row: dict[str, Any], weight: Weight, told: list[dict[str, Any]], now: datetime) -> Happened:
    data = {
        "product_id": row["product_id"], "shop_id": row["shop_id"], "weight_bps": weight.bps,
        "weight_before_bps": row["weight_bps"], "reasons": told,
    }  # fmt: skip
    return Happened("review.weighed", row["id"], now, data)

"""Coupons and freight rules, set by set: lock coupons in the order of their codes, use them, free their uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.ids import new_id
from renmai.trade.promotions.rules import CouponNow, Freight

READ = """
select id, code, title, title_zh, funder, funder_id, kind, amount_minor, rate_bps, most_minor, threshold_minor, total_max,
       per_buyer_max, used, starts_at, ends_at, stopped_at, holders_only
from trade_coupon where code = any(%s) order by code
"""
USES = """
select coupon_id, buyer_id, number from trade_couponuse
where coupon_id = any(%s) and buyer_id = any(%s) and released_at is null
"""
HOLDERS = "select coupon_id, person_id from trade_couponholder where coupon_id = any(%s) and person_id = any(%s)"
INSERT_USES = """
insert into trade_couponuse (id, coupon_id, buyer_id, checkout_id, number, amount_minor, at)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::bigint[], %s::timestamptz[])
"""
COUNT = """
update trade_coupon c set used = c.used + w.n from unnest(%s::uuid[], %s::int[]) as w (id, n) where c.id = w.id
"""
LOCK_USED = """
select id from trade_coupon
where id in (select coupon_id from trade_couponuse where checkout_id = any(%s) and released_at is null)
order by code for update
"""
RELEASE = """
with freed as (
  update trade_couponuse set released_at = %s where checkout_id = any(%s) and released_at is null returning coupon_id
)
update trade_coupon c set used = c.used - f.n
from (select coupon_id, count(*)::int as n from freed group by coupon_id) f where c.id = f.coupon_id
"""
FREIGHT = """
select supplier_id, region, fee_minor, free_from_minor from trade_freightrule where supplier_id = any(%s)
"""


@dataclass(frozen=True, slots=True)
class NewUse:
    """One use of a coupon: the `number`-th of this buyer, over `amount_minor`."""

    coupon_id: UUID
    buyer_id: UUID
    checkout_id: UUID
    number: int
    amount_minor: int
    at: datetime


def read_coupons(cursor: Any, codes: Iterable[str], *, lock: bool) -> dict[str, CouponNow]:
    """Return code -> coupon of those among `codes` that exist, locked in the order of their codes."""
    wanted = sorted(set(codes))
    if not wanted:
        return {}
    cursor.execute(f"{READ} for update" if lock else READ, (wanted,))
    return {row[1]: CouponNow(*row) for row in cursor.fetchall()}


def read_uses(cursor: Any, coupon_ids: Iterable[UUID], buyer_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], set[int]]:
    """Return (coupon, buyer) -> the numbers of the uses in force; read once the coupons are locked."""
    uses: dict[tuple[UUID, UUID], set[int]] = defaultdict(set)
    coupons = list(coupon_ids)
    if coupons:
        cursor.execute(USES, (coupons, list(set(buyer_ids))))
        for coupon_id, buyer_id, number in cursor.fetchall():
            uses[coupon_id, buyer_id].add(number)
    return uses


def read_holders(cursor: Any, coupons: Iterable[CouponNow], buyer_ids: Iterable[UUID]) -> set[tuple[UUID, UUID]]:
    """Return (coupon, buyer) of those who hold one that is for its holders only; nothing is asked where none is."""
    closed = [coupon.id for coupon in coupons if coupon.holders_only]
    if not closed:
        return set()
    cursor.execute(HOLDERS, (closed, list(set(buyer_ids))))
    return {(coupon_id, person_id) for coupon_id, person_id in cursor.fetchall()}


def write_uses(cursor: Any, uses: Sequence[NewUse]) -> None:
    """Write uses of locked coupons and count them: two statements for the set."""
    if not uses:
        return
    cursor.execute(
        INSERT_USES,
        (
            [new_id() for _ in uses],
            [use.coupon_id for use in uses],
            [use.buyer_id for use in uses],
            [use.checkout_id for use in uses],
            [use.number for use in uses],
            [use.amount_minor for use in uses],
            [use.at for use in uses],
        ),
    )
    counts: dict[UUID, int] = defaultdict(int)
    for use in uses:
        counts[use.coupon_id] += 1
    cursor.execute(COUNT, (list(counts), list(counts.values())))


def lock_used(cursor: Any, checkout_ids: Sequence[UUID]) -> bool:
    """Lock the coupons that checkouts use, in the order of their codes; return whether there are any."""
    cursor.execute(LOCK_USED, (list(checkout_ids),))
    return bool(cursor.fetchall())


def release_uses(cursor: Any, checkout_ids: Sequence[UUID], now: datetime) -> None:
    """Free the uses of checkouts that ended unpaid; their coupons are locked."""
    cursor.execute(RELEASE, (now, list(checkout_ids)))


def read_freight(cursor: Any, supplier_ids: Iterable[UUID]) -> dict[UUID, list[Freight]]:
    """Return supplier -> its freight rules."""
    cursor.execute(FREIGHT, (list(set(supplier_ids)),))
    rules: dict[UUID, list[Freight]] = defaultdict(list)
    for supplier_id, region, fee, free_from in cursor.fetchall():
        rules[supplier_id].append(Freight(region, fee, free_from))
    return rules

"""Plans, set by set: what decides over rates, read at once; what changed, written at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.goods.plans.rules import Ground, Kept, Rate, Source
from renmai.kit.ids import new_id

PRODUCTS = "select id, commission_bps, service_bps, margin_allowed from goods_product where id = any(%s)"
# Plans not ended, and those whose promises are not over: who was named when the promise was made is read from them.
PLANS = """
select g.product_id, g.id, g.kind, g.commission_bps, g.service_bps, g.starts_at, g.ends_at, g.ended_at
from goods_plan g
where g.product_id = any(%s)
  and (g.ended_at is null or exists (select 1 from goods_ratechange r where r.plan_id = g.id and r.applied_at is null))
"""
NAMED = """
select plan_id, shop_id, added_at, removed_at from goods_planshop
where plan_id = any(%s) and (%s::uuid is null or shop_id = %s::uuid)
"""
KEPT = """
select product_id, plan_id, shop_id, before_bps, before_service_bps, at, reaches_at
from goods_ratechange where product_id = any(%s) and applied_at is null
"""
WRITE = """
insert into goods_ratechange (id, product_id, plan_id, shop_id, before_bps, before_service_bps, commission_bps,
                              service_bps, at, reaches_at)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::int[], %s::int[], %s::int[],
                     %s::timestamptz[], %s::timestamptz[])
"""
LOCK_PRODUCTS = "select id from goods_product where id = any(%s) order by id for update"
DUE = """
select product_id from goods_ratechange where applied_at is null and reaches_at <= %s
union select product_id from goods_plan where ended_at is null and ends_at <= %s
union select product_id from goods_plan where begun_at is null and ended_at is null and starts_at <= %s
order by 1 limit %s::int
"""
LOCK_FREE = "select id from goods_product where id = any(%s) order by id for update skip locked"
APPLIED = (
    "update goods_ratechange set applied_at = %s where product_id = any(%s) and applied_at is null and reaches_at <= %s"
)
BEGUN = """
update goods_plan set begun_at = starts_at
where product_id = any(%s) and begun_at is null and ended_at is null and starts_at <= %s
returning id, product_id, kind
"""
ENDED = """
update goods_plan set ended_at = ends_at where product_id = any(%s) and ended_at is null and ends_at <= %s
returning id, product_id, kind
"""


@dataclass(frozen=True, slots=True)
class NewKept:
    """A promise to write. `before` None is margin terms; `after` is what is offered instead."""

    product_id: UUID
    plan_id: UUID | None
    shop_id: UUID | None
    before: Rate | None
    after: Rate | None
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class _Named:
    shop_id: UUID
    added_at: datetime
    removed_at: datetime | None


@dataclass(slots=True)
class Standing:
    """What decides over the rates of one product, for whatever shop."""

    open: Rate | None
    margin: bool
    plans: list[tuple[Source, datetime | None]] = field(default_factory=list)
    named: dict[UUID, list[_Named]] = field(default_factory=lambda: defaultdict(list))
    kept: list[tuple[UUID | None, Kept]] = field(default_factory=list)

    def for_all(self) -> Ground:
        """Return the product as a shop sees it that every plan names."""
        return Ground(self.open, self.margin, tuple(plan for plan, ended_at in self.plans if ended_at is None))

    def for_shop(self, shop_id: UUID) -> Ground:
        """Return the product as `shop_id` sees it."""
        plans = tuple(
            Source(p.rate, p.plan_id, p.kind, p.starts_at, p.ends_at, self._names(p.plan_id, shop_id))
            for p, ended_at in self.plans
            if ended_at is None
        )
        kept = tuple(kept for only, kept in self.kept if self._promised(only, kept, shop_id))
        return Ground(self.open, self.margin, plans, kept)

    def _names(self, plan_id: UUID | None, shop_id: UUID) -> bool:
        return plan_id is not None and any(
            n.shop_id == shop_id and n.removed_at is None for n in self.named.get(plan_id, ())
        )

    def _promised(self, only: UUID | None, kept: Kept, shop_id: UUID) -> bool:
        if only is not None:
            return only == shop_id
        if kept.plan_id is None:
            return True
        return any(
            n.shop_id == shop_id and n.added_at <= kept.at and (n.removed_at is None or n.removed_at > kept.at)
            for n in self.named.get(kept.plan_id, ())
        )


def read_standing(cursor: Any, product_ids: Iterable[UUID], shop_id: UUID | None = None) -> dict[UUID, Standing]:
    """Return product -> what decides over its rates, by four statements at most. `shop_id` reads who is named for it alone."""
    ids = list(set(product_ids))
    cursor.execute(PRODUCTS, (ids,))
    found = {
        product_id: Standing(None if commission is None else Rate(commission, service), margin)
        for product_id, commission, service, margin in cursor.fetchall()
    }
    cursor.execute(PLANS, (ids,))
    kinds: dict[UUID | None, str] = {None: "open"}
    homes: dict[UUID, Standing] = {}
    for product_id, plan_id, kind, commission, service, starts_at, ends_at, ended_at in cursor.fetchall():
        homes[plan_id], kinds[plan_id] = found[product_id], kind
        source = Source(Rate(commission, service), plan_id, kind, starts_at, ends_at)
        found[product_id].plans.append((source, ended_at))
    if homes:
        cursor.execute(NAMED, (list(homes), shop_id, shop_id))
        for plan_id, shop, added_at, removed_at in cursor.fetchall():
            homes[plan_id].named[plan_id].append(_Named(shop, added_at, removed_at))
    cursor.execute(KEPT, (ids,))
    for product_id, plan_id, only, before, service, at, until in cursor.fetchall():
        rate = None if before is None else Rate(before, service)
        found[product_id].kept.append((only, Kept(at, until, rate, plan_id, kinds.get(plan_id, "targeted"))))
    return found


def write_kept(cursor: Any, rows: Sequence[NewKept]) -> None:
    """Write promises, in one statement."""
    if rows:
        cursor.execute(
            WRITE,
            (
                [new_id() for _ in rows],
                [r.product_id for r in rows],
                [r.plan_id for r in rows],
                [r.shop_id for r in rows],
                [r.before.commission_bps if r.before else None for r in rows],
                [r.before.service_bps if r.before else 0 for r in rows],
                [r.after.commission_bps if r.after else None for r in rows],
                [r.after.service_bps if r.after else 0 for r in rows],
                [r.at for r in rows],
                [r.until for r in rows],
            ),
        )


def lock_products(cursor: Any, product_ids: Iterable[UUID]) -> list[UUID]:
    """Lock product rows in key order: whoever changes or follows rates goes one after the other. Return those there are."""
    cursor.execute(LOCK_PRODUCTS, (list(set(product_ids)),))
    return [row[0] for row in cursor.fetchall()]


def lock_due(cursor: Any, now: datetime, limit: int) -> list[UUID]:
    """Lock products whose rates time changes now, passing over those another worker has; at most `limit`."""
    cursor.execute(DUE, (now, now, now, limit))
    cursor.execute(LOCK_FREE, ([row[0] for row in cursor.fetchall()],))
    return [row[0] for row in cursor.fetchall()]


Dated = tuple[UUID, UUID, str]


def mark_done(cursor: Any, product_ids: Sequence[UUID], now: datetime) -> tuple[list[Dated], list[Dated]]:
    """Note that promises are over, and that plans began or ended by date; return both as (plan, product, kind)."""
    ids = list(product_ids)
    cursor.execute(APPLIED, (now, ids, now))
    cursor.execute(BEGUN, (ids, now))
    begun = cursor.fetchall()
    cursor.execute(ENDED, (ids, now))
    return begun, cursor.fetchall()

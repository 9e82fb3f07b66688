"""Make plans, change their rates, name shops and take them off, end plans; keep what was promised. Decision 0025.

The product row is locked first by whoever changes what is offered, so changes of one product and picks of it go one after
the other (`goods/products/lane.py: share_product`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.plans.lane import NewKept, Standing, lock_products, read_standing, write_kept
from renmai.goods.plans.models import Plan, PlanKind, PlanShop
from renmai.goods.plans.queries import access_plan
from renmai.goods.plans.rules import (
    PRODUCTS_MAX,
    SHOPS_MAX,
    Rate,
    kept_until,
    lowered,
    overlap,
    period_sound,
    rate_sound,
    shops_within,
    withdrawn_by_exclusive,
)
from renmai.goods.products.models import Product
from renmai.goods.products.queries import access_own_product
from renmai.goods.products.rules import COMMISSION_BPS_MAX, SERVICE_BPS_MAX
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.people.accounts.rules import CONTENT
from renmai.people.notices.actions import Told, members_of, tell
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force


class RatesRefused(DomainError):
    """Rates that no plan may have."""

    code = "plan.rates"
    status = 422
    message = (
        "A plan needs a commission; a service fee is at most {most_bps}, and both are at most {together_bps} together."
    )


class BelowOpen(DomainError):
    """A targeted plan that gives less than everybody gets: it would hold for nobody."""

    code = "plan.below_open"
    status = 422
    message = "Everybody gets {open_bps} basis points of this product: a targeted plan gives at least that."


class NeedsOpen(DomainError):
    """A targeted plan for a product without an open one."""

    code = "plan.needs_open"
    status = 409
    message = "Offer the product to everybody on commission first; a targeted plan comes beside that."


class PlansConflict(DomainError):
    """An exclusive plan beside another exclusive one, or a targeted one during an exclusive one. `plan_id` is that plan."""

    code = "plan.conflict"
    status = 409
    message = "An exclusive plan for this product excludes this one."


class PeriodRefused(DomainError):
    """A period in the past, of no length, or too far away."""

    code = "plan.period"
    status = 422
    message = "A plan begins now or later, and ends after that; both within three years."


class ShopsRefused(DomainError):
    """Nobody, or more than a plan may name."""

    code = "plan.shops"
    status = 422
    message = "A plan names 1 to {most} shops."


class ProductsRefused(DomainError):
    """No product, or more than one act may name."""

    code = "plan.products"
    status = 422
    message = "Name 1 to {most} products at once."


class PlanOver(DomainError):
    """A plan that has ended does not change."""

    code = "plan.over"
    status = 409
    message = "This plan has ended."


@transaction.atomic
def make_plan(
    *,
    actor: Actor,
    now: datetime,
    product_ids: Sequence[UUID],
    kind: str,
    commission_bps: int,
    shop_ids: Sequence[UUID],
    service_bps: int = 0,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> list[Plan]:
    """Offer a commission to named shops, one plan for each product, from `starts_at` (now) until `ends_at` (for good).

    A targeted plan comes beside the open one; during an exclusive one all else rests: who picked the product before keeps
    that for the notice period, then ends. `shop_ids` are shops that the caller has found.
    After: the plans, event plan.made each, the shops are told, picks follow.
    Errors: NotFound, ProductsRefused, ShopsRefused, RatesRefused, PeriodRefused, NeedsOpen, BelowOpen, PlansConflict.
    """
    ids = list(dict.fromkeys(product_ids))
    if not 0 < len(ids) <= PRODUCTS_MAX:
        raise ProductsRefused(most=PRODUCTS_MAX)
    for product_id in ids:
        access_own_product(actor, product_id)
    rate, begins, kind = _checked_rate(commission_bps, service_bps), starts_at or now, PlanKind(kind)
    if not shops_within([], shop_ids):
        raise ShopsRefused(most=SHOPS_MAX)
    if not period_sound(now, begins, ends_at):
        raise PeriodRefused()
    with connection.cursor() as cursor:
        lock_products(cursor, ids)
        found, days = read_standing(cursor, ids), _notice_days(cursor)
        for product_id in ids:
            _check_beside(found[product_id], kind, rate, (begins, ends_at))
        if kind == PlanKind.EXCLUSIVE:
            write_kept(cursor, [row for i in ids for row in _suspended(i, found[i], now, begins, days)])
    return [_make(actor, now, i, kind, rate, list(dict.fromkeys(shop_ids)), begins, ends_at) for i in ids]


def _checked_rate(commission_bps: int, service_bps: int) -> Rate:
    rate = Rate(commission_bps, service_bps)
    if not rate_sound(rate):
        raise RatesRefused(most_bps=SERVICE_BPS_MAX, together_bps=COMMISSION_BPS_MAX)
    return rate


def _notice_days(cursor: Any) -> int:
    return in_force(read_terms(cursor), "rate_notice_days")


def _check_beside(standing: Standing, kind: str, rate: Rate, period: tuple[datetime, datetime | None]) -> None:
    """Refuse a plan that may not stand beside what there is (FIELD.md 3.2)."""
    for plan, ended_at in standing.plans:
        assert plan.starts_at is not None
        alone = plan.kind == "exclusive" and ended_at is None
        if alone and (kind == PlanKind.EXCLUSIVE or overlap(period, (plan.starts_at, plan.ends_at))):
            raise PlansConflict(plan_id=plan.plan_id)
    if kind == PlanKind.TARGETED:
        if standing.open is None:
            raise NeedsOpen()
        if rate.commission_bps < standing.open.commission_bps:
            raise BelowOpen(open_bps=standing.open.commission_bps)


def _suspended(product_id: UUID, standing: Standing, now: datetime, begins: datetime, days: int) -> list[NewKept]:
    found = withdrawn_by_exclusive(standing.for_all(), at=now, starts_at=begins, notice_days=days)
    return [
        NewKept(product_id, source.plan_id if source else None, None, source.rate if source else None, None, now, until)
        for source, until in found
    ]


def _make(
    actor: Actor,
    now: datetime,
    product_id: UUID,
    kind: str,
    rate: Rate,
    shop_ids: list[UUID],
    begins: datetime,
    ends_at: datetime | None,
) -> Plan:
    plan = Plan.objects.create(
        product_id=product_id, kind=kind, commission_bps=rate.commission_bps, service_bps=rate.service_bps,
        starts_at=begins, ends_at=ends_at, begun_at=begins if begins <= now else None, by_id=actor.person_id, created_at=now,
    )  # fmt: skip
    _name(plan, shop_ids, now)
    data = {
        "product_id": product_id, "kind": kind, "commission_bps": rate.commission_bps, "service_bps": rate.service_bps,
        "shop_ids": shop_ids, "starts_at": begins, "ends_at": ends_at,
    }  # fmt: skip
    record(Happened("plan.made", plan.id, now, data, actor.person_id))
    return plan


def _name(plan: Plan, shop_ids: Sequence[UUID], now: datetime) -> None:
    """Write named shops, and tell their people."""
    PlanShop.objects.bulk_create([PlanShop(plan=plan, shop_id=shop_id, added_at=now) for shop_id in shop_ids])
    title = Product.objects.values("title", "title_zh").get(id=plan.product_id)
    data = {
        **title, "commission_bps": plan.commission_bps, "starts_at": plan.starts_at if plan.starts_at > now else None,
        "ends_at": plan.ends_at,
    }  # fmt: skip
    with connection.cursor() as cursor:
        tell(cursor, [
            Told(person_id, f"plan.{plan.kind}", now, f"/creator/pool/{plan.product_id}", data)
            for people in members_of(cursor, CONTENT, shop_ids).values() for person_id in people
        ])  # fmt: skip


def _locked(actor: Actor, plan_id: UUID) -> Plan:
    """Return a plan that is not over, its product locked before it. Errors: NotFound, PlanOver."""
    product_id = access_plan(actor, plan_id).product_id
    with connection.cursor() as cursor:
        lock_products(cursor, [product_id])
    plan = Plan.objects.select_for_update().get(id=plan_id)
    if plan.ended_at is not None:
        raise PlanOver()
    return plan


def _runs(plan: Plan, now: datetime) -> bool:
    """Return whether the plan is what its shops are offered now: it has begun, is not over, and rests behind no other."""
    with connection.cursor() as cursor:
        ground = read_standing(cursor, [plan.product_id])[plan.product_id].for_all()
    return any(source.plan_id == plan.id for source in ground.sources(now))


def _keep(plan: Plan, now: datetime, after: Rate | None, *shop_ids: UUID | None) -> None:
    """Promise the picks on a plan what it gave, where it is lowered or withdrawn; for these shops (None: all)."""
    before = Rate(plan.commission_bps, plan.service_bps)
    if not lowered(before, after) or not _runs(plan, now):
        return
    with connection.cursor() as cursor:
        until = kept_until(now, _notice_days(cursor), ends_at=plan.ends_at)
        write_kept(cursor, [NewKept(plan.product_id, plan.id, s, before, after, now, until) for s in shop_ids])
        if plan.kind == PlanKind.EXCLUSIVE and shop_ids != (None,):
            # Who is no longer named in an exclusive plan may not sell on terms of their own either, after the notice.
            write_kept(cursor, [NewKept(plan.product_id, plan.id, s, None, None, now, until) for s in shop_ids])


@transaction.atomic
def change_plan_rates(*, actor: Actor, now: datetime, plan_id: UUID, commission_bps: int, service_bps: int = 0) -> Plan:
    """Change what a plan gives: more reaches its picks at once, less when the notice period is over.

    After: event plan.changed, nothing when nothing differs. Errors: NotFound, PlanOver, RatesRefused, BelowOpen.
    """
    rate = _checked_rate(commission_bps, service_bps)
    plan = _locked(actor, plan_id)
    before = Rate(plan.commission_bps, plan.service_bps)
    if rate == before:
        return plan
    _check_not_below_open(plan, rate)
    _keep(plan, now, rate, None)
    plan.commission_bps, plan.service_bps = rate.commission_bps, rate.service_bps
    plan.save(update_fields=["commission_bps", "service_bps"])
    data = {
        "product_id": plan.product_id, "before_bps": before.commission_bps, "before_service_bps": before.service_bps,
        "commission_bps": rate.commission_bps, "service_bps": rate.service_bps,
    }  # fmt: skip
    record(Happened("plan.changed", plan.id, now, data, actor.person_id))
    return plan


def _check_not_below_open(plan: Plan, rate: Rate) -> None:
    open_bps = Product.objects.values_list("commission_bps", flat=True).get(id=plan.product_id)
    if plan.kind == PlanKind.TARGETED and open_bps is not None and rate.commission_bps < open_bps:
        raise BelowOpen(open_bps=open_bps)


@transaction.atomic
def name_shops(*, actor: Actor, now: datetime, plan_id: UUID, shop_ids: Sequence[UUID]) -> Plan:
    """Name more shops in a plan; those it names already stay.

    After: event plan.changed with `added`, the shops are told; nothing where all were named. Errors: NotFound, PlanOver, ShopsRefused.
    """
    plan = _locked(actor, plan_id)
    named = list(plan.shops.filter(removed_at=None).values_list("shop_id", flat=True))
    if not shop_ids or not shops_within(named, shop_ids):
        raise ShopsRefused(most=SHOPS_MAX)
    added = [shop_id for shop_id in dict.fromkeys(shop_ids) if shop_id not in set(named)]
    if added:
        _name(plan, added, now)
        record(Happened("plan.changed", plan.id, now, {"product_id": plan.product_id, "added": added}, actor.person_id))
    return plan


@transaction.atomic
def take_off_shop(*, actor: Actor, now: datetime, plan_id: UUID, shop_id: UUID) -> Plan:
    """Take a shop off a plan: a pick that it has on it keeps the rate for the notice period. The last one stays: end the plan.

    After: event plan.changed with `removed`; nothing where the plan does not name it. Errors: NotFound, PlanOver, ShopsRefused.
    """
    plan = _locked(actor, plan_id)
    named = plan.shops.filter(removed_at=None)
    row = named.filter(shop_id=shop_id).first()
    if row is None:
        return plan
    if named.count() == 1:
        raise ShopsRefused(most=SHOPS_MAX)
    _keep(plan, now, None, shop_id)
    row.removed_at = now
    row.save(update_fields=["removed_at"])
    data = {"product_id": plan.product_id, "removed": [shop_id]}
    record(Happened("plan.changed", plan.id, now, data, actor.person_id))
    return plan


@transaction.atomic
def end_plan(*, actor: Actor, now: datetime, plan_id: UUID) -> Plan:
    """End a plan before its date: its picks keep the rate for the notice period, or until that date where it comes first.

    After: event plan.ended. Errors: NotFound, PlanOver.
    """
    plan = _locked(actor, plan_id)
    _keep(plan, now, None, None)
    plan.ended_at = now
    plan.save(update_fields=["ended_at"])
    data = {"product_id": plan.product_id, "kind": plan.kind, "why": "ended"}
    record(Happened("plan.ended", plan.id, now, data, actor.person_id))
    return plan


def keep_open_rates(cursor: Any, events: Sequence[Happened]) -> None:
    """React to product.terms_set, within its transaction: an open rate that was lowered or withdrawn is kept for the picks there."""
    found, days = read_standing(cursor, [event.subject_id for event in events]), _notice_days(cursor)
    rows = []
    for event in events:
        before, after = _open_rate(event.data, "before_"), _open_rate(event.data, "")
        rests = found[event.subject_id].for_all().exclusive(event.at) is not None
        if lowered(before, after) and not rests:
            until = kept_until(event.at, days)
            rows.append(NewKept(event.subject_id, None, None, before, after, event.at, until))
    write_kept(cursor, rows)


def _open_rate(data: dict[str, Any], prefix: str) -> Rate | None:
    commission = data.get(f"{prefix}commission_bps")
    return None if commission is None else Rate(commission, data.get(f"{prefix}service_bps") or 0)

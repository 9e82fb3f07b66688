"""Make a drop and end it; wait in line for one; and what time brings about."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from renmai.goods.products.lane import lock_stock, move_stock, share_product
from renmai.goods.products.models import Sku
from renmai.kit.access import Actor, Grant, require_any, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.problems import NotFound
from renmai.money.splits.queries import Fees
from renmai.people.standing.queries import term_in_force
from renmai.places.live.models import Segment, Show, ShowState
from renmai.places.shops.models import Pick, PickPrice
from renmai.trade.promotions.drop_lane import (
    end_waiting,
    finish_drops,
    offer_units,
    read_bought,
    read_drops,
    read_waiting,
    write_drops,
)
from renmai.trade.promotions.drop_prices import price_fault_of
from renmai.trade.promotions.drop_rules import (
    HOLD,
    HOLD_MINUTES_MAX,
    PER_BUYER_MAX,
    UNITS_MAX,
    BadDrop,
    DropNow,
    DropOver,
    DropPriceRefused,
    DropTooLarge,
    NoLine,
)
from renmai.trade.promotions.models import Drop, DropPolicy, DropWaiter

log = logging.getLogger("renmai.drops")
DAYS_MAX, DAYS_AHEAD_MAX = 30, 90
SWEEP_MAX = 200
AFTER_SHOW_MINUTES = 10
"""How long after its show a drop runs on at most: who was in the room still finds it, and stock is not bound for days."""


@transaction.atomic
def create_drop(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    pick_id: UUID,
    sku_id: UUID,
    price_minor: int,
    quantity: int,
    starts_at: datetime,
    ends_at: datetime,
    policy: str = HOLD,
    per_buyer_max: int = 1,
    hold_minutes: int | None = None,
    title: str = "",
    title_zh: str = "",
    segment_id: UUID | None = None,
) -> Drop:
    """Make a drop of a variant of a pick, as the creator of its shop or an operator; `quantity` units are set aside now.

    Args: `policy` is "hold" (placing holds units for `hold_minutes`, by default a term; who comes too late may wait in
    line) or "first_paid" (placing holds nothing, the first who pays has it). The price stays within the band; on
    commission terms what it lies below the supplier's price is the creator's to pay. With `segment_id` it belongs to that
    segment of a show of the shop, which presents this pick, and ends ten minutes after its show at the latest.
    After: event drop.created, and show.drop_raised where it belongs to a show. Returns it, the first one again for a repeated key.
    Errors: NotFound, SignInNeeded, BadDrop, DropPriceRefused, DropTooLarge, KeyMissing, KeyReused.
    """
    pick = Pick.objects.select_related("shop").filter(id=pick_id, removed_at=None).first()
    require_any(actor, (Grant("operator"), *([Grant("creator", pick.shop_id)] if pick else [])))
    person_id = require_person(actor)
    if pick is None:
        raise NotFound()
    fields: dict[str, Any] = {
        "shop_id": pick.shop_id, "pick_id": pick_id, "sku_id": sku_id, "price_minor": price_minor, "quantity": quantity,
        "starts_at": starts_at, "ends_at": ends_at, "policy": policy, "per_buyer_max": per_buyer_max,
        "hold_minutes": term_in_force("unpaid_minutes_drop", pick.shop_id) if hold_minutes is None else hold_minutes,
        "title": title.strip(), "title_zh": title_zh.strip(), "segment_id": segment_id,
        "show_id": _show_of(pick, segment_id),
    }  # fmt: skip
    _check(fields, now)
    answer, _ = once(
        person_id=person_id, action="drop.create", key=checked_key(key), value={**fields, "hold_minutes": hold_minutes},
        now=now, do=lambda: {"id": str(_create(pick, fields, person_id, now))},
    )  # fmt: skip
    return Drop.objects.get(id=answer["id"])


def _show_of(pick: Pick, segment_id: UUID | None) -> UUID | None:
    """Return the show that presents `pick` in a segment. Errors: NotFound where no such show of the shop is to come or on."""
    if segment_id is None:
        return None
    open_shows = {
        "show__shop_id": pick.shop_id,
        "show__state__in": (ShowState.DRAFT, ShowState.PLANNED, ShowState.LIVE),
    }
    found = (
        Segment.objects.filter(id=segment_id, pick_id=pick.id, **open_shows).values_list("show_id", flat=True).first()
    )
    if found is None:
        raise NotFound()
    return found


def _check(fields: dict[str, Any], now: datetime) -> None:
    starts, ends = fields["starts_at"], fields["ends_at"]
    for fine, why in (
        (1 <= fields["quantity"] <= UNITS_MAX, f"it needs from 1 to {UNITS_MAX} units"),
        (1 <= fields["per_buyer_max"] <= PER_BUYER_MAX, f"a buyer can have from 1 to {PER_BUYER_MAX}"),
        (fields["price_minor"] > 0, "it needs a price"),
        (
            fields["policy"] in DropPolicy.values,
            "units go to who places first (hold) or to who pays first (first_paid)",
        ),
        (1 <= fields["hold_minutes"] <= HOLD_MINUTES_MAX, f"units are held from 1 to {HOLD_MINUTES_MAX} minutes"),
        (len(fields["title"]) <= 80 and len(fields["title_zh"]) <= 80, "a title has at most 80 characters"),
        (starts < ends and now < ends, "it must end after it starts, and in the future"),
        (ends - starts <= timedelta(days=DAYS_MAX), f"it may last {DAYS_MAX} days"),
        (starts <= now + timedelta(days=DAYS_AHEAD_MAX), f"it may start {DAYS_AHEAD_MAX} days from now"),
    ):
        if not fine:
            raise BadDrop(why=why)


def _create(pick: Pick, fields: dict[str, Any], person_id: UUID, now: datetime) -> UUID:
    with connection.cursor() as cursor:
        share_product(cursor, pick.product_id)  # a recall waits and ends this drop, or is seen below
    sku = Sku.objects.select_related("product__category", "product__supplier").filter(id=fields["sku_id"]).first()
    if sku is None or sku.product_id != pick.product_id:
        raise NotFound()
    sold = (
        sku.active
        and sku.recall_id is None
        and sku.product.state == sku.product.supplier.state == "approved"
        and pick.shop.open
    )
    own = PickPrice.objects.filter(pick_id=pick.id, sku_id=sku.id).exists()
    if not sold or not (own or pick.term == "commission"):
        raise BadDrop(why="this is not for sale now")
    _check_price(pick, sku, fields["price_minor"])
    with connection.cursor() as cursor:
        left = lock_stock(cursor, [sku.id]).get(sku.id, 0)
        if left < fields["quantity"]:
            raise DropTooLarge(left=left)
        drop = Drop.objects.create(**fields, created_by_id=person_id, created_at=now)
        move_stock(cursor, {}, {sku.id: drop.quantity})
    data = {"shop_id": drop.shop_id, "sku_id": drop.sku_id, "quantity": drop.quantity, "price_minor": drop.price_minor}
    record(Happened("drop.created", drop.id, now, data | {"policy": drop.policy}, person_id))
    if drop.show_id is not None:
        raised = {
            "drop_id": drop.id,
            "segment_id": drop.segment_id,
            "starts_at": drop.starts_at,
            "ends_at": drop.ends_at,
        }
        record(Happened("show.drop_raised", drop.show_id, now, raised, person_id))
    return drop.id


def _check_price(pick: Pick, sku: Sku, price_minor: int) -> None:
    fault = price_fault_of(pick, sku, price_minor, Fees(pick.shop_id))
    if fault:
        raise DropPriceRefused(why=fault.replace("_", " "), fault=fault)


def _lock(drop_id: UUID) -> DropNow:
    with connection.cursor() as cursor:
        drop = read_drops(cursor, [drop_id], lock=True).get(drop_id)
    if drop is None:
        raise NotFound()
    return drop


@transaction.atomic
def end_drop(*, actor: Actor, now: datetime, drop_id: UUID) -> Drop:
    """End a drop before its time, as the creator of its shop or an operator; again is no error. What was placed stays.

    After: what is left returns to normal stock, nobody waits any more, event drop.over. Errors: NotFound, SignInNeeded.
    """
    require_person(actor)
    drop = _lock(drop_id)
    require_any(actor, (Grant("operator"), Grant("creator", drop.shop_id)))
    with connection.cursor() as cursor:
        finish_drops(cursor, [drop], now, actor.person_id)
    return Drop.objects.get(id=drop_id)


@transaction.atomic
def join_waitlist(*, actor: Actor, now: datetime, drop_id: UUID, quantity: int = 1) -> DropWaiter:
    """Wait in line for units of a drop that has none free; again gives the same place.

    When units come back, the first in line is offered them for some minutes and uses the offer by placing.
    After: event drop.joined. Errors: SignInNeeded, NotFound, DropOver, NoLine.
    """
    buyer_id = require_person(actor)
    drop = _lock(drop_id)
    if drop.when(now):
        raise DropOver()
    known = DropWaiter.objects.filter(drop_id=drop_id, buyer_id=buyer_id, ended_at=None).first()
    if known is not None:
        return known
    with connection.cursor() as cursor:
        bought = read_bought(cursor, [drop_id], [buyer_id]).get((drop_id, buyer_id), 0)
    if drop.policy != HOLD:
        raise NoLine(why="the first who pays has it")
    if drop.free:
        raise NoLine(why="some are left")
    if not 1 <= quantity <= drop.per_buyer_max - bought:
        raise NoLine(why="a buyer can have no more")
    waiter = DropWaiter.objects.create(drop_id=drop_id, buyer_id=buyer_id, quantity=quantity, at=now)
    record(Happened("drop.joined", drop_id, now, {"quantity": quantity}, buyer_id))
    return waiter


@transaction.atomic
def leave_waitlist(*, actor: Actor, now: datetime, drop_id: UUID) -> None:
    """Stop waiting for a drop; what was offered goes to the next. Who does not wait leaves nothing.

    After: event drop.left. Errors: SignInNeeded, NotFound.
    """
    buyer_id = require_person(actor)
    drop = _lock(drop_id)
    with connection.cursor() as cursor:
        for waiter in read_waiting(cursor, [drop_id], [buyer_id]).get(drop_id, []):
            end_waiting(cursor, [(waiter.id, now, "left")])
            if waiter.offered_until is not None:
                drop.offered -= waiter.quantity
            record(Happened("drop.left", drop_id, now, {"quantity": waiter.quantity}, buyer_id))
            offer_units(cursor, [drop], now)
            write_drops(cursor, [drop])


def sweep_drops(*, now: datetime) -> int:
    """End drops whose time or whose show is over, and pass on offers that nobody took (a job's body); return how many were
    looked at.

    Each in a transaction of its own: one that fails holds back no other.
    """
    waiting = Q(waiters__ended_at=None, waiters__id__isnull=False)
    lapsed = waiting & Q(waiters__offered_until__lte=now)
    next_one = waiting & Q(waiters__offered_until=None, quantity__gt=F("taken") + F("offered"))
    due = Drop.objects.filter(Q(over_at=None) & (Q(ends_at__lte=now) | lapsed | next_one))
    ids = list(due.order_by("id").values_list("id", flat=True).distinct()[:SWEEP_MAX])
    left = Drop.objects.filter(over_at=None, show_id__in=_long_over(now).values("id")).order_by("id")
    ids += [drop_id for drop_id in left.values_list("id", flat=True)[:SWEEP_MAX] if drop_id not in ids]
    for drop_id in ids:
        try:
            _sweep_one(drop_id, now)
        except Exception:
            log.exception("a drop cannot be swept", extra={"drop_id": str(drop_id)})
    return len(ids)


def _long_over(now: datetime) -> QuerySet[Show]:
    """Return the shows after which drops run on no more: over for some minutes, or called off."""
    late = now - timedelta(minutes=AFTER_SHOW_MINUTES)
    return Show.objects.filter(Q(state=ShowState.ENDED, ended_at__lte=late) | Q(state=ShowState.CANCELLED))


@transaction.atomic
def _sweep_one(drop_id: UUID, now: datetime) -> None:
    drop = _lock(drop_id)
    with connection.cursor() as cursor:
        if now >= drop.ends_at or (drop.show_id is not None and _long_over(now).filter(id=drop.show_id).exists()):
            finish_drops(cursor, [drop], now)
        else:
            offer_units(cursor, [drop], now)
            write_drops(cursor, [drop])

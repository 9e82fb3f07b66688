"""Drops, set by set: lock them in key order, take units, give units back, offer what came back to those in line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.goods.products.lane import lock_stock, move_stock
from renmai.kit.events.actions import Happened, append
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force
from renmai.trade.promotions.drop_rules import DropNow, Waiter, next_offers

READ = """
select id, shop_id, pick_id, sku_id, price_minor, quantity, taken, offered, per_buyer_max, policy, hold_minutes, starts_at,
       ends_at, over_at, show_id, segment_id
from trade_drop where id = any(%s) order by id
"""
# A buyer's orders are few; all lines of a drop may be very many.
BOUGHT = """
with mine as materialized (
  select id, buyer_id from trade_order where buyer_id = any(%s) and state not in ('expired', 'cancelled')
)
select l.drop_id, mine.buyer_id, sum(l.quantity)::int from mine join trade_orderline l on l.order_id = mine.id
where l.drop_id = any(%s) group by l.drop_id, mine.buyer_id
"""
WAITING = """
select id, drop_id, buyer_id, quantity, offered_until from trade_dropwaiter
where drop_id = any(%s) and ended_at is null and (%s::uuid[] is null or buyer_id = any(%s)) order by drop_id, id
"""
UPDATE = """
update trade_drop d set taken = w.taken, offered = w.offered, over_at = w.over_at
from unnest(%s::uuid[], %s::int[], %s::int[], %s::timestamptz[]) as w (id, taken, offered, over_at) where d.id = w.id
"""
OFFER = """
update trade_dropwaiter w set offered_until = o.until, quantity = o.quantity
from unnest(%s::uuid[], %s::timestamptz[], %s::int[]) as o (id, until, quantity) where w.id = o.id
"""
END_WAITING = """
update trade_dropwaiter w set ended_at = e.at, ended_how = e.how
from unnest(%s::uuid[], %s::timestamptz[], %s::text[]) as e (id, at, how) where w.id = e.id
"""
# (checkout, drop, variant, units, whether they are held) of the lines of drops in checkouts.
CLAIMS = """
select c.id, l.drop_id, l.sku_id, l.quantity, c.holds_stock
from trade_checkout c join trade_order o on o.checkout_id = c.id join trade_orderline l on l.order_id = o.id
where c.id = any(%s) and l.drop_id is not null
"""
Ended = tuple[UUID, datetime, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """Units of a drop in a checkout: held since it was placed, or claimed only by paying."""

    checkout_id: UUID
    drop_id: UUID
    sku_id: UUID
    quantity: int
    held: bool


def read_drops(cursor: Any, drop_ids: Iterable[UUID], *, lock: bool) -> dict[UUID, DropNow]:
    """Return drop id -> drop, locked in key order."""
    wanted = sorted(set(drop_ids))
    if not wanted:
        return {}
    cursor.execute(f"{READ} for update" if lock else READ, (wanted,))
    return {row[0]: DropNow(*row) for row in cursor.fetchall()}


def read_bought(cursor: Any, drop_ids: Iterable[UUID], buyer_ids: Iterable[UUID]) -> dict[tuple[UUID, UUID], int]:
    """Return (drop, buyer) -> units that the buyer has in open and paid orders."""
    drops = list(drop_ids)
    if not drops:
        return {}
    cursor.execute(BOUGHT, (list(set(buyer_ids)), drops))
    return {(drop_id, buyer_id): units for drop_id, buyer_id, units in cursor.fetchall()}


def read_waiting(
    cursor: Any, drop_ids: Iterable[UUID], buyer_ids: Iterable[UUID] | None = None
) -> dict[UUID, list[Waiter]]:
    """Return drop id -> who waits in line (of `buyer_ids`, or all), in order."""
    drops = list(drop_ids)
    line: dict[UUID, list[Waiter]] = defaultdict(list)
    if drops:
        buyers = None if buyer_ids is None else list(set(buyer_ids))
        cursor.execute(WAITING, (drops, buyers, buyers))
        for row in cursor.fetchall():
            line[row[1]].append(Waiter(*row))
    return line


def write_drops(cursor: Any, drops: Iterable[DropNow]) -> None:
    """Write how locked drops stand now."""
    rows = list(drops)
    if rows:
        cursor.execute(
            UPDATE,
            ([d.id for d in rows], [d.taken for d in rows], [d.offered for d in rows], [d.over_at for d in rows]),
        )


def end_waiting(cursor: Any, ended: Sequence[Ended]) -> None:
    """End the waiting of people in line: (waiter id, when, how: taken, lapsed, left, over)."""
    if ended:
        cursor.execute(
            END_WAITING, ([i for i, _, _ in ended], [at for _, at, _ in ended], [how for _, _, how in ended])
        )


def read_claims(cursor: Any, checkout_ids: Iterable[UUID]) -> list[Claim]:
    """Return the units of drops that checkouts hold or claim."""
    cursor.execute(CLAIMS, (list(checkout_ids),))
    return [Claim(*row) for row in cursor.fetchall()]


def give_back(drops: Mapping[UUID, DropNow], claims: Sequence[Claim]) -> dict[UUID, int]:
    """Take units that were held off locked drops; return variant -> how many are set aside again (none of drops that are
    over: those go to everybody)."""
    aside: dict[UUID, int] = defaultdict(int)
    for claim in claims:
        if claim.held:
            drop = drops[claim.drop_id]
            drop.taken -= claim.quantity
            if drop.over_at is None:
                aside[claim.sku_id] += claim.quantity
    return aside


def offer_units(cursor: Any, drops: Iterable[DropNow], now: datetime) -> None:
    """Take back offers nobody took in time and offer what is free to the next in line; the drops are locked, and written
    by the caller afterwards."""
    live = {drop.id: drop for drop in drops if drop.when(now) is None and drop.policy == "hold"}
    lines = read_waiting(cursor, live)
    if not lines:
        return
    terms = read_terms(cursor, {drop.shop_id for drop in live.values()})
    lapsed: list[tuple[Waiter, str]] = []
    offered: list[tuple[Waiter, datetime]] = []
    for drop_id, line in lines.items():
        drop = live[drop_id]
        lapsed += [(waiter, "lapsed") for waiter in line if waiter.offered_until is not None and not waiter.holds(now)]
        drop.offered -= sum(waiter.quantity for waiter, _ in lapsed if waiter.drop_id == drop_id)
        until = min(now + timedelta(minutes=in_force(terms, "waitlist_minutes", drop.shop_id)), drop.ends_at)
        offered += [(waiter, until) for waiter in next_offers(drop, line)]
    end_waiting(cursor, [(waiter.id, now, how) for waiter, how in lapsed])
    if offered:
        cursor.execute(
            OFFER, ([w.id for w, _ in offered], [until for _, until in offered], [w.quantity for w, _ in offered])
        )
    append(
        cursor,
        [
            Happened("drop.offer_lapsed", w.drop_id, now, {"buyer_id": w.buyer_id, "quantity": w.quantity})
            for w, _ in lapsed
        ]
        + [
            Happened(
                "drop.offered",
                w.drop_id,
                now,
                {"buyer_id": w.buyer_id, "quantity": w.quantity, "until": until.isoformat()},
            )
            for w, until in offered
        ],
    )


def finish_drops(cursor: Any, drops: Sequence[DropNow], now: datetime, actor_id: UUID | None = None) -> None:
    """End locked drops: nobody waits any more, and what is left returns to normal stock. Locks stock."""
    rows = [drop for drop in drops if drop.over_at is None]
    if not rows:
        return
    line = read_waiting(cursor, [drop.id for drop in rows])
    end_waiting(cursor, [(waiter.id, now, "over") for waiters in line.values() for waiter in waiters])
    aside: dict[UUID, int] = defaultdict(int)
    events = []
    for drop in rows:
        left = drop.set_aside
        aside[drop.sku_id] -= left
        drop.offered, drop.over_at = 0, now
        events.append(Happened("drop.over", drop.id, now, {"taken": drop.taken, "left": left}, actor_id))
        if drop.show_id is not None:
            events.append(Happened("show.drop_over", drop.show_id, now, {"drop_id": drop.id}, actor_id))
    write_drops(cursor, rows)
    lock_stock(cursor, aside)
    move_stock(cursor, {}, aside)
    append(cursor, events)

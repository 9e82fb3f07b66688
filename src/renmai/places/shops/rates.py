"""What picks earn follows what their shops are offered: more at once, less when the notice is over. Decision 0025.

One function, `follow`, brings every pick of some products to what it gets now. It runs within each change of a plan or of
a product's terms, and when time is up; running it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.plans.lane import NewKept, Standing, lock_due, lock_products, mark_done, read_standing, write_kept
from renmai.goods.plans.queries import access_plan, list_named
from renmai.goods.plans.rules import (
    Coming,
    Ground,
    Held,
    Kept,
    Rate,
    coming,
    held,
    kept_until,
    margin_ends,
    margin_held,
)
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.events.actions import Happened, append
from renmai.people.accounts.rules import CONTENT, for_content
from renmai.people.notices.actions import Told, members_of, tell
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force
from renmai.places.shops.found import read_names
from renmai.places.shops.lane import RatedPick, end_picks, lock_picks, read_picks, read_product_picks, write_rates

SWEEP_MAX = 50


@dataclass(frozen=True, slots=True)
class _Moved:
    """What became of a pick: its rate before, what it gets now, and what is known to come."""

    pick: RatedPick
    now: Held | None
    next: Coming | None
    announced: bool


def follow_rates(cursor: Any, events: Sequence[Happened]) -> None:
    """React to plan.made, plan.changed, plan.ended and product.terms_set, within their transaction.

    After: picks have their rates, event pick.rate_changed or pick.removed ("plan_ended") each; people are told what was
    announced and what happened.
    """
    ids = {UUID(str(event.data.get("product_id", event.subject_id))) for event in events}
    lock_products(cursor, ids)
    follow(cursor, sorted(ids), max(event.at for event in events))


@transaction.atomic
def follow_due(*, now: datetime, limit: int = SWEEP_MAX) -> int:
    """Bring picks to what they get since a notice, or a plan, came to its end; return how many products there were.

    Products that another worker has are passed over. After: as `follow_rates`; events plan.begun and plan.ended ("date").
    """
    with connection.cursor() as cursor:
        ids = lock_due(cursor, now, limit)
        if ids:
            follow(cursor, ids, now)
            begun, ended = mark_done(cursor, ids, now)
            events = [Happened("plan.begun", plan, now, _by_date(product, kind)) for plan, product, kind in begun]
            events += [Happened("plan.ended", plan, now, _by_date(product, kind)) for plan, product, kind in ended]
            append(cursor, events)
    return len(ids)


def _by_date(product_id: UUID, kind: str) -> dict[str, Any]:
    return {"product_id": product_id, "kind": kind, "why": "date"}


def sweep_rates(*, now: datetime) -> int:
    """Do `follow_due` until nothing is due; return how many products there were."""
    total = 0
    while count := follow_due(now=now):
        total += count
    return total


def follow(cursor: Any, product_ids: Sequence[UUID], now: datetime) -> None:
    """Bring the picks of locked products to what they get at `now`: read the set, decide, write the set.

    Who picked while a change waited for the lock picked after the moment the change names. The later moment counts for all,
    so that such a pick keeps what it was shown for the notice period as well.
    """
    picks = lock_picks(cursor, product_ids)
    if not picks:
        return
    said_at, now = now, max([now, *(pick.since for pick in picks)])
    standing = read_standing(cursor, product_ids)
    promises = _unannounced(cursor, picks, standing, now)
    write_kept(cursor, promises)
    if promises:
        standing = read_standing(cursor, product_ids)
    moved = [_moved(pick, standing[pick.product_id].for_shop(pick.shop_id), now, said_at) for pick in picks]
    changed = [m for m in moved if m.now is not None and m.now != _stored(m.pick)]
    ended = [m.pick for m in moved if m.now is None]
    write_rates(cursor, [(m.pick.id, m.now.rate, m.now.plan_id) for m in changed if m.now is not None])
    end_picks(cursor, [pick.id for pick in ended], now)
    append(cursor, [_changed(m, now) for m in changed] + [_ended(pick, now) for pick in ended])
    _tell(cursor, [m for m in moved if m.now != _stored(m.pick) or m.announced], now)


@dataclass(frozen=True, slots=True)
class PickRate:
    """What a pick gets, on which plan, and the next change that is known (`from_at` None: none; `to_bps` None: it ends)."""

    pick_id: UUID
    product_id: UUID
    term: str
    commission_bps: int | None
    kind: str
    from_at: datetime | None = None
    to_bps: int | None = None


def list_pick_rates(actor: Actor, shop_id: UUID, pick_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, PickRate]:
    """Return pick -> what it gets and what is to come, for the shop's people; five statements. Errors: NotFound, SignInNeeded."""
    require_any(actor, (*for_content(shop_id), Grant("operator")))
    with connection.cursor() as cursor:
        picks = read_picks(cursor, shop_id, pick_ids)
        standing = read_standing(cursor, [pick.product_id for pick in picks], shop_id)
    return {pick.id: _rate(pick, standing[pick.product_id].for_shop(shop_id), now) for pick in picks}


def list_named_rates(actor: Actor, plan_id: UUID, *, now: datetime) -> list[tuple[dict[str, Any], PickRate | None]]:
    """Return the shops that a plan names, each with what its pick of the product gets (None: it has none). For the
    supplier's people; at most eight statements. Errors: NotFound, SignInNeeded."""
    plan, ids = access_plan(actor, plan_id), list_named(actor, plan_id)
    names = read_names(ids)
    with connection.cursor() as cursor:
        picks = {pick.shop_id: pick for pick in read_product_picks(cursor, plan.product_id, ids)}
        standing = read_standing(cursor, [plan.product_id])[plan.product_id]
    rates = {shop_id: _rate(pick, standing.for_shop(shop_id), now) for shop_id, pick in picks.items()}
    return [(names[shop_id], rates.get(shop_id)) for shop_id in ids if shop_id in names]


def _rate(pick: RatedPick, ground: Ground, now: datetime) -> PickRate:
    if pick.term == "margin":
        return PickRate(pick.id, pick.product_id, pick.term, None, "", margin_ends(ground, pick.since, now))
    bps = pick.rate.commission_bps
    after = coming(ground, pick.since, now)
    if after is None:
        return PickRate(pick.id, pick.product_id, pick.term, bps, pick.kind)
    to = after.held.rate.commission_bps if after.held else None
    return PickRate(pick.id, pick.product_id, pick.term, bps, pick.kind, after.at if to != bps else None, to)


def _stored(pick: RatedPick) -> Held:
    return Held(pick.rate, pick.plan_id, pick.kind)


def _moved(pick: RatedPick, ground: Ground, now: datetime, said_at: datetime) -> _Moved:
    fresh = any(said_at <= kept.at <= now and pick.since <= kept.at for kept in ground.kept)
    if pick.term == "margin":
        ends = margin_ends(ground, pick.since, now)
        stays = _stored(pick) if margin_held(ground, pick.since, now) else None
        return _Moved(pick, stays, Coming(ends, None) if ends else None, fresh and ends is not None)
    gets = held(ground, pick.since, now)
    if gets is not None and gets.rate == pick.rate and gets.plan_id == pick.plan_id:
        gets = _stored(pick)
    after = coming(ground, pick.since, now)
    falls = after is not None and gets is not None and (after.held is None or after.held.rate < gets.rate)
    return _Moved(pick, gets, after, fresh and falls)


def _unannounced(
    cursor: Any, picks: Sequence[RatedPick], standing: dict[UUID, Standing], now: datetime
) -> list[NewKept]:
    """Return promises for picks that would fall though nobody announced it: rates of files, or of before there were plans."""
    found: list[NewKept] = []
    days = in_force(read_terms(cursor), "rate_notice_days")
    for pick in picks:
        ground = standing[pick.product_id].for_shop(pick.shop_id)
        if _told_before(ground, now):
            continue
        on_margin = pick.term == "margin"
        if on_margin and not margin_held(ground, pick.since, now):
            found.append(_promise(pick, None, now, days))
        elif not on_margin:
            gets = held(ground, pick.since, now)
            if gets is None or gets.rate.commission_bps < pick.rate.commission_bps:
                found.append(_promise(pick, pick.rate, now, days))
    return found


def _told_before(ground: Ground, now: datetime) -> bool:
    """Return whether something that was known before comes to its end now: a notice, or a plan by its date."""
    over = any(plan.ends_at is not None and plan.ends_at <= now for plan in ground.plans)
    return over or any(_is_over(kept, now) for kept in ground.kept)


def _is_over(kept: Kept, now: datetime) -> bool:
    return kept.until <= now


def _promise(pick: RatedPick, before: Rate | None, now: datetime, days: int) -> NewKept:
    return NewKept(pick.product_id, pick.plan_id, pick.shop_id, before, None, now, kept_until(now, days))


def _changed(moved: _Moved, now: datetime) -> Happened:
    pick, gets = moved.pick, moved.now
    assert gets is not None
    data = {
        "shop_id": pick.shop_id, "product_id": pick.product_id, "before_bps": pick.rate.commission_bps,
        "commission_bps": gets.rate.commission_bps, "service_bps": gets.rate.service_bps, "plan_id": gets.plan_id,
    }  # fmt: skip
    return Happened("pick.rate_changed", pick.id, now, data)


def _ended(pick: RatedPick, now: datetime) -> Happened:
    data = {"shop_id": pick.shop_id, "product_id": pick.product_id, "why": "plan_ended"}
    return Happened("pick.removed", pick.id, now, data)


def _tell(cursor: Any, moved: Sequence[_Moved], now: datetime) -> None:
    people = members_of(cursor, CONTENT, sorted({m.pick.shop_id for m in moved}))
    notes = [(m, note) for m in moved for note in _notes(m)]
    tell(cursor, [
        Told(person_id, kind, now, f"/creator/picks/{m.pick.id}" if m.now else f"/creator/pool/{m.pick.product_id}", data)
        for m, (kind, data) in notes for person_id in people.get(m.pick.shop_id, ())
    ])  # fmt: skip


def _notes(moved: _Moved) -> list[tuple[str, dict[str, Any]]]:
    """Return what the shop's people are told of a pick: what happened now, and what was announced now."""
    pick, gets, after = moved.pick, moved.now, moved.next
    named: dict[str, Any] = {"title": pick.title, "title_zh": pick.title_zh, "term": pick.term}
    if gets is None:
        return [("rate.ended", named)]
    told = []
    rate, before = gets.rate.commission_bps, pick.rate.commission_bps
    if rate != before:
        told.append(
            ("rate.raised" if rate > before else "rate.lowered", {**named, "before_bps": before, "after_bps": rate})
        )
    if moved.announced and after is not None:
        to = after.held.rate.commission_bps if after.held else None
        if to is None:
            told.append(("rate.ending", {**named, "from_at": after.at}))
        elif to != rate:
            told.append(("rate.announced", {**named, "before_bps": rate, "after_bps": to, "from_at": after.at}))
    return told

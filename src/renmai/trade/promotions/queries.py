"""Read coupons, drops and freight rules, through the actor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, Sum

from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.paging import BadCursor, Page, checked_limit, cursor_of, page_of, parts_of
from renmai.kit.problems import NotFound
from renmai.trade.promotions.actions import require_funder
from renmai.trade.promotions.drop_lane import read_bought
from renmai.trade.promotions.models import Coupon, CouponHolder, CouponUse, Drop, DropWaiter, FreightRule

SHOWN_MAX = 50
DROPS_OF_SHOW = """
select d.id, d.segment_id, d.pick_id, d.sku_id, d.title, d.title_zh, d.price_minor, d.quantity,
       greatest(0, d.quantity - d.taken - d.offered), d.per_buyer_max, d.policy, d.starts_at, d.ends_at
from trade_drop d where d.show_id = %s and d.over_at is null and d.ends_at > %s order by d.id
"""
DROP_COLUMNS = (
    "id", "segment_id", "pick_id", "sku_id", "title", "title_zh", "price_minor", "quantity", "free", "per_buyer_max",
    "policy", "starts_at", "ends_at",
)  # fmt: skip
Row = TypeVar("Row", Coupon, Drop)
SUPPLIERS = """
select distinct p.supplier_id from places_pick k join goods_product p on p.id = k.product_id and p.state = 'approved'
where k.shop_id = %s and k.removed_at is null
"""


def list_drops_of_show(show_id: UUID, *, now: datetime) -> list[dict[str, Any]]:
    """Return the drops of a show that run or are to come, as the room says them; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(DROPS_OF_SHOW, (show_id, now))
        return [drop_of(row) for row in cursor.fetchall()]


def drop_of(row: Sequence[Any]) -> dict[str, Any]:
    """Return a row of DROPS_OF_SHOW as the door says it."""
    return dict(zip(DROP_COLUMNS, row, strict=True))


@dataclass(frozen=True, slots=True)
class CouponRow:
    """A coupon with its uses in force and what they gave, in minor units."""

    coupon: Coupon
    uses: int
    given_minor: int


@dataclass(frozen=True, slots=True)
class DropView:
    """A drop as one person sees it.

    `state` is soon, on, sold_out or over; `free` how many anyone can have now; `bought` how many the person has in open
    and paid orders; `place` the person's place in line (from 1, None outside it); `offered` units are kept for the person
    until `offered_until`.
    """

    drop: Drop
    state: str
    free: int
    waiting: int
    bought: int = 0
    place: int | None = None
    offered: int = 0
    offered_until: datetime | None = None


def access_coupon(actor: Actor, coupon_id: UUID) -> Coupon:
    """Return a coupon whose funder the actor acts for (any for operators). Errors: NotFound, SignInNeeded."""
    coupon = Coupon.objects.filter(id=coupon_id).first()
    if not actor.has("operator"):
        require_role(actor, coupon.funder if coupon else "supplier", (coupon and coupon.funder_id) or coupon_id)
    if coupon is None:
        raise NotFound()
    return coupon


def list_coupons(
    actor: Actor, funder: str, funder_id: UUID | None = None, after: str | None = None, limit: int | None = None
) -> Page[CouponRow]:
    """Return a funder's coupons, newest first, with uses and the money they gave. Two statements.

    Errors: Forbidden, NotFound, SignInNeeded, BadCursor.
    """
    require_funder(actor, funder, funder_id)
    rows = Coupon.objects.filter(funder=funder, funder_id=funder_id)
    kept, cursor = _newest(rows, after, checked_limit(limit))
    given = {
        row["coupon_id"]: row["given"]
        for row in CouponUse.objects.filter(coupon__in=kept, released_at=None)
        .values("coupon_id")
        .annotate(given=Sum("amount_minor"))
    }
    return Page([CouponRow(coupon, coupon.used, given.get(coupon.id, 0)) for coupon in kept], cursor)


def coupons_for(actor: Actor, shop_id: UUID, *, now: datetime) -> list[Coupon]:
    """Return the coupons that the actor (or anyone) can use in a shop now: the shop's, those of suppliers whose goods it
    has, the platform's, and those that they alone hold; those that end first come first."""
    with connection.cursor() as cursor:
        cursor.execute(SUPPLIERS, (shop_id,))
        suppliers = [row[0] for row in cursor.fetchall()]
    mine = Q(funder="platform") | Q(funder="creator", funder_id=shop_id) | Q(funder="supplier", funder_id__in=suppliers)
    held = Q(holders_only=False)
    if actor.person_id is not None:
        held |= Q(id__in=CouponHolder.objects.filter(person_id=actor.person_id).values("coupon_id"))
    rows = Coupon.objects.filter(
        mine, held, starts_at__lte=now, ends_at__gt=now, stopped_at=None, used__lt=F("total_max")
    )
    found = list(rows.order_by("ends_at", "id")[:SHOWN_MAX])
    if actor.person_id is None:
        return found
    uses: dict[UUID, int] = {}
    own = CouponUse.objects.filter(coupon__in=found, buyer_id=actor.person_id, released_at=None)
    for coupon_id in own.values_list("coupon_id", flat=True):
        uses[coupon_id] = uses.get(coupon_id, 0) + 1
    return [coupon for coupon in found if uses.get(coupon.id, 0) < coupon.per_buyer_max]


def access_drop(actor: Actor, drop_id: UUID, *, now: datetime) -> DropView:
    """Return a drop as the actor sees it; anyone may look. Errors: NotFound."""
    drop = Drop.objects.filter(id=drop_id).first()
    if drop is None:
        raise NotFound()
    line = list(DropWaiter.objects.filter(drop_id=drop_id, ended_at=None).order_by("id").values_list("id", "buyer_id"))
    view = _view(drop, now, len(line))
    if actor.person_id is None:
        return view
    with connection.cursor() as cursor:
        bought = read_bought(cursor, [drop_id], [actor.person_id]).get((drop_id, actor.person_id), 0)
    place = next((n for n, (_, buyer_id) in enumerate(line, 1) if buyer_id == actor.person_id), None)
    waiter = DropWaiter.objects.filter(id=line[place - 1][0]).first() if place else None
    until = waiter.offered_until if waiter else None
    kept = waiter.quantity if waiter is not None and until is not None and now < until else 0
    return DropView(drop, view.state, view.free, view.waiting, bought, place, kept, until if kept else None)


def list_waiting(actor: Actor, *, now: datetime) -> list[DropView]:
    """Return the drops for which the actor waits in line, newest first. Errors: SignInNeeded."""
    own = DropWaiter.objects.filter(buyer_id=require_person(actor), ended_at=None).order_by("-id")
    return [access_drop(actor, drop_id, now=now) for drop_id in own.values_list("drop_id", flat=True)[:SHOWN_MAX]]


def _view(drop: Drop, now: datetime, waiting: int = 0) -> DropView:
    free = max(0, drop.quantity - drop.taken - drop.offered)
    if drop.over_at is not None or now >= drop.ends_at:
        return DropView(drop, "over", 0, waiting)
    state = "soon" if now < drop.starts_at else "on" if free else "sold_out"
    return DropView(drop, state, free, waiting)


def live_drops(shop_id: UUID, *, now: datetime) -> list[DropView]:
    """Return the drops of a shop that are on or still to come, for everyone; those that start first come first."""
    rows = Drop.objects.filter(shop_id=shop_id, over_at=None, ends_at__gt=now).order_by("starts_at", "id")
    return [_view(drop, now) for drop in rows[:SHOWN_MAX]]


def running_drops(*, now: datetime, limit: int = 12) -> list[DropView]:
    """Return drops of all shops that run now and have something left, those that end first come first; one statement."""
    rows = Drop.objects.filter(
        over_at=None, ends_at__gt=now, starts_at__lte=now, taken__lt=F("quantity") - F("offered")
    )
    return [_view(drop, now) for drop in rows.order_by("ends_at", "id")[: min(limit, SHOWN_MAX)]]


def list_drops(
    actor: Actor, shop_id: UUID, *, now: datetime, after: str | None = None, limit: int | None = None
) -> Page[DropView]:
    """Return all drops of a shop, newest first, for its creator (and operators). Errors: NotFound, SignInNeeded, BadCursor."""
    if not actor.has("operator"):
        require_role(actor, "creator", shop_id)
    kept, cursor = _newest(Drop.objects.filter(shop_id=shop_id), after, checked_limit(limit))
    return Page([_view(drop, now) for drop in kept], cursor)


def list_freight_rules(actor: Actor, supplier_id: UUID) -> list[FreightRule]:
    """Return a supplier's freight rules in their order, to its members and operators. Errors: NotFound, SignInNeeded."""
    access_supplier(actor, supplier_id)
    return list(FreightRule.objects.filter(supplier_id=supplier_id).order_by("id"))


def _newest(rows: QuerySet[Row], after: str | None, size: int) -> tuple[Sequence[Row], str | None]:
    parts = parts_of(after, 1)
    if parts:
        try:
            rows = rows.filter(id__lt=UUID(parts[0]))
        except ValueError:
            raise BadCursor() from None
    found = list(rows.order_by("-id")[: size + 1])
    page = page_of(found, size, cursor_of(found[min(size, len(found)) - 1].id) if found else None)
    return page.items, page.next_cursor

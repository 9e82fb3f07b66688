"""Coupons, drops and freight by region."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Amount, Answer, Body, Cursor, Limit, Moment, Word
from renmai.kit.access import ANONYMOUS
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.trade.promotions.actions import CouponTooMuch, create_coupon, set_freight_rules, stop_coupon
from renmai.trade.promotions.drop_actions import create_drop, end_drop, join_waitlist, leave_waitlist
from renmai.trade.promotions.drop_rules import BadDrop, DropOver, DropPriceRefused, DropTooLarge, NoLine
from renmai.trade.promotions.models import FreightRule
from renmai.trade.promotions.queries import (
    CouponRow,
    DropView,
    access_coupon,
    access_drop,
    coupons_for,
    list_coupons,
    list_drops,
    list_freight_rules,
    list_waiting,
    live_drops,
)
from renmai.trade.promotions.rules import BadCoupon, BadFreightRules, CouponCodeTaken, Freight

router = Router(tags=["Promotions"])
Title = Annotated[Word, StringConstraints(max_length=80)]
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Rate = Annotated[int, Field(strict=True, ge=0, le=9000, examples=[1000])]


class CouponBody(Body):
    """A coupon: `amount` gives `amount_minor`, `rate` gives `rate_bps` of the goods, at most `most_minor`."""

    code: Annotated[Word, StringConstraints(max_length=32)] = Field(examples=["SPRING-10"])
    title: Title = Field(examples=["Spring"])
    title_zh: Title = Field("", examples=["春日"])
    funder: Literal["platform", "supplier", "creator"] = Field(examples=["creator"])
    funder_id: UUID | None = Field(None, description="The supplier or shop that pays for it; none for the platform.")
    kind: Literal["amount", "rate"] = Field(examples=["rate"])
    amount_minor: Amount = Field(0, examples=[0])
    rate_bps: Rate = 0
    most_minor: Amount | None = Field(None, examples=[5000])
    threshold_minor: Amount = Field(0, examples=[10_000])
    total_max: Count = Field(examples=[1000])
    per_buyer_max: Count = Field(1, examples=[1])
    starts_at: Moment
    ends_at: Moment


class ShownCoupon(Answer):
    """A coupon as buyers see it."""

    id: UUID
    code: str = Field(examples=["SPRING-10"])
    title: str = Field(examples=["Spring"])
    title_zh: str = Field(examples=["春日"])
    funder: str = Field(examples=["creator"])
    kind: str = Field(examples=["rate"])
    amount_minor: int = Field(examples=[0])
    rate_bps: int = Field(examples=[1000])
    most_minor: int | None = Field(examples=[5000])
    threshold_minor: int = Field(examples=[10_000])
    starts_at: datetime
    ends_at: datetime


class CouponAnswer(ShownCoupon):
    """A coupon as who pays for it sees it: how often it was used, and what it gave."""

    funder_id: UUID | None
    total_max: int = Field(examples=[1000])
    per_buyer_max: int = Field(examples=[1])
    stopped_at: datetime | None
    uses: int = Field(examples=[12])
    given_minor: int = Field(examples=[14_400])


class CouponPage(Answer):
    """Coupons, newest first."""

    items: list[CouponAnswer]
    next: str | None


class ShownCoupons(Answer):
    """Coupons that can be used now."""

    items: list[ShownCoupon]
    next: str | None


class CouponQuery(Body):
    """Whose coupons."""

    funder: Literal["platform", "supplier", "creator"]
    funder_id: UUID | None = None
    after: Cursor | None = None
    limit: Limit = 20


class DropBody(Body):
    """A drop of a variant of a pick. `hold`: placing holds units for some minutes; `first_paid`: the first who pays."""

    pick_id: UUID
    sku_id: UUID
    price_minor: Amount = Field(examples=[5500])
    quantity: Count = Field(examples=[30])
    policy: Literal["hold", "first_paid"] = "hold"
    per_buyer_max: Count = Field(1, examples=[1])
    hold_minutes: Count | None = Field(None, examples=[5])
    title: Title = Field("", examples=["First firing"])
    title_zh: Title = Field("", examples=["头窑"])
    starts_at: Moment
    ends_at: Moment
    segment_id: UUID | None = Field(None, description="The segment of a show of the shop in which it is raised.")


class DropAnswer(Answer):
    """A drop. `state` is soon, on, sold_out or over; `free` is what anyone can have now."""

    id: UUID
    shop_id: UUID
    pick_id: UUID
    sku_id: UUID
    title: str = Field(examples=["First firing"])
    title_zh: str = Field(examples=["头窑"])
    price_minor: int = Field(examples=[5500])
    quantity: int = Field(examples=[30])
    taken: int = Field(examples=[12])
    policy: str = Field(examples=["hold"])
    per_buyer_max: int = Field(examples=[1])
    hold_minutes: int = Field(examples=[5])
    starts_at: datetime
    ends_at: datetime
    show_id: UUID | None = Field(description="The show it belongs to.")
    segment_id: UUID | None
    state: str = Field(examples=["on"])
    free: int = Field(examples=[18])


class DropPage(Answer):
    """Drops."""

    items: list[DropAnswer]
    next: str | None


class DropQuery(Body):
    """Whose drops."""

    shop_id: UUID
    after: Cursor | None = None
    limit: Limit = 20


class WaitBody(Body):
    """So many units of a drop are waited for."""

    drop_id: UUID
    quantity: Count = Field(1, examples=[1])


class PlaceInLine(Answer):
    """One's place in line: from 1; `offered` units are kept until `offered_until`."""

    drop_id: UUID
    place: int | None = Field(examples=[3])
    offered: int = Field(examples=[0])
    offered_until: datetime | None


class PlacesInLine(Answer):
    """Where one waits."""

    items: list[PlaceInLine]
    next: str | None


class FreightRuleBody(Body):
    """What a parcel costs to `region` ("": everywhere else), free from so much of the supplier's goods."""

    region: Title = Field("", examples=["Zhejiang"])
    fee_minor: Amount = Field(examples=[600])
    free_from_minor: Amount | None = Field(None, examples=[12_000])


class FreightRulesBody(Body):
    """All rules; they take the place of those there were."""

    rules: Annotated[list[FreightRuleBody], Field(max_length=60)]


class FreightRuleAnswer(Answer):
    """A rule in force."""

    region: str = Field(examples=["Zhejiang"])
    fee_minor: int = Field(examples=[600])
    free_from_minor: int | None = Field(examples=[12_000])


class FreightRulesAnswer(Answer):
    """The rules in force; without any the supplier's own freight holds."""

    items: list[FreightRuleAnswer]
    next: str | None


FUNDERS = ("creator", "supplier", "operator")


@operation(
    router,
    "POST",
    "/coupons",
    audience=FUNDERS,
    answer=CouponAnswer,
    status=201,
    key="own",
    problems=(NotFound, BadCoupon, CouponCodeTaken, CouponTooMuch),
)
def make_coupon(request: Call, body: CouponBody) -> dict[str, Any]:
    """Make a coupon that one pays for oneself."""
    made = create_coupon(actor=request.actor, now=request.now, key=request.key, **body.model_dump())
    return _coupon(CouponRow(made, made.used, 0))


@operation(router, "GET", "/coupons", audience=FUNDERS, answer=CouponPage, problems=(NotFound, BadCursor))
def list_own_coupons(request: Call, query: Query[CouponQuery]) -> dict[str, Any]:
    """List the coupons that the platform, a supplier or a shop pays for, with their uses."""
    page = list_coupons(request.actor, query.funder, query.funder_id, query.after, query.limit)
    return {"items": [_coupon(row) for row in page.items], "next": page.next_cursor}


@operation(
    router,
    "POST",
    "/coupons/{uuid:coupon_id}/stop",
    audience=FUNDERS,
    answer=ShownCoupon,
    key="once",
    problems=(NotFound,),
)
def stop_own_coupon(request: Call, coupon_id: UUID) -> dict[str, Any]:
    """Stop a coupon; orders that used it keep it."""
    access_coupon(request.actor, coupon_id)
    return shown(ShownCoupon, stop_coupon(actor=request.actor, now=request.now, coupon_id=coupon_id))


def _coupon(row: CouponRow) -> dict[str, Any]:
    return shown(CouponAnswer, {**vars(row.coupon), "uses": row.uses, "given_minor": row.given_minor})


@operation(router, "GET", "/shops/{uuid:shop_id}/coupons", audience="public", answer=ShownCoupons)
def list_coupons_of_shop(request: Call, shop_id: UUID) -> dict[str, Any]:
    """List the coupons that can be used in a shop now."""
    rows = coupons_for(ANONYMOUS, shop_id, now=request.now)
    return {"items": [shown(ShownCoupon, row) for row in rows], "next": None}


@operation(
    router,
    "POST",
    "/drops",
    audience=("creator", "operator"),
    answer=DropAnswer,
    status=201,
    key="own",
    problems=(NotFound, BadDrop, DropPriceRefused, DropTooLarge),
)
def make_drop(request: Call, body: DropBody) -> dict[str, Any]:
    """Make a drop; its units are set aside at once."""
    made = create_drop(actor=request.actor, now=request.now, key=request.key, **body.model_dump())
    return _drop(access_drop(ANONYMOUS, made.id, now=request.now))


@operation(router, "GET", "/drops", audience=("creator", "operator"), answer=DropPage, problems=(NotFound, BadCursor))
def list_own_drops(request: Call, query: Query[DropQuery]) -> dict[str, Any]:
    """List all drops of a shop of one's own, newest first."""
    page = list_drops(request.actor, query.shop_id, now=request.now, after=query.after, limit=query.limit)
    return {"items": [_drop(view) for view in page.items], "next": page.next_cursor}


@operation(
    router,
    "POST",
    "/drops/{uuid:drop_id}/end",
    audience=("creator", "operator"),
    answer=DropAnswer,
    key="once",
    problems=(NotFound,),
)
def end_own_drop(request: Call, drop_id: UUID) -> dict[str, Any]:
    """End a drop before its time; what is left returns to normal stock."""
    end_drop(actor=request.actor, now=request.now, drop_id=drop_id)
    return _drop(access_drop(ANONYMOUS, drop_id, now=request.now))


@operation(router, "GET", "/drops/{uuid:drop_id}", audience="public", answer=DropAnswer, problems=(NotFound,))
def read_drop(request: Call, drop_id: UUID) -> dict[str, Any]:
    """Show a drop."""
    return _drop(access_drop(ANONYMOUS, drop_id, now=request.now))


@operation(router, "GET", "/shops/{uuid:shop_id}/drops", audience="public", answer=DropPage)
def list_drops_of_shop(request: Call, shop_id: UUID) -> dict[str, Any]:
    """List the drops of a shop that are on or still to come."""
    return {"items": [_drop(view) for view in live_drops(shop_id, now=request.now)], "next": None}


def _drop(view: DropView) -> dict[str, Any]:
    return shown(DropAnswer, {**vars(view.drop), "state": view.state, "free": view.free})


@operation(router, "GET", "/me/waitlist", audience="person", scope="buy", answer=PlacesInLine)
def list_own_places(request: Call) -> dict[str, Any]:
    """List where one waits for units of drops."""
    return _places(request)


def _places(request: Call) -> dict[str, Any]:
    return {"items": [_place(view) for view in list_waiting(request.actor, now=request.now)], "next": None}


@operation(
    router,
    "POST",
    "/me/waitlist",
    audience="person",
    scope="buy",
    answer=PlaceInLine,
    status=201,
    key="once",
    problems=(NotFound, DropOver, NoLine),
)
def join_line(request: Call, body: WaitBody) -> dict[str, Any]:
    """Wait in line for a drop that has nothing free; the first in line is offered what comes back."""
    join_waitlist(actor=request.actor, now=request.now, drop_id=body.drop_id, quantity=body.quantity)
    return _place(access_drop(request.actor, body.drop_id, now=request.now))


@operation(
    router,
    "DELETE",
    "/me/waitlist/{uuid:drop_id}",
    audience="person",
    scope="buy",
    answer=PlacesInLine,
    key="once",
    problems=(NotFound,),
)
def leave_line(request: Call, drop_id: UUID) -> dict[str, Any]:
    """Stop waiting; what was offered goes to the next."""
    if access_drop(request.actor, drop_id, now=request.now).place is None:
        raise NotFound()
    leave_waitlist(actor=request.actor, now=request.now, drop_id=drop_id)
    return _places(request)


def _place(view: DropView) -> dict[str, Any]:
    return shown(
        PlaceInLine,
        {
            "drop_id": view.drop.id,
            "place": view.place,
            "offered": view.offered,
            "offered_until": view.offered_until,
        },
    )


@operation(
    router,
    "GET",
    "/suppliers/{uuid:supplier_id}/freight",
    audience=("supplier", "operator"),
    answer=FreightRulesAnswer,
    problems=(NotFound,),
)
def read_freight_rules(request: Call, supplier_id: UUID) -> dict[str, Any]:
    """Show what a supplier's parcels cost by region."""
    return _freight(list_freight_rules(request.actor, supplier_id))


@operation(
    router,
    "PUT",
    "/suppliers/{uuid:supplier_id}/freight",
    audience=("supplier", "operator"),
    answer=FreightRulesAnswer,
    key="once",
    problems=(NotFound, BadFreightRules),
)
def write_freight_rules(request: Call, supplier_id: UUID, body: FreightRulesBody) -> dict[str, Any]:
    """Set what a supplier's parcels cost by region; no rules leave its own freight for everywhere."""
    rules = [Freight(rule.region, rule.fee_minor, rule.free_from_minor) for rule in body.rules]
    return _freight(set_freight_rules(actor=request.actor, now=request.now, supplier_id=supplier_id, rules=rules))


def _freight(rules: list[FreightRule]) -> dict[str, Any]:
    return {"items": [shown(FreightRuleAnswer, rule) for rule in rules], "next": None}

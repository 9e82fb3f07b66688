"""What a buyer may want, what is known when it is decided, and what is placed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.goods.products.exclusions import SHOP
from renmai.goods.products.rules import Tier, supply_price_for
from renmai.kit.problems import DomainError
from renmai.money.splits.fees import FIRST_RULES, FeeRule
from renmai.money.splits.lane import Discount
from renmai.money.splits.rules import Part
from renmai.people.standing.rules import Rows
from renmai.places.shops.rules import Band
from renmai.trade.promotions.drop_lane import Ended
from renmai.trade.promotions.drop_rules import DropNow, Waiter
from renmai.trade.promotions.lane import NewUse
from renmai.trade.promotions.rules import COUPONS_MAX, CouponNow, Freight
from renmai.trade.referrals.lane import Links, NewReferral
from renmai.trade.referrals.rules import CONSIDERED_MAX

METHODS = ("card", "wallet", "transfer")
LINES_MAX = 50
QUANTITY_MAX = 999


class CheckoutRefused(DomainError):
    """Nothing was placed. `lines` says which line (from 0) and why: sold_out, price_changed, not_sold, above_cap,
    below_floor, below_cost, region_excluded (`where`), channel_excluded (`channel`), and of drops drop_not_yet, drop_over, drop_limit, drop_alone; with what is left or what it
    costs now."""

    code = "checkout.refused"
    status = 409
    message = "Nothing was ordered: {count} of the lines cannot be had as asked."


class CouponsRefused(DomainError):
    """Nothing was placed. `coupons` says of each coupon that cannot be used why: unknown, not_yet, over, used_up,
    used_by_you, below_threshold (with `missing_minor`), nothing_applies, not_together, below_cost."""

    code = "checkout.coupons"
    status = 409
    message = "Nothing was ordered: {count} of the coupons cannot be used."


class NoAddress(DomainError):
    """The address is not there or not the buyer's."""

    code = "checkout.no_address"
    status = 422
    message = "Please choose an address to send the parcels to."


class BadBasket(DomainError):
    """Too few, too many or impossible lines, or an unknown way of paying."""

    code = "checkout.bad_basket"
    status = 422
    message = "This order cannot be read: {why}."


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line a buyer wants. `seen_minor` is the unit price the buyer saw; None accepts whatever it is.

    With `drop_id` it is wanted out of that drop, at its price. `segment_id` says in which part of a show it was seen; one
    that is not of this pick and of a show of these hours changes nothing.
    """

    pick_id: UUID
    sku_id: UUID
    quantity: int
    seen_minor: int | None = None
    drop_id: UUID | None = None
    segment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A share link that the buyer followed, and when; `ordered_at`: when the last paid order it brought was placed."""

    token: str
    at: datetime
    ordered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The intent of the checkout lane. `address` is given, or `address_id` names one of the buyer's.

    `freight` maps a supplier to what its parcel costs, in minor units, where that is agreed for this order (imports,
    quotes); None, or a supplier it does not name, takes the supplier's own. `coupons` are codes as they are stored;
    `followed` are share links, of which at most one names who shared each order's shop. `channel` is where it is
    bought (`goods/products/exclusions.py: CHANNELS`).
    """

    buyer_id: UUID
    key: str
    input_hash: bytes
    lines: tuple[Wanted, ...]
    method: str
    now: datetime
    address_id: UUID | None = None
    address: Mapping[str, str] | None = None
    freight: Mapping[UUID, int] | None = None
    coupons: tuple[str, ...] = ()
    followed: tuple[Followed, ...] = ()
    channel: str = SHOP


@dataclass(frozen=True, slots=True)
class Offer:
    """What a (pick, sku) is at this moment.

    Price, title and `band` are those of the picked variant; `sku_id`, `supplier_id`, freight, `served_minor` (its list
    supply price; None: that of the band) and `tiers` of the one that serves it, which is mostly the same. It serves
    nothing unless `serves`. The exclusions are those of both products.
    """

    pick_id: UUID
    shop_id: UUID
    sku_id: UUID
    supplier_id: UUID
    sold_now: bool
    term: str
    commission_bps: int
    price_minor: int
    band: Band
    currency: str
    freight_minor: int
    withdrawal_days: int
    title: str
    title_zh: str
    owner_id: UUID
    category_id: UUID
    service_bps: int
    served_minor: int | None = None
    tiers: Sequence[Tier] = ()
    serves: bool = True
    excluded_regions: Sequence[str] = ()
    excluded_channels: Sequence[str] = ()

    @property
    def list_supply_minor(self) -> int:
        """Return the list supply price of one of who serves it."""
        return self.band.supply_minor if self.served_minor is None else self.served_minor

    def supply_minor(self, quantity: int) -> int:
        """Return the supply price of one when `quantity` are on the line, in minor units."""
        return supply_price_for(self.list_supply_minor, self.tiers, quantity)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a Place: what was placed, the first time or again."""

    checkout_id: UUID
    state: str
    total_minor: int
    currency: str
    expires_at: datetime | None
    orders: tuple[tuple[UUID, UUID, int], ...]
    repeated: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the object of the API."""
        return {
            "id": str(self.checkout_id),
            "state": self.state,
            "total_minor": self.total_minor,
            "currency": self.currency,
            "expires_at": self.expires_at.isoformat() if self.expires_at else None,
            "orders": [
                {"id": str(order_id), "shop_id": str(shop_id), "total_minor": total}
                for order_id, shop_id, total in self.orders
            ],
        }


@dataclass(slots=True)
class DraftLine:
    """A line to be written, with its parts."""

    id: UUID
    kind: str
    supplier_id: UUID | None
    pick_id: UUID | None
    sku_id: UUID | None
    title: str
    title_zh: str
    quantity: int
    unit_price_minor: int
    supply_price_minor: int
    paid_minor: int
    parts: Sequence[Part]
    discount_minor: int = 0
    drop_id: UUID | None = None
    withdrawal_days: int = 0
    show_id: UUID | None = None
    segment_id: UUID | None = None


@dataclass(slots=True)
class DraftOrder:
    """An order to be written."""

    id: UUID
    shop_id: UUID
    lines: list[DraftLine]
    settle_days: int
    contract_version: int | None = None
    discounts: list[Discount] = field(default_factory=list)
    referral: NewReferral | None = None

    @property
    def goods_minor(self) -> int:
        """Return what its goods cost, unlisted ones included."""
        return sum(line.paid_minor for line in self.lines if line.kind != "freight")

    @property
    def freight_minor(self) -> int:
        """Return what its freight costs."""
        return sum(line.paid_minor for line in self.lines if line.kind == "freight")


@dataclass(slots=True)
class Draft:
    """A checkout to be written."""

    place: Place
    receipt: Receipt
    address: Mapping[str, str]
    orders: list[DraftOrder]
    holds_stock: bool = True


@dataclass(slots=True)
class Promoted:
    """What was read of promotions, locked, and what the decision makes of it.

    `coupons` by code, the `numbers` of uses in force and the `holders` by (coupon, buyer); `drops` by id, units `bought` by (drop, buyer),
    `line`: who of the buyers waits in line, by (drop, buyer). `uses`, `ended` and `aside` are to be written.
    """

    coupons: dict[str, CouponNow] = field(default_factory=dict)
    numbers: dict[tuple[UUID, UUID], set[int]] = field(default_factory=lambda: defaultdict(set))
    holders: set[tuple[UUID, UUID]] = field(default_factory=set)
    drops: dict[UUID, DropNow] = field(default_factory=dict)
    bought: dict[tuple[UUID, UUID], int] = field(default_factory=dict)
    line: dict[tuple[UUID, UUID], Waiter] = field(default_factory=dict)
    uses: list[NewUse] = field(default_factory=list)
    ended: list[Ended] = field(default_factory=list)
    aside: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    touched: dict[UUID, DropNow] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What was read: offers, what is left of each locked variant, terms, addresses, and keys already answered; the rules
    of fees with their version, contracts by shop (agency, rate, version), share links and bindings, freight rules by
    supplier, and promotions. `own_offers` are those of lines out of drops; `shown` is (pick, show) by segment."""

    offers: Mapping[tuple[UUID, UUID], Offer]
    left: dict[UUID, int]
    terms: Rows
    addresses: Mapping[UUID, tuple[UUID, Mapping[str, str]]]
    answered: dict[tuple[UUID, str], tuple[bytes, Receipt]]
    taken: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    fee_rules: tuple[FeeRule, ...] = FIRST_RULES
    rules_version: int = 0
    contracts: Mapping[UUID, tuple[UUID, int, int]] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    freight: Mapping[UUID, Sequence[Freight]] = field(default_factory=dict)
    promoted: Promoted = field(default_factory=Promoted)
    worked_out: dict[tuple[Any, ...], Sequence[Part]] = field(default_factory=dict)
    own_offers: Mapping[tuple[UUID, UUID], Offer] = field(default_factory=dict)
    shown: Mapping[UUID, tuple[UUID, UUID]] = field(default_factory=dict)

    def offer_of(self, wanted: Wanted) -> Offer | None:
        """Return what a wanted line is now; out of a drop it is of the picked variant's own stock."""
        pair = (wanted.pick_id, wanted.sku_id)
        own = self.own_offers.get(pair) if wanted.drop_id is not None else None
        return own or self.offers.get(pair)


def check_basket(lines: Sequence[Wanted], method: str) -> None:
    """Refuse a basket that cannot be read, before it costs a batch anything. Errors: BadBasket."""
    if not 1 <= len(lines) <= LINES_MAX:
        raise BadBasket(why=f"between 1 and {LINES_MAX} lines are needed")
    if any(not 1 <= line.quantity <= QUANTITY_MAX for line in lines):
        raise BadBasket(why=f"a quantity must be between 1 and {QUANTITY_MAX}")
    if len({(line.pick_id, line.sku_id, line.drop_id) for line in lines}) != len(lines):
        raise BadBasket(why="the same goods stand on two lines")
    if method not in METHODS:
        raise BadBasket(why=f"the way to pay must be one of {', '.join(METHODS)}")


def check_promotions(coupons: Sequence[str], followed: Sequence[Followed]) -> None:
    """Refuse more coupons or links than an order may carry. Errors: BadBasket."""
    if len(coupons) > COUPONS_MAX:
        raise BadBasket(why=f"at most {COUPONS_MAX} coupons can be used at once")
    if len(followed) > CONSIDERED_MAX:
        raise BadBasket(why=f"at most {CONSIDERED_MAX} links are looked at")


def check_freight(freight: Mapping[UUID, int] | None) -> None:
    """Refuse a freight below zero. Errors: BadBasket."""
    if freight is not None and any(amount < 0 for amount in freight.values()):
        raise BadBasket(why="freight cannot be less than nothing")


def again(first: Receipt) -> Receipt:
    """Return the first answer, marked as a repeat."""
    return Receipt(
        first.checkout_id, first.state, first.total_minor, first.currency, first.expires_at, first.orders, repeated=True
    )


def address_of(place: Place, known: Known) -> Mapping[str, str]:
    """Return the address to send to. Errors: NoAddress."""
    if place.address is not None:
        return place.address
    owner, address = known.addresses.get(place.address_id, (None, {})) if place.address_id else (None, {})
    if owner != place.buyer_id:
        raise NoAddress()
    return address

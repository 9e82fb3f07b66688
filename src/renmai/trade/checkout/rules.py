"""From what a buyer wants to what is placed: a pure decision over a state that was read and locked before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, KeyReused
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.splits.rules import Part, RatesRefused, Sold, SplitRefused, Term, split_line
from renmai.people.standing.rules import Rows, in_force
from renmai.places.shops.rules import Band, price_fault

METHODS = ("card", "wallet", "transfer")
LINES_MAX = 50
QUANTITY_MAX = 999


class CheckoutRefused(DomainError):
    """Nothing was placed. `lines` says which line (from 0) and why: sold_out, price_changed, not_sold, above_cap,
    below_floor, below_cost; with what is left or what it costs now."""

    code = "checkout.refused"
    status = 409
    message = "Nothing was ordered: {count} of the lines cannot be had as asked."


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
    """One line a buyer wants. `seen_minor` is the unit price the buyer saw; None accepts whatever it is."""

    pick_id: UUID
    sku_id: UUID
    quantity: int
    seen_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The intent of the checkout lane. `address` is given, or `address_id` names one of the buyer's.

    `freight` maps a supplier to what its parcel costs, in minor units, where that is agreed for this order (imports,
    quotes); None, or a supplier it does not name, takes the supplier's own.
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


@dataclass(frozen=True, slots=True)
class Offer:
    """What a (pick, sku) is at this moment."""

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
    parts: list[Part]
    discount_minor: int = 0
    drop_id: UUID | None = None
    withdrawal_days: int = 0


@dataclass(slots=True)
class DraftOrder:
    """An order to be written."""

    id: UUID
    shop_id: UUID
    lines: list[DraftLine]
    settle_days: int

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


@dataclass(slots=True)
class Known:
    """What was read: offers, what is left of each locked variant, terms, addresses, and keys already answered."""

    offers: Mapping[tuple[UUID, UUID], Offer]
    left: dict[UUID, int]
    terms: Rows
    addresses: Mapping[UUID, tuple[UUID, Mapping[str, str]]]
    answered: dict[tuple[UUID, str], tuple[bytes, Receipt]]
    taken: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))


def check_basket(lines: Sequence[Wanted], method: str) -> None:
    """Refuse a basket that cannot be read, before it costs a batch anything. Errors: BadBasket."""
    if not 1 <= len(lines) <= LINES_MAX:
        raise BadBasket(why=f"between 1 and {LINES_MAX} lines are needed")
    if any(not 1 <= line.quantity <= QUANTITY_MAX for line in lines):
        raise BadBasket(why=f"a quantity must be between 1 and {QUANTITY_MAX}")
    if len({(line.pick_id, line.sku_id) for line in lines}) != len(lines):
        raise BadBasket(why="the same goods stand on two lines")
    if method not in METHODS:
        raise BadBasket(why=f"the way to pay must be one of {', '.join(METHODS)}")


def check_freight(freight: Mapping[UUID, int] | None) -> None:
    """Refuse a freight below zero. Errors: BadBasket."""
    if freight is not None and any(amount < 0 for amount in freight.values()):
        raise BadBasket(why="freight cannot be less than nothing")


def decide(places: Sequence[Place], known: Known) -> tuple[list[Receipt | Exception], list[Draft]]:
    """Decide every intent in order of arrival; all lines of one or none.

    `known.left` goes down as stock is promised, so later intents of the batch see what earlier ones took. Returns the
    outcome of each intent and what must be written.
    """
    outcomes: list[Receipt | Exception] = []
    drafts: list[Draft] = []
    for place in places:
        try:
            outcome, draft = _decide_one(place, known)
        except DomainError as refusal:
            outcomes.append(refusal)
            continue
        outcomes.append(outcome)
        if draft is not None:
            drafts.append(draft)
    return outcomes, drafts


def _decide_one(place: Place, known: Known) -> tuple[Receipt, Draft | None]:
    before = known.answered.get((place.buyer_id, place.key))
    if before is not None:
        if before[0] != place.input_hash:
            raise KeyReused()
        return again(before[1]), None
    check_basket(place.lines, place.method)
    check_freight(place.freight)
    address = address_of(place, known)
    offers = _offers(place, known)
    orders = _orders(place, offers, known.terms)
    for line in place.lines:
        known.left[line.sku_id] -= line.quantity
        known.taken[line.sku_id] += line.quantity
    receipt = _receipt(place, orders, known.terms, offers[0].currency)
    known.answered[(place.buyer_id, place.key)] = (place.input_hash, receipt)
    return receipt, Draft(place, receipt, address, orders)


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


def _offers(place: Place, known: Known) -> list[Offer]:
    faults: list[dict[str, Any]] = []
    offers: list[Offer] = []
    need: dict[UUID, int] = defaultdict(int)
    for number, line in enumerate(place.lines):
        offer = known.offers.get((line.pick_id, line.sku_id))
        need[line.sku_id] += line.quantity
        fault = _fault(line, offer, known.left.get(line.sku_id, 0), need[line.sku_id])
        if fault is not None or offer is None:
            faults.append({"line": number, "pick_id": str(line.pick_id), "sku_id": str(line.sku_id), **(fault or {})})
        else:
            offers.append(offer)
    if faults:
        raise CheckoutRefused(count=len(faults), lines=faults)
    return offers


def _fault(line: Wanted, offer: Offer | None, left: int, need: int) -> dict[str, Any] | None:
    if offer is None or not offer.sold_now:
        return {"code": "not_sold"}
    if left < need:
        return {"code": "sold_out", "left": max(0, left - need + line.quantity)}
    if line.seen_minor is not None and line.seen_minor != offer.price_minor:
        return {"code": "price_changed", "price_minor": offer.price_minor}
    wrong = price_fault(offer.price_minor, offer.band)
    return {"code": wrong, "price_minor": offer.price_minor} if wrong else None


def _orders(place: Place, offers: Sequence[Offer], terms: Rows) -> list[DraftOrder]:
    by_shop: dict[UUID, list[tuple[int, Wanted, Offer]]] = defaultdict(list)
    for number, (line, offer) in enumerate(zip(place.lines, offers, strict=True)):
        by_shop[offer.shop_id].append((number, line, offer))
    return [_order(shop_id, rows, terms, place.freight or {}) for shop_id, rows in by_shop.items()]


def _order(
    shop_id: UUID, rows: list[tuple[int, Wanted, Offer]], terms: Rows, freight: Mapping[UUID, int]
) -> DraftOrder:
    fee_bps = in_force(terms, "platform_fee_bps", shop_id)
    lines = [_goods(number, wanted, offer, fee_bps) for number, wanted, offer in rows]
    own = {offer.supplier_id: offer.freight_minor for _, _, offer in rows}
    lines += _freight({supplier_id: freight.get(supplier_id, amount) for supplier_id, amount in own.items()})
    days = [in_force(terms, "settlement_days", shop_id), *(offer.withdrawal_days for _, _, offer in rows)]
    return DraftOrder(new_id(), shop_id, lines, max(days))


def _goods(number: int, wanted: Wanted, offer: Offer, fee_bps: int) -> DraftLine:
    paid = offer.price_minor * wanted.quantity
    margin = offer.term == "margin"
    sold = Sold(
        term=Term.MARGIN if margin else Term.COMMISSION,
        paid_minor=paid,
        supplier=supplier_account(offer.supplier_id),
        creator=creator_account(offer.shop_id),
        supply_minor=offer.band.supply_minor * wanted.quantity if margin else 0,
        fee_bps=fee_bps,
        commission_bps=0 if margin else offer.commission_bps,
    )
    try:
        parts = split_line(sold)
    except (SplitRefused, RatesRefused) as refusal:
        line = {"line": number, "pick_id": str(wanted.pick_id), "sku_id": str(wanted.sku_id), "code": "below_cost"}
        raise CheckoutRefused(count=1, lines=[line]) from refusal
    return DraftLine(
        new_id(), "goods", offer.supplier_id, offer.pick_id, offer.sku_id, offer.title, offer.title_zh,
        wanted.quantity, offer.price_minor, offer.band.supply_minor, paid, parts, withdrawal_days=offer.withdrawal_days,
    )  # fmt: skip


def _freight(agreed: Mapping[UUID, int]) -> list[DraftLine]:
    lines = []
    for supplier_id, freight in agreed.items():
        if freight:
            parts = split_line(Sold(Term.FREIGHT, freight, supplier_account(supplier_id)))
            lines.append(
                DraftLine(
                    new_id(), "freight", supplier_id, None, None, "Freight", "运费", 1, freight, 0, freight, parts
                )
            )
    return lines


def _receipt(place: Place, orders: Sequence[DraftOrder], terms: Rows, currency: str) -> Receipt:
    name = f"unpaid_minutes_{place.method}"
    window = timedelta(minutes=min(in_force(terms, name, order.shop_id) for order in orders))
    totals = tuple((order.id, order.shop_id, order.goods_minor + order.freight_minor) for order in orders)
    total = sum(amount for _, _, amount in totals)
    return Receipt(new_id(), "open", total, currency, place.now + window, totals)

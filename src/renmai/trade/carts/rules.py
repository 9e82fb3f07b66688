"""What may lie in a cart, and what a cart would cost now. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from renmai.goods.products.exclusions import SHOP, excluded_place, sold_in
from renmai.kit.problems import DomainError, KeyReused
from renmai.places.shops.rules import Band, price_fault
from renmai.trade.promotions.rules import Freight, freight_for

QUANTITY_MAX = 999
LINES_MAX = 50


class BadCartQuantity(DomainError):
    """Below zero, or more than a line may hold."""

    code = "cart.bad_quantity"
    status = 422
    message = "Choose a quantity from 0 to {most}."


class CartFull(DomainError):
    """More lines than a cart may have."""

    code = "cart.full"
    status = 409
    message = "A cart holds {most} different goods."


class NotForSale(DomainError):
    """The pick, or this variant of it, is not for sale now."""

    code = "cart.not_sold"
    status = 409
    message = "This is not for sale now."


@dataclass(frozen=True, slots=True)
class SetLine:
    """So many of a variant from one pick; 0 takes the line out. `input_hash` is of (pick, sku, quantity); `segment_id`
    where it was seen, as the buyer's room says (checkout asks whether that is so)."""

    person_id: UUID
    pick_id: UUID
    sku_id: UUID
    quantity: int
    key: str
    input_hash: bytes
    now: datetime
    segment_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LineSet:
    """What the line holds now."""

    quantity: int
    repeated: bool = False


@dataclass(slots=True)
class Known:
    """What a batch reads: answers by (person, key), who sells what now, and each person's lines."""

    answered: dict[tuple[UUID, str], tuple[bytes, int]]
    sold: set[tuple[UUID, UUID]]
    lines: dict[UUID, set[tuple[UUID, UUID]]]


def decide(intents: Sequence[SetLine], known: Known) -> list[LineSet | Exception]:
    """Decide every intent in order of arrival; `known` takes in what is decided."""
    outcomes: list[LineSet | Exception] = []
    for intent in intents:
        try:
            outcomes.append(_decide_one(intent, known))
        except DomainError as refusal:
            outcomes.append(refusal)
    return outcomes


def _decide_one(intent: SetLine, known: Known) -> LineSet:
    before = known.answered.get((intent.person_id, intent.key))
    if before is not None:
        if before[0] != intent.input_hash:
            raise KeyReused()
        return LineSet(before[1], repeated=True)
    if not 0 <= intent.quantity <= QUANTITY_MAX:
        raise BadCartQuantity(most=QUANTITY_MAX)
    place, lines = (intent.pick_id, intent.sku_id), known.lines.setdefault(intent.person_id, set())
    if intent.quantity == 0:
        lines.discard(place)
    else:
        if place not in known.sold:
            raise NotForSale()
        if place not in lines and len(lines) >= LINES_MAX:
            raise CartFull(most=LINES_MAX)
        lines.add(place)
    known.answered[intent.person_id, intent.key] = (intent.input_hash, intent.quantity)
    return LineSet(intent.quantity)


@dataclass(frozen=True, slots=True)
class CartLineNow:
    """A line as it stands now. `fault`: not_sold, sold_out, above_cap, below_floor, region_excluded, channel_excluded, or
    None when it can be bought.

    `left` is what can still be promised to this line; `excluded_regions` names where it is not sent, `where` which of them
    the parcel would go to.
    """

    pick_id: UUID
    sku_id: UUID
    product_id: UUID
    title: str
    title_zh: str
    options: Mapping[str, str]
    options_zh: Mapping[str, str]
    cover_id: UUID | None
    quantity: int
    price_minor: int
    multiple_bps: int
    left: int
    fault: str | None
    excluded_regions: Sequence[str] = ()
    where: str = ""

    @property
    def total_minor(self) -> int:
        """Return price x quantity."""
        return self.price_minor * self.quantity


@dataclass(frozen=True, slots=True)
class CartParcel:
    """The lines of one supplier in one shop, and its freight (0 when none of them can be bought)."""

    supplier_id: UUID
    supplier_name: str
    supplier_name_zh: str
    freight_minor: int
    lines: list[CartLineNow]


@dataclass(frozen=True, slots=True)
class CartShop:
    """What will be one order: the parcels of one shop."""

    shop_id: UUID
    handle: str
    name: str
    name_zh: str
    face_id: UUID | None
    parcels: list[CartParcel]


@dataclass(frozen=True, slots=True)
class Cart:
    """A cart as it stands now. Amounts count the lines that can be bought; `faults` how many cannot."""

    shops: list[CartShop] = field(default_factory=list)
    goods_minor: int = 0
    freight_minor: int = 0
    currency: str = ""
    units: int = 0
    faults: int = 0

    @property
    def total_minor(self) -> int:
        """Return goods and freight."""
        return self.goods_minor + self.freight_minor


@dataclass(frozen=True, slots=True)
class Found:
    """A line as it is read, before it is judged."""

    shop: tuple[UUID, str, str, str, UUID | None]
    supplier: tuple[UUID, str, str, int]
    pick_id: UUID
    sku_id: UUID
    product_id: UUID
    title: str
    title_zh: str
    options: Mapping[str, str]
    options_zh: Mapping[str, str]
    cover_id: UUID | None
    quantity: int
    sold_now: bool
    price_minor: int | None
    band: Band
    multiple_bps: int
    left: int
    currency: str
    freight: Sequence[Freight] = ()
    serving_id: UUID | None = None
    excluded_regions: Sequence[str] = ()
    excluded_channels: Sequence[str] = ()


def lay_out(rows: Sequence[Found], *, to: Mapping[str, str] | None = None, channel: str = SHOP) -> Cart:
    """Return the cart of `rows` in their order: one group per shop, within it one per supplier; the same judgement and the
    same freight (`to` region and country) as the checkout's, so that what is shown sound will be accepted."""
    to = to or {}
    taken: dict[UUID, int] = defaultdict(int)
    by_shop: dict[UUID, dict[UUID, list[tuple[Found, CartLineNow]]]] = {}
    for row in rows:
        line = _line(row, taken, to, channel)
        by_shop.setdefault(row.shop[0], {}).setdefault(row.supplier[0], []).append((row, line))
    shops = [_shop(suppliers, to.get("region", "")) for suppliers in by_shop.values()]
    parcels = [parcel for shop in shops for parcel in shop.parcels]
    lines = [line for parcel in parcels for line in parcel.lines]
    return Cart(
        shops=shops,
        goods_minor=sum(line.total_minor for line in lines if line.fault is None),
        freight_minor=sum(parcel.freight_minor for parcel in parcels),
        currency=rows[0].currency if rows else "",
        units=sum(line.quantity for line in lines),
        faults=sum(line.fault is not None for line in lines),
    )


def _line(row: Found, taken: dict[UUID, int], to: Mapping[str, str], channel: str) -> CartLineNow:
    stock = row.serving_id or row.sku_id
    left = max(0, row.left - taken[stock])
    where = excluded_place(row.excluded_regions, to)
    fault = _fault(row, left, where, channel)
    if fault is None:
        taken[stock] += row.quantity
    return CartLineNow(
        row.pick_id, row.sku_id, row.product_id, row.title, row.title_zh, row.options, row.options_zh, row.cover_id,
        row.quantity, row.price_minor or 0, row.multiple_bps, left, fault, row.excluded_regions, where or "",
    )  # fmt: skip


def _fault(row: Found, left: int, where: str | None, channel: str) -> str | None:
    if not row.sold_now or row.price_minor is None:
        return "not_sold"
    if not sold_in(row.excluded_channels, channel):
        return "channel_excluded"
    if where:
        return "region_excluded"
    if left < row.quantity:
        return "sold_out"
    return price_fault(row.price_minor, row.band)


def _shop(suppliers: Mapping[UUID, list[tuple[Found, CartLineNow]]], region: str) -> CartShop:
    parcels = []
    for rows in suppliers.values():
        supplier_id, name, name_zh, freight = rows[0][0].supplier
        lines = [line for _, line in rows]
        sound = [line for line in lines if line.fault is None]
        goods = sum(line.total_minor for line in sound)
        fee = freight_for(rows[0][0].freight, own_minor=freight, region=region, goods_minor=goods)
        asked = fee if sound else 0
        parcels.append(CartParcel(supplier_id, name, name_zh, asked, lines))
    first = next(iter(suppliers.values()))[0][0]
    return CartShop(*first.shop, parcels)

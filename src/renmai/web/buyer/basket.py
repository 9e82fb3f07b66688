"""What of a cart can be checked out now: every line sound, cut to what is left, or left out with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from renmai.goods.suppliers.models import Supplier
from renmai.kit.problems import NotFound
from renmai.trade.carts.rules import Cart, CartLineNow, CartParcel
from renmai.trade.checkout.rules import Wanted
from renmai.web.buyer.shown import listed, options_text, picture, say
from renmai.web.ui.formats import format_money

Place = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class BasketLine:
    """A line as it is shown. `quantity` is what can be had; `problem` says what is wrong or was changed."""

    pick_id: UUID
    sku_id: UUID
    title: str
    variant: str
    image: str
    quantity: int
    asked: int
    price_minor: int
    multiple_bps: int
    left: int
    problem: str = ""
    not_sent_to: str = ""

    @property
    def total_minor(self) -> int:
        """Return price x quantity."""
        return self.price_minor * self.quantity

    @property
    def asked_minor(self) -> int:
        """Return price x what was asked for."""
        return self.price_minor * self.asked

    @property
    def mark(self) -> str:
        """Return the line as a form carries it: pick, variant, quantity and the price seen."""
        return f"{self.pick_id}.{self.sku_id}.{self.quantity}.{self.price_minor}"

    @property
    def place(self) -> str:
        """Return pick and variant as an address carries them."""
        return f"{self.pick_id}.{self.sku_id}"


@dataclass(frozen=True, slots=True)
class BasketParcel:
    """The lines of one supplier in one shop."""

    supplier: str
    supplier_id: UUID
    freight_minor: int
    lines: list[BasketLine]


@dataclass(frozen=True, slots=True)
class BasketShop:
    """What will be one order."""

    name: str
    href: str
    face: str
    parcels: list[BasketParcel]


@dataclass(frozen=True, slots=True)
class Basket:
    """All of it, with amounts that count only what can be had."""

    shops: list[BasketShop] = field(default_factory=list)
    currency: str = ""

    @property
    def parcels(self) -> list[BasketParcel]:
        """Return the parcels of all shops."""
        return [parcel for shop in self.shops for parcel in shop.parcels]

    @property
    def lines(self) -> list[BasketLine]:
        """Return all lines."""
        return [line for parcel in self.parcels for line in parcel.lines]

    @property
    def payable(self) -> list[BasketLine]:
        """Return the lines that can be had."""
        return [line for line in self.lines if line.quantity]

    @property
    def problems(self) -> list[BasketLine]:
        """Return the lines with something to say."""
        return [line for line in self.lines if line.problem]

    @property
    def units(self) -> int:
        """Return how many pieces can be had."""
        return sum(line.quantity for line in self.lines)

    @property
    def goods_minor(self) -> int:
        """Return what the goods cost."""
        return sum(line.total_minor for line in self.lines)

    @property
    def freight_minor(self) -> int:
        """Return what the freight costs."""
        return sum(parcel.freight_minor for parcel in self.parcels)

    @property
    def total_minor(self) -> int:
        """Return what will be charged."""
        return self.goods_minor + self.freight_minor


def basket_of(
    cart: Cart,
    *,
    only: set[Place] | None = None,
    seen: Mapping[Place, int] | None = None,
    also: Mapping[Place, str] | None = None,
) -> Basket:
    """Return the basket of a cart, or of those of its lines that are in `only`.

    `seen` holds the unit prices the buyer saw before (a line whose price is another now says so); `also` holds reasons
    of a refusal for lines that the cart itself finds sound (two lines of one variant, for instance): they are left out.
    """
    freight = _freight(cart)
    shops = []
    for shop in cart.shops:
        parcels = [_parcel(parcel, cart.currency, freight, only, seen or {}, also or {}) for parcel in shop.parcels]
        kept = [parcel for parcel in parcels if parcel.lines]
        if kept:
            shops.append(BasketShop(say(shop, "name"), f"/@{shop.handle}", picture(shop.face_id), kept))
    return Basket(shops, cart.currency)


def _freight(cart: Cart) -> dict[UUID, int]:
    """Return supplier -> freight, also of those whose lines are all cut (the cart counts none for them)."""
    cut = [p for s in cart.shops for p in s.parcels if p.lines and all(line.fault for line in p.lines)]
    rows = (
        Supplier.objects.filter(id__in=[p.supplier_id for p in cut]).values_list("id", "freight_minor") if cut else []
    )
    return {p.supplier_id: p.freight_minor for s in cart.shops for p in s.parcels} | dict(rows)


def _parcel(
    parcel: CartParcel,
    currency: str,
    freight: Mapping[UUID, int],
    only: set[Place] | None,
    seen: Mapping[Place, int],
    also: Mapping[Place, str],
) -> BasketParcel:
    lines = [
        _line(line, currency, seen.get((line.pick_id, line.sku_id)), also.get((line.pick_id, line.sku_id), ""))
        for line in parcel.lines
        if only is None or (line.pick_id, line.sku_id) in only
    ]
    asked = freight[parcel.supplier_id] if any(line.quantity for line in lines) else 0
    return BasketParcel(say(parcel, "supplier_name"), parcel.supplier_id, asked, lines)


def _line(line: CartLineNow, currency: str, seen_minor: int | None, refused: str) -> BasketLine:
    cut = line.fault == "sold_out" and line.left > 0
    quantity = line.left if cut else 0 if line.fault or refused else line.quantity
    problem = problem_words(line.fault, left=line.left, where=line.where) if line.fault else refused
    if not problem and seen_minor is not None and seen_minor != line.price_minor:
        problem = problem_words(
            "price_changed", price=format_money(line.price_minor, currency), was=format_money(seen_minor, currency)
        )
    return BasketLine(
        line.pick_id, line.sku_id, say(line, "title"), options_text(line), picture(line.cover_id), quantity,
        line.quantity, line.price_minor, line.multiple_bps, line.left, problem, listed(line.excluded_regions),
    )  # fmt: skip


def without(basket: Basket, faults: Sequence[Mapping[str, Any]]) -> Basket:
    """Return the basket with the lines that a quote found at fault left out of its sums, each saying why."""
    said = {
        (UUID(str(f["pick_id"])), UUID(str(f["sku_id"]))): problem_words(
            f["code"], left=f.get("left", 0), where=f.get("where", "")
        )
        for f in faults
        if f["code"] != "price_changed"
    }

    def marked(line: BasketLine) -> BasketLine:
        why = said.get((line.pick_id, line.sku_id))
        return replace(line, quantity=0, problem=why) if why else line

    def parcels(shop: BasketShop) -> list[BasketParcel]:
        return [replace(parcel, lines=[marked(line) for line in parcel.lines]) for parcel in shop.parcels]

    return replace(basket, shops=[replace(shop, parcels=parcels(shop)) for shop in basket.shops]) if said else basket


def problem_words(code: str, *, left: int = 0, price: str = "", was: str = "", where: str = "") -> str:
    """Return what is wrong with a line, in words."""
    if code == "region_excluded":
        return _("Not sent to %(where)s.") % {"where": where}
    if code == "sold_out" and left > 0:
        return ngettext("Only %(left)d left.", "Only %(left)d left.", left) % {"left": left}
    if code == "price_changed":
        return _("The price changed: it was %(was)s and is %(price)s now.") % {"was": was, "price": price}
    return {
        "sold_out": _("Sold out."),
        "not_sold": _("No longer sold here."),
        "above_cap": _("The price is above what is allowed, so it is not sold at the moment."),
        "below_floor": _("The price is below what the maker allows, so it is not sold at the moment."),
        "channel_excluded": _("The maker does not sell this here."),
        "drop_not_yet": _("The drop has not begun yet."),
        "drop_over": _("The drop is over."),
        "drop_limit": _("You have as many of this drop as one buyer may have."),
        "drop_alone": _("This drop is ordered on its own."),
    }.get(code, _("It cannot be sold at this price at the moment."))


def read_place(text: str) -> Place:
    """Return pick and variant of "pick.sku". Errors: NotFound."""
    pick_id, _dot, sku_id = text.partition(".")
    try:
        return UUID(pick_id), UUID(sku_id)
    except ValueError:
        raise NotFound() from None


def read_marks(marks: Iterable[str]) -> list[Wanted]:
    """Return the lines that a form carries. Errors: NotFound when one cannot be read."""
    return [_wanted(mark) for mark in marks]


def _wanted(mark: str) -> Wanted:
    parts: list[Any] = mark.split(".")
    try:
        return Wanted(UUID(parts[0]), UUID(parts[1]), int(parts[2]), int(parts[3]))
    except (ValueError, IndexError):
        raise NotFound() from None

"""A practice order: what one of the shop's own picks would come to, and who would get what of it. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.goods.products.exclusions import SHOP
from renmai.kit.access import Actor, require_person
from renmai.money.splits.rules import Part
from renmai.places.shops.queries import access_own_pick
from renmai.trade.checkout.decision import draft_orders
from renmai.trade.checkout.lane import read
from renmai.trade.checkout.pricing import price
from renmai.trade.checkout.rules import METHODS, CheckoutRefused, Place, Wanted, check_basket


@dataclass(frozen=True, slots=True)
class PracticeLine:
    """A line as it would be written: goods or freight, and its parts in the order of the waterfall."""

    kind: str
    title: str
    title_zh: str
    quantity: int
    paid_minor: int
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Practice:
    """What the order would be: money in minor units; `settle_days` after receipt the parts are settled."""

    currency: str
    total_minor: int
    freight_minor: int
    settle_days: int
    term: str
    lines: tuple[PracticeLine, ...]


def practise(*, actor: Actor, now: datetime, pick_id: UUID, sku_id: UUID, quantity: int = 1) -> Practice:
    """Return what an order of one's own pick would come to now, by the very decision that placing takes.

    For whoever looks after the shop's goods. Errors: SignInNeeded, NotFound, BadBasket, CheckoutRefused (`lines` says why).
    """
    access_own_pick(actor, pick_id)
    wanted = (Wanted(pick_id, sku_id, quantity),)
    check_basket(wanted, METHODS[0])
    nowhere: dict[str, str] = {}
    place = Place(require_person(actor), "", b"", wanted, METHODS[0], now, address=nowhere, channel=SHOP)
    with connection.cursor() as cursor:
        known = read(cursor, [place], lock=False)
    priced = price(place, known, nowhere)
    if not priced.lines or priced.faults:
        raise CheckoutRefused(count=len(priced.faults), lines=priced.faults)
    (order,) = draft_orders(place, priced, known, nowhere)
    lines = tuple(_shown(line) for line in order.lines)
    offer = priced.lines[0].offer
    return Practice(
        offer.currency, sum(line.paid_minor for line in lines), sum(x.paid_minor for x in lines if x.kind == "freight"),
        order.settle_days, offer.term, lines,
    )  # fmt: skip


def _shown(line: Any) -> PracticeLine:
    return PracticeLine(line.kind, line.title, line.title_zh, line.quantity, line.paid_minor, tuple(line.parts))

"""Pick many products at once, as from a pallet: one transaction, a constant number of statements, an outcome for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, transaction

from renmai.goods.plans.offers import ShopOffer, offers_for
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, append
from renmai.kit.fields import checked_texts
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, NotFound
from renmai.money.splits.queries import Fees
from renmai.places.shops.actions import (
    NotForYou,
    NotInPool,
    PickedAlready,
    PickRefused,
    TermNotOffered,
    picks_full,
    places_left,
)
from renmai.places.shops.queries import access_content_shop
from renmai.places.shops.rules import WORDS, Band, Quote, Variant, quote

PICKS_AT_ONCE_MAX = 100


class TooManyAtOnce(DomainError):
    """Nothing, or more than can be picked at once."""

    code = "pick.too_many_at_once"
    status = 422
    message = "Pick between 1 and {most} products at once."


@dataclass(frozen=True, slots=True)
class Wish:
    """A product to pick, on one of the two terms at the suggested prices, with the creator's word for it."""

    product_id: UUID
    term: str
    word: str
    word_zh: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a wish: the pick, or the refusal `pick_product` would have given. `pick_id` of a product that was in
    the shop already is that pick."""

    product_id: UUID
    pick_id: UUID | None = None
    refusal: DomainError | None = None

    @property
    def code(self) -> str:
        """Return "picked", or the refusal's code."""
        return self.refusal.code if self.refusal else "picked"


@dataclass(slots=True)
class _Product:
    trusted: bool
    supplier_id: UUID
    category_id: UUID
    cap_bps: int
    variants: list[Variant] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _New:
    id: UUID
    wish: Wish
    words: Mapping[str, str]
    offer: ShopOffer
    quotes: Sequence[Quote]

    @property
    def commission_bps(self) -> int | None:
        return self.offer.commission_bps if self.wish.term == "commission" else None

    @property
    def plan(self) -> tuple[UUID | None, int | None]:
        """Return the plan it is on (None: the open one) and what that gives the agency, on commission terms."""
        return (self.offer.plan_id, self.offer.service_bps) if self.wish.term == "commission" else (None, None)


# In key order, so that two of these never wait for each other; shared, so that a recall waits and then sees what was made.
PRODUCTS = """
select p.id, su.state = 'approved', p.supplier_id, p.category_id, c.cap_multiple_bps
from goods_product p
join goods_supplier su on su.id = p.supplier_id
join goods_category c on c.id = p.category_id
where p.id = any(%s) and p.state = 'approved'
order by p.id for share of p
"""
SKUS = """
select s.product_id, s.id, s.supply_price_minor, s.floor_price_minor, s.price_minor, s.options, s.options_zh,
       t.received - t.sold - t.held - t.set_aside
from goods_sku s join goods_stock t on t.sku_id = s.id
where s.product_id = any(%s) and s.active
order by s.product_id, s.position, s.id
"""
KNOWN = "select product_id, id from places_pick where shop_id = %s and product_id = any(%s) and removed_at is null"
INSERT = """
insert into places_pick (id, shop_id, product_id, term, commission_bps, plan_id, service_bps, word, word_zh, position,
                         removed_why, created_at, rated_at)
select v.id, %s, v.product_id, v.term, v.commission_bps, v.plan_id, v.service_bps, v.word, v.word_zh, 0, '', n, n
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::int[], %s::uuid[], %s::int[], %s::text[], %s::text[])
  as v (id, product_id, term, commission_bps, plan_id, service_bps, word, word_zh), (select %s::timestamptz as n) at
order by v.product_id
on conflict (shop_id, product_id) where removed_at is null do nothing
returning id
"""
PRICES = """
insert into places_pickprice (pick_id, sku_id, price_minor) select * from unnest(%s::uuid[], %s::uuid[], %s::bigint[])
"""


@transaction.atomic
def pick_many(*, actor: Actor, now: datetime, shop_id: UUID, wishes: Sequence[Wish]) -> list[Outcome]:
    """Put up to 100 products of the pool into a shop; one that cannot be picked fails no other.

    Margin terms take the suggested prices. A product that is named twice is picked once. After: picks with their prices,
    event pick.made for each; an outcome per product, in the order of the wishes.
    Errors: NotFound, SignInNeeded, TooManyAtOnce.
    """
    access_content_shop(actor, shop_id)
    if not 1 <= len(wishes) <= PICKS_AT_ONCE_MAX:
        raise TooManyAtOnce(most=PICKS_AT_ONCE_MAX)
    asked: dict[UUID, Wish] = {}
    for wish in wishes:
        asked.setdefault(wish.product_id, wish)
    outcomes: dict[UUID, Outcome] = {}
    with connection.cursor() as cursor:
        products = _locked(cursor, asked)
        known = _known(cursor, shop_id, asked)
        offers = offers_for(cursor, shop_id, products, now=now)
        fees = Fees(shop_id)
        new: list[_New] = []
        room = places_left(shop_id)
        for product_id, wish in asked.items():
            try:
                made_of = _decided(wish, products.get(product_id), offers.get(product_id), known, fees)
                if len(new) >= room:
                    raise picks_full(shop_id)
                new.append(made_of)
            except DomainError as refusal:
                outcomes[product_id] = Outcome(product_id, known.get(product_id), refusal)
        made = _write(cursor, actor, shop_id, new, now)
    for pick in new:
        refused = None if pick.id in made else PickedAlready(pick_id=None)
        outcomes[pick.wish.product_id] = Outcome(pick.wish.product_id, None if refused else pick.id, refused)
    return [outcomes[product_id] for product_id in asked]


def _locked(cursor: Any, product_ids: Iterable[UUID]) -> dict[UUID, _Product]:
    """Return the approved products, kept so until the transaction ends, with their variants. Two statements."""
    cursor.execute(PRODUCTS, (sorted(product_ids),))
    found = {
        product_id: _Product(trusted, supplier_id, category_id, cap_bps)
        for product_id, trusted, supplier_id, category_id, cap_bps in cursor.fetchall()
    }
    cursor.execute(SKUS, (list(found),))
    for product_id, sku_id, supply, floor, price, options, options_zh, left in cursor.fetchall():
        band = Band(supply, floor, price, found[product_id].cap_bps)
        found[product_id].variants.append(Variant(sku_id, band, left, _plain(options), _plain(options_zh)))
    return found


def _plain(value: Any) -> dict[str, str]:
    return dict(orjson.loads(value) if isinstance(value, str | bytes) else value)


def _known(cursor: Any, shop_id: UUID, product_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    cursor.execute(KNOWN, (shop_id, list(product_ids)))
    return dict(cursor.fetchall())


def _decided(
    wish: Wish, product: _Product | None, offer: ShopOffer | None, known: Mapping[UUID, UUID], fees: Fees
) -> _New:
    """Return the pick to make. Errors: those of `pick_product`, in its order."""
    words = checked_texts(WORDS, {"word": wish.word, "word_zh": wish.word_zh})
    if product is None or offer is None:
        raise NotInPool()
    if not product.trusted:
        raise NotFound()
    if not product.variants:
        raise NotInPool()
    on_commission = wish.term == "commission" and offer.commission_bps is not None
    if not (offer.margin if wish.term == "margin" else on_commission):
        raise NotForYou() if offer.not_for_you else TermNotOffered(term=wish.term)
    fee = fees.fee(supplier_id=product.supplier_id, category_id=product.category_id)
    quotes = [
        quote(v, term=wish.term, price_minor=v.band.price_minor, fee=fee, commission_bps=offer.commission_bps or 0)
        for v in product.variants
    ]
    lines = [
        {"sku_id": q.sku_id, "code": q.fault, "price_minor": q.price_minor, "least_minor": q.least_minor,
         "most_minor": q.most_minor}
        for q in quotes if q.fault
    ]  # fmt: skip
    if lines:
        raise PickRefused(count=len(lines), lines=lines)
    if wish.product_id in known:
        raise PickedAlready(pick_id=known[wish.product_id])
    return _New(new_id(), wish, words, offer, quotes)


def _write(cursor: Any, actor: Actor, shop_id: UUID, new: Sequence[_New], now: datetime) -> set[UUID]:
    """Write picks, prices and events by one statement each; return the ids of those that another was not faster with."""
    if not new:
        return set()
    rows = [
        (n.id, n.wish.product_id, n.wish.term, n.commission_bps, *n.plan,
         n.words["word"], n.words["word_zh"])
        for n in new
    ]  # fmt: skip
    cursor.execute(INSERT, (shop_id, *(list(column) for column in zip(*rows, strict=True)), now))
    made = {row[0] for row in cursor.fetchall()}
    done = [n for n in new if n.id in made]
    prices = [(n.id, q.sku_id, q.price_minor) for n in done if n.wish.term == "margin" for q in n.quotes]
    if prices:
        cursor.execute(PRICES, tuple(list(column) for column in zip(*prices, strict=True)))
    append(cursor, [Happened("pick.made", n.id, now, _told(n, shop_id), actor.person_id) for n in done])
    return made


def _told(new: _New, shop_id: UUID) -> dict[str, Any]:
    return {
        "shop_id": shop_id, "product_id": new.wish.product_id, "term": new.wish.term,
        "commission_bps": new.commission_bps, "plan_id": new.plan[0],
        "prices_minor": {str(q.sku_id): q.price_minor for q in new.quotes},
    }  # fmt: skip

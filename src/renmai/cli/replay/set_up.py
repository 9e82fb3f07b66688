"""What the orders name, made set by set before they start: suppliers, products, shops with picks, buyers.

Thirty thousand single actions would cost more than the orders themselves, so this is written in sets; only the flow of
orders runs through the lanes. Ids follow from Olist's own, so that a second run finds what the first one made.

Chosen, because the tables do not say: the supply price is 60 % of the price, every pick is on commission (Olist's
sellers fix their prices), and one variant stands for each price a product was sold at.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from uuid import NAMESPACE_URL, UUID, uuid5

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Model

from renmai.cli.replay.plan import Journey, quantities
from renmai.cli.replay.reader import CURRENCY, UNCATEGORISED, Tables
from renmai.goods.products.models import Category, Product, ProductState, Sku, Stock, StockReceipt
from renmai.goods.screening.models import Decision, Verdict
from renmai.goods.suppliers.models import Supplier, SupplierState
from renmai.kit.money import share
from renmai.people.accounts.models import Address, Membership, Person, Role
from renmai.places.shops.models import Pick, PickTerm, Shop

NAMESPACE = uuid5(NAMESPACE_URL, "renmai:replay:olist")
SUPPLY_BPS = 6_000
COMMISSION_BPS = 1_500
BATCH = 2_000
MAIL = "olist.invalid"


def replay_id(kind: str, *names: object) -> UUID:
    """Return the id of something that Olist names."""
    return uuid5(NAMESPACE, ":".join((kind, *map(str, names))))


def slug_of(category: str) -> str:
    """Return the slug of a category, within what a slug may be."""
    return f"olist-{category.replace('_', '-')}"[:50].rstrip("-")


def handle_of(category: str) -> str:
    """Return the handle of the category's shop: short, and not another's."""
    return f"{category.replace('_', '-')[:21].rstrip('-')}-{replay_id('shop', category).hex[:8]}"


@dataclass(slots=True)
class Named:
    """What the orders name, each once, in the order of first mention."""

    sellers: dict[str, None] = field(default_factory=dict)
    categories: dict[str, None] = field(default_factory=dict)
    products: dict[tuple[str, str], str] = field(default_factory=dict)
    pieces: dict[tuple[str, str, int], int] = field(default_factory=lambda: defaultdict(int))
    picks: dict[tuple[str, str, str], None] = field(default_factory=dict)
    buyers: dict[str, None] = field(default_factory=dict)
    addresses: dict[tuple[str, str, str, str], None] = field(default_factory=dict)


def named_in(journeys: Sequence[Journey]) -> Named:
    """Return what `journeys` name. An order belongs to the shop of its first item, which then picks all it sells."""
    named = Named(categories={UNCATEGORISED: None})
    for journey in journeys:
        order = journey.order
        named.buyers[order.buyer] = None
        named.addresses[order.buyer, order.postcode, order.city, order.region] = None
        for item in order.items:
            named.sellers[item.seller] = None
            named.categories[item.category] = None
            named.products[item.seller, item.product] = item.category
            named.picks[journey.category, item.seller, item.product] = None
        for piece, quantity in quantities(order.items).items():
            named.pieces[piece] += quantity
    return named


def set_up(tables: Tables, journeys: Sequence[Journey]) -> None:
    """Make everything `journeys` name that is not there yet, in one transaction."""
    named = named_in(journeys)
    start = journeys[0].placed_at - timedelta(days=1)
    with transaction.atomic():
        _people(named, start)
        _suppliers(named, tables, start)
        _goods(named, tables, start)
        _stock(named, start)
        _shops(named, tables, start)


def _keep(rows: Iterable[Model]) -> None:
    """Write rows of one kind; those that are there stay as they are."""
    listed = list(rows)
    if listed:
        type(listed[0])._default_manager.bulk_create(listed, batch_size=BATCH, ignore_conflicts=True)


def _person(kind: str, name: str, shown: str, at: datetime, locked: str) -> Person:
    email = f"{replay_id(kind, name).hex}@{kind}.{MAIL}"
    return Person(id=replay_id(kind, name), email=email, name=shown[:80], locale="en", password=locked, created_at=at)


def _people(named: Named, at: datetime) -> None:
    locked = make_password(None)
    buyers = (_person("buyer", buyer, f"Buyer {buyer[:8]}", at, locked) for buyer in named.buyers)
    sellers = (_person("seller", seller, f"Seller {seller[:8]}", at, locked) for seller in named.sellers)
    owners = (_person("creator", category, f"Keeper of {category}", at, locked) for category in named.categories)
    _keep(chain(buyers, sellers, owners, [_person("operator", "operator", "Screening of the replay", at, locked)]))
    _keep(
        Address(
            id=replay_id("address", *address),
            person_id=replay_id("buyer", address[0]),
            recipient=f"Buyer {address[0][:8]}",
            phone="",
            region=address[3],
            city=address[2],
            street="",
            postcode=address[1],
            country="BR",
            created_at=at,
        )
        for address in named.addresses
    )


def _suppliers(named: Named, tables: Tables, at: datetime) -> None:
    _keep(
        Supplier(
            id=replay_id("supplier", seller),
            name=f"Seller {seller[:8]}",
            town=tables.towns.get(seller, "")[:80],
            country="BR",
            licence_number=seller,
            state=SupplierState.APPROVED,
            created_at=at,
        )
        for seller in named.sellers
    )
    _keep(_member("seller", seller, Role.SUPPLIER, replay_id("supplier", seller), at) for seller in named.sellers)
    _keep(_approved(replay_id("supplier", seller), at) for seller in named.sellers)


def _member(kind: str, name: str, role: Role, subject_id: UUID, at: datetime) -> Membership:
    return Membership(
        id=replay_id("membership", kind, name),
        person_id=replay_id(kind, name),
        role=role,
        subject_id=subject_id,
        created_at=at,
    )


def _approved(subject_id: UUID, at: datetime) -> Decision:
    return Decision(
        id=replay_id("decision", subject_id),
        subject_id=subject_id,
        verdict=Verdict.APPROVED,
        reason="Traded on Olist; replayed.",
        by_id=replay_id("operator", "operator"),
        at=at,
    )


def _goods(named: Named, tables: Tables, at: datetime) -> None:
    _keep(
        Category(
            id=replay_id("category", category),
            slug=slug_of(category),
            name=shown_name(tables, category),
            name_zh=shown_name(tables, category),
        )
        for category in named.categories
    )
    _keep(
        Product(
            id=replay_id("product", seller, product),
            supplier_id=replay_id("supplier", seller),
            category_id=replay_id("category", category),
            handle=product,
            title=f"{shown_name(tables, category)} {product[:8]}",
            commission_bps=COMMISSION_BPS,
            margin_allowed=False,
            state=ProductState.APPROVED,
            created_at=at,
            approved_at=at,
        )
        for (seller, product), category in named.products.items()
    )
    _keep(_approved(replay_id("product", seller, product), at) for seller, product in named.products)
    _keep(_sku(seller, product, price) for seller, product, price in named.pieces)


def shown_name(tables: Tables, category: str) -> str:
    """Return a category's English name, or Olist's own where there is none."""
    return tables.english.get(category, category).replace("_", " ").capitalize()[:80]


def _sku(seller: str, product: str, price_minor: int) -> Sku:
    supply = max(1, share(price_minor, SUPPLY_BPS))
    return Sku(
        id=replay_id("sku", seller, product, price_minor),
        product_id=replay_id("product", seller, product),
        code=str(price_minor),
        supply_price_minor=supply,
        floor_price_minor=supply,
        price_minor=price_minor,
        currency=CURRENCY,
    )


def _stock(named: Named, at: datetime) -> None:
    """Receive what the orders need and is not there yet."""
    need = {replay_id("sku", *piece): quantity for piece, quantity in named.pieces.items()}
    _keep(Stock(sku_id=sku_id) for sku_id in need)
    short = [
        stock
        for stock in Stock.objects.select_for_update().order_by("sku_id").filter(sku_id__in=list(need))
        if stock.received < need[stock.sku_id]
    ]
    missing = {stock.sku_id: need[stock.sku_id] - stock.received for stock in short}
    for stock in short:
        stock.received = need[stock.sku_id]
    Stock.objects.bulk_update(short, ["received"], batch_size=BATCH)
    StockReceipt.objects.bulk_create(
        [
            StockReceipt(sku_id=sku_id, quantity=quantity, reason="replay", at=at)
            for sku_id, quantity in missing.items()
        ],
        batch_size=BATCH,
    )


def _shops(named: Named, tables: Tables, at: datetime) -> None:
    _keep(
        Shop(
            id=replay_id("shop", category),
            owner_id=replay_id("creator", category),
            handle=handle_of(category),
            name=shown_name(tables, category)[:60],
            words="Replayed from Olist.",
            created_at=at,
        )
        for category in named.categories
    )
    _keep(_member("creator", category, Role.CREATOR, replay_id("shop", category), at) for category in named.categories)
    _keep(
        Pick(
            id=replay_id("pick", category, seller, product),
            shop_id=replay_id("shop", category),
            product_id=replay_id("product", seller, product),
            term=PickTerm.COMMISSION,
            commission_bps=COMMISSION_BPS,
            word="Replayed from Olist.",
            created_at=at,
        )
        for category, seller, product in named.picks
    )

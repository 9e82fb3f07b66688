"""The small world as rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.cli.simulate.spec import (
    AGENCY_BPS,
    BUYERS,
    CURRENCY,
    GOODS,
    SHARER_BPS,
    SHOPS,
    START,
    SUPPLIERS,
    Goods,
    coupons,
)
from renmai.goods.products.models import Category, Product, Sku, Stock, StockReceipt
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, Grant
from renmai.people.accounts.models import Address, Person
from renmai.people.agencies.models import Agency, Contract
from renmai.places.shops.models import Pick, PickPrice, Shop
from renmai.trade.promotions.models import Coupon
from renmai.trade.referrals.models import ShareLink, ShareTerms

KEPT = ("django_migrations", "django_content_type", "auth_permission")


@dataclass
class Ids:
    """Who and what there is, in the order of the plain data."""

    buyers: list[Actor] = field(default_factory=list)
    addresses: list[UUID] = field(default_factory=list)
    operators: list[Actor] = field(default_factory=list)
    suppliers: list[Actor] = field(default_factory=list)
    supplier_ids: list[UUID] = field(default_factory=list)
    creators: list[Actor] = field(default_factory=list)
    shop_ids: list[UUID] = field(default_factory=list)
    goods: list[tuple[UUID, UUID]] = field(default_factory=list)
    payees: list[tuple[str, Actor]] = field(default_factory=list)
    link: str = "sim-link"


def make_world() -> Ids:
    """Empty every table and make the world anew."""
    _empty()
    ids = Ids()
    _people(ids)
    category = Category.objects.create(slug="home", name="Home", name_zh="家居")
    _sellers(ids)
    for goods in GOODS:
        _goods(ids, category, goods)
    _sharing(ids)
    _coupons(ids)
    return ids


def _empty() -> None:
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names(cursor) if name not in KEPT]
        cursor.execute(f"truncate {', '.join(sorted(tables))} cascade")


def _person(name: str) -> Person:
    return Person.objects.create(email=f"{name}@example.org", name=name, created_at=START)


def _people(ids: Ids) -> None:
    for number in range(BUYERS):
        person = _person(f"buyer{number}")
        address: Any = Address.objects.create(
            person=person, recipient="Lin", phone="000", region="ZJ", city="Hangzhou", street="1", created_at=START
        )
        ids.buyers.append(Actor(person.id, name=person.name))
        ids.addresses.append(address.id)
    for number in range(2):
        grants = frozenset({Grant("operator")})
        ids.operators.append(Actor(_person(f"operator{number}").id, grants, confirmed=True))


def _sellers(ids: Ids) -> None:
    for name, freight in SUPPLIERS:
        supplier = Supplier.objects.create(name=name, freight_minor=freight, state="approved", created_at=START)
        actor = Actor(_person(name.lower()).id, frozenset({Grant("supplier", supplier.id)}))
        ids.suppliers.append(actor)
        ids.supplier_ids.append(supplier.id)
        ids.payees.append((f"supplier:{supplier.id}", actor))
    for handle in SHOPS:
        owner = _person(handle)
        shop = Shop.objects.create(owner_id=owner.id, handle=handle, name=handle, created_at=START)
        actor = Actor(owner.id, frozenset({Grant("creator", shop.id), Grant("owner", shop.id)}))
        ids.creators.append(actor)
        ids.shop_ids.append(shop.id)
        ids.payees.append((f"creator:{shop.id}", actor))


def _goods(ids: Ids, category: Category, goods: Goods) -> None:
    product = Product.objects.create(
        supplier_id=ids.supplier_ids[goods.supplier], category=category, handle=goods.handle, title=goods.handle,
        title_zh=goods.handle, commission_bps=goods.commission_bps, state="approved", approved_at=START, created_at=START,
    )  # fmt: skip
    sku = Sku.objects.create(
        product=product, code="1", supply_price_minor=goods.supply_minor, floor_price_minor=goods.floor_minor,
        price_minor=goods.price_minor, currency=CURRENCY,
    )  # fmt: skip
    Stock.objects.create(sku=sku, received=goods.stock)
    StockReceipt.objects.create(sku=sku, quantity=goods.stock, reason="start", at=START)
    pick = Pick.objects.create(
        shop_id=ids.shop_ids[goods.shop], product_id=product.id, term="margin" if goods.own_minor else "commission",
        commission_bps=goods.commission_bps, word="Good.", created_at=START,
    )  # fmt: skip
    if goods.own_minor:
        PickPrice.objects.create(pick=pick, sku_id=sku.id, price_minor=goods.own_minor)
    ids.goods.append((pick.id, sku.id))


def _sharing(ids: Ids) -> None:
    """The first shop has an agency, and gives to who shares its link."""
    shop_id, owner = ids.shop_ids[0], ids.creators[0].person_id
    assert owner is not None
    agency = Agency.objects.create(name="Camp", created_at=START)
    agent = Actor(_person("agent").id, frozenset({Grant("agency", agency.id)}))
    Contract.objects.create(
        agency=agency, shop_id=shop_id, version=1, share_bps=AGENCY_BPS, state="active", proposed_by_id=owner,
        proposed_at=START, answered_by_id=owner, starts_at=START - timedelta(days=1),
    )  # fmt: skip
    sharer = _person("sharer")
    ShareTerms.objects.create(shop_id=shop_id, sharer_bps=SHARER_BPS, changed_at=START, changed_by_id=owner)
    ShareLink.objects.create(
        token=ids.link, shop_id=shop_id, subject_kind="shop", subject_id=shop_id, sharer_id=sharer.id, created_at=START
    )
    ids.payees.append((f"agency:{agency.id}", agent))
    ids.payees.append((f"sharer:{sharer.id}", Actor(sharer.id, frozenset({Grant("sharer", sharer.id)}))))


def _coupons(ids: Ids) -> None:
    """One that the platform pays for, one of a supplier's, one of a creator's that is soon used up."""
    for row in coupons(ids.supplier_ids[0], ids.shop_ids[0]):
        Coupon.objects.create(
            **row,
            starts_at=START,
            ends_at=START + timedelta(days=3_650),
            created_by_id=ids.shop_ids[0],
            created_at=START,
        )

"""A part of the demo's content as rows, for the tests of the buyer's pages: four creators, their goods, a buyer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from renmai.cli.demo.content import CATEGORIES, CREATORS, PRODUCTS, SUPPLIERS, Creator, Product
from renmai.cli.demo.draw import draw_cover, draw_face, draw_product
from renmai.goods.products import models as goods
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.media.actions import store_picture
from renmai.people.accounts.models import Person
from renmai.places.shops.models import Pick, PickPrice, Shop

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass
class Fair:
    """What was made, by the content's keys. `picks` by (creator's handle, product key)."""

    buyer: Person
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    products: dict[str, goods.Product] = field(default_factory=dict)
    skus: dict[str, list[goods.Sku]] = field(default_factory=dict)
    shops: dict[str, Shop] = field(default_factory=dict)
    picks: dict[tuple[str, str], Pick] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        """The buyer."""
        return Actor(self.buyer.id, name=self.buyer.name)


def make_fair(*, creators: int = 4, pictures: bool = False, email: str = "gu.ning@example.org") -> Fair:
    """Make the first `creators` of the demo with all that they picked; `pictures` draws faces and goods (slow)."""
    fair = Fair(Person.objects.create(email=email, name="顾宁", created_at=NOW))
    chosen = CREATORS[:creators]
    wanted = {pick.product for creator in chosen for pick in creator.picks}
    _suppliers(fair)
    categories = {
        c.slug: goods.Category.objects.create(
            slug=c.slug,
            name=c.name_en,
            name_zh=c.name_zh,
            cap_multiple_bps=c.cap_multiple_bps,
            withdrawal_days=c.withdrawal_days,
        )
        for c in CATEGORIES
    }
    for product in PRODUCTS:
        if product.key in wanted:
            _product(fair, product, categories[product.category], pictures=pictures)
    for creator in chosen:
        _shop(fair, creator, pictures=pictures)
    return fair


def _suppliers(fair: Fair) -> None:
    for s in SUPPLIERS:
        fair.suppliers[s.key] = Supplier.objects.create(
            name=s.name_en, name_zh=s.name_zh, story=s.story_en, story_zh=s.story_zh, town=s.town_en, state="approved",
            freight_minor=s.freight_minor, hand_over_hours=s.handover_hours, created_at=NOW,
        )  # fmt: skip


def _picture(data: bytes) -> UUID:
    return store_picture(data=data, name="drawn.webp", actor=SYSTEM, now=NOW).id


def _product(fair: Fair, p: Product, category: goods.Category, *, pictures: bool) -> None:
    cover = _picture(draw_product(p.kind, p.palette, p.seed, 800)) if pictures else None
    product = goods.Product.objects.create(
        supplier=fair.suppliers[p.supplier], category=category, handle=p.key, title=p.title_en, title_zh=p.title_zh,
        body=p.description_en, body_zh=p.description_zh, option_names=[p.option_en], commission_bps=p.commission_bps,
        margin_allowed=p.margin_allowed, state="approved", cover_id=cover, created_at=NOW, approved_at=NOW,
    )  # fmt: skip
    if cover:
        goods.ProductPicture.objects.create(product=product, position=0, media_id=cover, alt=p.title_en)
    fair.products[p.key], fair.skus[p.key] = product, []
    for number, v in enumerate(p.variants):
        sku = goods.Sku.objects.create(
            product=product, code=p.sku(number), options={p.option_en: v.value_en}, options_zh={p.option_zh: v.value_zh},
            supply_price_minor=v.supply_price_minor, price_minor=v.suggested_price_minor,
            floor_price_minor=v.floor_price_minor, currency="CNY", position=number,
        )  # fmt: skip
        goods.Stock.objects.create(sku=sku, received=v.stock)
        fair.skus[p.key].append(sku)


def _shop(fair: Fair, c: Creator, *, pictures: bool) -> None:
    face = _picture(draw_face(c.face_seed)) if pictures else None
    cover = _picture(draw_cover(c.cover_seed, c.palette)) if pictures else None
    owner = Person.objects.create(email=f"{c.handle}@example.org", name=c.name, created_at=NOW)
    shop = Shop.objects.create(
        owner_id=owner.id, handle=c.handle, name=c.name, name_zh=c.name_zh, words=c.words_en, words_zh=c.words_zh,
        face_id=face, cover_id=cover, created_at=NOW,
    )  # fmt: skip
    fair.shops[c.handle] = shop
    rates = {p.key: p for p in PRODUCTS}
    for number, p in enumerate(c.picks):
        rate = rates[p.product].commission_bps if p.term == "commission" else None
        pick = Pick.objects.create(
            shop=shop, product_id=fair.products[p.product].id, term=p.term, commission_bps=rate, word=p.word_en,
            word_zh=p.word_zh, position=number, created_at=NOW,
        )  # fmt: skip
        fair.picks[c.handle, p.product] = pick
        if p.term == "margin":
            variants = rates[p.product].variants
            PickPrice.objects.bulk_create(
                PickPrice(pick=pick, sku_id=sku.id, price_minor=p.price_minor(variant))
                for sku, variant in zip(fair.skus[p.product], variants, strict=True)
            )

"""One article of the first shop that a second supplier has too, prices by quantity, and a place it is not sent to."""

from __future__ import annotations

import io
from datetime import datetime

import orjson

from renmai.cli.demo import content, draw
from renmai.cli.demo.papers import show_papers
from renmai.cli.demo.world import World
from renmai.config import config
from renmai.goods.catalogue.imports import import_products
from renmai.goods.products.models import Product, Sku
from renmai.goods.products.pictures import add_picture
from renmai.goods.products.prices import set_supply_tiers
from renmai.goods.products.texts import change_product, set_exclusions
from renmai.goods.screening.actions import screen_product
from renmai.goods.sources.actions import SourceTooDear, link_source, set_source_rule
from renmai.kit.media.actions import store_picture
from renmai.kit.money import to_decimal


def share_goods(world: World, now: datetime) -> None:
    """Let a second supplier bring the first picked article as well, screened and linked; the next serves when one is empty."""
    key = next(product for _, product in world.picks)
    product = Product.objects.select_related("category").get(id=world.products[key])
    skus = list(product.skus.filter(active=True).order_by("position", "id"))
    supplier_id, actor = next(each for each in world.suppliers.values() if each[0] != product.supplier_id)
    line = orjson.dumps({
        "handle": f"{key}-second-source", "title": product.title, "title_zh": product.title_zh, "body": product.body,
        "body_zh": product.body_zh, "category": product.category.slug, "options": list(skus[0].options),
        "variants": [_variant(sku, n) for n, sku in enumerate(skus)],
    })  # fmt: skip
    import_products(actor=actor, now=now, supplier_id=supplier_id, stream=io.BytesIO(line), file_name="second.jsonl")
    second = Product.objects.get(supplier_id=supplier_id, handle=f"{key}-second-source")
    change_product(actor=actor, now=now, product_id=second.id, attributes=product.attributes)
    maker = next(key for key, (own_id, _) in world.suppliers.items() if own_id == supplier_id)
    show_papers(next(it for it in content.SUPPLIERS if it.key == maker), actor, second.id, now, now)
    made = next(it for it in content.PRODUCTS if it.key == key)
    drawn = draw.draw_product(made.kind, made.palette, made.seed + 1, 1000)
    media = store_picture(data=drawn, name="second.webp", actor=actor, now=now)
    add_picture(actor=actor, now=now, product_id=second.id, media_id=media.id, alt=product.title)
    screen_product(
        actor=world.operator,
        now=now,
        product_id=second.id,
        verdict="approved",
        reason="The same goods, from a second mould.",
    )
    others = list(second.skus.order_by("position", "id"))
    for sku, other in zip(skus, others, strict=True):
        try:
            link_source(actor=world.operator, now=now, sku_id=sku.id, other_id=other.id)
        except SourceTooDear:
            continue
    set_source_rule(
        actor=world.operator, now=now, product_id=product.id, mode="by_product", on_sold_out="next", on_late="next"
    )
    owner = next(actor for own_id, actor in world.suppliers.values() if own_id == product.supplier_id)
    list_minor = skus[0].supply_price_minor
    set_supply_tiers(
        actor=owner, now=now, sku_id=skus[0].id, tiers=[(5, list_minor * 95 // 100), (20, list_minor * 90 // 100)]
    )
    set_exclusions(actor=owner, now=now, product_id=product.id, channels=["store"], regions=["西藏", "Tibet"])


def _variant(sku: Sku, number: int) -> dict[str, object]:
    def price(minor: int) -> str:
        return str(to_decimal(minor, config().currency))

    return {
        "sku": f"SECOND-{number + 1}", "options": sku.options, "price": price(sku.price_minor), "stock": 40,
        "supply_price": price(sku.supply_price_minor), "floor_price": price(sku.floor_price_minor),
    }  # fmt: skip

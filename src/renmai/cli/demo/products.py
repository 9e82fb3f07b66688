"""What goods say of themselves, where they lie, what volume costs, and a product made by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from renmai.cli.demo import content
from renmai.cli.demo.world import World
from renmai.goods.products.actions import change_stock
from renmai.goods.products.categories import put_attribute
from renmai.goods.products.low import sweep_low_stock
from renmai.goods.products.models import Category, Sku
from renmai.goods.products.prices import set_supply_tiers
from renmai.goods.products.texts import NewProduct, change_product, create_product, set_exclusions
from renmai.goods.products.variants import NewVariant, change_variant
from renmai.goods.products.warehouses import make_warehouse, move_goods
from renmai.goods.suppliers.drop_ship import set_drop_ship_terms

MADE = [["hand", "By hand", "手工"], ["workshop", "In a small workshop", "小作坊"]]
KEEP = [["cool", "Cool and dry", "阴凉干燥"], ["fridge", "Refrigerated once open", "开封后冷藏"]]
# (code, name, name in Chinese, kind, unit, choices); the values that goods may have, one of which each gets
Ask = tuple[str, str, str, str, str, list[list[str]]]
ORIGIN: Ask = ("origin", "Origin", "产地", "text", "", [])
SHELF: Ask = ("shelf-life", "Shelf life", "保质期", "number", "个月 months", [])
MATERIAL: Ask = ("material", "Material", "材质", "text", "", [])
HOW: Ask = ("made", "Made", "制作方式", "choice", "", MADE)
ASKED: dict[str, tuple[tuple[Ask, tuple[str, ...]], ...]] = {
    "tea": ((ORIGIN, ()), (SHELF, ("18", "24", "36"))),
    "pantry": ((ORIGIN, ()), (SHELF, ("9", "12")), (("storage", "Keep it", "贮存", "choice", "", KEEP), ("cool", "fridge"))),
    "kitchen": ((MATERIAL, ("Stoneware 炻器", "Carbon steel 碳钢", "Cherry wood 樱桃木")), (HOW, ("hand", "workshop"))),
    "home": ((MATERIAL, ("Linen 亚麻", "Brass 黄铜", "Bamboo 竹")), (HOW, ("hand", "workshop"))),
    "wear": ((MATERIAL, ("Cotton 棉", "Linen 亚麻")), (HOW, ("hand", "workshop"))),
    "paper": ((MATERIAL, ("Mulberry bark 桑皮", "Bamboo 竹")), (HOW, ("hand",))),
}  # fmt: skip


def describe_goods(world: World, at: datetime) -> None:
    """Ask attributes of most categories, and have every product of them answer."""
    categories = {row.slug: row for row in Category.objects.filter(slug__in=ASKED)}
    for slug, asked in ASKED.items():
        for place, ((code, name, name_zh, kind, unit, choices), _) in enumerate(asked):
            put_attribute(
                actor=world.operator, now=at, category_id=categories[slug].id, code=code, name=name, name_zh=name_zh,
                kind=kind, unit=unit, choices=choices, required=kind != "number", position=place,
            )  # fmt: skip
    towns = {it.key: f"{it.town_en} {it.town_zh}" for it in content.SUPPLIERS}
    for it in content.PRODUCTS:
        values = {
            a[0]: Random(f"{it.key}{a[0]}").choice(v or (towns[it.supplier],)) for a, v in ASKED.get(it.category, ())
        }
        if values:
            _, actor = world.suppliers[it.supplier]
            change_product(actor=actor, now=at, product_id=world.products[it.key], attributes=values)


def keep_house(world: World, now: datetime) -> None:
    """Give the first supplier warehouses, thresholds, prices by volume, terms of sending, and a draft of its own."""
    key = content.SUPPLIERS[0].key
    supplier_id, actor = world.suppliers[key]
    set_drop_ship_terms(
        actor=actor, now=now - timedelta(days=20), supplier_id=supplier_id, hand_over_hours=48,
        carriers=["SF Express 顺丰", "ZTO 中通"],
        return_address={
            "recipient": content.SUPPLIERS[0].name_zh, "phone": "0571 8700 1234", "region": "浙江", "city": "杭州",
            "street": "西湖区梅家坞路 18 号", "postcode": "310008",
        },
    )  # fmt: skip
    own = [world.products[it.key] for it in content.PRODUCTS if it.supplier == key]
    skus = list(Sku.objects.filter(product_id__in=own, active=True).select_related("stock").order_by("id"))
    east = make_warehouse(
        actor=actor, now=now - timedelta(days=9), supplier_id=supplier_id, name="Shanghai 上海仓", region="上海"
    )
    make_warehouse(
        actor=actor, now=now - timedelta(days=9), supplier_id=supplier_id, name="Chengdu 成都仓", region="四川"
    )
    for n, sku in enumerate(skus[:4]):
        left = sku.stock.received - sku.stock.sold - sku.stock.held
        at = now - timedelta(days=8, hours=n)
        if left >= 20:
            move_goods(actor=actor, now=at, sku_id=sku.id, quantity=left // 3, from_id=None, to_id=east.id)
        change_variant(actor=actor, now=at, sku_id=sku.id, low_at=left if n == 0 else 20, grams=180 + 60 * n)
        if n:
            change_stock(
                actor=actor, now=at, sku_id=sku.id, quantity_delta=6, reason="Fresh lot", warehouse_id=east.id,
                batch=f"2026-{n + 3:02d}-A",
            )  # fmt: skip
    for sku in skus[:2]:
        list_minor = sku.supply_price_minor
        tiers = [(10, list_minor * 95 // 100), (50, list_minor * 90 // 100)]
        set_supply_tiers(actor=actor, now=now - timedelta(days=5), sku_id=sku.id, tiers=tiers)
    set_exclusions(
        actor=actor, now=now - timedelta(days=4), product_id=own[-1], channels=["store"], regions=["西藏", "新疆"]
    )
    _by_hand(world, now - timedelta(hours=5))
    sweep_low_stock(now=now)


def _by_hand(world: World, at: datetime) -> None:
    supplier_id, actor = world.suppliers[content.SUPPLIERS[0].key]
    new = NewProduct(
        Category.objects.get(slug="tea").id, "Evening white tea, tin of twenty bags", "晚白茶·二十袋罐装",
        "Sun-withered on bamboo trays and packed loose enough to open in the cup.", "竹匾日晒萎凋，松装入袋，入杯能舒展开。",
        attributes={"origin": content.SUPPLIERS[0].town_en, "shelf-life": "24"},
        variants=(NewVariant("LH-EVE-20", 2600, 5200, 3200, {"Tin": "20 bags"}, {"罐": "20 袋"}, 80, "6901234567892", 95, 10),),
    )  # fmt: skip
    create_product(actor=actor, now=at, supplier_id=supplier_id, new=new)

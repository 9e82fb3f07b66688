"""A pool as large as a big house's: titles in Chinese and English out of a seed, with makers, prices, sales and scores."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection

from benchmarks.house import empty_house, execute
from benchmarks.stored import bare, vacuum
from renmai.kit.ids import new_id

# slug: nouns as "中文/English"
CATEGORIES = {
    "tea": "龙井绿茶/Longjing green tea,普洱熟茶/ripe pu'er tea,茉莉花茶/jasmine tea,大红袍岩茶/rock oolong,白毫银针/white tea,陈皮红茶/black tea with peel",
    "tableware": "青瓷茶杯/celadon teacup,紫砂茶壶/clay teapot,盖碗/gaiwan,汤碗/soup bowl,竹筷子/bamboo chopsticks,保温杯/vacuum flask",
    "kitchen": "铸铁炒锅/cast iron wok,不粘煎锅/frying pan,菜刀/kitchen knife,砧板/cutting board,电饭煲/rice cooker,蒸笼/bamboo steamer",
    "digital": "蓝牙耳机/bluetooth headphones,充电宝/power bank,机械键盘/mechanical keyboard,手机壳/phone case,数据线/charging cable,智能手表/smart watch",
    "appliances": "空气净化器/air purifier,加湿器/humidifier,吸尘器/vacuum cleaner,台灯/desk lamp,电风扇/electric fan,扫地机器人/robot vacuum",
    "clothes": "羽绒服/down coat,真丝衬衫/silk shirt,牛仔裤/jeans,羊毛围巾/wool scarf,连衣裙/dress,卫衣/hoodie",
    "shoes": "运动鞋/running shoes,皮靴/leather boots,布鞋/cloth shoes,拖鞋/slippers,登山鞋/hiking boots",
    "bags": "双肩包/backpack,帆布包/canvas bag,旅行箱/suitcase,钱包/wallet,斜挎包/shoulder bag",
    "bedding": "蚕丝被/silk quilt,乳胶枕/latex pillow,四件套/bedding set,毛毯/blanket,凉席/summer mat",
    "care": "手工皂/handmade soap,护手霜/hand cream,洗发水/shampoo,面膜/face mask,牙膏/toothpaste,防晒霜/sunscreen",
    "snacks": "坚果礼盒/nut gift box,牛肉干/beef jerky,凤梨酥/pineapple cake,薯片/potato chips,海苔/seaweed crisps",
    "pantry": "山茶油/camellia oil,酱油/soy sauce,蜂蜜/honey,辣椒酱/chili sauce,五常大米/Wuchang rice,香菇/dried mushrooms",
    "fruit": "赣南脐橙/navel oranges,烟台苹果/Yantai apples,猕猴桃/kiwi fruit,荔枝/lychees,车厘子/cherries",
    "toys": "积木/building blocks,毛绒熊/plush bear,拼图/jigsaw puzzle,遥控车/remote control car,风筝/kite",
    "stationery": "钢笔/fountain pen,笔记本/notebook,毛笔/writing brush,宣纸/rice paper,书签/bookmark",
    "pets": "猫粮/cat food,狗玩具/dog toy,猫砂/cat litter,宠物窝/pet bed,牵引绳/dog leash",
    "garden": "多肉植物/succulent,花盆/flower pot,园艺剪刀/garden shears,洒水壶/watering can,兰花/orchid",
    "sports": "瑜伽垫/yoga mat,跳绳/skipping rope,羽毛球拍/badminton racket,哑铃/dumbbells,泳镜/swim goggles",
    "baby": "婴儿湿巾/baby wipes,奶瓶/feeding bottle,爬行垫/play mat,纸尿裤/diapers,婴儿推车/stroller",
    "crafts": "景泰蓝花瓶/cloisonne vase,苏绣团扇/embroidered fan,油纸伞/oil paper umbrella,漆器盒/lacquer box,剪纸/paper cut",
}  # fmt: skip
LOOKS = "手工/handmade,轻薄/lightweight,复古/vintage,简约/minimal,便携/portable,加厚/thick,静音/quiet,儿童/children's,女士/women's,男士/men's,新款/new,经典/classic,高端/premium,家用/household,户外/outdoor,办公/office,礼盒装/gift box,大容量/large,迷你/mini,防水/waterproof,可折叠/foldable,有机/organic,无糖/sugar-free,国潮/guochao,降噪/noise cancelling,快充/fast charging,纯棉/pure cotton,实木/solid wood,不锈钢/stainless steel,手绘/hand-painted"
PLACES = "龙泉/Longquan,景德镇/Jingdezhen,宜兴/Yixing,杭州/Hangzhou,苏州/Suzhou,云南/Yunnan,福建/Fujian,成都/Chengdu,佛山/Foshan,义乌/Yiwu,温州/Wenzhou,青岛/Qingdao,大理/Dali,泉州/Quanzhou,洛阳/Luoyang,拉萨/Lhasa,新疆/Xinjiang,内蒙古/Inner Mongolia,武夷山/Wuyi,安溪/Anxi"
NAMES = "山/Hill,云/Cloud,石/Stone,禾/Grain,舟/Boat,木/Wood,月/Moon,鹿/Deer,松/Pine,泉/Spring,竹/Bamboo,雨/Rain,星/Star,江/River,燕/Swallow"
SUPPLIERS, BRANDS_EVERY = 2_000, 4
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def _pairs(text: str) -> list[tuple[str, str]]:
    return [(zh, en) for zh, en in (each.split("/") for each in text.split(","))]


Product = tuple[Any, ...]


def products(
    count: int, categories: dict[str, UUID], suppliers: list[UUID], brands: list[UUID], seed: int = 7
) -> Iterator[Product]:
    """Yield rows for goods_product, without an end but `count`; the same seed gives the same titles."""
    dice = Random(seed)
    kinds = [(slug, noun) for slug, nouns in CATEGORIES.items() for noun in _pairs(nouns)]
    looks, places = _pairs(LOOKS), _pairs(PLACES)
    for number in range(count):
        slug, (noun_zh, noun) = dice.choice(kinds)
        (look_zh, look), (more_zh, more), (place_zh, place) = (
            dice.choice(looks),
            dice.choice(looks),
            dice.choice(places),
        )
        size = dice.choice((100, 250, 500, 1000, 2000))
        supplier = int(len(suppliers) * dice.random() ** 2)
        title = f"{look} {more} {noun} from {place}, {size}".capitalize()
        yield (
            new_id(), suppliers[supplier], categories[slug], brands[supplier] if supplier % BRANDS_EVERY == 0 else None,
            f"p{number}", title, f"{place_zh}{look_zh}{more_zh}{noun_zh} {size}", f"A {noun} made in {place}, {more} and {look}.",
            f"产自{place_zh}，{look_zh}又{more_zh}，送人自用都好。", dice.choice((None, 1000, 1500, 2000, 3000)),
            dice.choice((12, 24, 48, 72, None)), NOW - timedelta(seconds=dice.randrange(360 * 86_400)),
        )  # fmt: skip


SUPPLIER_SQL = """
insert into goods_supplier (id, name, name_zh, story, story_zh, town, country, licence_number, contact_email,
                            freight_minor, hand_over_hours, state, created_at)
select * from unnest(%s::uuid[], %s::text[], %s::text[]) v (id, name, name_zh)
cross join (values ('', '', '', 'CN', '', '', 0, 48, 'approved', now())) f
"""
BRAND_SQL = """
insert into goods_brand (id, supplier_id, slug, name, name_zh, owner, mark_number, story, story_zh, town, country, state, created_at)
select b.id, b.supplier, 'b' || b.n, b.name, b.name_zh, '', '', '', '', '', 'CN', 'approved', now()
from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[]) with ordinality b (id, supplier, name, name_zh, n)
"""
COLUMNS = (
    "id, supplier_id, category_id, brand_id, handle, title, title_zh, body, body_zh, commission_bps, hand_over_hours,"
    " approved_at, option_names, margin_allowed, state, created_at"
)
REST = """
insert into goods_sku (id, product_id, code, options, options_zh, supply_price_minor, price_minor, floor_price_minor,
                       currency, position, active)
select gen_random_uuid(), p.id, '1', '{}', '{}', d.supply, d.supply * d.times / 10, d.supply, 'CNY', 0, true
from goods_product p
cross join lateral (select 500 + (hashtextextended(p.handle, 1) & 65535) as supply, 12 + (hashtextextended(p.handle, 2) & 15) as times) d;
insert into goods_stock (sku_id, received, sold, held)
select id, case when hashtextextended(id::text, 3) & 15 = 0 then 0 else 500 end, 0, 0 from goods_sku
"""


def make_pool(count: int) -> list[UUID]:
    """Fill an empty house with a pool of `count` products; return their identifiers. About a minute for 200,000."""
    empty_house()
    categories = _categories()
    suppliers, brands = _makers()
    with bare("goods_product", "goods_sku", "goods_stock"):
        ids = _copy(products(count, categories, suppliers, brands))
        for statement in REST.split(";\n"):
            execute(statement)
    return ids


def _categories() -> dict[str, UUID]:
    found = {slug: new_id() for slug in CATEGORIES}
    execute(
        "insert into goods_category (id, slug, name, name_zh, cap_multiple_bps, withdrawal_days)"
        " select id, slug, initcap(slug), slug, 30000, 7 from unnest(%s::uuid[], %s::text[]) v (id, slug)",
        (list(found.values()), list(found)),
    )
    return found


def _makers() -> tuple[list[UUID], list[UUID]]:
    dice, names = Random(11), _pairs(NAMES)
    suppliers, brands = [new_id() for _ in range(SUPPLIERS)], [new_id() for _ in range(SUPPLIERS)]
    words = [(dice.choice(names), dice.choice(names)) for _ in suppliers]
    english, chinese = [f"{a[1]} & {b[1]}" for a, b in words], [f"{a[0]}{b[0]}工坊" for a, b in words]
    execute(SUPPLIER_SQL, (suppliers, [f"{name} {n}" for n, name in enumerate(english)], chinese))
    execute(BRAND_SQL, (brands, suppliers, english, chinese))
    return suppliers, brands


def _copy(rows: Iterator[Product]) -> list[UUID]:
    ids: list[UUID] = []
    with connection.cursor() as cursor, cursor.copy(f"copy goods_product ({COLUMNS}) from stdin") as copy:
        for row in rows:
            copy.write_row((*row, "[]", True, "approved", row[-1]))
            ids.append(row[0])
    return ids


def make_sales(orders: int) -> None:
    """Sell: so many paid orders of one line in the last 60 days, few products most of them, each with a score."""
    dice = Random(13)
    with connection.cursor() as cursor:
        cursor.execute(
            "select s.id, p.supplier_id from goods_sku s join goods_product p on p.id = s.product_id order by s.id"
        )
        goods = cursor.fetchall()
    sold = [goods[int(len(goods) * dice.random() ** 3)] for _ in range(orders)]
    ids = [new_id() for _ in sold]
    times = [NOW - timedelta(seconds=50 * number) for number in range(orders)]
    execute(ORDERS, (ids, times))
    execute(LINES, (ids, [sku for sku, _ in sold], [supplier for _, supplier in sold]))
    execute(REVIEWS)


ORDERS = """
insert into trade_order (id, checkout_id, shop_id, buyer_id, state, currency, goods_minor, freight_minor, total_minor,
                         refunded_minor, address, placed_at, paid_at)
select id, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'received', 'CNY', 1000, 0, 1000, 0, '{}', at, at
from unnest(%s::uuid[], %s::timestamptz[]) v (id, at)
"""
LINES = """
insert into trade_orderline (id, order_id, kind, supplier_id, sku_id, title, title_zh, quantity, unit_price_minor,
                             supply_price_minor, discount_minor, paid_minor, withdrawal_days, refunded_minor, restocked, tax_bps, tax_minor)
select id, id, 'goods', supplier, sku, '', '', 1, 1000, 500, 0, 1000, 7, 0, 0, 0, 0
from unnest(%s::uuid[], %s::uuid[], %s::uuid[]) v (id, sku, supplier)
"""
REVIEWS = """
insert into trust_review (id, order_id, line_id, product_id, supplier_id, shop_id, buyer_id, score, words, at)
select gen_random_uuid(), o.id, o.id, s.product_id, l.supplier_id, o.shop_id, o.buyer_id, 5 - floor(power((hashtextextended(o.id::text, 5) & 1023) / 1024.0, 3) * 5)::int, '', o.placed_at
from trade_order o join trade_orderline l on l.order_id = o.id join goods_sku s on s.id = l.sku_id
"""


def vacuum_pool() -> None:
    """Leave the pool as a running house has it."""
    vacuum(
        "goods_product",
        "goods_sku",
        "goods_stock",
        "goods_supplier",
        "goods_brand",
        "places_pick",
        "matching_card",
        "matching_word",
    )

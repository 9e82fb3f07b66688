"""Goods of Red Gate (chili oils) and Cloud Ridge (honey and beeswax candles)."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Product, Variant

CHILI: tuple[Product, ...] = (
    Product(
        key="stone-ground-chili-oil",
        supplier="red-gate",
        category="pantry",
        kind="chili_jar",
        palette="chili",
        seed=31,
        title_en="Stone-ground chili oil",
        title_zh="石臼红油辣子",
        description_en=(
            "Two chilies pounded in a stone mortar, then rapeseed oil poured over at three temperatures. "
            "More fragrant than hot. Keep it in the fridge after opening and finish within two months."
        ),
        description_zh="两种辣椒石臼舂碎，菜籽油分三个油温泼下去。香大于辣。开盖后放冰箱，两个月内吃完。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(
            Variant("180 g", "180 克", 1400, 2900, 2100, 600),
            Variant("360 g", "360 克", 2500, 5200, 3750, 320),
        ),
        commission_bps=2000,
    ),
    Product(
        key="green-pepper-oil",
        supplier="red-gate",
        category="pantry",
        kind="chili_jar",
        palette="matcha",
        seed=32,
        title_en="Fresh green Sichuan pepper oil",
        title_zh="鲜青花椒油",
        description_en=(
            "Green pepper picked in July and in oil the same day; it numbs the tongue at once and smells of lime. "
            "Half a teaspoon is enough for a bowl of cold noodles."
        ),
        description_zh="七月的鲜青花椒，当天采当天下油，入口就麻，有一股青柠香。拌一碗凉面，半茶匙够了。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(Variant("150 g", "150 克", 1600, 3400, 2400, 420),),
        commission_bps=1800,
    ),
    Product(
        key="black-bean-crisp",
        supplier="red-gate",
        category="pantry",
        kind="chili_jar",
        palette="cocoa",
        seed=33,
        title_en="Black bean and garlic crisp",
        title_zh="豆豉蒜酥",
        description_en=(
            "Fermented black beans, fried garlic and a little chili, more to chew than to pour. "
            "Salty, so try it before you season the dish."
        ),
        description_zh="豆豉、炸蒜、少许辣椒，是嚼的，不是浇的。偏咸，下盐之前先尝一口。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(
            Variant("200 g", "200 克", 1500, 3200, 2250, 380),
            Variant("400 g", "400 克", 2700, 5800, 4050, 160),
        ),
        commission_bps=1800,
    ),
    Product(
        key="sesame-paste",
        supplier="red-gate",
        category="pantry",
        kind="chili_jar",
        palette="sand",
        seed=34,
        title_en="Slow-milled sesame paste",
        title_zh="慢磨芝麻酱",
        description_en=(
            "White sesame, roasted and stone-milled, nothing else. The oil rises: turn the jar over for a night, "
            "then stir from the bottom."
        ),
        description_zh="只有白芝麻，炒香后石磨慢磨。油会浮上来，倒扣一夜，再从底下搅匀。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(Variant("280 g", "280 克", 1900, 3900, 2850, 260),),
    ),
)

HONEY: tuple[Product, ...] = (
    Product(
        key="rapeseed-set-honey",
        supplier="cloud-ridge",
        category="pantry",
        kind="honey_jar",
        palette="sand",
        seed=41,
        title_en="Set rapeseed honey, February",
        title_zh="二月油菜结晶蜜",
        description_en=(
            "From the terraces in flower, capped before extraction and left to set fine and white. "
            "Spreads like butter. Not for children under one year."
        ),
        description_zh="梯田油菜花期取的封盖蜜，自然结晶，细白如脂，能当抹酱。一岁以下婴儿不宜。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(
            Variant("250 g", "250 克", 2400, 4900, 3600, 280),
            Variant("500 g", "500 克", 4400, 8800, 6600, 180),
        ),
        commission_bps=1500,
    ),
    Product(
        key="wild-buckwheat-honey",
        supplier="cloud-ridge",
        category="pantry",
        kind="honey_jar",
        palette="cocoa",
        seed=42,
        title_en="Wild buckwheat honey",
        title_zh="野坝荞麦蜜",
        description_en=(
            "Dark, malty and a little bitter at the end: a honey for cheese, dressings and dark bread. "
            "October harvest, one site, 210 jars this year."
        ),
        description_zh="色深，有麦芽味，尾巴微苦，配奶酪、调汁、抹黑面包都合适。十月单点采收，今年只有二百一十瓶。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(Variant("250 g", "250 克", 3600, 7200, 5400, 96),),
        commission_bps=1200,
    ),
    Product(
        key="loquat-blossom-honey",
        supplier="cloud-ridge",
        category="pantry",
        kind="honey_jar",
        palette="persimmon",
        seed=43,
        title_en="Loquat blossom honey",
        title_zh="枇杷花蜜",
        description_en=(
            "A winter honey, since loquat flowers when little else does; yields are small and so is the jar. "
            "Smells faintly of almond. Let hot water cool before stirring it in."
        ),
        description_zh="冬蜜。枇杷开花时别的花都谢了，产量少，瓶子也小。有淡淡的杏仁香，水凉一凉再冲。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(Variant("180 g", "180 克", 3900, 7900, 5850, 60),),
    ),
    Product(
        key="beeswax-pillar",
        supplier="cloud-ridge",
        category="home",
        kind="candle",
        palette="honey",
        seed=44,
        title_en="Beeswax candle in glass",
        title_zh="蜂蜡杯烛",
        description_en=(
            "Pure filtered wax with a cotton wick, no perfume: it smells of the hive and nothing else. "
            "Burns about 38 hours if the wick is kept at five millimetres."
        ),
        description_zh="过滤纯蜂蜡、棉芯、不加香，只有蜂箱的味道。烛芯剪到五毫米，大约能烧三十八小时。",
        option_en="Size",
        option_zh="规格",
        variants=(
            Variant("Small, 38 h", "小杯 38 小时", 3600, 7600, 5400, 140),
            Variant("Large, 70 h", "大杯 70 小时", 5800, 12200, 8700, 70),
        ),
        commission_bps=2000,
    ),
    Product(
        key="cedar-evening-candle",
        supplier="cloud-ridge",
        category="home",
        kind="candle",
        palette="forest",
        seed=45,
        title_en="Cedar evening candle",
        title_zh="暮杉香烛",
        description_en=(
            "Beeswax and soy with six percent cedar and vetiver oil. Dry, woody, and gone an hour after you blow "
            "it out. The glass is a normal tumbler once it is empty."
        ),
        description_zh="蜂蜡加大豆蜡，含百分之六的雪松与岩兰草精油。干燥的木头味，吹灭一小时就散。烧完的杯子照常喝水。",
        option_en="Size",
        option_zh="规格",
        variants=(Variant("180 g", "180 克", 4200, 8900, 6300, 110),),
        commission_bps=2200,
    ),
    Product(
        key="fig-leaf-candle",
        supplier="cloud-ridge",
        category="home",
        kind="candle",
        palette="plum",
        seed=46,
        title_en="Fig leaf candle",
        title_zh="无花果叶香烛",
        description_en=(
            "Green rather than sweet, the smell of a broken leaf and not of the fruit. "
            "Scents a room of fifteen square metres; open a window in a smaller one."
        ),
        description_zh="偏青不偏甜，是折断叶子的气味，不是果子。适合十五平米左右的房间，更小的请开点窗。",
        option_en="Size",
        option_zh="规格",
        variants=(Variant("180 g", "180 克", 4200, 8900, 6300, 90),),
        commission_bps=2200,
    ),
)

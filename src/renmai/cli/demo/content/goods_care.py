"""Goods of Willow Lane: soap, skin care, lip colour. Descriptions say what is inside and claim no effect on health."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Product, Variant

CARE: tuple[Product, ...] = (
    Product(
        key="olive-mint-soap",
        supplier="willow-lane",
        category="care",
        kind="soap_bar",
        palette="matcha",
        seed=71,
        title_en="Olive and mint soap",
        title_zh="橄榄薄荷皂",
        description_en=(
            "Cold-processed with 62 percent olive oil and cured eight weeks, so it is hard and lasts. "
            "A light, low lather; keep it dry between uses."
        ),
        description_zh="冷制皂，橄榄油占百分之六十二，晾足八周，硬、耐用。泡沫细而少，用完记得沥干。",
        option_en="Pack",
        option_zh="包装",
        variants=(
            Variant("One bar, 110 g", "单块 110 克", 1200, 2600, 1800, 420),
            Variant("Three bars", "三块装", 3300, 6900, 4950, 180),
        ),
        commission_bps=2200,
    ),
    Product(
        key="oat-milk-soap",
        supplier="willow-lane",
        category="care",
        kind="soap_bar",
        palette="sand",
        seed=72,
        title_en="Oat soap, unscented",
        title_zh="燕麦无香皂",
        description_en=(
            "Ground oats and oat drink in a plain base, no perfume and no dye. "
            "The oats feel slightly rough at first and smooth out after two washes."
        ),
        description_zh="燕麦粉和燕麦奶做的基础皂，不加香、不加色。头两次略有颗粒感，洗着洗着就滑了。",
        option_en="Pack",
        option_zh="包装",
        variants=(
            Variant("One bar, 110 g", "单块 110 克", 1100, 2400, 1650, 460),
            Variant("Three bars", "三块装", 3000, 6300, 4500, 200),
        ),
        commission_bps=2200,
    ),
    Product(
        key="charcoal-salt-soap",
        supplier="willow-lane",
        category="care",
        kind="soap_bar",
        palette="charcoal",
        seed=73,
        title_en="Charcoal and sea salt soap",
        title_zh="竹炭海盐皂",
        description_en=(
            "Bamboo charcoal and fine sea salt make a dense, dark bar with a creamy lather. "
            "Rinse the dish now and then: the foam is grey."
        ),
        description_zh="竹炭加细海盐，皂体紧实，泡沫绵。泡泡是灰色的，皂碟隔几天冲一下。",
        option_en="Pack",
        option_zh="包装",
        variants=(Variant("One bar, 110 g", "单块 110 克", 1300, 2800, 1950, 300),),
    ),
    Product(
        key="camellia-face-oil",
        supplier="willow-lane",
        category="care",
        kind="skincare_bottle",
        palette="honey",
        seed=174,
        title_en="Camellia face oil, 30 ml",
        title_zh="山茶籽面油 30 毫升",
        description_en=(
            "Cold-pressed camellia and jojoba with vitamin E, three ingredients in all. "
            "Two drops on damp skin are enough. Try it on your wrist first."
        ),
        description_zh="冷榨山茶籽油、荷荷巴油、维生素 E，一共三样。皮肤微湿时两滴就够，先在手腕试一试。",
        option_en="Volume",
        option_zh="容量",
        variants=(Variant("30 ml", "30 毫升", 4800, 11800, 7200, 150),),
        commission_bps=2500,
    ),
    Product(
        key="plain-gel-cleanser",
        supplier="willow-lane",
        category="care",
        kind="skincare_bottle",
        palette="sky",
        seed=75,
        title_en="Plain gel cleanser",
        title_zh="净素洁面啫喱",
        description_en=(
            "An amino-acid cleanser without perfume, eleven ingredients, pH 5.8 as measured on each batch. "
            "Takes off sunscreen; waterproof make-up needs an oil before it."
        ),
        description_zh="氨基酸表活，无香，十一种成分，每批实测 pH 5.8。防晒洗得掉，防水彩妆要先用油卸。",
        option_en="Volume",
        option_zh="容量",
        variants=(
            Variant("100 ml", "100 毫升", 2900, 6800, 4350, 240),
            Variant("200 ml", "200 毫升", 4900, 11500, 7350, 130),
        ),
        commission_bps=2500,
    ),
    Product(
        key="rice-water-toner",
        supplier="willow-lane",
        category="care",
        kind="skincare_bottle",
        palette="rose",
        seed=76,
        title_en="Rice ferment toner",
        title_zh="稻米发酵水",
        description_en=(
            "Filtered rice ferment at 40 percent with glycerin, thin as water and slightly sour in smell. "
            "Glass bottle; use within six months of opening."
        ),
        description_zh="稻米发酵滤液占百分之四十，配甘油，质地像水，微微有点酸味。玻璃瓶，开封后半年用完。",
        option_en="Volume",
        option_zh="容量",
        variants=(Variant("120 ml", "120 毫升", 3800, 8900, 5700, 160),),
        commission_bps=2500,
    ),
    Product(
        key="everyday-lip-colour",
        supplier="willow-lane",
        category="care",
        kind="lipstick",
        palette="chili",
        seed=77,
        title_en="Everyday lip colour",
        title_zh="日常口红",
        description_en=(
            "A satin lipstick in a refillable metal case: the refill costs half. "
            "Wears about four hours through a coffee, not through hot pot."
        ),
        description_zh="缎光质地，金属壳可换芯，替换芯半价。喝杯咖啡大约能撑四小时，吃火锅撑不住。",
        option_en="Shade",
        option_zh="色号",
        variants=(
            Variant("Brick", "砖红", 3900, 8900, 5850, 140),
            Variant("Rosewood", "豆沙", 3900, 8900, 5850, 160, palette="rose"),
            Variant("Plum", "梅子", 3900, 8900, 5850, 110, palette="plum"),
        ),
        commission_bps=2500,
    ),
    Product(
        key="tinted-lip-balm",
        supplier="willow-lane",
        category="care",
        kind="lipstick",
        palette="persimmon",
        seed=78,
        title_en="Tinted balm stick",
        title_zh="有色唇膏",
        description_en=(
            "Beeswax from Cloud Ridge with a sheer tint that shows less in the tube than on the lips. "
            "Goes on without a mirror."
        ),
        description_zh="用了云脊蜂场的蜂蜡，颜色很薄，上唇比膏体略显色。不照镜子也能涂。",
        option_en="Shade",
        option_zh="色号",
        variants=(
            Variant("Persimmon", "柿色", 2600, 5900, 3900, 200),
            Variant("Cocoa", "可可", 2600, 5900, 3900, 180, palette="cocoa"),
        ),
        commission_bps=2200,
    ),
)

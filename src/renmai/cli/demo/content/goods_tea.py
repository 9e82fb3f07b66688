"""Goods of Lantern Hill (tea) and White Kiln (ceramics)."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Product, Variant

TEA: tuple[Product, ...] = (
    Product(
        key="spring-mist-green",
        supplier="lantern-hill",
        category="tea",
        kind="tea_caddy",
        palette="matcha",
        seed=11,
        title_en="Spring Mist green tea",
        title_zh="春雾绿茶",
        description_en=(
            "One bud and one leaf, picked by hand in the last week of March and pan-fired the same evening. "
            "Light, with a taste of fresh peas; use water at 80 °C and leave it two minutes."
        ),
        description_zh="三月最后一周手采的一芽一叶，当晚下锅炒青。汤色浅，有鲜豌豆的清味；八十度水，泡两分钟。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(
            Variant("50 g", "50 克", 3800, 7800, 5800, 260),
            Variant("100 g", "100 克", 7000, 13800, 10500, 140),
        ),
        commission_bps=1800,
    ),
    Product(
        key="charcoal-rock-oolong",
        supplier="lantern-hill",
        category="tea",
        kind="tea_caddy",
        palette="charcoal",
        seed=12,
        title_en="Charcoal oolong, medium roast",
        title_zh="炭焙乌龙（中火）",
        description_en=(
            "Roasted three times over longan charcoal with two months of rest in between. "
            "Toasted nuts first, then a dry sweetness; the leaves give seven short infusions."
        ),
        description_zh="龙眼木炭焙三道，每道之间歇两个月。先是炒坚果的香，后面是干净的回甘，快进快出能泡七道。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(
            Variant("75 g", "75 克", 5200, 10800, 7900, 180),
            Variant("150 g", "150 克", 9800, 19800, 14800, 90),
        ),
        commission_bps=2000,
    ),
    Product(
        key="orchard-black",
        supplier="lantern-hill",
        category="tea",
        kind="tea_caddy",
        palette="persimmon",
        seed=13,
        title_en="Orchard black tea",
        title_zh="果园红茶",
        description_en=(
            "Black tea from the terrace under our persimmon trees, fully oxidised and dried at low heat. "
            "Soft enough to drink plain and strong enough to hold milk."
        ),
        description_zh="柿子树下那层梯田的红茶，全发酵，低温烘干。清饮不涩，加奶也压得住。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(
            Variant("80 g", "80 克", 3200, 6800, 4900, 340),
            Variant("160 g", "160 克", 6000, 12800, 9000, 160),
        ),
        commission_bps=2000,
    ),
    Product(
        key="autumn-osmanthus",
        supplier="lantern-hill",
        category="tea",
        kind="tea_caddy",
        palette="honey",
        seed=14,
        title_en="Osmanthus green tea",
        title_zh="桂花绿茶",
        description_en=(
            "Summer green tea layered with fresh osmanthus for three nights, the flowers sieved out each morning. "
            "No flavouring is added, so the scent is quiet and fades by the fourth cup."
        ),
        description_zh="夏茶与鲜桂花窨三夜，每天清早筛花。不加香精，香气不冲，到第四泡就淡了。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(Variant("60 g", "60 克", 2800, 5900, 4300, 220),),
        commission_bps=1500,
    ),
    Product(
        key="everyday-roasted-barley",
        supplier="lantern-hill",
        category="tea",
        kind="tea_caddy",
        palette="sand",
        seed=15,
        title_en="Roasted barley tea",
        title_zh="焙大麦茶",
        description_en=(
            "Whole barley roasted until it just begins to split. No caffeine, good hot or from the fridge; "
            "one tin makes about forty litres."
        ),
        description_zh="整粒大麦焙到刚刚开口。不含咖啡因，热喝冰喝都行，一罐大约能煮四十升。",
        option_en="Net weight",
        option_zh="净含量",
        variants=(Variant("400 g", "400 克", 1600, 3600, 2500, 480),),
    ),
)

CERAMICS: tuple[Product, ...] = (
    Product(
        key="river-stone-mug",
        supplier="white-kiln",
        category="kitchen",
        kind="mug",
        palette="mist",
        seed=21,
        title_en="River Stone mug, 320 ml",
        title_zh="河石马克杯 320 毫升",
        description_en=(
            "A straight-sided mug with a handle wide enough for three fingers. "
            "The matt glaze breaks to bare clay at the rim; each one differs a little. Dishwasher safe."
        ),
        description_zh="直身杯，把手够三根手指穿过。哑光釉在杯口自然露胎，每只略有不同。可以进洗碗机。",
        option_en="Glaze",
        option_zh="釉色",
        variants=(
            Variant("Mist grey", "雾灰", 3200, 6900, 4800, 150),
            Variant("Clay red", "陶红", 3200, 6900, 4800, 120, palette="clay"),
            Variant("Indigo", "靛蓝", 3400, 7200, 5100, 90, palette="indigo"),
        ),
        commission_bps=1500,
    ),
    Product(
        key="two-tone-mug",
        supplier="white-kiln",
        category="kitchen",
        kind="mug",
        palette="rose",
        seed=22,
        title_en="Half-dipped mug, 280 ml",
        title_zh="半浸釉杯 280 毫升",
        description_en=(
            "The lower half is left unglazed so it does not slip in wet hands. "
            "A smaller size for coffee or for children. Hand wash keeps the bare clay clean."
        ),
        description_zh="下半截不上釉，手湿也不打滑。容量偏小，喝咖啡或给孩子用正好。素胎部分建议手洗。",
        option_en="Glaze",
        option_zh="釉色",
        variants=(
            Variant("Rose", "藕粉", 2800, 5900, 4200, 110),
            Variant("Sage", "灰绿", 2800, 5900, 4200, 110, palette="matcha"),
        ),
        commission_bps=1500,
    ),
    Product(
        key="deep-noodle-bowl",
        supplier="white-kiln",
        category="kitchen",
        kind="noodle_bowl",
        palette="indigo",
        seed=23,
        title_en="Deep noodle bowl",
        title_zh="深口面碗",
        description_en=(
            "Holds a full portion with its broth and still leaves two fingers of rim to carry it by. "
            "Brushed blue bands under a clear glaze; safe in microwave and dishwasher."
        ),
        description_zh="一人份的面连汤装下，碗边还留两指好端。蓝线手绘在釉下，微波炉和洗碗机都能用。",
        option_en="Size",
        option_zh="尺寸",
        variants=(
            Variant("18 cm", "18 厘米", 4200, 8800, 6300, 130),
            Variant("21 cm", "21 厘米", 5200, 10800, 7800, 90),
        ),
        commission_bps=1800,
    ),
    Product(
        key="persimmon-bowl",
        supplier="white-kiln",
        category="kitchen",
        kind="noodle_bowl",
        palette="persimmon",
        seed=24,
        title_en="Persimmon glaze bowl",
        title_zh="柿釉饭碗",
        description_en=(
            "An iron-red glaze that comes out between orange and brown depending on its place in the kiln. "
            "Choose a pair and they will not match exactly; we think that is the point."
        ),
        description_zh="铁红釉，在窑里的位置不同，出来从橙到褐都有。买一对不会一模一样，我们觉得这样才对。",
        option_en="Set",
        option_zh="套装",
        variants=(
            Variant("One bowl", "单只", 2600, 5600, 3900, 160),
            Variant("Pair", "一对", 5000, 10600, 7500, 70),
        ),
    ),
    Product(
        key="side-spout-teapot",
        supplier="white-kiln",
        category="tea",
        kind="teapot",
        palette="forest",
        seed=25,
        title_en="Low teapot, 350 ml",
        title_zh="矮身茶壶 350 毫升",
        description_en=(
            "A low body that cools green tea a little faster, with a pierced wall behind the spout instead of a "
            "basket. The lid stays on when you pour with one hand."
        ),
        description_zh="壶身矮，绿茶凉得快一点。出水口后面是打孔壁，不用另放滤网。单手倒茶，盖子不掉。",
        option_en="Glaze",
        option_zh="釉色",
        variants=(
            Variant("Forest", "松绿", 8800, 18800, 13200, 48),
            Variant("Sand", "砂白", 8800, 18800, 13200, 40, palette="sand"),
        ),
        commission_bps=1500,
    ),
    Product(
        key="morning-teapot",
        supplier="white-kiln",
        category="tea",
        kind="teapot",
        palette="clay",
        seed=26,
        title_en="Round teapot, 600 ml",
        title_zh="圆壶 600 毫升",
        description_en=(
            "Room for three cups, thrown in two parts and joined at the shoulder; you can feel the seam inside. "
            "Unglazed outside, glazed within, so it does not keep the taste of the last tea."
        ),
        description_zh="够三个人喝一轮。上下两截分别拉坯再接，壶肩里侧摸得到接痕。外素胎、内挂釉，不串味。",
        option_en="Clay",
        option_zh="泥料",
        variants=(Variant("Red clay", "红泥", 9800, 20800, 14800, 36),),
        commission_bps=1800,
    ),
    Product(
        key="breathing-plant-pot",
        supplier="white-kiln",
        category="garden",
        kind="plant_pot",
        palette="clay",
        seed=27,
        title_en="Breathing pot with saucer",
        title_zh="透气花盆（带托）",
        description_en=(
            "Unglazed, low-fired clay that lets the soil dry evenly, with a drain hole and a fitted saucer. "
            "White marks will appear over the months; they brush off. The plant is not included."
        ),
        description_zh="低温素烧，土干得匀，带排水孔和配套托盘。用上几个月会泛白霜，刷一刷就掉。不含植物。",
        option_en="Diameter",
        option_zh="口径",
        variants=(
            Variant("12 cm", "12 厘米", 1800, 3900, 2700, 300),
            Variant("16 cm", "16 厘米", 2800, 5900, 4200, 200),
            Variant("20 cm", "20 厘米", 4200, 8800, 6300, 90),
        ),
        commission_bps=2000,
    ),
    Product(
        key="ribbed-planter",
        supplier="white-kiln",
        category="garden",
        kind="plant_pot",
        palette="snow",
        seed=28,
        title_en="Ribbed planter",
        title_zh="直纹花盆",
        description_en=(
            "Stoneware with carved ribs and a soft white glaze, frost-proof to minus ten. "
            "Heavier than it looks, which keeps it standing on a windy balcony."
        ),
        description_zh="炻器，手刻直纹，柔白釉，零下十度不裂。比看上去沉，放在风大的阳台也站得住。",
        option_en="Glaze",
        option_zh="釉色",
        variants=(
            Variant("Snow", "雪白", 4800, 9900, 7200, 80),
            Variant("Sky", "天青", 4800, 9900, 7200, 60, palette="sky"),
        ),
        commission_bps=1500,
    ),
)

"""Goods of Elm & Iron (knives, boards), Tin Swallow (flasks, lamps), Low Hum (sound) and Folded Crane (paper)."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Product, Variant

KNIVES: tuple[Product, ...] = (
    Product(
        key="forged-chef-knife",
        supplier="elm-iron",
        category="kitchen",
        kind="chef_knife",
        palette="ink",
        seed=81,
        title_en="Forged chef's knife, 20 cm",
        title_zh="锻打主厨刀 20 厘米",
        description_en=(
            "Stainless clad over a carbon core at 60 HRC, with an elm handle sealed in oil. "
            "Sharp on arrival. Wipe it dry after use and keep it away from bones."
        ),
        description_zh="不锈钢夹碳钢芯，硬度 60，榆木柄上油封。到手就是开好刃的，用完擦干，别砍骨头。",
        option_en="Handle",
        option_zh="刀柄",
        variants=(Variant("Right or left hand", "左右手通用", 16800, 33800, 25200, 42),),
        commission_bps=1500,
    ),
    Product(
        key="small-petty-knife",
        supplier="elm-iron",
        category="kitchen",
        kind="chef_knife",
        palette="cocoa",
        seed=82,
        title_en="Petty knife, 13 cm",
        title_zh="小厨刀 13 厘米",
        description_en=(
            "For garlic, fruit and everything that does not need the big one. "
            "Same steel, ground thinner; 78 g in the hand."
        ),
        description_zh="切蒜、削果、干一切用不着大刀的活。钢一样，磨得更薄，拿在手里 78 克。",
        option_en="Handle",
        option_zh="刀柄",
        variants=(
            Variant("Elm", "榆木", 8800, 17800, 13200, 66),
            Variant("Dark walnut", "黑胡桃", 9400, 18900, 14100, 40, palette="charcoal"),
        ),
        commission_bps=1500,
    ),
    Product(
        key="end-grain-board",
        supplier="elm-iron",
        category="kitchen",
        kind="cutting_board",
        palette="cocoa",
        seed=83,
        title_en="Elm cutting board",
        title_zh="榆木砧板",
        description_en=(
            "One thick plank, three centimetres, with a groove for juice on one side only. "
            "Oil it four times a year; a crack in the first year means a new board."
        ),
        description_zh="三厘米厚的整块榆木，一面有汁槽，一面平。一年上四次油，头一年开裂包换。",
        option_en="Size",
        option_zh="尺寸",
        variants=(
            Variant("30 x 20 cm", "30 x 20 厘米", 6800, 13800, 10200, 88),
            Variant("40 x 28 cm", "40 x 28 厘米", 9800, 19800, 14700, 54),
        ),
        commission_bps=1800,
    ),
    Product(
        key="breakfast-board",
        supplier="elm-iron",
        category="kitchen",
        kind="cutting_board",
        palette="sand",
        seed=84,
        title_en="Breakfast board with handle",
        title_zh="带柄早餐板",
        description_en=(
            "Beech, a centimetre and a half thick, for bread and for carrying bread. "
            "Hangs from its handle; no groove, no feet, two good sides."
        ),
        description_zh="榉木，一厘米半厚，切面包，也端面包。柄上有孔能挂，没槽没脚，两面都能用。",
        option_en="Size",
        option_zh="尺寸",
        variants=(Variant("38 x 16 cm", "38 x 16 厘米", 3900, 8200, 5850, 120),),
        commission_bps=1500,
    ),
)

METAL: tuple[Product, ...] = (
    Product(
        key="day-thermos",
        supplier="tin-swallow",
        category="kitchen",
        kind="thermos",
        palette="forest",
        seed=85,
        title_en="Day flask, 480 ml",
        title_zh="整日保温杯 480 毫升",
        description_en=(
            "Double steel wall: 95 °C in the morning was 61 °C after eight hours in our room at 20 °C. "
            "The lid comes apart into three pieces for cleaning."
        ),
        description_zh="双层不锈钢。早上灌 95 度，室温 20 度放八小时，实测还有 61 度。杯盖能拆成三件洗。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Forest", "松绿", 4900, 9900, 7350, 170),
            Variant("Snow", "雪白", 4900, 9900, 7350, 150, palette="snow"),
            Variant("Chili", "椒红", 4900, 9900, 7350, 120, palette="chili"),
        ),
        commission_bps=1800,
    ),
    Product(
        key="family-thermos",
        supplier="tin-swallow",
        category="kitchen",
        kind="thermos",
        palette="persimmon",
        seed=86,
        title_en="Table flask, 1 litre",
        title_zh="桌上保温壶 1 升",
        description_en=(
            "Wide enough for ice and for a brush, with a cup for a lid. "
            "Heavier than a plastic one at 620 g, and it can be dropped."
        ),
        description_zh="口够宽，冰块放得进，刷子也伸得进，盖子就是杯子。620 克，比塑料的沉，但摔得起。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Persimmon", "柿橙", 7200, 14800, 10800, 80),
            Variant("Ink", "墨蓝", 7200, 14800, 10800, 70, palette="ink"),
        ),
        commission_bps=1800,
    ),
    Product(
        key="mushroom-desk-lamp",
        supplier="tin-swallow",
        category="home",
        kind="desk_lamp",
        palette="persimmon",
        seed=87,
        title_en="Dome table lamp",
        title_zh="圆顶台灯",
        description_en=(
            "A spun steel shade that throws light down and none in your eyes, 2700 K, three levels by touch. "
            "The bulb is a standard one you can buy anywhere."
        ),
        description_zh="旋压钢罩，光往下走，不晃眼。2700K 暖光，触摸三档。灯泡是通用口，哪儿都买得到。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Persimmon", "柿橙", 11800, 23800, 17700, 60),
            Variant("Forest", "松绿", 11800, 23800, 17700, 56, palette="forest"),
            Variant("Snow", "雪白", 11800, 23800, 17700, 64, palette="snow"),
        ),
        commission_bps=1500,
    ),
    Product(
        key="bedside-lamp",
        supplier="tin-swallow",
        category="home",
        kind="desk_lamp",
        palette="rose",
        seed=88,
        title_en="Bedside lamp, battery",
        title_zh="床头充电灯",
        description_en=(
            "Nine hours on the lowest level and two and a half on the highest; charges by USB-C. "
            "The battery is held by two screws and can be replaced."
        ),
        description_zh="低档九小时，高档两个半小时，USB-C 充电。电池两颗螺丝固定，可以自己换。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Rose", "藕粉", 9200, 18800, 13800, 75),
            Variant("Mist", "雾灰", 9200, 18800, 13800, 75, palette="mist"),
        ),
        commission_bps=1800,
    ),
    Product(
        key="workbench-lamp",
        supplier="tin-swallow",
        category="home",
        kind="desk_lamp",
        palette="charcoal",
        seed=89,
        title_en="Workbench lamp",
        title_zh="工作台灯",
        description_en=(
            "A heavier base and a wider shade for drawing, sewing and repairs; 4000 K, colour rendering 95. "
            "Two-metre cord with a real switch in it."
        ),
        description_zh="底座更重，灯罩更宽，画图、缝补、修东西用。4000K，显色指数 95，两米线，线上有实体开关。",
        option_en="Colour",
        option_zh="颜色",
        variants=(Variant("Charcoal", "炭黑", 13800, 27800, 20700, 38),),
        commission_bps=1500,
    ),
)

SOUND: tuple[Product, ...] = (
    Product(
        key="quiet-headphones",
        supplier="low-hum",
        category="sound",
        kind="headphones",
        palette="charcoal",
        seed=91,
        title_en="Quiet over-ear headphones",
        title_zh="静声头戴耳机",
        description_en=(
            "Closed, wireless, noise reduction of 24 dB on the bus and less for voices. "
            "32 hours of battery, 236 g, works by cable too when it is empty."
        ),
        description_zh="封闭式无线，公交上降噪 24 分贝，人声少一些。续航 32 小时，236 克，没电时插线照样听。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Charcoal", "炭黑", 32800, 62800, 45900, 60),
            Variant("Snow", "雪白", 32800, 62800, 45900, 48, palette="snow"),
        ),
        commission_bps=1200,
    ),
    Product(
        key="studio-headphones",
        supplier="low-hum",
        category="sound",
        kind="headphones",
        palette="clay",
        seed=92,
        title_en="Open studio headphones",
        title_zh="开放式监听耳机",
        description_en=(
            "Open backs and a flat curve for editing; people beside you will hear it too. "
            "Cable only, replaceable at both ends."
        ),
        description_zh="开放后腔，曲线平直，剪辑用；旁边的人也听得到。只有线，线的两头都能换。",
        option_en="Cable",
        option_zh="线长",
        variants=(
            Variant("1.2 m", "1.2 米", 26800, 49800, 37500, 40),
            Variant("3 m", "3 米", 27600, 51800, 38600, 24),
        ),
        commission_bps=1000,
    ),
    Product(
        key="first-headphones",
        supplier="low-hum",
        category="sound",
        kind="headphones",
        palette="sky",
        seed=93,
        title_en="Headphones for small heads",
        title_zh="小号头戴耳机",
        description_en=(
            "A smaller band and a limit of 85 dB that cannot be switched off. "
            "Survives being sat on; the band bends flat."
        ),
        description_zh="头梁小一号，音量锁在 85 分贝，关不掉。头梁能掰平，坐一下也不坏。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Sky", "天青", 9800, 18800, 13700, 110),
            Variant("Persimmon", "柿橙", 9800, 18800, 13700, 90, palette="persimmon"),
        ),
        commission_bps=1500,
    ),
)

PAPER: tuple[Product, ...] = (
    Product(
        key="flat-lay-notebook",
        supplier="folded-crane",
        category="paper",
        kind="notebook",
        palette="persimmon",
        seed=94,
        title_en="Flat notebook, A5",
        title_zh="平摊本 A5",
        description_en=(
            "192 pages of 100 g paper, thread-sewn, cloth spine, two ribbons. "
            "Fountain-pen ink does not feather or show through; gel pens take a second to dry."
        ),
        description_zh="100 克纸 192 页，锁线装、布脊、两根书签带。钢笔不洇不透，中性笔要等一秒才干。",
        option_en="Ruling",
        option_zh="内页",
        variants=(
            Variant("Dotted", "点阵", 2200, 4800, 3300, 320),
            Variant("Lined", "横线", 2200, 4800, 3300, 260, palette="indigo"),
            Variant("Plain", "空白", 2200, 4800, 3300, 240, palette="matcha"),
        ),
        commission_bps=2000,
    ),
    Product(
        key="pocket-sketchbook",
        supplier="folded-crane",
        category="paper",
        kind="notebook",
        palette="ink",
        seed=95,
        title_en="Pocket sketchbook",
        title_zh="口袋速写本",
        description_en=(
            "160 g cotton-mix paper that takes a light wash without buckling much. "
            "Fifty-six pages, because thick paper is thick."
        ),
        description_zh="160 克含棉纸，淡彩薄涂不太起皱。纸厚，所以只有五十六页。",
        option_en="Size",
        option_zh="尺寸",
        variants=(
            Variant("9 x 14 cm", "9 x 14 厘米", 2600, 5500, 3900, 150),
            Variant("13 x 21 cm", "13 x 21 厘米", 3600, 7600, 5400, 110),
        ),
        commission_bps=1800,
    ),
    Product(
        key="recipe-journal",
        supplier="folded-crane",
        category="paper",
        kind="notebook",
        palette="chili",
        seed=96,
        title_en="Kitchen notebook",
        title_zh="厨房手记本",
        description_en=(
            "A wipeable cover and pages with a wide margin for what went wrong. No printed headings: write it your way."
        ),
        description_zh="封面能擦，内页留了宽边，专门写“这次哪儿没做好”。没有印好的栏目，爱怎么写怎么写。",
        option_en="Size",
        option_zh="尺寸",
        variants=(Variant("B5", "B5", 2800, 5900, 4200, 130),),
        commission_bps=2000,
    ),
    Product(
        key="growing-up-book",
        supplier="folded-crane",
        category="kids",
        kind="notebook",
        palette="sky",
        seed=97,
        title_en="Five-year line-a-day book",
        title_zh="五年一行本",
        description_en=(
            "One page a day with room for one line in each of five years. "
            "366 pages, no years printed, so it can start on any day."
        ),
        description_zh="一天一页，每页五年、每年一行。366 页，不印年份，哪天开始都行。",
        option_en="Cover",
        option_zh="封面",
        variants=(
            Variant("Sky", "天青", 3800, 7900, 5700, 90),
            Variant("Rose", "藕粉", 3800, 7900, 5700, 90, palette="rose"),
        ),
    ),
)

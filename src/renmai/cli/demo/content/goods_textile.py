"""Goods of Slow Loom (textiles), Northpace (shoes) and Softburrow (toys)."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Product, Variant

TEXTILES: tuple[Product, ...] = (
    Product(
        key="shuttle-linen-shirt",
        supplier="slow-loom",
        category="wear",
        kind="linen_shirt",
        palette="sand",
        seed=51,
        title_en="Shuttle linen shirt",
        title_zh="梭织亚麻衬衫",
        description_en=(
            "A 165 g linen, washed once so that it will not shrink again, cut straight with a back pleat. "
            "Wear it creased. If you are between sizes take the smaller one."
        ),
        description_zh="165 克亚麻，出厂前水洗过，不会再缩。直身版，后背一道褶。皱着穿就好，两码之间选小的。",
        option_en="Size",
        option_zh="尺码",
        variants=(
            Variant("S", "S", 13800, 28800, 20700, 40),
            Variant("M", "M", 13800, 28800, 20700, 64),
            Variant("L", "L", 13800, 28800, 20700, 58),
            Variant("XL", "XL", 13800, 28800, 20700, 24),
        ),
        commission_bps=1800,
    ),
    Product(
        key="indigo-work-shirt",
        supplier="slow-loom",
        category="wear",
        kind="linen_shirt",
        palette="indigo",
        seed=52,
        title_en="Indigo work shirt",
        title_zh="靛染工作衬衫",
        description_en=(
            "Linen and cotton dipped nine times in plant indigo. It will rub off on a white sofa for the first "
            "few washes and fade at the elbows after that."
        ),
        description_zh="棉麻混织，植物靛蓝浸染九道。头几水会掉色，别坐白沙发；往后手肘会慢慢褪出白来。",
        option_en="Size",
        option_zh="尺码",
        variants=(
            Variant("S", "S", 15800, 32800, 23700, 30),
            Variant("M", "M", 15800, 32800, 23700, 44),
            Variant("L", "L", 15800, 32800, 23700, 38),
        ),
    ),
    Product(
        key="wide-wool-scarf",
        supplier="slow-loom",
        category="wear",
        kind="scarf",
        palette="plum",
        seed=53,
        title_en="Wide lambswool scarf",
        title_zh="宽幅羊羔毛围巾",
        description_en=(
            "Sixty by two hundred centimetres, woven loosely and brushed on one side. "
            "Warm enough to use as a blanket on a train. Hand wash, dry flat."
        ),
        description_zh="六十乘两百厘米，织得松，单面拉绒。坐火车能当毯子盖。手洗，平铺晾干。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Plum", "梅紫", 11800, 23800, 17700, 46),
            Variant("Mist", "雾灰", 11800, 23800, 17700, 52, palette="mist"),
            Variant("Persimmon", "柿橙", 11800, 23800, 17700, 38, palette="persimmon"),
        ),
        commission_bps=1800,
    ),
    Product(
        key="summer-gauze-scarf",
        supplier="slow-loom",
        category="wear",
        kind="scarf",
        palette="sky",
        seed=54,
        title_en="Summer gauze scarf",
        title_zh="夏纱巾",
        description_en=(
            "Double cotton gauze, 120 grams for the whole scarf, for sun on the neck and cold air in the office. "
            "Goes in the machine in a bag."
        ),
        description_zh="双层棉纱，整条才一百二十克，遮后颈的太阳，也挡办公室的冷气。套洗衣袋机洗。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Sky", "天青", 4600, 9600, 6900, 120),
            Variant("Rose", "藕粉", 4600, 9600, 6900, 100, palette="rose"),
        ),
        commission_bps=2000,
    ),
    Product(
        key="market-tote",
        supplier="slow-loom",
        category="wear",
        kind="tote_bag",
        palette="snow",
        seed=55,
        title_en="Market tote",
        title_zh="菜场帆布袋",
        description_en=(
            "Sixteen-ounce canvas, handles sewn down to the base so that the weight does not hang on the hem. "
            "Carried twelve kilos of melons in our test. One inner pocket for keys."
        ),
        description_zh="十六安帆布，提手一路缝到袋底，重量不挂在袋口。我们试过装十二公斤西瓜。里面一个小兜放钥匙。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Natural", "本白", 3900, 8200, 5850, 210),
            Variant("Forest", "松绿", 4100, 8600, 6150, 140, palette="forest"),
            Variant("Indigo", "靛蓝", 4100, 8600, 6150, 120, palette="indigo"),
        ),
        commission_bps=2000,
    ),
    Product(
        key="field-cushion",
        supplier="slow-loom",
        category="home",
        kind="cushion",
        palette="matcha",
        seed=56,
        title_en="Field stripe cushion, 45 cm",
        title_zh="田垄条纹靠垫 45 厘米",
        description_en=(
            "A woven stripe in three greens, with a zip and a removable filling of recycled fibre. "
            "The cover is washable at 40 °C."
        ),
        description_zh="三种绿织成的条纹，拉链开口，再生纤维内胆可取出，外套可四十度机洗。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Matcha", "抹茶", 5800, 11800, 8700, 84),
            Variant("Clay", "陶红", 5800, 11800, 8700, 72, palette="clay"),
        ),
        commission_bps=1500,
    ),
    Product(
        key="reading-cushion",
        supplier="slow-loom",
        category="home",
        kind="cushion",
        palette="ink",
        seed=57,
        title_en="Reading cushion",
        title_zh="看书靠垫",
        description_en=(
            "Filled with buckwheat hulls, so it keeps the shape you push into it. "
            "It rustles, and it weighs two kilos; not one for throwing."
        ),
        description_zh="荞麦壳填充，按成什么样就是什么样。会沙沙响，有两公斤重，不适合拿来扔。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Ink", "墨蓝", 6800, 13800, 10200, 56),
            Variant("Sand", "砂白", 6800, 13800, 10200, 60, palette="sand"),
        ),
    ),
)

SHOES: tuple[Product, ...] = (
    Product(
        key="harbour-sneaker",
        supplier="northpace",
        category="wear",
        kind="sneaker",
        palette="sky",
        seed=61,
        title_en="Harbour canvas sneaker",
        title_zh="海港帆布鞋",
        description_en=(
            "Twelve-ounce canvas on a stitched rubber sole, with a cork footbed you can take out. "
            "Runs true to size; breaks in within a week."
        ),
        description_zh="十二安帆布，橡胶底缝线，软木鞋垫可以拿出来。尺码标准，穿一个星期就合脚。",
        option_en="Size (EU)",
        option_zh="鞋码",
        variants=(
            Variant("37", "37", 11800, 23800, 17700, 34),
            Variant("39", "39", 11800, 23800, 17700, 48),
            Variant("41", "41", 11800, 23800, 17700, 52),
            Variant("43", "43", 11800, 23800, 17700, 30),
        ),
        commission_bps=1500,
    ),
    Product(
        key="commuter-runner",
        supplier="northpace",
        category="wear",
        kind="sneaker",
        palette="chili",
        seed=62,
        title_en="Commuter runner",
        title_zh="通勤跑鞋",
        description_en=(
            "For five kilometres to work rather than a marathon: a 24 mm heel, a wide toe box and reflective tape "
            "at the back. 268 g in size 41."
        ),
        description_zh="给上班路上五公里用的，不是马拉松鞋。后跟二十四毫米，鞋头宽，脚后有反光条。41 码单只 268 克。",
        option_en="Size (EU)",
        option_zh="鞋码",
        variants=(
            Variant("38", "38", 14800, 29800, 22200, 40),
            Variant("40", "40", 14800, 29800, 22200, 44),
            Variant("42", "42", 14800, 29800, 22200, 46),
            Variant("44", "44", 14800, 29800, 22200, 18),
        ),
        commission_bps=1800,
    ),
    Product(
        key="garden-slip-on",
        supplier="northpace",
        category="wear",
        kind="sneaker",
        palette="forest",
        seed=63,
        title_en="Courtyard trainer",
        title_zh="院子便鞋",
        description_en=(
            "Waxed canvas that keeps out dew and a splash, and a sole that sheds mud. "
            "Not waterproof: do not stand in a puddle."
        ),
        description_zh="打蜡帆布，挡得住露水和水花，鞋底不夹泥。不是雨鞋，别站水坑里。",
        option_en="Size (EU)",
        option_zh="鞋码",
        variants=(
            Variant("38", "38", 12800, 25800, 19200, 26),
            Variant("41", "41", 12800, 25800, 19200, 32),
            Variant("43", "43", 12800, 25800, 19200, 22),
        ),
    ),
)

TOYS: tuple[Product, ...] = (
    Product(
        key="ginger-rabbit",
        supplier="softburrow",
        category="kids",
        kind="toy_rabbit",
        palette="sand",
        seed=64,
        title_en="Rabbit called Ginger",
        title_zh="姜姜兔",
        description_en=(
            "Twenty-eight centimetres with the ears up. Cotton outside, recycled fibre inside, embroidered face. "
            "Machine wash in a pillowcase; suitable from birth."
        ),
        description_zh="耳朵竖起来二十八厘米。棉布面、再生纤维芯、绣花五官。套枕套机洗，新生儿也能用。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Ginger", "姜黄", 4900, 9900, 7350, 130),
            Variant("Plum", "梅紫", 4900, 9900, 7350, 90, palette="plum"),
            Variant("Sky", "天青", 4900, 9900, 7350, 90, palette="sky"),
        ),
        commission_bps=1800,
    ),
    Product(
        key="pocket-rabbit",
        supplier="softburrow",
        category="kids",
        kind="toy_rabbit",
        palette="rose",
        seed=65,
        title_en="Pocket rabbit",
        title_zh="口袋小兔",
        description_en=(
            "Twelve centimetres, for coat pockets and kindergarten bags. "
            "A ribbon inside the ear takes a name written with a laundry pen."
        ),
        description_zh="十二厘米，放得进外套口袋和幼儿园书包。耳朵里缝了布条，可以用布用笔写名字。",
        option_en="Colour",
        option_zh="颜色",
        variants=(
            Variant("Rose", "藕粉", 2600, 5500, 3900, 180),
            Variant("Mist", "雾灰", 2600, 5500, 3900, 160, palette="mist"),
        ),
        commission_bps=2000,
    ),
    Product(
        key="old-friend-rabbit",
        supplier="softburrow",
        category="kids",
        kind="toy_rabbit",
        palette="mist",
        seed=66,
        title_en="Linen rabbit, long legs",
        title_zh="长腿亚麻兔",
        description_en=(
            "Sewn from loom ends of undyed linen, so the shade varies. "
            "The legs are weighted with glass beads in a double bag and it sits by itself. From three years."
        ),
        description_zh="用未染亚麻的机头布缝的，深浅不一。腿里是双层袋装的玻璃珠，能自己坐住。三岁以上。",
        option_en="Size",
        option_zh="尺寸",
        variants=(Variant("36 cm", "36 厘米", 6800, 13800, 10200, 54),),
    ),
)

"""A dozen suppliers. The towns exist and are known for the trade; the firms and their people are invented."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Supplier

SUPPLIERS: tuple[Supplier, ...] = (
    Supplier(
        key="lantern-hill",
        name_en="Lantern Hill Tea Garden",
        name_zh="灯坡茶园",
        town_en="Songyang, Zhejiang",
        town_zh="浙江松阳",
        story_en=(
            "Fourteen hectares on the shaded side of a hill, worked by three families who share one firing room. "
            "We pick by hand until the end of April and by small machine after that, and the tin says which."
        ),
        story_zh="背阴坡上两百来亩茶，三户人家合用一间炒茶房。四月底以前手采，之后用小机器采，罐子上都写清楚。",
        palette="matcha",
        freight_minor=800,
        handover_hours=24,
    ),
    Supplier(
        key="white-kiln",
        name_en="White Kiln Studio",
        name_zh="白窑小作",
        town_en="Jingdezhen, Jiangxi",
        town_zh="江西景德镇",
        story_en=(
            "Five potters and one gas kiln in a former school. Every firing holds about three hundred pieces; "
            "we publish how many we reject, usually one in nine."
        ),
        story_zh="旧小学里的五个陶工、一口气窑。一窑大约三百件，每窑淘汰多少都公开，通常九件里有一件。",
        palette="clay",
        freight_minor=1200,
        handover_hours=48,
    ),
    Supplier(
        key="red-gate",
        name_en="Red Gate Sauce House",
        name_zh="红门酱坊",
        town_en="Meishan, Sichuan",
        town_zh="四川眉山",
        story_en=(
            "A neighbourhood sauce house that began bottling for people who had moved away. "
            "Chilies come from two villages we can drive to; oil is pressed next door."
        ),
        story_zh="街坊的酱铺，后来给搬走的老主顾装瓶寄去。辣椒来自开车能到的两个村，菜籽油就在隔壁榨。",
        palette="chili",
        freight_minor=1000,
        handover_hours=24,
    ),
    Supplier(
        key="cloud-ridge",
        name_en="Cloud Ridge Apiary",
        name_zh="云脊蜂场",
        town_en="Luoping, Yunnan",
        town_zh="云南罗平",
        story_en=(
            "Two brothers, 340 hives, one truck that follows the blossom from February to October. "
            "Each jar carries the place and week of harvest. What wax is left becomes candles."
        ),
        story_zh="兄弟俩，三百四十箱蜂，一辆卡车从二月追花追到十月。每瓶写着哪里、哪一周取的蜜，余下的蜂蜡做成蜡烛。",
        palette="honey",
        freight_minor=1000,
        handover_hours=48,
    ),
    Supplier(
        key="slow-loom",
        name_en="Slow Loom Textile",
        name_zh="慢机织物",
        town_en="Nantong, Jiangsu",
        town_zh="江苏南通",
        story_en=(
            "We run eleven old shuttle looms that weave four metres an hour. Linen yarn is bought from one mill, "
            "dyed in small lots, and cut and sewn on the floor above the looms."
        ),
        story_zh="十一台老梭织机，一小时织四米。麻纱只跟一家厂买，小缸染色，楼下织、楼上裁和缝。",
        palette="indigo",
        freight_minor=800,
        handover_hours=48,
    ),
    Supplier(
        key="willow-lane",
        name_en="Willow Lane",
        name_zh="柳里",
        town_en="Suzhou, Jiangsu",
        town_zh="江苏苏州",
        story_en=(
            "A small cosmetics room with a licensed lab and a short list of ingredients. "
            "Formulas are printed in full, with percentages for everything above one percent."
        ),
        story_zh="一间不大的配方室，持证生产，成分表很短。配方全文印出，含量超过百分之一的都写明比例。",
        palette="rose",
        freight_minor=600,
        handover_hours=24,
    ),
    Supplier(
        key="northpace",
        name_en="Northpace Footwear",
        name_zh="北步鞋业",
        town_en="Jinjiang, Fujian",
        town_zh="福建晋江",
        story_en=(
            "Thirty people who used to sew for larger labels and now make three models of their own. "
            "Soles are stitched as well as glued, so a cobbler can replace them."
        ),
        story_zh="三十个人，从前给大牌子代工，如今只做自己的三款鞋。鞋底胶粘之外再缝一道，磨坏了修鞋师傅换得了。",
        palette="sky",
        freight_minor=0,
        handover_hours=48,
    ),
    Supplier(
        key="low-hum",
        name_en="Low Hum Audio",
        name_zh="低鸣声学",
        town_en="Dongguan, Guangdong",
        town_zh="广东东莞",
        story_en=(
            "Nine engineers who publish the frequency curve of every batch. "
            "Ear pads, bands and batteries are sold as spare parts for five years."
        ),
        story_zh="九个工程师，每一批都公布频响曲线。耳垫、头带、电池作为配件供应五年。",
        palette="charcoal",
        freight_minor=0,
        handover_hours=24,
    ),
    Supplier(
        key="elm-iron",
        name_en="Elm & Iron",
        name_zh="榆铁",
        town_en="Yangjiang, Guangdong",
        town_zh="广东阳江",
        story_en=(
            "A smith and a joiner who are brothers-in-law: he forges, the other shapes the handle and the board. "
            "Blades can be sent back to be sharpened; you pay the post."
        ),
        story_zh="打铁的和做木工的是郎舅俩，一个锻刀，一个做柄和砧板。刀钝了可以寄回来磨，只收邮费。",
        palette="ink",
        freight_minor=1000,
        handover_hours=48,
    ),
    Supplier(
        key="tin-swallow",
        name_en="Tin Swallow",
        name_zh="锡燕",
        town_en="Yongkang, Zhejiang",
        town_zh="浙江永康",
        story_en=(
            "A metal workshop that spins, brushes and paints its own flasks and lamps. "
            "Every seal ring, switch and screw has a part number on our site."
        ),
        story_zh="自己旋压、拉丝、喷涂的五金作坊，做杯壶也做灯。每个密封圈、开关、螺丝都有配件号，坏了单买。",
        palette="forest",
        freight_minor=800,
        handover_hours=24,
    ),
    Supplier(
        key="folded-crane",
        name_en="Folded Crane Paper",
        name_zh="折鹤纸品",
        town_en="Jing County, Anhui",
        town_zh="安徽泾县",
        story_en=(
            "Book binders in a paper-making county. We sew every notebook in sections so that it lies flat, "
            "and test each paper with five fountain-pen inks before it goes in."
        ),
        story_zh="造纸之乡的装订作坊。本子都是锁线装，摊得平；每种纸先用五种钢笔墨水试过才上机。",
        palette="persimmon",
        freight_minor=600,
        handover_hours=24,
    ),
    Supplier(
        key="softburrow",
        name_en="Softburrow Toys",
        name_zh="绒洞玩具坊",
        town_en="Yangzhou, Jiangsu",
        town_zh="江苏扬州",
        story_en=(
            "Four seamstresses and a pattern maker. Eyes are embroidered, never buttons, "
            "and each animal is pulled at every seam before it leaves."
        ),
        story_zh="四位缝纫师傅加一位打版师傅。眼睛一律绣上去，不用纽扣；每只出门前，每道缝都拉一遍。",
        palette="plum",
        freight_minor=600,
        handover_hours=48,
    ),
)

# Not in the pool: one waits for the operator, one was refused.
APPLICANTS: tuple[Supplier, ...] = (
    Supplier(
        key="ferry-street",
        name_en="Ferry Street Paper",
        name_zh="渡口街纸坊",
        town_en="Jingxian, Anhui",
        town_zh="安徽泾县",
        story_en="Two sisters and four vats. We make paper from bamboo that grows behind the workshop.",
        story_zh="姐妹两人，四口纸槽。做纸的竹子就长在作坊后面。",
        palette="plum",
        freight_minor=600,
        handover_hours=48,
    ),
    Supplier(
        key="north-gate",
        name_en="North Gate Soap",
        name_zh="北门皂坊",
        town_en="Qingdao, Shandong",
        town_zh="山东青岛",
        story_en="Olive oil, lye and eight weeks of patience, in a shed by the harbour.",
        story_zh="橄榄油、碱水和八周耐心，在港口边的一间棚屋里。",
        palette="matcha",
        freight_minor=600,
        handover_hours=48,
    ),
)

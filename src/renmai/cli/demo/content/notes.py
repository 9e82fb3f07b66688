"""What the demo's creators post, in the language they write it in, and what people say below. Everything is invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shot:
    """A picture to draw: a kind of goods, or "view" for a landscape; colours, what varies it, and what is to be seen."""

    kind: str
    palette: str
    seed: int
    alt: str


@dataclass(frozen=True, slots=True)
class Note:
    """A post: whose, how many days ago (None: a draft; below 0: scheduled), words with marks, goods, pictures, comments.

    A comment is (place of the buyer, or None for the writer; words).
    """

    creator: str
    days_ago: int | None
    title: str
    body: str
    goods: tuple[str, ...]
    shots: tuple[Shot, ...]
    circle: str = ""
    comments: tuple[tuple[int | None, str], ...] = ()
    likes: int = 0
    ai_made: bool = False
    held: bool = False


NOTES: tuple[Note, ...] = (
    Note(
        "linwan", 1, "下午四点，第二泡",
        "今天试的是今年最后一批春茶。第一泡急了，水太烫，涩。\n\n"
        "第二泡把壶盖掀开等一分钟，八十度，两分钟。豆香出来了，汤是浅的，凉了也不苦。\n\n[[1]]\n\n"
        "壶还是那一把。倒到第三年，嘴上没有茶垢，因为它根本不滴。\n\n[[2]]\n\n谁家的水硬，先煮开放一会儿再用，差别很大。",
        ("spring-mist-green", "side-spout-teapot"),
        (
            Shot("tea_caddy", "matcha", 41, "一罐绿茶，旁边是午后的光"),
            Shot("teapot", "forest", 42, "墨绿色的矮身茶壶"),
            Shot("view", "matcha", 43, "茶山的傍晚"),
        ),
        "tea-at-four",
        ((0, "水硬怎么判断？我家壶底总有一层白的。"), (None, "那就是硬水，先煮开，放凉到八十度再泡。"),
         (3, "第二泡真的比第一泡好喝，学到了。")),
        9,
    ),
    Note(
        "linwan", 8, "What I kept, out of nineteen",
        "Nineteen small bags came in the post this month. I drank each of them three times, on three days, because "
        "the first day I am kind and the second day I am not.\n\n"
        "One stayed. It smells of the room after somebody has closed a window on rain.\n\n[[1]]\n\n"
        "The other eighteen went to the neighbours, with a note of what I think is wrong with them.",
        ("charcoal-rock-oolong",),
        (Shot("tea_caddy", "charcoal", 44, "A dark tin of oolong on a grey cloth"),),
        "tea-at-four",
        ((2, "Could you post the eighteen notes too?"), (None, "I could, but the neighbours asked me not to.")),
        14,
    ),
    Note(
        "unclezhou", 2, "一碗面，四分钟",
        "水开下面，点两次冷水，捞。碗底先放：一勺红油，半勺芝麻酱，一点酱油，蒜末。\n\n[[1]]\n\n[[2]]\n\n"
        "面汤舀一勺冲开，再放面。别反过来，反过来就坨了。\n\n学校食堂那会儿一次做三百碗，现在做两碗，手反而不稳。",
        ("stone-ground-chili-oil", "sesame-paste"),
        (
            Shot("noodle_bowl", "indigo", 45, "靛蓝色的深口面碗"),
            Shot("chili_jar", "chili", 46, "一罐红油辣子"),
        ),
        "two-pots",
        ((4, "先放面再冲汤，难怪我的总坨。"), (5, "芝麻酱要先用水澥开吗？"), (None, "要的，凉水，一点一点来。")),
        21,
    ),
    Note(
        "suhe", 3, "北阳台的三月",
        "六平米，朝北，一天只有两个小时有光。活下来的都是自己选择留下的。\n\n"
        "换盆只看一件事：提起来轻不轻。轻了就是该浇水了，别看表面。\n\n[[1]]\n\n花市周日早上七点最好逛，八点以后就只剩别人挑过的。",
        ("breathing-plant-pot",),
        (
            Shot("plant_pot", "clay", 47, "陶盆里的一株小苗"),
            Shot("plant_pot", "snow", 48, "白色直纹花盆"),
            Shot("view", "forest", 49, "窗外的远山"),
        ),
        "balcony",
        ((7, "朝北也能养，太好了，我家就是。"),),
        6,
    ),
    Note(
        "granny-he", 5, "补一只兔子",
        "邻居家的孩子抱来的，耳朵开了线，棉花跑出来一半。\n\n"
        "亚麻的料子结实，坏的总是线。换一根蜡线，针脚藏在里面，再活十年。\n\n[[1]]\n\n东西坏了先别扔，拿来给我看看。",
        ("old-friend-rabbit",),
        (Shot("toy_rabbit", "mist", 50, "一只长腿亚麻兔，耳朵缝好了"),),
        "mend",
        ((8, "奶奶，旧毛衣脱线能补吗？"), (None, "能，找同色的线，从反面走。")),
        33,
    ),
    Note(
        "yangmai", 1, "612 km, and what wore out",
        "Left heel, outside edge. The laces, twice. My patience with the lights on Hubin Road.\n\n"
        "The stitching held. I weigh 71 kilos and I land badly, so this is not a kind test.\n\n[[1]]\n\n"
        "Next: the same pair through the rainy month. I will write down what happens, also if it is nothing.",
        ("commuter-runner",),
        (
            Shot("sneaker", "chili", 51, "A red running shoe, its heel worn on the outside"),
            Shot("view", "sky", 52, "The river before sunrise"),
        ),
        "on-foot",
        ((6, "Do they run narrow? I am between two sizes."), (None, "Slightly. I took the larger one."),
         (10, "I wrote a long comparison at www.shoes-and-rain.example if anybody wants it.")),
        12,
    ),
    Note(
        "papachen", 4, "双胞胎测评：摔了一个月的小灯",
        "方法很简单：放在床头，一个月，两个三岁半的人。\n\n摔下来十四次，其中九次是故意的。外壳有划痕，灯还亮，充电口没松。\n\n[[1]]\n\n"
        "唯一的意见：最暗那一档还可以再暗一点。",
        ("bedside-lamp",),
        (Shot("desk_lamp", "rose", 53, "床头的充电灯，暖光"),),
        "",
        ((9, "十四次哈哈哈"),),
        17,
    ),
    Note(
        "ayla", 2, "Seventeen seconds of a market",
        "Recorded on a Thursday, six in the morning, before the loudspeakers. You hear a crate set down, "
        "two women laughing about the price of leeks, and my own breath, which I could not cut out.\n\n"
        "The picture above was made by a machine from that sound, because I wanted to see what it hears.\n\n[[1]]",
        ("studio-headphones",),
        (Shot("view", "clay", 54, "Hills in clay colours, made by a machine from a sound"),
         Shot("headphones", "clay", 55, "Open headphones on a table")),
        "",
        ((2, "I can hear the leeks."),),
        8,
        ai_made=True,
    ),
    Note(
        "luokai", 6, "Breakfast, drawn, day 1,204",
        "An egg, half a steamed bun, barley tea. Twelve minutes with the pen, then it was cold.\n\n[[1]]\n\n"
        "People ask for the paper. It takes ink without feathering and lies flat, and that is all I want of paper.\n\n[[2]]",
        ("river-stone-mug", "pocket-sketchbook"),
        (Shot("mug", "mist", 56, "A grey mug with a drawing beside it"),
         Shot("notebook", "ink", 57, "A dark blue sketchbook")),
        "",
        ((10, "Day 1,204! I have been here since 300 or so."),),
        19,
        held=True,
    ),
    Note(
        "linwan", -2, "周末：三款桂花茶，盲测",
        "周六下午三点，三只一样的杯子，三款桂花茶，编号写在杯底。\n\n结果我先不说，你们猜。\n\n[[1]]",
        ("autumn-osmanthus",),
        (Shot("mug", "rose", 58, "三只一样的杯子"),),
        "tea-at-four",
    ),
    Note(
        "linwan", None, "给新手的第一把壶（草稿）",
        "先写提纲：容量、出水、好不好洗。价格放最后。",
        ("morning-teapot",),
        (),
    ),
)  # fmt: skip

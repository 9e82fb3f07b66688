"""Four creators: commuting, fatherhood, sound, drawing. Everything here is invented."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Creator, Pick

YANG_MAI = Creator(
    handle="yangmai",
    name="Yang Mai",
    name_zh="杨麦",
    headline_en="Runs to work, 5.4 km, most days",
    headline_zh="跑步上班，5.4 公里，大多数日子",
    words_en=(
        "Nurse in Xiamen, early shift. I run in because the bus comes too late, so what I carry has to be light, dry "
        "and finished with by 6:40. I post the kilometres each thing has done."
    ),
    words_zh="厦门的护士，上早班。公交赶不上，只好跑着去，所以东西要轻、要干、六点四十之前得收拾完。每件用了多少公里，我都记。",
    face_seed=5,
    cover_seed=5,
    palette="sky",
    picks=(
        Pick(
            "commuter-runner",
            "margin",
            "612 km on my pair. The heel is worn on the outside, the stitching is not.",
            "我这双跑了 612 公里，后跟外侧磨了，缝线没事。",
            19_600,
        ),
        Pick(
            "harbour-sneaker",
            "commission",
            "For after the shift. Take the cork out to dry if it rained.",
            "下班换的鞋。淋了雨，把软木垫抽出来晾。",
        ),
        Pick(
            "day-thermos",
            "margin",
            "Filled at 5:30, still warm at the noon break. I checked their 61 degrees: I got 59.",
            "五点半灌的水，中午还温。他们说八小时 61 度，我量的是 59。",
            19_800,
        ),
        Pick(
            "quiet-headphones",
            "commission",
            "For the bus home, not for running: you should hear the scooters.",
            "坐车回家用，跑步别戴，电动车要听得见。",
        ),
        Pick(
            "plain-gel-cleanser",
            "margin",
            "It lives in my locker. Sunscreen off, no smell, mask on.",
            "放在更衣柜里。洗掉防晒，没有味道，口罩照戴。",
            22_800,
        ),
        Pick(
            "market-tote",
            "commission",
            "Groceries on the way back. It folds into a rectangle the size of a phone, after some practice.",
            "回家顺路买菜。多叠几次，能叠成手机那么大。",
        ),
        Pick(
            "tinted-lip-balm",
            "margin",
            "Goes on at the traffic light on Hubin Road, without a mirror.",
            "等湖滨路那个红灯的时候涂，不用镜子。",
            22_000,
        ),
    ),
)

CHEN = Creator(
    handle="papachen",
    name="Chen Mo",
    name_zh="陈默",
    headline_en="Father of twins, tester of seams and corners",
    headline_zh="双胞胎的爸爸，专试缝线和边角",
    words_en=(
        "I used to test industrial pumps; now two four-year-olds test things for me. If it survives a fortnight with "
        "them I write down what happened and sell it here. What broke is on the list too."
    ),
    words_zh="以前做水泵测试，现在有两个四岁的测试员。能在他们手里活过两个星期的，我写清经过放上来；坏掉的也列在单子里。",
    face_seed=6,
    cover_seed=6,
    palette="honey",
    picks=(
        Pick(
            "ginger-rabbit",
            "margin",
            "Washed eleven times, dropped in a canal once. One ear now leans to the left; nobody minds.",
            "洗过十一回，掉进过河里一回。现在一只耳朵往左歪，没人嫌弃。",
            20_000,
        ),
        Pick(
            "pocket-rabbit",
            "commission",
            "Write the name on the ribbon before the first day at kindergarten. We learned.",
            "上幼儿园第一天之前，先在布条上写名字。这是教训。",
        ),
        Pick(
            "first-headphones",
            "margin",
            "Sat on by the one who weighs 17 kilos. I measured the limit with a meter: 84.",
            "十七公斤的那个坐过一屁股，没坏。音量上限我拿仪器测了，84 分贝。",
            19_000,
        ),
        Pick(
            "reading-cushion",
            "margin",
            "Two kilos, so it stays where it is put. It rustles; we call it the rain cushion.",
            "两公斤重，放哪儿就在哪儿。会沙沙响，我们管它叫下雨垫。",
            20_000,
        ),
        Pick(
            "growing-up-book",
            "margin",
            "One line a night after they are asleep. Year two, and I already read year one on the same page.",
            "他们睡了以后写一行。写到第二年，同一页上就能看见去年的今天。",
            20_500,
        ),
        Pick(
            "breakfast-board",
            "commission",
            "Rounded corners at forehead height for a four-year-old. I checked with a four-year-old.",
            "放桌边正好是四岁孩子额头的高度，边角是圆的。我请四岁的试过了。",
        ),
        Pick(
            "bedside-lamp",
            "margin",
            "The lowest level is dark enough to sleep by and bright enough to find the rabbit.",
            "最低一档，睡得着，也找得到兔子。",
            20_000,
        ),
        Pick(
            "family-thermos",
            "commission",
            "Dropped on the station stairs, one dent, no leak. The lid is a cup each of them wants.",
            "从车站楼梯上滚下去，瘪了一块，没漏。杯盖两个人抢着用。",
        ),
    ),
)

AYLA = Creator(
    handle="ayla",
    name="Ayla",
    name_zh="阿依拉",
    headline_en="Sound recordist, small rooms and loud streets",
    headline_zh="录音师，录小房间，也录大马路",
    words_en=(
        "I record sound for documentaries and live in one room with too many cables. I sell what I would buy again "
        "with my own fee, and say what it is bad at."
    ),
    words_zh="给纪录片录音，住一间屋子，满地是线。愿意拿自己的片酬再买一次的，才放上来；不好的地方也直说。",
    face_seed=7,
    cover_seed=7,
    palette="clay",
    picks=(
        Pick(
            "studio-headphones",
            "margin",
            "I cut two films on these. Your neighbour will hear the edit, so mind the hour.",
            "两部片子都是戴它剪的。会漏音，邻居跟着一起听，注意时间。",
            18_400,
        ),
        Pick(
            "quiet-headphones",
            "margin",
            "Takes away the engine, leaves the announcement. That is how I want it on a train.",
            "发动机的声音去掉了，报站听得见。坐火车我就要这样。",
            18_800,
        ),
        Pick(
            "mushroom-desk-lamp",
            "margin",
            "No hum. I held a microphone to it at every level, which is a thing I do to lamps.",
            "没有电流声。三档我都拿话筒贴着听过，我对灯都这么干。",
            20_000,
        ),
        Pick(
            "everyday-lip-colour",
            "commission",
            "Rosewood, on set from seven to eleven. After lunch it is gone, and the refill is half the price.",
            "豆沙色，片场七点到十一点。午饭后就没了，好在替换芯半价。",
        ),
        Pick(
            "cedar-evening-candle",
            "margin",
            "I light it when the export bar starts. One hour of film is about a finger of wax.",
            "导出进度条一走就点上。一小时的片子，大约烧一指宽。",
            20_800,
        ),
        Pick(
            "orchard-black",
            "margin",
            "With milk and salt, the way my mother makes it. It holds.",
            "加奶加盐，我妈妈的做法，茶味压得住。",
            20_800,
        ),
        Pick(
            "wide-wool-scarf",
            "margin",
            "Persimmon. It has been scarf, blanket and wind cover for a microphone in one week.",
            "柿橙色。一个星期里当过围巾、毯子，还给话筒挡过风。",
            19_800,
        ),
    ),
)

LUO_KAI = Creator(
    handle="luokai",
    name="Luo Kai",
    name_zh="罗凯",
    headline_en="Draws breakfast, every day, in pen",
    headline_zh="每天用钢笔画一顿早饭",
    words_en=(
        "Illustration student in Wuhan, four to a room. I have drawn my breakfast 640 days in a row. Here are the "
        "things that keep showing up in the drawings."
    ),
    words_zh="武汉学插画的，四人间。早饭已经连着画了六百四十天，画里老是出现的东西，都在这里了。",
    face_seed=8,
    cover_seed=8,
    palette="persimmon",
    picks=(
        Pick(
            "pocket-sketchbook",
            "margin",
            "Light wash is fine, a puddle is not. Fifty-six pages is about two months of breakfasts.",
            "淡彩没问题，积水就不行了。五十六页，差不多两个月的早饭。",
            20_800,
        ),
        Pick(
            "flat-lay-notebook",
            "margin",
            "Dotted, for class. My ink is a wet one and the next page stays clean.",
            "点阵的上课用。我的墨水出得多，背面还是干净的。",
            21_000,
        ),
        Pick(
            "river-stone-mug",
            "margin",
            "Drawn 94 times, more than any person I know. The rim is the hard part.",
            "画过 94 次，比画过的任何一个人都多。杯口不好画。",
            21_000,
        ),
        Pick(
            "workbench-lamp",
            "commission",
            "Colours look the same under it as at the window. My roommates sleep on the other side of the shade.",
            "灯下看颜色和窗边一样。灯罩那一侧，室友照睡。",
        ),
        Pick(
            "stone-ground-chili-oil",
            "commission",
            "On dry noodles at seven in the morning, which in Wuhan needs no excuse.",
            "早上七点拌热干面，在武汉不用解释。",
        ),
        Pick(
            "persimmon-bowl",
            "margin",
            "I wanted a pair that does not match, and that is what came.",
            "就想要一对不一样的，来的果然不一样。",
            21_000,
        ),
        Pick(
            "everyday-roasted-barley",
            "margin",
            "One tin, four people, one term. We counted.",
            "一罐，四个人，一学期。我们数过。",
            21_500,
        ),
        Pick(
            "small-petty-knife",
            "commission",
            "The only knife we own. It does mangoes, tape and the occasional pencil, sorry to the smith.",
            "宿舍唯一一把刀，切芒果、拆快递，偶尔削铅笔，对不起师傅。",
        ),
    ),
)

CITY_CREATORS: tuple[Creator, ...] = (YANG_MAI, CHEN, AYLA, LUO_KAI)

"""Four creators: tea, cooking, plants, mending. Everything here is invented."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Creator, Pick

LIN_WAN = Creator(
    handle="linwan",
    name="Lin Wan",
    name_zh="林晚",
    headline_en="Tea at four o'clock, after twelve years in a library",
    headline_zh="在图书馆待了十二年，如今下午四点泡茶",
    words_en=(
        "I catalogued books for twelve years and drank a lot of tea doing it. Now I taste about two hundred teas "
        "a year and keep perhaps ten. I buy first, drink a whole tin, and only then put it here."
    ),
    words_zh="编了十二年书目，茶也喝了十二年。现在一年试两百来款茶，留下十款左右。自己先买，喝完一整罐，才放到这里。",
    face_seed=1,
    cover_seed=1,
    palette="matcha",
    picks=(
        Pick(
            "spring-mist-green",
            "margin",
            "I brew this at 80 degrees in a plain glass so I can watch the leaves sink. Two minutes, no more.",
            "我用玻璃杯、八十度水泡，看叶子一根根沉下去。两分钟就够，别贪。",
            19_500,
        ),
        Pick(
            "charcoal-rock-oolong",
            "commission",
            "The one I bring to people who say they don't like tea. By the third cup they ask what it is.",
            "给说自己不爱喝茶的朋友带这一款，喝到第三杯，多半会问这是什么。",
        ),
        Pick(
            "autumn-osmanthus",
            "margin",
            "I wrote to ask whether they add flavouring; they invited me to see the sieving. They don't.",
            "我写信问加没加香精，他们请我去看筛花。确实没加。",
            20_500,
        ),
        Pick(
            "side-spout-teapot",
            "margin",
            "Poured it a hundred times before I trusted the spout. No drip on the cloth since March.",
            "倒了上百次才信这个壶嘴，三月到现在，茶巾没湿过。",
            20_000,
        ),
        Pick(
            "morning-teapot",
            "commission",
            "For the three of us on Sunday. It is heavier than mine at home, so use both hands when it is full.",
            "周日三个人喝正好。比我家那把重，装满了请用两只手。",
        ),
        Pick(
            "two-tone-mug",
            "margin",
            "The bare half is what I hold while reading; it never gets too hot.",
            "看书时手就握在没上釉的那一半，不烫。",
            21_000,
        ),
        Pick(
            "loquat-blossom-honey",
            "margin",
            "Sixty jars this year, I asked for six for us. On toast, not in tea, please.",
            "今年一共六十瓶，我替大家要了六瓶的额度。抹吐司吃，别兑茶里。",
            20_000,
        ),
        Pick(
            "flat-lay-notebook",
            "commission",
            "My tasting notes since spring, 140 pages in. The spine still lies flat.",
            "春天起的品茶笔记都在这一本，写到一百四十页，还是摊得平平的。",
        ),
    ),
)

ZHOU = Creator(
    handle="unclezhou",
    name="Zhou Dehai",
    name_zh="周德海",
    headline_en="Thirty-one years in a school canteen, now cooking for two",
    headline_zh="学校食堂掌勺三十一年，如今只做两个人的饭",
    words_en=(
        "I cooked lunch for eight hundred children a day in Chengdu. Since I retired I cook for my wife and for the "
        "camera my niece gave me. I only sell what stands on my own stove."
    ),
    words_zh="在成都的小学食堂，每天给八百个娃娃做午饭。退休后做给老伴吃，顺便对着侄女送的相机讲两句。灶台上没有的东西，我不卖。",
    face_seed=2,
    cover_seed=2,
    palette="chili",
    picks=(
        Pick(
            "stone-ground-chili-oil",
            "margin",
            "I have made my own for forty years. When my shoulder hurts I open this one, and my wife has not noticed.",
            "自家辣子我舂了四十年，肩膀疼的时候就开这一瓶，老伴到现在没吃出来。",
            20_500,
        ),
        Pick(
            "green-pepper-oil",
            "commission",
            "Cold noodles, cucumber, half a spoon of this at the end. Never heat it, the smell flies off.",
            "凉面、黄瓜丝，起锅后半勺。莫要下锅热，一热香味就跑了。",
        ),
        Pick(
            "black-bean-crisp",
            "margin",
            "With steamed pork ribs: two spoons, no salt. I learned that the hard way.",
            "蒸排骨放两勺，盐就不要放了，我第一回咸得喝了半壶水。",
            20_500,
        ),
        Pick(
            "deep-noodle-bowl",
            "margin",
            "A cook looks at where the thumbs go. Here they stay out of the soup.",
            "端面的人先看大拇指放哪儿。这个碗，拇指不进汤。",
            20_500,
        ),
        Pick(
            "forged-chef-knife",
            "commission",
            "I sent mine back to be sharpened to see if they keep their word. It came back in nine days.",
            "我专门把自己那把寄回去磨，看他们说话算不算数。九天就寄回来了。",
        ),
        Pick(
            "end-grain-board",
            "margin",
            "Three centimetres does not dance on the counter. Put a wet cloth under it all the same.",
            "三厘米厚，切起来不跳。底下照样垫块湿布。",
            19_800,
        ),
        Pick(
            "sesame-paste",
            "margin",
            "Turn the jar on its head overnight. My niece complained it was all oil; she had not read the label.",
            "倒扣一晚上再搅。侄女抱怨全是油，她没看标签。",
            20_000,
        ),
        Pick(
            "recipe-journal",
            "commission",
            "Finally wrote down the canteen's tomato eggs, for four people instead of eight hundred.",
            "食堂的番茄炒蛋总算写下来了，从八百人份改成四人份。",
        ),
    ),
)

SU_HE = Creator(
    handle="suhe",
    name="Su He",
    name_zh="苏禾",
    headline_en="Six square metres of balcony, north-facing",
    headline_zh="六平米北阳台，能长的都种了",
    words_en=(
        "I am a structural engineer who counts pots instead of sheep. My balcony gets three hours of sun in June and "
        "none in December, so what I show grows in ordinary homes."
    ),
    words_zh="做结构设计的，睡不着就数花盆。我家阳台六月有三小时太阳，十二月一点没有，所以我种得活的，普通人家也种得活。",
    face_seed=3,
    cover_seed=3,
    palette="forest",
    picks=(
        Pick(
            "breathing-plant-pot",
            "margin",
            "Moved eleven herbs into these in April. I water every third day now instead of guessing.",
            "四月把十一盆香草都换进来了。以前凭感觉浇水，现在固定三天一次。",
            20_800,
        ),
        Pick(
            "ribbed-planter",
            "commission",
            "Stood through the August typhoon with a lemon tree in it. The chair beside it did not.",
            "种着柠檬树，八月台风里没倒。旁边那把椅子倒了。",
        ),
        Pick(
            "market-tote",
            "margin",
            "Ten kilos of potting soil, twice, up five floors. The seams have not moved.",
            "十公斤营养土，提上五楼，来回两趟，缝线没走样。",
            20_500,
        ),
        Pick(
            "rapeseed-set-honey",
            "margin",
            "I wanted honey that says which hill it is from. This one has the week on it too.",
            "想找一瓶写明哪座山的蜜。这瓶连哪一周取的都写了。",
            19_800,
        ),
        Pick(
            "garden-slip-on",
            "margin",
            "For the six steps between the door and the tomatoes. They are off my feet in a second.",
            "从门口到番茄那六步路专用，一蹬就上脚，一甩就下来。",
            19_500,
        ),
        Pick(
            "fig-leaf-candle",
            "commission",
            "I have a fig that never fruits. This smells like it does when I prune it.",
            "我有一棵从不结果的无花果。这支蜡烛就是给它剪枝时的味道。",
        ),
        Pick(
            "olive-mint-soap",
            "commission",
            "Gets soil out from under nails with a brush and some patience.",
            "配把小刷子，慢慢来，指甲缝里的泥洗得掉。",
        ),
    ),
)

HE = Creator(
    handle="granny-he",
    name="He Yulan",
    name_zh="何玉兰",
    headline_en="Seventy-two, mends everything, throws away little",
    headline_zh="七十二岁，什么都补，很少扔",
    words_en=(
        "I was a tailor in a work unit and never stopped. On Wednesdays I show how to darn; on other days I tell you "
        "which cloth is worth darning. My grandson holds the phone."
    ),
    words_zh="从前是单位里的裁缝，一直没放下针线。星期三教织补，别的日子讲讲什么布值得补。举手机的是我孙子。",
    face_seed=4,
    cover_seed=4,
    palette="plum",
    picks=(
        Pick(
            "shuttle-linen-shirt",
            "margin",
            "I turned it inside out before I looked at the front. Flat-felled seams, and thread that matches.",
            "我先翻过来看里子，再看面子。包缝做得平，线色也配得上。",
            20_300,
        ),
        Pick(
            "indigo-work-shirt",
            "margin",
            "It will bleed for three washes. Add a spoon of vinegar, wash it alone, and be patient.",
            "头三水要掉色，加一勺醋，单独洗，别着急。",
            20_000,
        ),
        Pick(
            "wide-wool-scarf",
            "commission",
            "The weave is loose, so take off your rings first. If it snags, send me a picture and I will show you.",
            "织得松，戴戒指的先摘下来。真勾了丝，拍照给我，我教你收。",
        ),
        Pick(
            "summer-gauze-scarf",
            "margin",
            "Thin enough to go in my glasses case. I carry it from May to September.",
            "薄得能塞进眼镜盒，我从五月带到九月。",
            20_500,
        ),
        Pick(
            "field-cushion",
            "margin",
            "The zip can be replaced without unpicking the piping. Somebody there has sewn before.",
            "拉链坏了不用拆滚边就能换，做的人是真会缝。",
            20_000,
        ),
        Pick(
            "oat-milk-soap",
            "commission",
            "What I wash wool with, and myself. No smell left on either.",
            "洗毛衣用它，洗手也用它，都不留味道。",
        ),
        Pick(
            "old-friend-rabbit",
            "margin",
            "Made of what other factories sweep up. I pulled at every seam and had to give up.",
            "别人扫掉的布头做的。每道缝我都使劲扯过，扯不开，服气。",
            20_000,
        ),
    ),
)

HOME_CREATORS: tuple[Creator, ...] = (LIN_WAN, ZHOU, SU_HE, HE)

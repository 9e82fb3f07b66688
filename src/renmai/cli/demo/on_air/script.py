"""What is shown and said in the demo's shows. Everything here is invented."""

from __future__ import annotations

from dataclasses import dataclass

HOST = "linwan"
TITLE = "Four o'clock tea, live 四点的茶"
ABOUT = (
    "Kettle on, door open. I brew what is on the table and say when I would not buy it. Ask anything. "
    "水开了，门也开着。桌上有什么就泡什么，不值得买的我也会说。想问就问。"
)
MINUTES = 240


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing in the run-of-show: its product, its minutes, what is pinned and what people say while it is explained."""

    product: str
    minutes: int
    hook: str
    points: str
    pinned: str
    said: tuple[str, ...]
    gift: str = ""
    set_aside: int = 0


RUN: tuple[Scene, ...] = (
    Scene(
        "spring-mist-green", 4, "Watch the leaves sink 看叶子一根根沉下去",
        "80 degrees, a plain glass, two minutes. Light: do not buy it if you like it strong.\n八十度、玻璃杯、两分钟。口味重的别买。",
        "80 °C, two minutes 八十度，两分钟",
        ("第一次喝绿茶，会不会苦？", "Is this the March picking?", "去年买过，汤色真的很浅很亮", "What do you do without a thermometer?",
         "水开了放凉三分钟就差不多了", "孕妇能喝吗？还是问问医生吧", "The steam! I can almost smell it."),
        "a linen tea cloth 茶巾一条", 6,
    ),
    Scene(
        "two-tone-mug", 3, "The half that stays cool 不烫手的那一半",
        "Hold the bare half. Hand-thrown: the line sits a little differently on each.\n手拉坯，每只的釉线都不一样。",
        "Each glaze line differs 釉线各不同",
        ("能进洗碗机吗？", "Does it come in a darker glaze?", "同事那只用了两年还很好", "How much does it hold, really?", "大约三百毫升，我量过"),
        "", 5,
    ),
    Scene(
        "autumn-osmanthus", 4, "No flavouring, I went to look 没加香精，我去看过",
        "The blossoms are sieved out after eight hours; what you smell is what stayed.\n花窨八小时再筛掉，闻到的是留下来的香。",
        "Only blossoms, sieved out 只用鲜花窨",
        ("桂花味会不会太甜腻", "I cold-brewed mine overnight. Lovely.", "冷泡也行？学到了", "Is there caffeine in it?", "有的，底子是茶，晚上少喝点"),
        "", 6,
    ),
    Scene(
        "side-spout-teapot", 3, "Not a drop on the cloth 茶巾没湿过",
        "Pour slowly once before you judge a spout. too small for three people.\n三个人喝嫌小。",
        "For one or two 一两个人刚好",
        ("左撇子能用吗？", "Left-handed here too!", "侧把的反过来倒就行，我就是左手", "Is the lid tight?", "这个手感看着就好"),
        "", 4,
    ),
)  # fmt: skip
COMING = (
    "刚下班，赶上了", "Hello from Hangzhou!", "林老师好", "Good evening everyone", "又来蹭茶了", "First time in a live room, hi",
    "窗外那个太阳是真的吗，哈哈", "The light in your room is so warm.", "声音很舒服，边干活边听",
)  # fmt: skip
GLAD = ("抢到了！", "Got one, thank you!", "已付款，坐等", "Mine is ordered.")
MISSED = ("手慢了一秒……", "Missed it. Next time!", "还会补吗？")
BAG_WORD = "四点喝茶"

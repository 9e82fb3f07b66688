"""Shows of the demo that are not on yet: announced, with people who wait for them; a draft half checked; one called off."""

from __future__ import annotations

from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.timezone import localtime

from renmai.cli.demo import draw
from renmai.cli.demo.on_air.script import Scene
from renmai.cli.demo.on_air.stage import slot_of
from renmai.cli.demo.world import World
from renmai.kit.access import Actor, require_person
from renmai.kit.media.actions import store_picture
from renmai.people.circles.models import Circle
from renmai.places.live.actions import (
    Plan,
    add_to_show,
    announce_show,
    answer_point,
    cancel_show,
    plan_show,
    remind_me,
    write_run,
)
from renmai.places.live.rules import POINTS

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Coming:
    """A show of a creator: in how many days, at which hour of the house, and how far its plan is.

    `points` of the checklist are answered, `waiting` people asked to be told; `palette` and `seed` say what cover to draw.
    """

    creator: str
    title: str
    about: str
    days: int
    hour: int
    minutes: int
    palette: str
    seed: int
    scenes: tuple[Scene, ...]
    circle: str = ""
    beside: tuple[tuple[str, str], ...] = ()
    points: int = 0
    announced: bool = True
    waiting: int = 0
    called_off: bool = False


def _thing(product: str, minutes: int, hook: str, points: str = "", gift: str = "", aside: int = 0) -> Scene:
    return Scene(product, minutes, hook, points, "", (), gift, aside)


SHOWS: tuple[Coming, ...] = (
    Coming(
        "unclezhou", "Sunday noodles, all the way 周日的一碗面，从头做起",
        "Knife, board, oil, bowl: I cook one bowl from nothing and you see what each thing is for. "
        "刀、板、油、碗，我从头做一碗面，每样东西派什么用场，您看着。",
        1, 19, 90, "chili", 71,
        (
            _thing("forged-chef-knife", 15, "Feel the edge before the handle 先看刃，再看柄",
                   "Cuts a tomato without pressing.\nNot for bones.\n切番茄不用压，别剁骨头。", "a sharpening stone 磨刀石一块", 8),
            _thing("end-grain-board", 10, "Why the knife stays sharp on it 刀在上面不伤刃", "Oil it twice a year.\n一年上两次油。"),
            _thing("stone-ground-chili-oil", 20, "Heat it slowly, listen 慢慢热，听声音", "Medium hot. Ask before you buy for children.\n中辣，家里有孩子先问我。",
                   aside=12),
            _thing("deep-noodle-bowl", 15, "Deep enough to toss in 够深，拌得开", "Dishwasher is fine.\n可以进洗碗机。"),
        ),
        circle="two-pots", beside=(("luokai", "host"), ("granny-he", "moderator")), points=8, waiting=9,
    ),
    Coming(
        "granny-he", "Linen, washed fifty times 洗了五十次的麻",
        "I bring the old ones next to the new ones. 旧的新的放在一起，您自己看。",
        2, 10, 60, "plum", 72,
        (
            _thing("shuttle-linen-shirt", 20, "Mine is eleven years old 我这件穿了十一年", "Shrinks two fingers the first time.\n头一水缩两指。", aside=6),
            _thing("wide-wool-scarf", 15, "It does not itch, try it on your neck 不扎，往脖子上试"),
            _thing("field-cushion", 10, "What the filling does after a year 坐一年以后"),
        ),
        points=3, waiting=5,
    ),
    Coming(
        "luokai", "A desk for drawing at night 夜里画画的桌子",
        "Lamp, paper, mug: what stays on my table and what I gave away. 灯、纸、杯子，哪些留下了，哪些送人了。",
        4, 21, 45, "persimmon", 73,
        (
            _thing("workbench-lamp", 12, "Two in the morning, no headache 半夜两点，头不疼", aside=5),
            _thing("pocket-sketchbook", 10, "Ink does not come through 不透墨"),
            _thing("river-stone-mug", 8, "It keeps warm for one sketch 一张速写的温度"),
        ),
        waiting=3,
    ),
    Coming(
        "linwan", "First harvest: three greens side by side 头采：三款绿茶一起泡",
        "Same water, same glass, same two minutes. You tell me which one you would drink. "
        "一样的水，一样的杯子，一样两分钟。您说喝哪杯。",
        3, 16, 60, "matcha", 74,
        (
            _thing("spring-mist-green", 12, "Look at the colour first 先看汤色", "80 degrees.\nSay who should not buy it.\n八十度，说清楚谁不适合。", aside=10),
            _thing("two-tone-mug", 8, "Hold the bare half 握没上釉的那半边", gift="a linen tea cloth 茶巾一条"),
            _thing("loquat-blossom-honey", 10, "A spoonful, not in the tea 单独一勺，别放茶里"),
        ),
        circle="tea-at-four", beside=(("unclezhou", "host"),), points=4, announced=False,
    ),
    Coming(
        "ayla", "Quiet things for a loud week 吵闹的一周，安静的东西",
        "Headphones and a candle. 耳机和一支蜡烛。",
        2, 20, 30, "clay", 75,
        (_thing("quiet-headphones", 15, "Put them on, then talk to me 戴上，再跟我说话"),),
        waiting=4, called_off=True,
    ),
)  # fmt: skip
Covers = dict[str, Future[bytes]]


def draw_shows(artists: ProcessPoolExecutor) -> Covers:
    """Have the covers drawn."""
    return {it.title: artists.submit(draw.draw_cover, it.seed, it.palette, 1600, 900) for it in SHOWS}


def plan_shows(world: World, covers: Covers, now: datetime) -> None:
    """Plan every show a few days ago, as far as it is."""
    circles: dict[str, UUID] = dict(Circle.objects.values_list("slug", "id"))
    for it in SHOWS:
        _planned(world, it, covers[it.title].result(), circles.get(it.circle), now)


def _planned(world: World, it: Coming, cover: bytes, circle_id: UUID | None, now: datetime) -> None:
    (shop_id, actor), at = world.shops[it.creator], now - 2 * DAY
    media = store_picture(data=cover, name="cover.webp", actor=actor, now=at)
    starts_at = (localtime(now) + it.days * DAY).replace(hour=it.hour, minute=0, second=0, microsecond=0)
    plan = Plan(it.title, starts_at, it.minutes, it.about, media.id, circle_id)
    show_id = plan_show(actor=actor, now=at, shop_id=shop_id, plan=plan).id
    slots = [slot for scene in it.scenes if (slot := slot_of(actor, shop_id, scene))]
    write_run(actor=actor, now=at, show_id=show_id, slots=slots)
    for handle, part in it.beside:
        person_id = require_person(world.shops[handle][1])
        add_to_show(actor=actor, now=at, show_id=show_id, person_id=person_id, part=part)
    for point in POINTS[: it.points]:
        answer_point(actor=actor, now=at + DAY / 4, show_id=show_id, point=point.name)
    if it.announced:
        announce_show(actor=actor, now=at + DAY / 2, show_id=show_id)
        _wait(world, show_id, it.waiting, at + DAY)
    if it.called_off:
        cancel_show(actor=actor, now=now - DAY / 8, show_id=show_id)


def _wait(world: World, show_id: UUID, many: int, at: datetime) -> None:
    people: list[Actor] = [actor for actor, _address in world.buyers]
    for place, actor in enumerate(people[:many]):
        remind_me(actor=actor, now=at + timedelta(minutes=7 * place), show_id=show_id)

"""Who follows whom in the demo world: circles, friends, and two more drops, so that the door has people in it."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from renmai.cli.demo.world import World
from renmai.kit.access import require_person
from renmai.people.circles.actions import join_circle, open_circle
from renmai.people.follows.actions import follow, follow_back, follow_by_link, open_friend_link, show_trust
from renmai.people.follows.queries import list_to_follow_back
from renmai.places.shops.queries import list_shop_skus
from renmai.trade.promotions.drop_actions import create_drop

# slug, name, Chinese name, words, Chinese words, creators in it
CIRCLES = (
    ("tea-at-four", "Tea at four", "四点茶", "Leaves, water, and people who take their time.", "茶叶、水，和不赶时间的人。",
     ("linwan", "granny-he", "luokai")),
    ("two-pots", "Two pots, one stove", "两口锅", "Cooking at home for few, without waste.", "给家里一两口人做饭，不浪费。",
     ("unclezhou", "luokai", "papachen")),
    ("mend", "Mend it", "缝缝补补", "What lasts, what can be repaired, and how.", "用得久的、能修的，和怎么修。",
     ("granny-he", "suhe", "ayla")),
    ("balcony", "Six square metres", "六平米阳台", "Growing things where there is little room.", "地方小，也能种点什么。", ("suhe", "linwan")),
    ("on-foot", "On foot", "走路去", "Shoes, rain, and the long way home.", "鞋、雨，和绕远的回家路。", ("yangmai", "ayla", "papachen")),
)  # fmt: skip
FRIENDS = 5


def gather(world: World, now: datetime) -> None:
    """Open circles, let buyers follow, and befriend, and run two more drops."""
    at = now - timedelta(days=30)
    chance = Random(8)
    for circle in CIRCLES:
        _circle(world, circle, at, chance)
    _follow(world, at, chance)
    _befriend(world, at)
    for handle in ("unclezhou", "granny-he"):
        _drop(world, handle, now)


def _circle(world: World, it: tuple[str, str, str, str, str, tuple[str, ...]], at: datetime, chance: Random) -> None:
    slug, name, name_zh, words, words_zh, creators = it
    open_circle(actor=world.operator, now=at, slug=slug, name=name, name_zh=name_zh, words=words, words_zh=words_zh)
    buyers = [actor for actor, _address in world.buyers if chance.random() < 0.4]
    for n, actor in enumerate([*(world.shops[handle][1] for handle in creators), *buyers]):
        join_circle(actor=actor, now=at + timedelta(hours=n), slug=slug)


def _follow(world: World, at: datetime, chance: Random) -> None:
    creators = [actor for _shop_id, actor in world.shops.values()]
    for n, (buyer, _address) in enumerate(world.buyers):
        chosen = creators[:3] if n == 0 else chance.sample(creators, 3)
        for creator in chosen:
            follow(
                actor=buyer, now=at + timedelta(hours=n), person_id=require_person(creator), reachable=chance.random() < 0.5
            )  # fmt: skip


def _befriend(world: World, at: datetime) -> None:
    """Let the first buyer's friends come by the link; the first four are followed back and show whom they trust."""
    first, others = world.buyers[0][0], [actor for actor, _address in world.buyers[1 : 1 + FRIENDS]]
    token = open_friend_link(actor=first, now=at).token
    for n, other in enumerate(others):
        follow_by_link(actor=other, now=at + timedelta(days=1, hours=n), token=token)
        show_trust(actor=other, now=at + timedelta(days=1, hours=n), shown=True)
    for row in list_to_follow_back(first)[1:]:
        follow_back(actor=first, now=at + timedelta(days=2), follow_id=row.id)


def _drop(world: World, handle: str, now: datetime) -> None:
    """Run a drop of the first thing that is there in some number, at its usual price."""
    shop_id, creator = world.shops[handle]
    row = next((row for row in list_shop_skus(creator, shop_id) if row["left"] >= 12), None)
    if row is not None:
        create_drop(
            actor=creator, now=now, key=f"demo-drop-{handle}", pick_id=row["pick_id"], sku_id=row["sku_id"],
            price_minor=row["price_minor"], quantity=10, per_buyer_max=2, policy="hold",
            starts_at=now - timedelta(minutes=5), ends_at=now + timedelta(hours=5),
        )  # fmt: skip

"""Messages of the demo world: questions before buying and about a parcel, answered and waiting."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from renmai.cli.demo.world import World
from renmai.kit.access import Actor
from renmai.people.messages.actions import block_talk, mute_talk, read_shop_talk, read_talk
from renmai.places.shops.talking import answer_for_shop, write_to_shop

# What was said: hours before now, whether by the shop, the words.
Said = tuple[float, bool, str]
QUESTION: tuple[Said, ...] = (
    (52, False, "请问这款茶泡第二道还有味道吗？家里长辈喜欢喝淡一点。"),
    (50.5, True, "有的，第二道反而最好。八十度水，出汤快一点，老人家喝着不涩。"),
    (50, False, "好的，那我先拍一份试试。"),
    (3, False, "收到了，很香！还想给朋友带一份，能分开包装吗？"),
)
PARCEL: tuple[Said, ...] = (
    (30, False, "Has my parcel left already? I am away from Friday."),
    (
        28,
        True,
        "It leaves the kiln this afternoon, and I asked them to pack it twice. Tell me if you would rather wait.",
    ),
    (27.5, False, "This afternoon is perfect, thank you."),
    (1.5, True, "It is on its way. The number is on your order."),
)
SHORT: tuple[Said, ...] = ((20, False, "Do you have the large one again this spring?"),)
LOUD: tuple[Said, ...] = ((90, False, "Hello!"), (89, True, "Everything 10% off today! And tomorrow! Look now!"))


def write_messages(world: World, now: datetime) -> None:
    """Have buyers and the first shops write to each other; some of it is unread, one talk is muted and blocked."""
    shops, buyers = list(world.shops.values()), [actor for actor, _address in world.buyers]
    _talk(world, shops[0][0], buyers[0], QUESTION, now)
    if len(buyers) < 3 or len(shops) < 3:
        return
    _talk(world, shops[1][0], buyers[0], PARCEL, now)
    _talk(world, shops[0][0], buyers[1], SHORT, now)
    _talk(world, shops[0][0], buyers[2], PARCEL, now)
    _talk(world, shops[2][0], buyers[0], LOUD, now, blocks=True)


def _talk(
    world: World, shop_id: UUID, buyer: Actor, said: tuple[Said, ...], now: datetime, *, blocks: bool = False
) -> None:
    owner = next(actor for each, actor in world.shops.values() if each == shop_id)
    talk_id = None
    for hours, by_shop, words in said:
        at = now - timedelta(hours=hours)
        if by_shop and talk_id is not None:
            read_shop_talk(actor=owner, now=at, talk_id=talk_id)
            answer_for_shop(actor=owner, now=at, talk_id=talk_id, words=words)
        else:
            talk_id = write_to_shop(actor=buyer, now=at, shop_id=shop_id, words=words).talk_id
    if blocks and talk_id is not None:
        read_talk(actor=buyer, now=now, talk_id=talk_id)
        mute_talk(actor=buyer, now=now, talk_id=talk_id, muted=True)
        block_talk(actor=buyer, now=now, talk_id=talk_id, blocked=True)

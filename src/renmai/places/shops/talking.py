"""A person and a shop write to each other: what messages cannot know, whether the shop is open and what it is called."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.kit.problems import NotFound
from renmai.people.messages.actions import ShopName, write_as_person, write_as_shop
from renmai.people.messages.models import Message
from renmai.people.messages.queries import access_shop_talk, find_talk
from renmai.people.messages.rules import ShopClosed
from renmai.places.shops.models import Shop


def write_to_shop(*, actor: Actor, now: datetime, shop_id: UUID, words: str) -> Message:
    """Write to a shop that is open, or in a talk that was begun before it closed; see `write_as_person`.

    Errors: SignInNeeded, NotFound, ShopClosed, OwnShop, Invalid, TooMany.
    """
    require_person(actor)
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        raise NotFound()
    if not is_reachable(shop) and find_talk(actor, shop_id) is None:
        raise ShopClosed()
    return write_as_person(actor=actor, now=now, shop_id=shop_id, words=words)


def answer_for_shop(*, actor: Actor, now: datetime, talk_id: UUID, words: str) -> Message:
    """Answer a person for a shop; see `write_as_shop`. Errors: SignInNeeded, NotFound, TalkBlocked, Invalid, TooMany."""
    shop = Shop.objects.get(pk=access_shop_talk(actor, talk_id).shop_id)
    return write_as_shop(actor=actor, now=now, talk_id=talk_id, words=words, shop=ShopName(shop.name, shop.name_zh))


def is_reachable(shop: Shop) -> bool:
    """Return whether somebody new may write to a shop."""
    return shop.open and shop.hidden_at is None


def shops_by_id(shop_ids: Iterable[UUID]) -> dict[UUID, Shop]:
    """Return shops by id, open or not: those whom one has written with stay known. One statement."""
    return Shop.objects.in_bulk(list(set(shop_ids)))

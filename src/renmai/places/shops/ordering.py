"""The order in which a shop shows its picks: one or many moved at once.

New picks come first until they are ordered. A shop is locked while its order changes, so that two moves at once are two
moves after each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError
from renmai.places.shops.models import Pick, Shop
from renmai.places.shops.queries import access_content_shop

WAYS = ("up", "down", "top", "bottom")
MOVED_MAX = 200
WRITE = """
update places_pick k set position = v.position
from unnest(%s::uuid[], %s::int[]) as v (id, position)
where k.id = v.id and k.position <> v.position
"""


class NoSuchMove(DomainError):
    """Not a way to move picks, nothing to move, or more than at once."""

    code = "pick.no_such_move"
    status = 422
    message = "Move between 1 and {most} of the shop's picks up, down, to the top or to the bottom."


def moved(order: Sequence[UUID], chosen: Collection[UUID], way: str) -> list[UUID]:
    """Return `order` with the chosen ones moved one up or down, or to either end; they keep their order among themselves."""
    if way in {"top", "bottom"}:
        own, rest = [each for each in order if each in chosen], [each for each in order if each not in chosen]
        return own + rest if way == "top" else rest + own
    found = list(order) if way == "up" else list(reversed(order))
    for place in range(1, len(found)):
        if found[place] in chosen and found[place - 1] not in chosen:
            found[place - 1], found[place] = found[place], found[place - 1]
    return found if way == "up" else list(reversed(found))


def arranged(order: Sequence[UUID], chosen: Sequence[UUID]) -> list[UUID]:
    """Return `order` with the chosen ones in the places that they hold together, in the order given; no other one moves."""
    named, following = set(chosen), iter(chosen)
    return [next(following) if each in named else each for each in order]


@transaction.atomic
def arrange_picks(*, actor: Actor, now: datetime, shop_id: UUID, pick_ids: Sequence[UUID]) -> list[UUID]:
    """Put these picks into the places that they hold together, in this order: a page of a longer list. As `move_picks`."""
    order = _held(actor, shop_id)
    own = set(order)
    chosen = [each for each in dict.fromkeys(pick_ids) if each in own]
    if not chosen or len(pick_ids) > MOVED_MAX:
        raise NoSuchMove(most=MOVED_MAX)
    return _written(actor, now, shop_id, order, arranged(order, chosen))


@transaction.atomic
def move_picks(*, actor: Actor, now: datetime, shop_id: UUID, pick_ids: Sequence[UUID], way: str) -> list[UUID]:
    """Move picks of a shop; return the new order. After: event shop.picks_ordered, when the order is another.

    Errors: SignInNeeded, NotFound, NoSuchMove (none of them is the shop's, too).
    """
    order = _held(actor, shop_id)
    chosen = set(pick_ids).intersection(order)
    if way not in WAYS or not chosen or len(pick_ids) > MOVED_MAX:
        raise NoSuchMove(most=MOVED_MAX)
    return _written(actor, now, shop_id, order, moved(order, chosen, way))


@transaction.atomic
def order_picks(*, actor: Actor, now: datetime, shop_id: UUID, pick_ids: Sequence[UUID]) -> list[UUID]:
    """Put these picks first, in this order; the others follow as they were. As `move_picks`."""
    order = _held(actor, shop_id)
    first = [each for each in dict.fromkeys(pick_ids) if each in set(order)]
    if not first or len(pick_ids) > MOVED_MAX:
        raise NoSuchMove(most=MOVED_MAX)
    named = set(first)
    return _written(actor, now, shop_id, order, first + [each for each in order if each not in named])


def _held(actor: Actor, shop_id: UUID) -> list[UUID]:
    access_content_shop(actor, shop_id)
    Shop.objects.select_for_update().get(id=shop_id)
    picks = Pick.objects.filter(shop_id=shop_id, removed_at=None).order_by("position", "id")
    return list(picks.values_list("id", flat=True))


def _written(actor: Actor, now: datetime, shop_id: UUID, before: list[UUID], after: list[UUID]) -> list[UUID]:
    if before == after:
        return after
    with connection.cursor() as cursor:
        cursor.execute(WRITE, (after, list(range(1, len(after) + 1))))
    record(Happened("shop.picks_ordered", shop_id, now, {"picks": len(after)}, actor.person_id))
    return after

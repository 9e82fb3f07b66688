"""Customers of the demo's shops: buyers who let the person they bought from know them, and groups made by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from renmai.cli.demo.world import World
from renmai.kit.access import Actor, require_person
from renmai.people.follows.actions import set_reachable
from renmai.places.shops.grouping import make_group, put_in_group
from renmai.trade.orders.models import Order
from renmai.trade.reports.customers import list_customers

# Name, and every how-manieth customer is in it.
GROUPS = (("爱茶的人", 2), ("Ask before restock", 3), ("Regulars", 5))
SHOPS = 3


def know_customers(world: World, now: datetime) -> None:
    """Let two of three buyers of the first shops be known, and put them into groups."""
    people = {require_person(actor): actor for actor, _address in world.buyers}
    for shop_id, owner in list(world.shops.values())[:SHOPS]:
        _agree(people, shop_id, owner)
        rows = list_customers(owner, shop_id, now=now, limit=100)
        for name, each in GROUPS:
            group = make_group(actor=owner, now=now - timedelta(days=3), shop_id=shop_id, name=name)
            chosen = [row.person_id for row in rows[::each]]
            if chosen:
                put_in_group(actor=owner, now=now - timedelta(days=2), group_id=group.id, person_ids=chosen)


def _agree(people: dict[UUID, Actor], shop_id: UUID, owner: Actor) -> None:
    orders = Order.objects.filter(shop_id=shop_id, buyer_id__in=people, received_at__isnull=False).order_by("id")
    owner_id = require_person(owner)
    bought = {order.buyer_id: order.received_at for order in orders if order.buyer_id != owner_id}
    for place, (buyer_id, at) in enumerate(bought.items()):
        if place % 3 and at:
            set_reachable(actor=people[buyer_id], now=at, person_id=owner_id, reachable=True)

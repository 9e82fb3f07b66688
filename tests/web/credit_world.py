"""Facts of a small house, written through the lane as the house writes them, signed and scored."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.trade.orders.models import Order
from renmai.trust.facts.lane import Draft, credit_batch
from renmai.trust.facts.models import Subject
from renmai.trust.log.publishing import publish
from renmai.trust.scores.actions import sweep_scores
from tests.trade.world import World
from tests.web.operator_world import pay, place


def write(*drafts: Draft) -> list[UUID | None]:
    """Append drafts, as a reaction does; return the ids of their facts."""
    with transaction.atomic(), connection.cursor() as cursor:
        return credit_batch(cursor, drafts)


def parcel(
    supplier_id: UUID, at: datetime, *, late: int = 0, buyer_id: UUID | None = None, order_id: UUID | None = None
) -> Draft:
    """A parcel of a supplier, in time or so many days late."""
    data = {"in_time": not late, "days_late": late, "days_allowed": 2}
    about, order = f"parcel:{new_id()}", order_id or new_id()
    record = {"order": str(order)}
    return Draft(
        "parcel.handed_over", about, "supplier", supplier_id, at, data, record, buyer_id or new_id(), order, "tea"
    )


def _paid(world: World, now: datetime) -> UUID:
    placed = place(world, f"credit-{new_id()}", now - timedelta(days=61), mug=1)
    pay(placed, placed.total_minor, now - timedelta(days=61))
    return Order.objects.get(checkout_id=placed.checkout_id).id


def began(role: str, ref: UUID, at: datetime) -> Draft:
    """The first day of a seller."""
    return Draft("seller.began", "seller", role, ref, at, {"role": role, "who": str(ref)}, {"seller": str(ref)})


def some_facts(world: World, number: int = 0, *, facts: int = 33, late: int = 3, paid: bool = True) -> str:
    """Give a supplier a first day and parcels over two months, the last ones late; signed and scored. Returns the pseudonym.

    All of them are of one paid order, so that they weigh; of none that anybody paid without `paid`.
    """
    now, supplier_id = clock.now(), world.suppliers[number].id
    order_id = _paid(world, now) if paid else None
    start = now - timedelta(days=60)
    parcels = [
        parcel(
            supplier_id,
            start + timedelta(days=n * 59 // facts),
            late=2 if n >= facts - late else 0,
            buyer_id=world.buyer.person_id,
            order_id=order_id,
        )
        for n in range(facts)
    ]
    write(began("supplier", supplier_id, start), *parcels[: facts // 2])
    sweep_scores(now=now - timedelta(days=20))
    write(*parcels[facts // 2 :])
    sweep_scores(now=now)
    publish(now=now)
    return Subject.objects.get(supplier_id=supplier_id).pseudonym

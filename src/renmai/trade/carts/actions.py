"""Put goods in one's cart and take them out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.trade.carts.lane import cart_lane
from renmai.trade.carts.rules import LineSet, SetLine


def line_intent(
    *,
    person_id: UUID,
    now: datetime,
    pick_id: UUID,
    sku_id: UUID,
    quantity: int,
    key: str | None = None,
    segment_id: UUID | None = None,
) -> SetLine:
    """Return the lane's intent, with its hash; without a `key` it gets one of its own."""
    digest = input_hash([pick_id, sku_id, quantity])
    return SetLine(person_id, pick_id, sku_id, quantity, key or str(new_id()), digest, now, segment_id)


def set_cart_line(
    *,
    actor: Actor,
    now: datetime,
    pick_id: UUID,
    sku_id: UUID,
    quantity: int,
    key: str | None = None,
    segment_id: UUID | None = None,
) -> LineSet:
    """Hold `quantity` (0 to 999) of a variant from one pick in the actor's cart; 0 takes it out. `segment_id`: the part
    of a show in whose room this is done. Through the lane, so outside any transaction.

    Errors: SignInNeeded, BadCartQuantity, CartFull, NotForSale, KeyReused, Busy.
    """
    person_id = require_person(actor)
    return cart_lane.submit(
        line_intent(
            person_id=person_id, now=now, pick_id=pick_id, sku_id=sku_id, quantity=quantity, key=key, segment_id=segment_id
        )
    )  # fmt: skip

"""The lane of acts: what a signed-in person looks at and puts in the cart, written a few times a second for all at once.

Nobody waits for it: a page costs one entry in a queue. What is queued when a process is killed is lost (a part of a second).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.lane import Lane
from renmai.matching.shown.actions import note_acts
from renmai.matching.signals.actions import Noted
from renmai.matching.signals.models import SignalKind, SignalThing

GATHER_SECONDS = 0.2
PICKS = "select id, shop_id, product_id from places_pick where id = any(%s)"


@dataclass(frozen=True, slots=True)
class Act:
    """What a person did: to the product of a pick, or with `shop_id` to a shop's person. `amount` as in `Signal`."""

    person_id: UUID
    kind: SignalKind
    at: datetime
    pick_id: UUID | None = None
    shop_id: UUID | None = None
    amount: int = 1


def acts_batch(cursor: Any, acts: Sequence[Act]) -> Sequence[None]:
    """Write acts as signals of the day, and put them down to showings."""
    time.sleep(GATHER_SECONDS)
    cursor.execute("set local synchronous_commit = off")
    cursor.execute(PICKS, (sorted({act.pick_id for act in acts if act.pick_id is not None}),))
    picked = {pick_id: (shop_id, product_id) for pick_id, shop_id, product_id in cursor.fetchall()}
    noted = [signal for act in acts if (signal := _noted(act, picked)) is not None]
    if noted:
        note_acts(cursor, noted, now=max(act.at for act in acts))
    return [None] * len(acts)


def _noted(act: Act, picked: dict[UUID, tuple[UUID, UUID]]) -> Noted | None:
    if act.pick_id in picked:
        shop_id, product_id = picked[act.pick_id]
        return Noted(act.person_id, act.kind, SignalThing.PRODUCT, product_id, act.at, act.amount, shop_id)
    if act.shop_id is None:
        return None
    return Noted(act.person_id, act.kind, SignalThing.SHOP, act.shop_id, act.at, act.amount)


def note_cart(person_id: UUID | None, pick_id: UUID, at: datetime) -> None:
    """Leave word that a person put something of a pick into their cart; nobody waits for it, and visitors are not recorded."""
    if person_id is not None:
        acts_lane.post(Act(person_id, SignalKind.CART, at, pick_id))


acts_lane: Lane[Act, None] = Lane("acts", acts_batch, batch_max=2048)

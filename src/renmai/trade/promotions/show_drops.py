"""Raise a drop in a show that is on: as its run-of-show planned it, so many seconds from now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import checked_key, once
from renmai.kit.problems import NotFound
from renmai.places.live.models import Segment, ShowState
from renmai.places.live.queries import acting_host
from renmai.places.live.rules import ShowNotNow
from renmai.trade.promotions.drop_actions import create_drop, end_drop
from renmai.trade.promotions.drop_rules import BadDrop
from renmai.trade.promotions.models import Drop

SECONDS_MAX, MINUTES_MAX = 600, 240


@transaction.atomic
def raise_drop(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    segment_id: UUID,
    seconds_to_start: int = 10,
    minutes: int = 10,
    sku_id: UUID | None = None,
    price_minor: int | None = None,
    quantity: int | None = None,
    policy: str | None = None,
    per_buyer_max: int | None = None,
    hold_minutes: int | None = None,
) -> Drop:
    """Raise a drop in a show that is on, as a host of it or the creator of its shop; what is not given is as the segment
    plans it (variant, show price, stock set aside, policy, limit of a buyer).

    It starts `seconds_to_start` from now (0 to 600), so that all of the room sees the same countdown, for `minutes` (1 to
    240). After: as create_drop. Returns it, the first one again for a repeated key.
    Errors: NotFound, SignInNeeded, ShowNotNow, BadDrop, DropPriceRefused, DropTooLarge, KeyMissing, KeyReused.
    """
    person_id = require_person(actor)
    segment = Segment.objects.filter(id=segment_id).first()
    if segment is None:
        raise NotFound()
    show, host = acting_host(actor, segment.show_id)
    if not (0 <= seconds_to_start <= SECONDS_MAX and 1 <= minutes <= MINUTES_MAX):
        raise BadDrop(why=f"it starts within {SECONDS_MAX} seconds and lasts from 1 to {MINUTES_MAX} minutes")
    starts_at = now + timedelta(seconds=seconds_to_start)
    given: dict[str, Any] = {
        "sku_id": sku_id or segment.sku_id, "price_minor": price_minor or segment.show_price_minor,
        "quantity": quantity or segment.set_aside, "policy": policy or segment.policy,
        "per_buyer_max": per_buyer_max or segment.per_buyer_max, "hold_minutes": hold_minutes,
    }  # fmt: skip

    def make() -> dict[str, str]:
        if show.state != ShowState.LIVE:
            raise ShowNotNow(state=show.state)
        if given["sku_id"] is None or given["price_minor"] is None:
            raise BadDrop(why="it needs a variant and a price")
        made = create_drop(
            actor=host, now=now, key=new_id().hex, pick_id=segment.pick_id, segment_id=segment_id, starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=minutes), **given,
        )  # fmt: skip
        return {"id": str(made.id)}

    asked = [segment_id, seconds_to_start, minutes, sku_id, price_minor, quantity, policy, per_buyer_max, hold_minutes]
    answer, _ = once(person_id=person_id, action="drop.raise", key=checked_key(key), value=asked, now=now, do=make)
    return Drop.objects.get(id=answer["id"])


@transaction.atomic
def end_raised_drop(*, actor: Actor, now: datetime, show_id: UUID, drop_id: UUID) -> Drop:
    """End a drop of a show before its time, as a host of the show; again is no error. After: as end_drop.

    Errors: NotFound, SignInNeeded.
    """
    _, host = acting_host(actor, show_id)
    if not Drop.objects.filter(id=drop_id, show_id=show_id).exists():
        raise NotFound()
    return end_drop(actor=host, now=now, drop_id=drop_id)

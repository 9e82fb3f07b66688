"""What a shop is offered for many products at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.goods.plans.lane import read_standing
from renmai.goods.plans.rules import Ground, offered


@dataclass(frozen=True, slots=True)
class ShopOffer:
    """On which terms one shop can pick a product now.

    `commission_bps` None: not on commission. `plan_id` None with a commission: the open plan. `kind` is "open",
    "targeted", "exclusive" or "". `for_you`: a plan names the shop. `not_for_you`: somebody else has the product alone,
    so that neither term is offered. `ends_at`: when that plan ends by its date.
    """

    product_id: UUID
    commission_bps: int | None = None
    service_bps: int = 0
    plan_id: UUID | None = None
    kind: str = ""
    margin: bool = False
    for_you: bool = False
    not_for_you: bool = False
    ends_at: datetime | None = None
    open_bps: int | None = None


def offers_for(cursor: Any, shop_id: UUID, product_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, ShopOffer]:
    """Return product -> what `shop_id` is offered for it at `now`; four statements, whatever their number.

    Whether a product is in the pool, and whether the actor may act for the shop, the caller has asked.
    """
    found = read_standing(cursor, product_ids, shop_id)
    return {product_id: offer_of(product_id, standing.for_shop(shop_id), now) for product_id, standing in found.items()}


def offer_of(product_id: UUID, ground: Ground, now: datetime) -> ShopOffer:
    """Return what a shop is offered on this ground."""
    source, alone = offered(ground, now), ground.exclusive(now)
    not_for_you = alone is not None and not alone.named
    margin, open_bps = ground.margin_offered(now), ground.open.commission_bps if ground.open else None
    if source is None:
        return ShopOffer(product_id, margin=margin, not_for_you=not_for_you, open_bps=open_bps)
    return ShopOffer(
        product_id, source.rate.commission_bps, source.rate.service_bps, source.plan_id, source.kind, margin,
        source.plan_id is not None, not_for_you, source.ends_at, open_bps,
    )  # fmt: skip

"""Steps on the way to a first sale that no other row tells: they are noted when they are taken."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.problems import NotFound
from renmai.places.shops.models import FirstStep
from renmai.places.shops.queries import access_content_shop

NOTED = ("practice", "share")


def take_step(*, actor: Actor, now: datetime, shop_id: UUID, step: str) -> None:
    """Note that a shop took a step: the practice order, or that its link was shared. Again changes nothing.

    Errors: SignInNeeded, NotFound (the shop, or no such step).
    """
    access_content_shop(actor, shop_id)
    if step not in NOTED:
        raise NotFound()
    FirstStep.objects.get_or_create(shop_id=shop_id, step=step, defaults={"at": now})

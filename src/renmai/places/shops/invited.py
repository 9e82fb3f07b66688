"""Answer an invitation as the shop it was sent to."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from renmai.goods.plans.invitations import answer_invitation
from renmai.goods.plans.models import Invitation
from renmai.goods.plans.queries import access_invitation
from renmai.kit.access import Actor
from renmai.places.shops.found import read_names


def answer_as_shop(*, actor: Actor, now: datetime, invitation_id: UUID, accept: bool) -> Invitation:
    """Accept or decline under the shop's name, which goods do not know. As `answer_invitation`, with its errors."""
    shop_id = access_invitation(actor, invitation_id).shop_id
    shop = read_names([shop_id]).get(shop_id, {})
    return answer_invitation(
        actor=actor, now=now, invitation_id=invitation_id, accept=accept, shop_name=shop.get("name", ""),
        shop_name_zh=shop.get("name_zh", ""),
    )  # fmt: skip

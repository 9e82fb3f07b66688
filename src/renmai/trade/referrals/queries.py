"""Read what a shop gives to who shares."""

from __future__ import annotations

from uuid import UUID

from renmai.kit.access import Actor, require_role
from renmai.trade.referrals.models import ShareTerms


def sharer_bps(shop_id: UUID) -> int:
    """Return what a shop gives of its part to who shares, in basis points; 0: nothing. Public: sharers must know."""
    terms = ShareTerms.objects.filter(shop_id=shop_id).first()
    return terms.sharer_bps if terms is not None else 0


def access_share_terms(actor: Actor, shop_id: UUID) -> ShareTerms | None:
    """Return the sharing terms of a shop of the actor's, with who set them and when; None: never set. Errors: NotFound."""
    require_role(actor, "creator", shop_id)
    return ShareTerms.objects.filter(shop_id=shop_id).first()

"""Make a link, count who follows it, and say what a shop gives to who shares.

Only who shared the link that sold is paid: nobody for whom they brought in, or what those sell (FIELD.md 3.1).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.ids import new_secret
from renmai.kit.problems import NotFound
from renmai.people.agencies.actions import accept_contract, hold_shares
from renmai.people.agencies.models import Contract
from renmai.people.agencies.queries import contract_in_force
from renmai.people.agencies.rules import check_shares
from renmai.places.shops.models import Pick, Shop
from renmai.trade.referrals.models import ShareLink, ShareTerms
from renmai.trade.referrals.rules import check_sharer

TOKEN_BYTES = 9  # twelve characters


@transaction.atomic
def set_share_terms(*, actor: Actor, now: datetime, shop_id: UUID, sharer_bps: int) -> ShareTerms:
    """Say what a shop gives of its own part to who shares: basis points, 0 to 9000, for orders placed from now on.

    After: event share.terms_set; nothing at all when nothing differs.
    Errors: NotFound, SharerOutOfRange, SharesTooMuch (with the agency's share more than the whole part).
    """
    require_role(actor, "creator", shop_id)
    person_id = require_person(actor)
    check_sharer(sharer_bps)
    hold_shares(shop_id)
    contract = contract_in_force(shop_id)
    check_shares(agency_bps=contract.share_bps if contract else 0, sharer_bps=sharer_bps)
    known = ShareTerms.objects.filter(shop_id=shop_id).first()
    if known is not None and known.sharer_bps == sharer_bps:
        return known
    terms, _ = ShareTerms.objects.update_or_create(
        shop_id=shop_id, defaults={"sharer_bps": sharer_bps, "changed_at": now, "changed_by_id": person_id}
    )
    record(Happened("share.terms_set", shop_id, now, {"sharer_bps": sharer_bps}, person_id))
    return terms


@transaction.atomic
def accept_offer(*, actor: Actor, now: datetime, contract_id: UUID) -> Contract:
    """Accept an agency's offer, as the creator, if it fits beside what the shop gives sharers.

    After and errors: as `people.agencies.actions.accept_contract`.
    """
    shop_id = Contract.objects.filter(id=contract_id).values_list("shop_id", flat=True).first()
    if shop_id is None:
        raise NotFound()
    require_role(actor, "creator", shop_id)
    hold_shares(shop_id)
    terms = ShareTerms.objects.filter(shop_id=shop_id).first()
    return accept_contract(
        actor=actor, now=now, contract_id=contract_id, sharer_bps=terms.sharer_bps if terms is not None else 0
    )


@transaction.atomic
def make_share_link(*, actor: Actor, now: datetime, shop_id: UUID, pick_id: UUID | None = None) -> ShareLink:
    """Return the actor's link to an open shop, or to one pick of it: made the first time, the same one again later.

    After: the link with its random token, event link.made. Errors: SignInNeeded, NotFound.
    """
    sharer_id = require_person(actor)
    if not Shop.objects.filter(id=shop_id, open=True, hidden_at=None).exists():
        raise NotFound()
    if pick_id is not None and not Pick.objects.filter(id=pick_id, shop_id=shop_id, removed_at=None).exists():
        raise NotFound()
    link, made = ShareLink.objects.get_or_create(
        sharer_id=sharer_id,
        shop_id=shop_id,
        pick_id=pick_id,
        defaults={"token": new_secret(TOKEN_BYTES), "created_at": now},
    )
    if made:
        record(Happened("link.made", link.id, now, {"shop_id": shop_id, "pick_id": pick_id}, sharer_id))
    return link


def follow_link(*, actor: Actor, token: str) -> ShareLink:
    """Count that somebody followed a link (not its own sharer) and return it. Errors: NotFound."""
    link = ShareLink.objects.filter(token=token).first()
    if link is None:
        raise NotFound()
    if link.sharer_id != actor.person_id:
        ShareLink.objects.filter(id=link.id).update(clicks=F("clicks") + 1)
    return link

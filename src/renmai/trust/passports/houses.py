"""Which other houses' passports count here: operators say so."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from renmai.kit.access import Actor, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import DomainError, NotFound
from renmai.trust.passports.document import Issuer
from renmai.trust.passports.identity import own_did
from renmai.trust.passports.models import KnownHouse
from renmai.trust.passports.rules import HOUSE_STATES


class HouseIsOwn(DomainError):
    """This house cannot be another one to itself."""

    code = "passport.house_is_own"
    status = 422
    message = "That is this house itself."


class HouseKnown(DomainError):
    """The house is known by another key already."""

    code = "passport.house_known"
    status = 409
    message = "{house} is known here by another key. A house whose key changed is another house: revoke it first."


class HouseNotNow(DomainError):
    """The house is in that state already."""

    code = "passport.house_not_now"
    status = 409
    message = "This was done already."


@transaction.atomic
def add_house(*, actor: Actor, now: datetime, issuer: Issuer) -> KnownHouse:
    """Let a house's passports count here, by the key it has now; again with the same key is no error.

    One that was revoked may come back with another key. Errors: Forbidden, SignInNeeded, HouseIsOwn, HouseKnown.
    """
    require_role(actor, "operator")
    if issuer.did == own_did():
        raise HouseIsOwn()
    known, made = KnownHouse.objects.select_for_update().get_or_create(
        did=issuer.did,
        defaults={"vkey": issuer.key.text, "at": now, "changed_at": now, "changed_by_id": actor.person_id},
    )
    if not made:
        if known.state == "allowed" and known.vkey != issuer.key.text:
            raise HouseKnown(house=issuer.did)
        if known.state == "allowed":
            return known
        known.vkey = issuer.key.text
        _move(known, "allowed", actor, now)
    record(Happened("house.allowed", known.id, now, {"did": known.did, "vkey": known.vkey}, actor.person_id))
    return known


@transaction.atomic
def revoke_house(*, actor: Actor, now: datetime, house_id: UUID) -> KnownHouse:
    """Have a house's passports count no more, those that came in before included.

    Errors: Forbidden, SignInNeeded, NotFound, HouseNotNow.
    """
    require_role(actor, "operator")
    known = KnownHouse.objects.select_for_update().filter(id=house_id).first()
    if known is None:
        raise NotFound()
    _move(known, "revoked", actor, now)
    record(Happened("house.revoked", known.id, now, {"did": known.did}, actor.person_id))
    return known


def _move(known: KnownHouse, to: str, actor: Actor, now: datetime) -> None:
    if to not in HOUSE_STATES[known.state]:
        raise HouseNotNow()
    known.state, known.changed_at, known.changed_by_id = to, now, actor.person_id
    known.save()

"""Reads of passports and of the houses they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor, require_role
from renmai.trust.passports.models import KnownHouse, Passport
from renmai.trust.passports.rules import prior_of
from renmai.trust.passports.sellers import Seller, own_seller

LIST_MAX = 50


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a seller is given back for their record in another house, and by which passport."""

    points: int
    passport: Passport


def elsewhere(seller: Seller, *, own_facts: int, now: datetime) -> Elsewhere | None:
    """Return what counts of a seller's passports: the one that gives most, never several together. One query.

    Shown beside the score and apart from it; an input of effects. None when there is none that counts now.
    """
    counting = Passport.objects.filter(
        **seller.columns, state="verified", house__state="allowed", ends_at__gt=now
    ).select_related("house")
    found = [
        Elsewhere(prior_of(passport.value or 0, passport.weighed or 0, own_facts=own_facts).points, passport)
        for passport in counting.order_by("at")[:LIST_MAX]
    ]
    return max(found, key=lambda each: each.points, default=None)


def list_passports(actor: Actor, supplier_id: UUID | None = None) -> list[Passport]:
    """Return the newest passports that a seller brought in. Errors: SignInNeeded, NotFound."""
    seller = own_seller(actor, supplier_id)
    rows = Passport.objects.filter(**seller.columns).select_related("house")
    return list(rows.order_by("-at")[:LIST_MAX])


def list_houses(actor: Actor) -> list[KnownHouse]:
    """Return the houses that are or were known here, by name. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    return list(KnownHouse.objects.order_by("did")[:500])


def list_incoming(actor: Actor, *, before: datetime | None = None) -> list[Passport]:
    """Return the newest passports that anybody brought in, verified or refused, for operators. Errors: Forbidden, SignInNeeded."""
    require_role(actor, "operator")
    rows = Passport.objects.select_related("house")
    if before is not None:
        rows = rows.filter(at__lt=before)
    return list(rows.order_by("-at")[:LIST_MAX])

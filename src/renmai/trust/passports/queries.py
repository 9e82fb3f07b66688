"""Reads of passports and of the houses they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from renmai.kit.access import Actor, require_role
from renmai.trust.facts.models import Subject
from renmai.trust.passports.models import KnownHouse, Passport, PassportAsk
from renmai.trust.passports.rules import ASKED, prior_of
from renmai.trust.passports.sellers import Seller, own_seller
from renmai.trust.scores.models import Score

LIST_MAX = 50


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a seller is given back for their record in another house, and by which passport."""

    points: int
    passport: Passport


def elsewhere(seller: Seller, *, own_facts: int, on: date) -> Elsewhere | None:
    """Return what counts of a seller's passports: the one that gives most, never several together. One query.

    Shown beside the score and apart from it; an input of effects. None when there is none that counts now.
    """
    counting = Passport.objects.filter(
        **seller.columns, state="verified", house__state="allowed", ends_on__gt=on
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


def open_ask(actor: Actor, *, now: datetime, supplier_id: UUID | None = None) -> PassportAsk | None:
    """Return the newest code of a seller that is still good. Errors: SignInNeeded, NotFound."""
    seller = own_seller(actor, supplier_id)
    return PassportAsk.objects.filter(**seller.columns, used_at=None, at__gt=now - ASKED).order_by("-at").first()


def own_facts_of(seller: Seller) -> int:
    """Return on how many facts of this house a seller's score rests."""
    subjects = Subject.objects.filter(**seller.columns).values("id")
    return Score.objects.filter(subject_id__in=subjects).values_list("facts", flat=True).first() or 0

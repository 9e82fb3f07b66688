"""What a passport does: it is an input of effects."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from renmai.kit.events.actions import Happened
from renmai.trust.effects.gathering import apply_known
from renmai.trust.facts.models import Subject
from renmai.trust.passports.models import Passport
from renmai.trust.passports.queries import elsewhere
from renmai.trust.passports.sellers import Seller

KINDS = ["passport.verified", "passport.withdrawn", "house.allowed", "house.revoked"]
SELLERS_MAX = 1000


def points_elsewhere(role: str, ref: UUID, own_facts: int, on: date) -> int:
    """Return the points that a seller is given back on a day."""
    found = elsewhere(Seller(role, ref), own_facts=own_facts, on=on)
    return found.points if found else 0


def apply_passports(event: Happened, now: datetime) -> None:
    """React to what happened to a passport, or to the house of some: bring their sellers' terms to what credit asks now.

    Of a house with more sellers than that, the others follow when their scores are made anew, within a day.
    """
    rows = Passport.objects.filter(Q(id=event.subject_id) | Q(house_id=event.subject_id)).exclude(state="refused")
    sellers = set(rows.order_by("-at").values_list("supplier_id", "person_id")[:SELLERS_MAX])
    known = Subject.objects.filter(
        Q(supplier_id__in=[s for s, _ in sellers if s]) | Q(person_id__in=[p for _, p in sellers if p])
    )
    apply_known(list(known.order_by("id").values_list("id", flat=True)), now)

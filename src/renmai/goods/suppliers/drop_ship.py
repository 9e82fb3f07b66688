"""How a supplier sends goods for others: hand-over time, carriers, and where returns go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from renmai.goods.suppliers.models import Supplier
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, record
from renmai.kit.problems import Invalid
from renmai.people.accounts.rules import checked_address

CARRIERS_MAX = 20
HAND_OVER_HOURS_MAX = 24 * 60


@transaction.atomic
def set_drop_ship_terms(
    *,
    actor: Actor,
    now: datetime,
    supplier_id: UUID,
    hand_over_hours: int,
    carriers: Sequence[str],
    return_address: Mapping[str, object],
) -> Supplier:
    """Set within how many hours of payment parcels are handed over, to which carriers, and where returns are sent.

    Orders placed before keep their time. An address without a single word is none.
    After: event supplier.drop_ship_set naming the fields (never the address); nothing when nothing differs.
    Errors: NotFound, Invalid with a sentence per field.
    """
    access_supplier(actor, supplier_id)
    supplier = Supplier.objects.select_for_update().get(id=supplier_id)
    after = {
        "hand_over_hours": _hours(hand_over_hours),
        "carriers": _carriers(carriers),
        "return_address": _address(return_address),
    }
    differing = [name for name, value in after.items() if getattr(supplier, name) != value]
    if differing:
        for name in differing:
            setattr(supplier, name, after[name])
        supplier.save(update_fields=differing)
        record(Happened("supplier.drop_ship_set", supplier_id, now, {"fields": differing}, actor.person_id))
    return supplier


def _hours(hours: int) -> int:
    if not 1 <= hours <= HAND_OVER_HOURS_MAX:
        raise Invalid(fields={"hand_over_hours": f"Between 1 and {HAND_OVER_HOURS_MAX} hours."})
    return hours


def _carriers(carriers: Sequence[str]) -> list[str]:
    named = list(dict.fromkeys(name.strip() for name in carriers if name.strip()))
    if len(named) > CARRIERS_MAX or any(len(name) > 60 for name in named):
        raise Invalid(fields={"carriers": f"At most {CARRIERS_MAX} names of at most 60 characters."})
    return named


def _address(address: Mapping[str, object]) -> dict[str, str]:
    told = any(str(value or "").strip() for name, value in address.items() if name != "country")
    return checked_address(address) if told else {}

"""Read suppliers: one's own, the operator's queue, and what everyone may see of an approved one."""

from __future__ import annotations

from uuid import UUID

from renmai.goods.suppliers.models import Supplier, SupplierState
from renmai.kit.access import Actor, Grant, require_any, require_role
from renmai.kit.problems import NotFound

PUBLIC_FIELDS = ("id", "name", "name_zh", "story", "story_zh", "town", "country", "hand_over_hours")
LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one


def access_supplier(actor: Actor, supplier_id: UUID) -> Supplier:
    """Return a supplier the actor acts for, or any for an operator. Errors: NotFound, SignInNeeded."""
    require_any(actor, (Grant("supplier", supplier_id), Grant("operator")))
    supplier = Supplier.objects.filter(id=supplier_id).first()
    if supplier is None:
        raise NotFound()
    return supplier


def read_public_supplier(supplier_id: UUID) -> dict[str, object]:
    """Return what anyone may see of an approved supplier (PUBLIC_FIELDS). Errors: NotFound."""
    row = Supplier.objects.filter(id=supplier_id, state=SupplierState.APPROVED).values(*PUBLIC_FIELDS).first()
    if row is None:
        raise NotFound()
    return dict(row)


def list_own_suppliers(actor: Actor) -> list[Supplier]:
    """Return the suppliers the actor acts for, oldest first."""
    return list(Supplier.objects.filter(id__in=actor.subjects("supplier")).order_by("id"))


def list_suppliers(
    actor: Actor, *, state: str | None = None, after: UUID | None = None, limit: int = 24
) -> list[Supplier]:
    """Return suppliers for the operator, newest first; `after` is the id of the last one seen. Errors: Forbidden."""
    require_role(actor, "operator")
    rows = Supplier.objects.order_by("-id")
    if state is not None:
        rows = rows.filter(state=state)
    if after is not None:
        rows = rows.filter(id__lt=after)
    return list(rows[: min(limit, LIMIT_MAX)])

"""Who carries a passport: a supplier, by its people; or the person who owns shops, by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.problems import NotFound


@dataclass(frozen=True, slots=True)
class Seller:
    """A supplier or a creator."""

    role: str
    ref: UUID

    @property
    def columns(self) -> dict[str, Any]:
        """Return the columns that name them in a table."""
        return {"supplier_id": self.ref} if self.role == "supplier" else {"person_id": self.ref}


def own_seller(actor: Actor, supplier_id: UUID | None) -> Seller:
    """Return the seller for whom the actor may act: that supplier, or without one themselves as a creator.

    Errors: SignInNeeded; NotFound for another's supplier and for who owns no shop.
    """
    if supplier_id is not None:
        require_role(actor, "supplier", supplier_id)
        return Seller("supplier", supplier_id)
    person_id = require_person(actor)
    if not actor.subjects("owner"):
        raise NotFound()
    return Seller("creator", person_id)

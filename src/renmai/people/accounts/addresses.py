"""Taking an address out of one's book. (Adding one is the address lane's: lane.add_address.)"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.kit.problems import NotFound
from renmai.people.accounts.models import Address


def remove_address(*, actor: Actor, now: datetime, address_id: UUID) -> None:
    """Delete one's own address; again is no error. Orders keep their own copy. Errors: NotFound, SignInNeeded."""
    own = Address.objects.filter(pk=address_id, person_id=require_person(actor))
    if not own.exists():
        raise NotFound()
    own.filter(deleted_at=None).update(deleted_at=now)

"""What a victim carries from house to house: a passport that came in, and the house it is from."""

from __future__ import annotations

from uuid import UUID

from renmai.kit import clock
from renmai.trust.passports.models import KnownHouse, Passport


def carried(supplier_id: UUID) -> dict[str, object]:
    """Return the ids of a supplier's verified passport and of the house that issued it."""
    now = clock.now()
    house = KnownHouse.objects.create(
        did="did:web:there.example", vkey="there.example/credit/log+00000000+AA==", at=now, changed_at=now
    )
    passport = Passport.objects.create(
        supplier_id=supplier_id, issuer=house.did, house=house, credential_id="urn:uuid:1", state="verified", at=now,
        pseudonym="a" * 26, role="supplier", on=now.date(), value=80, facts=40, weighed=40, facts_total=40, ends_on=now.date(),
    )  # fmt: skip
    return {"house_id": house.id, "passport_id": passport.id}

"""What credit did to the victims, and the appeal that only they and the house may read."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from renmai.kit import clock
from renmai.trust.effects.models import Appeal, AppealEntry, Effect
from renmai.trust.facts.models import Fact, Subject


def appealed(supplier_id: UUID, person_id: UUID) -> dict[str, object]:
    """Return the ids of an effect on the victims' supplier, and of their appeal against another."""
    return _appealed("supplier", supplier_id, person_id)


def appealed_by_creator(owner_id: UUID) -> dict[str, object]:
    """Return the same of the owner of the victims' shop, and a fact about them."""
    subject, _ = Subject.objects.get_or_create(
        person_id=owner_id, defaults={"role": "creator", "pseudonym": "c" * 25 + "a", "created_at": clock.now()}
    )
    fact = Fact.objects.create(
        key=b"c" * 32, subject=subject, kind="price.checked", day=clock.now().date(), leaf_index=10**9
    )
    found = _appealed("creator", owner_id, owner_id)
    return {f"creator_{name}": value for name, value in found.items()} | {"creator_fact_id": fact.id}


def _appealed(role: str, holder_id: UUID, person_id: UUID) -> dict[str, object]:
    now = clock.now()
    one, other = (
        Effect.objects.create(
            role=role, holder_id=holder_id, term=term, value=14, usual=7, cause="level:weak", rule_version=1,
            score=50, state="in_force", begins_at=now,
        )
        for term in ("settlement_days", "settlement_days_alliance")
    )  # fmt: skip
    appeal = Appeal.objects.create(
        role=role,
        holder_id=holder_id,
        effect=other,
        ground="other",
        made_at=now,
        due_at=now + timedelta(days=7),
    )
    AppealEntry.objects.create(
        appeal=appeal, event="make", by_id=person_id, words="Victim's plea", state="open", at=now
    )
    return {"effect_id": one.id, "appeal_id": appeal.id}

"""What credit did to the victims, and the appeal that only they and the house may read."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from renmai.kit import clock
from renmai.trust.effects.models import Appeal, AppealEntry, Effect


def appealed(supplier_id: UUID, person_id: UUID) -> dict[str, object]:
    """Return the ids of an effect on the victims' supplier, and of their appeal against another."""
    now = clock.now()
    one, other = (
        Effect.objects.create(
            role="supplier", holder_id=supplier_id, term=term, value=14, usual=7, cause="level:weak", rule_version=1,
            score=50, state="in_force", begins_at=now,
        )
        for term in ("settlement_days", "settlement_days_alliance")
    )  # fmt: skip
    appeal = Appeal.objects.create(
        role="supplier",
        holder_id=supplier_id,
        effect=other,
        ground="other",
        made_at=now,
        due_at=now + timedelta(days=7),
    )
    AppealEntry.objects.create(
        appeal=appeal, event="make", by_id=person_id, words="Victim's plea", state="open", at=now
    )
    return {"effect_id": one.id, "appeal_id": appeal.id}

"""A show that the victims plan and nobody else knows of."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from renmai.kit import clock
from renmai.places.live.models import Segment, Show


def planned(person_id: UUID, shop_id: UUID, pick_id: UUID) -> dict[str, object]:
    """Return the ids of a draft of a show with one segment."""
    now = clock.now()
    show = Show.objects.create(
        shop_id=shop_id, host_id=person_id, title="Victim's show", starts_at=now + timedelta(days=1), minutes=60,
        created_at=now, changed_at=now,
    )  # fmt: skip
    segment = Segment.objects.create(show=show, position=0, pick_id=pick_id)
    return {"show_id": show.id, "segment_id": segment.id}

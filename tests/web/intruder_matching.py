"""What of matching an intruder must not touch: an experiment that runs."""

from __future__ import annotations

from datetime import datetime

from renmai.matching.shown.models import Experiment


def tried(now: datetime) -> dict[str, object]:
    """Return the ids of a running experiment on the selection centre."""
    made = Experiment.objects.create(list="centre", a="fit", b="quality", started_at=now)
    return {"experiment_id": made.id}

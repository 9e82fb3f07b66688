"""When a showing is one, what came of it, and who sees which ranker. Pure."""

from __future__ import annotations

from datetime import timedelta
from hashlib import blake2b
from uuid import UUID

from renmai.matching.shown.models import ShownList

AGAIN = timedelta(minutes=10)
"""The same things shown again within this are the same showing: a page reloaded, or gone back to."""
COUNTS_FOR = timedelta(days=7)
"""What a viewer does with a thing so long after they saw it may have come of seeing it."""
RETENTION = timedelta(days=396)
"""Thirteen months, as signals."""
THINGS_MAX = 100
"""No page shows more."""
OF_SHOPS = frozenset({ShownList.CENTRE, ShownList.INBOX})
"""Lists whose viewer is a shop; the viewer of the others is a person."""
DAYS_MIN, DAYS_MAX = 1, 90


def arm_of(experiment_id: UUID, share_bps: int, viewer_id: UUID) -> str:
    """Return "a" or "b": by lot, always the same for a viewer of an experiment, and independent of other experiments'."""
    drawn = blake2b(experiment_id.bytes + viewer_id.bytes, digest_size=8).digest()
    return "b" if int.from_bytes(drawn) % 10_000 < share_bps else "a"

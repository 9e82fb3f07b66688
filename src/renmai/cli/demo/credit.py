"""The demo's credit: facts of what its orders went through, day by day, under a signed checkpoint, and scores of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from renmai.kit.events.actions import deliver_batches
from renmai.trust.log.publishing import publish
from renmai.trust.scores.actions import sweep_scores

SCORED_EVERY_DAYS = 3
# The maker whose parcels often leave late, so that the demo has somebody to look at twice, and how late they are.
LATE_MAKER, LATE_BY = "slow-loom", timedelta(hours=37)


def write_down(today: datetime, day: int, *, now: datetime) -> None:
    """Write what happened until `today` into the log; every third day before the last the scores follow."""
    if day % SCORED_EVERY_DAYS == 0:
        deliver_batches(now=today)
        # Today's market is made once all is written (`sign_credit`), not twice within its ten minutes.
        if today < now:
            sweep_scores(now=today)


def sign_credit(now: datetime) -> None:
    """Write what is left, make every score anew, and sign the log."""
    deliver_batches(now=now)
    sweep_scores(now=now)
    publish(now=now)

"""What passports and known houses can become, and what a passport counts for (docs/passport.md). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from renmai.trust.scores.measures import GROWING_BELOW, NEWCOMER_MARGIN, POINT

# A passport that was refused is kept with its reason; of one seller and house only the newest verified one counts.
PASSPORT_STATES: dict[str, frozenset[str]] = {
    "verified": frozenset({"replaced", "withdrawn"}),
    "replaced": frozenset(),
    "withdrawn": frozenset(),
    "refused": frozenset(),
}
HOUSE_STATES: dict[str, frozenset[str]] = {"allowed": frozenset({"revoked"}), "revoked": frozenset({"allowed"})}

VALID = timedelta(days=30)
"""How long after it was made a passport can be imported."""
ASKED = timedelta(hours=24)
"""How long the importing house's challenge is good."""
COUNTS = timedelta(days=180)
"""How long after its import a passport counts: by then a seller has a record of their own."""
SKEW = timedelta(minutes=5)
FACTS_MAX = 500
FACTS_MIN = 10
"""With fewer facts that weigh anything a passport gives nothing back."""
BYTES_MAX = 2 * 2**20

RULE = 1
GOOD, USUAL = 50, 70
POINTS_MAX = NEWCOMER_MARGIN // POINT


@dataclass(frozen=True, slots=True)
class Prior:
    """What a seller is given back of the newcomer's margin, in whole points of 100, and by which rule."""

    points: int
    rule: int = RULE


def prior_of(value: int, facts: int, *, own_facts: int) -> Prior:
    """Return what a score of `value` elsewhere, resting on `facts` that weigh something, gives a seller with `own_facts` here.

    At most what a newcomer is held back by. All of it for a score like the market's or better (70) and 30 facts; less in even
    steps down to a score of 50 and by fewer facts; and less as facts of this house come, nothing from 30 on.
    """
    if value < GOOD or facts < FACTS_MIN:
        return Prior(0)
    worth = (min(value, USUAL) - GOOD) * min(facts, GROWING_BELOW)
    room = max(0, GROWING_BELOW - own_facts)
    return Prior(POINTS_MAX * worth * room // ((USUAL - GOOD) * GROWING_BELOW * GROWING_BELOW))

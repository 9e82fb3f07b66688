"""What people take whom somebody follows: for those of whom nothing else is known, and less and less with what is known of them."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from renmai.matching.engine.matrices import scaled_rows

# Up to so many things of one's own, others' tastes count in full, then less; with more than `KNOWN_FROM` they say nothing more.
FADES_FROM, KNOWN_FROM = 4, 20


def friends_weight(things_taken: int) -> float:
    """Return what others' tastes count beside one's own of so many things: 1 for a few, ever less, 0 with more than twenty.

    Measured on LastFM's friendships (docs/matching.md): they help who has taken little, and harm who has taken much.
    """
    return 0.0 if things_taken > KNOWN_FROM else min(1.0, FADES_FROM / max(things_taken, 1))


def friends_scores(
    follow_csr: sp.csr_matrix, taste_csr: sp.csr_matrix, person_rows: NDArray[np.integer], near: sp.csr_matrix
) -> sp.csr_matrix:
    """Return, for each of `person_rows`, a number for each thing that fits those whom they follow: higher fits better.

    `follow_csr`: people x people, above 0 where the row follows the column. `taste_csr`: people x things. `near`: things x
    things. The friends' things are counted and what is near to them is added, each with 1 for its best. A row is empty
    where nobody is followed, or nobody followed took anything.
    """
    took = (follow_csr[person_rows] @ taste_csr).tocsr().astype(np.float32)
    found = (to_one(took) + to_one((took @ near).tocsr())).tocsr()
    found.sort_indices()
    return found


def to_one(scores: sp.csr_matrix) -> sp.csr_matrix:
    """Return the rows divided each by its largest number."""
    best = np.asarray(scores.max(axis=1).toarray(), dtype=np.float64).ravel()
    return scaled_rows(scores, 1 / np.where(best > 0, best, 1.0))

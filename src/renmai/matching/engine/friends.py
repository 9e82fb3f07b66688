"""What people take whom somebody follows: for those of whom nothing else is known.

For people with a taste of their own it is not used: on LastFM's friendships it made their lists worse (docs/matching.md).
"""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from renmai.matching.engine.matrices import scaled_rows

# With so many things taken, or more, a person is known by them.
KNOWN = 1


def uses_friends(things_taken: int) -> bool:
    """Return whether a person with a taste of so many things is to be shown what friends take: only with none."""
    return things_taken < KNOWN


def friends_scores(
    follow_csr: sp.csr_matrix,
    taste_csr: sp.csr_matrix,
    person_rows: NDArray[np.integer],
    *,
    near: sp.csr_matrix | None = None,
) -> sp.csr_matrix:
    """Return, for each of `person_rows`, a number for each thing that fits those whom they follow: higher fits better.

    `follow_csr`: people x people, above 0 where the row follows the column. `taste_csr`: people x things. The friends'
    things are counted; with `near` (things x things) what is near to them is added, both with 1 for their best. A row is
    empty where nobody is followed, or nobody followed took anything.
    """
    took = (follow_csr[person_rows] @ taste_csr).tocsr().astype(np.float32)
    if near is not None:
        took = (_to_one(took) + _to_one((took @ near).tocsr())).tocsr()
    took.sort_indices()
    return took


def _to_one(scores: sp.csr_matrix) -> sp.csr_matrix:
    best = np.asarray(scores.max(axis=1).toarray(), dtype=np.float64).ravel()
    return scaled_rows(scores, 1 / np.where(best > 0, best, 1.0))

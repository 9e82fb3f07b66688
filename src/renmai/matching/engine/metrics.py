"""How good an order of things is, and how it spreads what is seen over things."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


def recall_ndcg(
    top: NDArray[np.integer], held: sp.csr_matrix | Sequence[Sequence[int]], k: int = 20
) -> tuple[float, float]:
    """Return mean recall and mean NDCG of the first `k` of `top` over the people of whom something was held back.

    `top`: people x at least `k` things, best first, -1 for none. `held`: what each of them took, as a matrix or as lists.
    NDCG's ideal is all of the held things, at most `k`, in front. (0, 0) where nothing was held back. As LightGCN's.
    """
    recalls, gains = recalls_ndcgs(top, held, k)
    return (float(recalls.mean()), float(gains.mean())) if len(recalls) else (0.0, 0.0)


def recalls_ndcgs(
    top: NDArray[np.integer], held: sp.csr_matrix | Sequence[Sequence[int]], k: int = 20
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return recall and NDCG of each person of whom something was held back, in their order; see `recall_ndcg`."""
    worth = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.concatenate([[0.0], np.cumsum(worth)])
    recalls, gains = [], []
    for row in range(top.shape[0]):
        took = _held(held, row)
        if len(took):
            hits = np.isin(top[row, :k], took)
            recalls.append(np.count_nonzero(hits) / len(took))
            gains.append(float(worth[: len(hits)][hits].sum()) / ideal[min(k, len(took))])
    return np.array(recalls), np.array(gains)


def _held(held: sp.csr_matrix | Sequence[Sequence[int]], row: int) -> NDArray[np.integer]:
    if isinstance(held, Sequence):
        return np.asarray(held[row], dtype=np.int64)
    return np.asarray(held.indices[held.indptr[row] : held.indptr[row + 1]])


def coverage(top: NDArray[np.integer], count: int) -> float:
    """Return which part of `count` things is in at least one row of `top` (-1 is no thing); 0 where there is no thing."""
    return len(np.unique(top[top >= 0])) / count if count else 0.0

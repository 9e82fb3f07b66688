"""Matrices of who took what: rows are subjects (people or shops), columns are things."""

from __future__ import annotations

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray


def matrix_of(
    subjects: NDArray[np.int32], things: NDArray[np.int32], weights: NDArray[np.float32], shape: tuple[int, int]
) -> sp.csr_matrix:
    """Return the matrix (float32) of weights by subject and thing.

    Weights of one pair add up; what is not above nothing then (taken and given back) is left out. The order of what is
    given makes no difference to which pairs there are. Raises ValueError for an index outside `shape`.
    """
    matrix = sp.csr_matrix((weights.astype(np.float32), (subjects, things)), shape=shape, dtype=np.float32)
    matrix.sum_duplicates()
    matrix.data[~(matrix.data > 0)] = 0
    matrix.eliminate_zeros()
    return matrix


def sums(matrix: sp.csr_matrix, axis: int) -> NDArray[np.float64]:
    """Return the sum of weights of each thing (`axis` 0) or of each subject (1)."""
    return np.asarray(matrix.sum(axis=axis, dtype=np.float64)).ravel()


def scaled_rows(matrix: sp.csr_matrix, by: NDArray[np.floating]) -> sp.csr_matrix:
    """Return the matrix with each row multiplied by its number in `by`; `matrix` itself is not changed."""
    data = matrix.data * np.repeat(by, np.diff(matrix.indptr)).astype(np.float32)
    return sp.csr_matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)

"""Which things are near one another: a graph filter over who took what, and what it says of one person's taste.

Formula, sources and figures: docs/matching.md, "The engine". For things i and j, subjects u with weights w:

    together(i, j) = sum over u of  w_ui * w_uj / taken(u) ** (2 * ALPHA)
    near(i, j)     = together(i, j) ** SHARPEN / (taken(i) ** SOURCE * taken(j) ** TARGET)

`taken` is the sum of weights of a subject or a thing. Of each row the largest `kept` stay; a thing is not near itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from renmai.matching.engine.matrices import scaled_rows, sums

KEPT = 200
# Chosen on a quarter of the people of Gowalla's test half; see docs/matching.md.
ALPHA, SHARPEN, SOURCE, TARGET = 0.5, 1.1, 0.75, 0.2
# How many pairs of things a block may hold at once: a pair is 8 bytes, twice over while rows are cut.
MEMORY_PAIRS = 8_000_000

Rows = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Pairs:
    """What all rows of a fit share: subjects' rows by thing (`of`), things by subject (`by`), and the numbers of things."""

    of: sp.csr_matrix
    by: sp.csr_matrix
    source: NDArray[np.float32]
    target: NDArray[np.float32]


def fit_near(
    matrix: sp.csr_matrix, *, kept: int = KEPT, alpha: float = ALPHA, memory_pairs: int = MEMORY_PAIRS
) -> sp.csr_matrix:
    """Return how near things are to one another: things x things, at most `kept` a row, columns ascending (float32).

    `matrix`: subjects x things, weights above 0. Row i holds what to show to who took i. Memory is bounded by
    `memory_pairs`, by the result and by `matrix`, whatever the number of things; the result does not depend on it.
    """
    pairs = _pairs_of(matrix, alpha)
    return _near(pairs, np.arange(matrix.shape[1]), kept, memory_pairs)


def add_to_near(
    near: sp.csr_matrix,
    matrix: sp.csr_matrix,
    touched: NDArray[np.integer],
    *,
    kept: int = KEPT,
    alpha: float = ALPHA,
    memory_pairs: int = MEMORY_PAIRS,
) -> sp.csr_matrix:
    """Return `near` with the things in `touched` as a whole fit of `matrix` would have them.

    `matrix` is all of who took what by now, with new subjects and things behind the old ones; `touched` are the columns
    with anything new. Their rows are those of a whole fit. In the rows of others the touched things are put where they
    now belong; what else stands there is as it was fitted, though a subject who took something new now counts a little less
    for it, and a thing that was cut off does not come back.
    """
    count = matrix.shape[1]
    rows = np.unique(np.asarray(touched, dtype=np.int64))
    pairs = _pairs_of(matrix, alpha)
    fresh = _near(pairs, rows, count, memory_pairs)
    is_touched = np.zeros(count, dtype=bool)
    is_touched[rows] = True
    old = near.tocoo()
    stays = ~(is_touched[old.row] | is_touched[old.col])
    new = fresh.tocoo()
    # What j is to i follows from what i is to j: both are the same number of what was taken together.
    turned = new.data * (
        pairs.target[new.row] * pairs.source[new.col] / (pairs.source[new.row] * pairs.target[new.col])
    )
    back = ~is_touched[new.col]
    merged = sp.csr_matrix(
        (
            np.concatenate([old.data[stays], new.data, turned[back]]).astype(np.float32),
            (
                np.concatenate([old.row[stays], new.row, new.col[back]]),
                np.concatenate([old.col[stays], new.col, new.row[back]]),
            ),
        ),
        shape=(count, count),
    )
    return _cut(merged, kept)


def best(near: sp.csr_matrix, tastes: sp.csr_matrix, count: int, *, block: int = 1000) -> NDArray[np.int32]:
    """Return, for each row of `tastes`, the `count` things that fit best and are not in it, best first; -1 behind the last.

    Things without a score above 0 are not named. Ties go to the lower column.
    """
    found = np.full((tastes.shape[0], count), -1, dtype=np.int32)
    for start in range(0, tastes.shape[0], block):
        some = tastes[start : start + block]
        found[start : start + block] = best_rows((some @ near).tocsr(), some, count)
    return found


def best_rows(scores: sp.csr_matrix, without: sp.csr_matrix, count: int) -> NDArray[np.int32]:
    """Return, for each row of `scores`, its `count` best things not in that row of `without`, as `best` does."""
    found = np.full((scores.shape[0], count), -1, dtype=np.int32)
    is_taken = np.zeros(scores.shape[1], dtype=bool)
    for row in range(scores.shape[0]):
        taken = without.indices[without.indptr[row] : without.indptr[row + 1]]
        is_taken[taken] = True
        place = slice(scores.indptr[row], scores.indptr[row + 1])
        things, values = scores.indices[place], scores.data[place]
        is_new = (values > 0) & ~is_taken[things]
        is_taken[taken] = False
        ordered = first(things[is_new], values[is_new], count)
        found[row, : len(ordered)] = ordered
    return found


def first(things: NDArray[np.int32], values: NDArray[np.float32], count: int) -> NDArray[np.int32]:
    """Return the `count` of `things` with the highest `values`, highest first; of equal ones the lower thing."""
    if len(things) > count > 0:
        # The lowest of the negated: numpy is ten times slower at finding the highest where most are equal.
        least = -np.partition(-values, count - 1)[count - 1]
        things, values = things[values >= least], values[values >= least]
    return things[np.lexsort((things, -values))][:count]


def _pairs_of(matrix: sp.csr_matrix, alpha: float) -> Pairs:
    taken_by, taken = sums(matrix, 1), sums(matrix, 0)
    by = scaled_rows(matrix, _power(taken_by, -2 * alpha))
    source, target = _power(taken, -SOURCE), _power(taken, -TARGET)
    return Pairs(matrix.T.tocsr(), by.tocsr(), source.astype(np.float32), target.astype(np.float32))


def _power(numbers: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    """Return the numbers to a power; what was never taken by anybody stays at 1, it is in no pair."""
    return np.power(np.where(numbers > 0, numbers, 1.0), exponent)


def _near(pairs: Pairs, rows: NDArray[np.int64], kept: int, memory_pairs: int) -> sp.csr_matrix:
    """Return the near things of `rows`; other rows are empty."""
    count = pairs.of.shape[0]
    lengths = np.zeros(count, dtype=np.int64)
    columns, values = [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
    for block in _blocks(pairs, rows, memory_pairs):
        sizes, cut_columns, cut_values = _cut_rows(_filtered(pairs, block), kept)
        lengths[block] = sizes
        columns.append(cut_columns)
        values.append(cut_values)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return sp.csr_matrix((np.concatenate(values), np.concatenate(columns), starts), shape=(count, count))


def _blocks(pairs: Pairs, rows: NDArray[np.int64], memory_pairs: int) -> Iterator[NDArray[np.int64]]:
    """Yield `rows` in runs whose pairs are not more than `memory_pairs` (one row may be more by itself)."""
    ones = sp.csr_matrix((np.ones_like(pairs.of.data), pairs.of.indices, pairs.of.indptr), shape=pairs.of.shape)
    most = np.minimum(ones @ np.diff(pairs.by.indptr).astype(np.float64), pairs.of.shape[0])[rows]
    start, held = 0, 0.0
    for place, pairs_of_row in enumerate(most):
        if held and held + pairs_of_row > memory_pairs:
            yield rows[start:place]
            start, held = place, 0.0
        held += pairs_of_row
    if start < len(rows):
        yield rows[start:]


def _filtered(pairs: Pairs, block: NDArray[np.int64]) -> sp.csr_matrix:
    """Return the whole rows of `block`, without the things themselves."""
    found = (pairs.of[block] @ pairs.by).tocsr()
    row_of = np.repeat(block, np.diff(found.indptr))
    found.data **= np.float32(SHARPEN)
    found.data *= pairs.source[row_of] * pairs.target[found.indices]
    found.data[row_of == found.indices] = 0
    found.eliminate_zeros()
    found.sort_indices()
    return found


def _cut(matrix: sp.csr_matrix, kept: int) -> sp.csr_matrix:
    """Return the matrix with the largest `kept` of each row."""
    matrix.sort_indices()
    sizes, columns, values = _cut_rows(matrix, kept)
    return sp.csr_matrix((values, columns, np.concatenate([[0], np.cumsum(sizes)])), shape=matrix.shape)


def _cut_rows(matrix: sp.csr_matrix, kept: int) -> Rows:
    """Return lengths, columns and values of rows cut to their largest `kept`; of equal ones the lower columns stay."""
    starts, values = matrix.indptr, matrix.data
    stays = np.ones(len(values), dtype=bool)
    for row in np.flatnonzero(np.diff(starts) > kept):
        begin, end = starts[row], starts[row + 1]
        some = values[begin:end]
        least = -np.partition(-some, kept - 1)[kept - 1] if kept else np.inf
        stays[begin:end] = some > least
        free = kept - int(np.count_nonzero(stays[begin:end]))
        stays[begin + np.flatnonzero(some == least)[:free]] = True
    lengths = np.add.reduceat(np.append(stays, False).astype(np.int64), starts[:-1]) if len(starts) > 1 else stays
    lengths = np.where(np.diff(starts) > 0, lengths, 0).astype(np.int64)
    return lengths, matrix.indices[stays].astype(np.int32), values[stays]

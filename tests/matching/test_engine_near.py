"""Near things: the filter's formula, in any number of blocks, cut to what is kept, and mended between fits."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from renmai.matching.engine.matrices import matrix_of
from renmai.matching.engine.near import ALPHA, SHARPEN, SOURCE, TARGET, add_to_near, best, fit_near


def taken(pairs: list[tuple[int, int, int]], shape: tuple[int, int]) -> sp.csr_matrix:
    """Return a matrix of (subject, thing, weight)."""
    rows, things, weights = (np.array([each[place] for each in pairs]) for place in range(3))
    return matrix_of(rows.astype(np.int32), things.astype(np.int32), weights.astype(np.float32), shape)


@st.composite
def matrices(draw: st.DrawFn, most: int = 12) -> sp.csr_matrix:
    """Return who took what: few subjects and things, weights of 1 to 3."""
    subjects, things = draw(st.integers(1, most)), draw(st.integers(1, most))
    one = st.tuples(st.integers(0, subjects - 1), st.integers(0, things - 1), st.integers(1, 3))
    return taken(draw(st.lists(one, min_size=1, max_size=60)), (subjects, things))


def by_formula(matrix: sp.csr_matrix) -> NDArray[np.float64]:
    """Return the whole table of near things as docs/matching.md writes it down."""
    dense = matrix.toarray().astype(np.float64)
    people, things = dense.sum(1), dense.sum(0)
    together = dense.T @ np.diag(np.where(people > 0, people, 1) ** (-2 * ALPHA)) @ dense
    size = np.where(things > 0, things, 1)
    near = together**SHARPEN / np.outer(size**SOURCE, size**TARGET)
    np.fill_diagonal(near, 0)
    return near


@given(matrices())
def test_kept_whole_it_is_the_formula(matrix: sp.csr_matrix) -> None:
    near = fit_near(matrix, kept=matrix.shape[1])
    np.testing.assert_allclose(near.toarray(), by_formula(matrix), rtol=1e-5, atol=1e-7)


@given(matrices(), st.integers(1, 6))
def test_cut_rows_hold_the_largest_of_the_formula(matrix: sp.csr_matrix, kept: int) -> None:
    near, whole = fit_near(matrix, kept=kept), by_formula(matrix)
    for row in range(matrix.shape[1]):
        held = near[row]
        assert held.nnz == min(kept, np.count_nonzero(whole[row]))
        largest = np.sort(whole[row])[::-1][: held.nnz]
        np.testing.assert_allclose(np.sort(held.data)[::-1], largest, rtol=1e-5)
        np.testing.assert_allclose(held.data, whole[row, held.indices], rtol=1e-5)


@given(matrices(), st.integers(1, 5), st.integers(1, 200))
def test_blocks_of_any_size_give_the_same_bytes(matrix: sp.csr_matrix, kept: int, memory_pairs: int) -> None:
    whole, blocked = fit_near(matrix, kept=kept), fit_near(matrix, kept=kept, memory_pairs=memory_pairs)
    assert [part.tobytes() for part in (whole.data, whole.indices, whole.indptr)] == [
        part.tobytes() for part in (blocked.data, blocked.indices, blocked.indptr)
    ]


@given(matrices(), st.randoms(use_true_random=False))
def test_how_subjects_and_things_are_numbered_makes_no_difference(matrix: sp.csr_matrix, chance: Random) -> None:
    subjects, things = list(range(matrix.shape[0])), list(range(matrix.shape[1]))
    chance.shuffle(subjects)
    chance.shuffle(things)
    near = fit_near(matrix, kept=matrix.shape[1]).toarray()
    other = fit_near(matrix[subjects][:, things].tocsr(), kept=matrix.shape[1]).toarray()
    np.testing.assert_allclose(other, near[np.ix_(things, things)], rtol=1e-5)


@given(matrices(), st.integers(1, 4))
def test_scores_are_tastes_by_near_things_and_what_one_has_is_not_named(matrix: sp.csr_matrix, count: int) -> None:
    near = fit_near(matrix, kept=matrix.shape[1])
    named = best(near, matrix, count, block=3)
    for person in range(matrix.shape[0]):
        scores = (matrix[person] @ near).toarray()[0]
        new = [thing for thing in np.argsort(-scores, kind="stable") if scores[thing] > 0 and not matrix[person, thing]]
        assert [each for each in named[person] if each >= 0] == new[:count]


@given(matrices(), st.data())
def test_touched_things_are_what_a_whole_fit_would_make_of_them(matrix: sp.csr_matrix, data: st.DataObject) -> None:
    subjects, things = matrix.shape
    more = st.tuples(st.integers(0, subjects), st.integers(0, things), st.integers(1, 3))
    added = taken(data.draw(st.lists(more, min_size=1, max_size=8)), (subjects + 1, things + 1))
    grown = matrix.copy()
    grown.resize(added.shape)
    grown = (grown + added).tocsr()
    touched = np.unique(added.indices)
    mended = add_to_near(fit_near(matrix, kept=things + 1), grown, touched, kept=things + 1).toarray()
    whole = fit_near(grown, kept=things + 1).toarray()
    np.testing.assert_allclose(mended[touched], whole[touched], rtol=1e-4)
    np.testing.assert_allclose(mended[:, touched], whole[:, touched], rtol=1e-4)
    # Where nobody of old took something new, a mended table is the whole fit.
    if set(added.indices) and set(sp.coo_matrix(added).row) == {subjects}:
        np.testing.assert_allclose(mended, whole, rtol=1e-4)


def test_a_thing_sold_for_the_first_time_is_near_at_once() -> None:
    """Ten people took tea and pot; one of them now takes a new cup."""
    matrix = taken([(person, thing, 1) for person in range(10) for thing in (0, 1)], (10, 2))
    grown = taken([(person, thing, 1) for person in range(10) for thing in (0, 1)] + [(0, 2, 1)], (10, 3))
    near = add_to_near(fit_near(matrix), grown, np.array([2]))
    assert list(near[2].indices) == [0, 1]
    assert near[0, 2] > 0
    assert near[0, 1] == pytest.approx(fit_near(matrix)[0, 1])


def test_nothing_taken_gives_an_empty_table() -> None:
    empty = sp.csr_matrix((3, 4), dtype=np.float32)
    near = fit_near(empty)
    assert near.shape == (4, 4)
    assert near.nnz == 0
    assert best(near, empty, 2).tolist() == [[-1, -1]] * 3


def test_weights_of_a_pair_add_up_and_what_was_given_back_is_left_out() -> None:
    found = taken([(0, 0, 2), (0, 0, 1), (0, 1, 2), (0, 1, -2), (1, 1, -3)], (2, 2))
    assert found.toarray().tolist() == [[3, 0], [0, 0]]
    assert found.nnz == 1
    with pytest.raises(ValueError, match="exceeds"):
        taken([(2, 0, 1)], (2, 2))

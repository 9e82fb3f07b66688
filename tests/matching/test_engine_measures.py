"""The engine's measures, its intervals and its friends: worked by hand, or against what they must be by their meaning."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import assume, given
from hypothesis import strategies as st

from benchmarks.forecasts import auc
from renmai.matching.engine.friends import friends_scores, friends_weight
from renmai.matching.engine.intervals import bootstrap, share_difference, wilson
from renmai.matching.engine.metrics import coverage, recall_ndcg


def test_recall_and_ndcg_of_two_people() -> None:
    """The first has one of two, in second place; the second has their only one in front; of the third nothing was held."""
    top = np.array([[5, 1, 7], [2, 0, -1], [1, 2, 3]])
    recall, ndcg = recall_ndcg(top, [[1, 9], [2], []], 3)
    assert recall == pytest.approx((0.5 + 1) / 2)
    assert ndcg == pytest.approx((1 / math.log2(3) / (1 + 1 / math.log2(3)) + 1) / 2)
    held = sp.csr_matrix(([1.0, 1.0, 1.0], ([0, 0, 1], [1, 9, 2])), shape=(3, 10))
    assert recall_ndcg(top, held, 3) == pytest.approx((recall, ndcg))
    assert recall_ndcg(top, [[], [], []], 3) == (0, 0)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_auc_counts_pairs(given_: list[tuple[bool, int]]) -> None:
    goods = [score for is_good, score in given_ if is_good]
    others = [score for is_good, score in given_ if not is_good]
    assume(goods and others)
    found = auc([each[0] for each in given_], [each[1] for each in given_])
    won = sum((good > other) + (good == other) / 2 for good in goods for other in others)
    assert found == pytest.approx(won / (len(goods) * len(others)))


def test_coverage_counts_each_thing_once() -> None:
    assert coverage(np.array([[1, 2], [2, -1]]), 4) == 0.5
    assert coverage(np.zeros((0, 2), dtype=int), 0) == 0


def test_intervals_of_shares_are_those_of_the_papers() -> None:
    """Newcombe 1998, table II: 56/70 less 48/80 is .2000, .0524 to .3339; 9/10 less 3/10 .6000, .1705 to .8090."""
    assert share_difference(56, 70, 48, 80) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert share_difference(9, 10, 3, 10) == pytest.approx((0.6, 0.1705, 0.8090), abs=5e-5)
    assert wilson(81, 263) == pytest.approx((0.3080, 0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 0) == (0, 0, 1)
    assert share_difference(0, 0, 0, 0) == (0, -1, 1)


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 40), st.integers(1, 40))
def test_a_difference_lies_within_its_interval_and_turns_with_its_sides(a: int, m: int, b: int, n: int) -> None:
    one, other = (min(a, m), m), (min(b, n), n)
    found, turned = share_difference(*one, *other), share_difference(*other, *one)
    assert -1 - 1e-9 <= found.low <= found.estimate <= found.high <= 1 + 1e-9
    assert (turned.estimate, turned.low, turned.high) == pytest.approx((-found.estimate, -found.high, -found.low))


def test_a_bootstrap_is_the_same_again_and_near_the_textbook() -> None:
    values = np.random.default_rng(5).normal(10, 2, 400)
    found = bootstrap(values)
    assert found == bootstrap(values)
    assert found != bootstrap(values, seed=2)
    assert (found.low, found.high) == pytest.approx((values.mean() - 0.196, values.mean() + 0.196), abs=0.03)
    with pytest.raises(ValueError, match="nothing"):
        bootstrap([])


# Ann follows Bo and Cy; Di follows nobody. Bo took tea and pot, Cy tea; whoever takes a pot takes a cup.
FOLLOWS = sp.csr_matrix(([1.0, 1.0], ([0, 0], [1, 2])), shape=(4, 4))
TASTES = sp.csr_matrix(np.array([[0, 0, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=np.float32))
NEAR = sp.csr_matrix(np.array([[0, 0, 0], [0, 0, 0.5], [0, 0.5, 0]], dtype=np.float32))


def test_who_has_no_past_gets_what_those_they_follow_take_and_what_is_near_to_it() -> None:
    found = friends_scores(FOLLOWS, TASTES, np.array([3, 0]), NEAR).toarray()
    assert found.tolist() == [[0, 0, 0], [1, 0.5, 1]]


def test_friends_count_less_the_more_is_known_and_nothing_in_the_end() -> None:
    assert [friends_weight(count) for count in (0, 1, 4, 8, 20, 21)] == [1, 1, 1, 0.5, 0.2, 0]

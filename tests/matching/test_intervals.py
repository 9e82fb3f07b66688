"""Intervals of experiments: known values, what must hold of all of them, and how often they are wrong where nothing differs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from renmai.matching.engine.intervals import wilson
from renmai.matching.measures.comparing import newcombe, ratio_fits, ratio_p, welch

TRIALS = st.integers(1, 5_000)


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    of = draw(TRIALS)
    return draw(st.integers(0, of)), of


def test_values_that_were_published() -> None:
    """Newcombe 1998, table II, method 10: 56/70 - 48/80, 9/10 - 3/10, 10/10 - 0/10, 0/10 - 0/10."""
    for b, b_of, a, a_of, low, high in (
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (10, 10, 0, 10, 0.6075, 1.0),
        (0, 10, 0, 10, -0.2775, 0.2775),
    ):
        found = newcombe(a, a_of, b, b_of)
        assert found.estimate == pytest.approx(b / b_of - a / a_of)
        assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))
    assert wilson(81, 263)[1:] == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_a_difference_of_means() -> None:
    """Between five and six degrees of freedom, so the half width is between 2.57 and 2.45 standard errors (t tables)."""
    a, b = [27.5, 21.0, 19.0, 23.6, 17.0], [27.1, 22.0, 20.8, 23.4, 23.4, 23.5]
    found = welch(np.mean(a), np.var(a, ddof=1), 5, np.mean(b), np.var(b, ddof=1), 6)
    part_a, part_b = np.var(a, ddof=1) / 5, np.var(b, ddof=1) / 6
    freedom = (part_a + part_b) ** 2 / (part_a**2 / 4 + part_b**2 / 5)
    assert found.estimate == pytest.approx(1.7466667)
    assert 5 < freedom < 6 and 2.44 < (found.high - found.estimate) / np.sqrt(part_a + part_b) < 2.58
    assert welch(5, 0, 2, 7, 0, 2) == welch(5, 0, 9, 7, 0, 9)
    for wrong in ((1, 1, 1, 1, 1, 5), (1, -1, 5, 1, 1, 5)):
        with pytest.raises(ValueError):
            welch(*wrong)


@given(shares(), shares())
def test_an_interval_holds_what_was_measured_and_turns_with_its_arms(a: tuple[int, int], b: tuple[int, int]) -> None:
    one, other = newcombe(*a, *b), newcombe(*b, *a)
    assert -1 - 1e-12 <= one.low <= one.estimate <= one.high <= 1 + 1e-12
    assert (one.low, one.high) == (pytest.approx(-other.high), pytest.approx(-other.low))
    assert newcombe(*a, *a).low <= 0 <= newcombe(*a, *a).high


@given(shares(), st.integers(2, 20))
def test_more_of_the_same_says_more(a: tuple[int, int], times: int) -> None:
    _share, low, high = wilson(*a)
    assert 0 <= low <= a[0] / a[1] + 1e-12 and a[0] / a[1] <= high + 1e-12 <= 1 + 1e-12
    closer = wilson(a[0] * times, a[1] * times)
    assert closer.high - closer.low <= high - low + 1e-12
    wider = wilson(*a, sure=0.99)
    assert wider.low <= low + 1e-12 and high <= wider.high + 1e-12


@given(st.integers(0, 10_000), st.integers(0, 10_000), st.floats(0.01, 0.99))
def test_a_ratio_is_likely_where_it_is_as_planned(a: int, b: int, share: float) -> None:
    assert 0 <= ratio_p(a, b, share_b=share) <= 1
    assume(a + b > 0)
    planned = round((a + b) * share)
    assert ratio_fits(a + b - planned, planned, share_b=share, p_least=0.001) or min(planned, a + b - planned) < 2


def test_a_draw_that_lost_people_is_noticed() -> None:
    assert ratio_fits(5_050, 4_950, share_b=0.5, p_least=0.001)
    assert not ratio_fits(5_300, 4_700, share_b=0.5, p_least=0.001)
    assert ratio_p(0, 0, share_b=0.5) == 1.0
    assert ratio_p(60, 40, share_b=0.5) == pytest.approx(0.0455, abs=5e-5)
    for wrong in ((-1, 2, 0.5), (1, 1, 0.0), (1, 1, 1.0)):
        with pytest.raises(ValueError):
            ratio_p(wrong[0], wrong[1], share_b=wrong[2])


def test_where_nothing_differs_one_experiment_in_twenty_says_it_does() -> None:
    """400 A/A experiments of 2,000 viewers, 8 % of whom buy: expected 20 wrong ones; 8 to 34 is within three deviations."""
    luck = np.random.default_rng(8)
    wrong_shares = wrong_means = unequal = 0
    for _ in range(400):
        b_of = int(luck.binomial(2_000, 0.5))
        a_of = 2_000 - b_of
        bought = [luck.random(of) < 0.08 for of in (a_of, b_of)]
        spent = [took * luck.lognormal(8, 1, of).round() for took, of in zip(bought, (a_of, b_of), strict=True)]
        share = newcombe(int(bought[0].sum()), a_of, int(bought[1].sum()), b_of)
        mean = welch(spent[0].mean(), spent[0].var(ddof=1), a_of, spent[1].mean(), spent[1].var(ddof=1), b_of)
        wrong_shares += not share.low <= 0 <= share.high
        wrong_means += not mean.low <= 0 <= mean.high
        unequal += not ratio_fits(a_of, b_of, share_b=0.5, p_least=0.001)
    assert 8 <= wrong_shares <= 34
    assert 8 <= wrong_means <= 34
    assert unequal <= 3


def test_where_something_differs_it_is_found_and_held() -> None:
    """8 % against 12 % of 2,000 each: nearly all of 200 experiments say so, and 19 of 20 intervals hold the true 4 points."""
    luck = np.random.default_rng(9)
    found = held = 0
    for _ in range(200):
        one = newcombe(int(luck.binomial(2_000, 0.08)), 2_000, int(luck.binomial(2_000, 0.12)), 2_000)
        found += one.low > 0
        held += one.low <= 0.04 <= one.high
    assert found >= 190
    assert 181 <= held <= 199

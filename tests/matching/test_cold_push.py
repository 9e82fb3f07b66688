"""On real invoices, without look-ahead: the plain scores that were given are found again, and the engine's are better."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from benchmarks.cold_push import BARS, CHOSEN_ON, REPEATED_ON, engine_scores, figures, learnt, plain_scores
from benchmarks.launches import Bought, Launches, find_invoices, launches, read_invoices
from renmai.matching.engine.cold import WEIGHTS


@pytest.fixture(scope="module")
def lines() -> list[Bought]:
    path = find_invoices()
    if path is None:
        pytest.skip("RENMAI_DATA has no uci-online-retail")
    return read_invoices(path)


@pytest.fixture(scope="module")
def known(lines: list[Bought]) -> dict[datetime, Launches]:
    return {since: launches(lines, since) for since in BARS}


def test_the_task_is_the_one_that_was_given(known: dict[datetime, Launches]) -> None:
    found = {since: (len(at.goods), at.creators.count, at.pairs) for since, at in known.items()}
    assert found == {CHOSEN_ON: (216, 1680, 6522), REPEATED_ON: (175, 2132, 5763)}


@pytest.mark.parametrize(
    ("since", "most", "names"),
    [
        (CHOSEN_ON, (0.1892, 0.1988, 0.735), (0.2060, 0.2052, 0.716)),
        (REPEATED_ON, (0.1848, 0.2032, 0.757), (0.1972, 0.2132, 0.739)),
    ],
)
def test_the_plain_scores_are_found_again(
    known: dict[datetime, Launches],
    since: datetime,
    most: tuple[float, float, float],
    names: tuple[float, float, float],
) -> None:
    plain = {name: figures(scores, known[since].held) for name, scores in plain_scores(known[since]).items()}
    assert plain["most articles bought"] == pytest.approx(most, abs=0.0005)
    # How its names were cut into words was not said.
    assert plain["names, 50 nearest"] == pytest.approx(names, abs=0.007)
    assert plain["random"] == pytest.approx((0.027, 0.018, 0.496), abs=0.025)


@pytest.mark.parametrize(
    ("since", "ours"), [(CHOSEN_ON, (0.2341, 0.2335, 0.7628)), (REPEATED_ON, (0.2333, 0.2391, 0.7908))]
)
def test_the_engine_is_better_in_all_three_at_once(
    known: dict[datetime, Launches], since: datetime, ours: tuple[float, float, float]
) -> None:
    found = figures(engine_scores(known[since]), known[since].held)
    assert all(value > bar for value, bar in zip(found, BARS[since], strict=True))
    assert found == pytest.approx(ours, abs=0.0005)


def test_nothing_later_than_the_day_is_known(lines: list[Bought]) -> None:
    until = [line for line in lines if line.at < CHOSEN_ON]
    first = [line for line in lines if line.at >= CHOSEN_ON][:8000]
    one, other = launches(until + first, CHOSEN_ON, buyers_min=1), launches(until + first[::2], CHOSEN_ON, buyers_min=1)
    assert (one.creators.has != other.creators.has).nnz == 0
    assert one.creators.catalogue.goods == other.creators.catalogue.goods
    shared = {product.id: row for product, row in zip(one.goods, engine_scores(one), strict=True)}
    again = {product.id: row for product, row in zip(other.goods, engine_scores(other), strict=True)}
    names = {product.id: product for product in one.goods}
    same = [product.id for product in other.goods if names.get(product.id) == product]
    assert len(same) > 10
    for article in same:
        assert np.allclose(shared[article], again[article], atol=1e-5)


@pytest.mark.proof
def test_the_weights_are_those_that_are_learnt_before_the_first_date(lines: list[Bought]) -> None:
    assert learnt(lines).values == pytest.approx(WEIGHTS.values, abs=0.02)

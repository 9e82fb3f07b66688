"""Rules of pushes: who is chosen of those whom a product fits, how large a shop is said to be, what a supplier reads."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from renmai.matching.push.rules import (
    FIT_FLOOR,
    NEWCOMER_ONE_IN,
    TOLD_MOST,
    choose,
    public_reasons,
    size_band,
)

Shop = tuple[float, float, bool, int]
SHOP = st.tuples(st.floats(-5, 20), st.floats(-1, 3), st.booleans(), st.integers(0, 2**64 - 1))
KNOWN, FRESH = (1.0, 1.0, False, 0), (1.0, 0.0, True, 0)


@given(st.lists(SHOP, max_size=60), st.integers(0, 40))
@example([KNOWN, FRESH], 1)
@example([KNOWN] * 40 + [FRESH] * 40, 40)
def test_chosen_are_within_the_limit_fit_and_leave_newcomers_a_bounded_share(shops: list[Shop], most: int) -> None:
    scores, fits, new, lots = ([shop[at] for shop in shops] for at in range(4))
    chosen = choose(scores, fits, new, lots, most)
    assert len(chosen) == len(set(chosen)) <= most and all(0 <= at < len(shops) for at in chosen)
    known = [at for at in chosen if not new[at]]
    fresh = [at for at in chosen if new[at]]
    fitting = [at for at in range(len(shops)) if not new[at] and fits[at] >= FIT_FLOOR]
    assert set(known) <= set(fitting)
    assert [scores[at] for at in known] == sorted((scores[at] for at in known), reverse=True)
    # The best of those whom it fits: nobody who was left out has more.
    assert all(scores[at] <= scores[known[-1]] for at in fitting if at not in known and known)
    # No place is left empty while somebody fits.
    assert len(known) == min(len(fitting), most - len(fresh))
    if fitting and most:
        assert chosen[0] in known
    if any(new) and fitting and most > 1:
        assert fresh
    left = [lots[at] for at in range(len(shops)) if new[at] and at not in fresh]
    assert all(lots[at] <= lot for at in fresh for lot in left)


@given(st.lists(SHOP, max_size=120), st.integers(0, max(TOLD_MOST.values())))
def test_newcomers_have_each_tenth_place_or_the_last(shops: list[Shop], most: int) -> None:
    scores, fits, new, lots = ([shop[at] for shop in shops] for at in range(4))
    chosen = choose(scores, fits, new, lots, most)
    places = [place for place, at in enumerate(chosen) if new[at]]
    if len(places) == len(chosen):
        assert len(places) <= most // NEWCOMER_ONE_IN
    elif len(places) == 1:
        assert places[0] == min(NEWCOMER_ONE_IN - 1, len(chosen) - 1)
    else:
        assert places == [turn * NEWCOMER_ONE_IN - 1 for turn in range(1, len(places) + 1)]
        assert len(places) <= most // NEWCOMER_ONE_IN


@pytest.mark.parametrize(
    ("known", "new", "most", "places"),
    [(0, 30, 200, 20), (0, 30, 9, 0), (3, 5, 200, 1), (3, 5, 1, 0), (3, 5, 2, 1), (18, 5, 200, 2), (300, 90, 200, 20)],
)
def test_how_many_newcomers_there_are(known: int, new: int, most: int, places: int) -> None:
    shops = [KNOWN] * known + [FRESH] * new
    chosen = choose(*([shop[at] for shop in shops] for at in range(3)), [*range(known + new)], most)  # type: ignore[arg-type]
    assert [at for at in chosen if at >= known] == [*range(known, known + places)]
    assert len(chosen) == min(known, most - places) + places


@given(st.integers(0, 10**7))
def test_a_size_band_holds_its_number(followers: int) -> None:
    low, high = size_band(followers)
    assert low <= followers and (high is None or followers < high)


def test_a_supplier_reads_no_figures_of_what_no_page_shows() -> None:
    reasons = [["followers_bought_like", 2, "CNY", 8000], ["sold_like", 4, "CNY", 32000], ["category", "x", 3]]
    assert public_reasons([*reasons, ["takes_new", 4]]) == [["sells_like"], ["category", "x", 3], ["takes_new"]]

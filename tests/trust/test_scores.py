"""Scores: exact integers, no order, no look-ahead, and what a newcomer, a bought fact and a dismissed case are worth."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.scores.evidence import bad_and_total, decayed, seen
from renmai.trust.scores.measures import COUNTS_PERCENT, FULL, MEASURES, PARTS, SHARES
from renmai.trust.scores.rules import market_of, score_of

TODAY = date(2026, 11, 23)


def fact(kind: str, *, days_ago: int = 0, buyer: str | None = None, weight: int = 3, **data: Any) -> dict[str, Any]:
    """Return a fact in the shape of a leaf, as far as the score reads it."""
    found: dict[str, Any] = {"kind": kind, "day": (TODAY - timedelta(days=days_ago)).isoformat(), "data": data}
    return found | ({"buyer": buyer, "weight": weight} if buyer else {})


def parcels(
    count: int, late: int = 0, *, prefix: str = "b", weight: int = 3, days_ago: int = 0
) -> list[dict[str, Any]]:
    """Return so many parcels of as many buyers, the first `late` of them late."""
    return [
        fact("parcel.handed_over", buyer=f"{prefix}{n}", weight=weight, days_ago=days_ago,
             in_time=n >= late, days_late=int(n < late), days_allowed=3)
        for n in range(count)
    ]  # fmt: skip


BEGAN = fact("seller.began", days_ago=200, role="supplier")
EMPTY = market_of([], TODAY)


def value(facts: list[dict[str, Any]], part: str = "hand_over") -> int | None:
    return score_of([BEGAN, *facts], market=EMPTY, on=TODAY).part(part).value


def test_a_fact_counts_half_after_its_half_life_and_nothing_after_six() -> None:
    assert [decayed(days, 60) for days in (-1, 0, 30, 60, 90, 120, 359, 360)] == [
        0, 1_000_000, 750_000, 500_000, 375_000, 250_000, 15_885, 0,
    ]  # fmt: skip


def test_a_newcomer_stands_below_the_market_and_is_not_said_to_be_perfect() -> None:
    score = score_of([BEGAN], market=EMPTY, on=TODAY)
    assert (score.value, score.growing) == (60, True)
    assert [part.value for part in score.parts] == [None] * 4


def test_the_margin_fades_with_evidence() -> None:
    like_market = [
        value([f for week in range(weeks) for f in parcels(25, 2, prefix=f"w{week}-", days_ago=7 * week)])
        for weeks in (1, 4, 40)
    ]
    assert like_market == [61, 63, 67]


def test_late_parcels_cost_and_time_heals() -> None:
    assert value(parcels(50)) > value(parcels(50, 5)) > value(parcels(50, 20))  # type: ignore[operator]
    late = [value([*parcels(10, 10, days_ago=7 * ago), *parcels(40, prefix="c")]) for ago in (1, 8, 24, 60)]
    assert late == sorted(late, key=lambda one: one or 0)
    assert late[0] < late[-1] == value(parcels(40))  # type: ignore[operator]


def test_a_dismissed_case_harms_nobody_and_an_upheld_one_does() -> None:
    dealt = parcels(40)
    dismissed = [fact("case.closed", buyer=f"b{n}", upheld=False) for n in range(20)]
    upheld = [fact("case.closed", buyer=f"b{n}", upheld=True) for n in range(2)]
    assert value([*dealt, *dismissed], "goods") == value(dealt, "goods")
    assert value([*dealt, *upheld], "goods") < value(dealt, "goods")  # type: ignore[operator]


LATE = next(measure for measure in MEASURES if measure.name == "late")


def evidence(facts: list[dict[str, Any]]) -> tuple[int, int]:
    bad, total = bad_and_total(LATE, seen(facts, TODAY))
    return bad * 1000 // FULL, total * 1000 // FULL


def test_a_buyer_of_no_weight_counts_for_nothing() -> None:
    assert value([*parcels(10, 2), *parcels(500, prefix="ring", weight=0)]) == value(parcels(10, 2))
    assert evidence(parcels(500, weight=0)) == (0, 0)


def test_one_buyer_counts_for_three_at_most_however_often_they_come_back() -> None:
    often = [
        fact("parcel.handed_over", buyer="same", days_ago=7 * week, in_time=week > 0, days_late=0, days_allowed=3)
        for week in range(40)
    ]
    assert evidence(often) == (233, 2999)


def test_one_week_counts_for_two_at_most_and_keeps_its_share_of_late_ones() -> None:
    assert evidence(parcels(500, 125)) == (500, 2000)
    assert evidence([*parcels(500, 125), *parcels(1, prefix="c", days_ago=7)]) == (500, 2941)


def test_recalls_take_points_off_up_to_a_limit() -> None:
    dealt = parcels(100)
    values = [value([*dealt, *[fact("product.recalled", scope="product")] * n], "goods") for n in (0, 1, 3, 9)]
    assert [values[0] - one for one in values] == [0, 10, 30, 30]  # type: ignore[operator]


def test_what_has_not_happened_yet_is_not_known() -> None:
    facts = [BEGAN, *parcels(30, 3, days_ago=10), *parcels(30, 20, prefix="c")]
    before = TODAY - timedelta(days=5)
    assert score_of(facts, market=EMPTY, on=before) == score_of(facts[:31], market=EMPTY, on=before)


def test_the_constants_add_up() -> None:
    assert all(sum(shares.values()) == 100 and set(shares) == set(PARTS) for shares in SHARES.values())
    assert COUNTS_PERCENT[0] == 0
    assert COUNTS_PERCENT[-1] == 100
    assert len({measure.name for measure in MEASURES}) == len(MEASURES)
    assert FULL == 1_000_000


FACTS = st.builds(
    lambda kind, days, buyer, weight, good, stars: fact(
        kind,
        days_ago=days,
        buyer=f"b{buyer}",
        weight=weight,
        in_time=good,
        kept=good,
        upheld=not good,
        answered=good,
        within_band=good,
        score=stars,
    ),
    st.sampled_from(sorted({kind for m in MEASURES for kind in m.kinds | m.bad.keys()})),
    st.integers(-20, 400),
    st.integers(0, 5),
    st.integers(0, 3),
    st.booleans(),
    st.integers(1, 5),
)


@given(st.lists(FACTS, max_size=60), st.integers(0, 2**32))
def test_order_changes_nothing_and_everything_stays_within_its_bounds(facts: list[dict[str, Any]], seed: int) -> None:
    shuffled = random.Random(seed).sample(facts, len(facts))
    market = market_of(facts, TODAY)
    assert market == market_of(shuffled, TODAY)
    score = score_of(facts, market=market, on=TODAY)
    assert score == score_of(shuffled, market=market, on=TODAY)
    assert 0 <= score.value <= 100
    assert all(part.value is None or 0 <= part.value <= 100 for part in score.parts)


@pytest.mark.parametrize("role", ["supplier", "creator"])
def test_a_part_is_answered_for_by_the_role_it_belongs_to(role: str) -> None:
    facts = [fact("seller.began", role=role), *parcels(5), fact("price.checked", buyer="b1", within_band=True)]
    score = score_of(facts, market=EMPTY, on=TODAY)
    assert {part.name for part in score.parts if part.share == 0} == {
        "supplier": {"price"}, "creator": {"hand_over"},
    }[role]  # fmt: skip

"""Money: whole minor units, parts that add up, and what a person may type."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit.money import (
    AMOUNT_MINOR_MAX,
    BPS,
    apportion,
    digits_of,
    parse_minor,
    ratio_bps,
    reversed_part,
    share,
    to_decimal,
)

amounts = st.integers(0, AMOUNT_MINOR_MAX)
rates = st.integers(0, BPS)


@given(amounts, rates)
def test_a_share_is_rounded_down_and_the_rest_is_less_than_one_unit_short(amount: int, rate: int) -> None:
    part = share(amount, rate)
    assert part * BPS <= amount * rate < (part + 1) * BPS
    assert 0 <= part <= amount


@pytest.mark.parametrize(("amount", "rate"), [(-1, 100), (100, -1), (100, BPS + 1)])
def test_an_impossible_share_is_refused(amount: int, rate: int) -> None:
    with pytest.raises(ValueError, match="share of"):
        share(amount, rate)


@given(amounts, st.integers(1, AMOUNT_MINOR_MAX))
def test_a_ratio_is_rounded_up_so_that_no_limit_is_passed_by_rounding(part: int, whole: int) -> None:
    ratio = ratio_bps(part, whole)
    assert (ratio - 1) * whole < part * BPS <= ratio * whole


def test_a_ratio_to_nothing_is_refused() -> None:
    assert ratio_bps(1, 3) == 3334
    with pytest.raises(ValueError, match="ratio to 0"):
        ratio_bps(1, 0)


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=20).filter(any))
def test_parts_add_up_and_each_is_within_one_unit_of_exact(total: int, weights: list[int]) -> None:
    parts = apportion(total, weights)
    whole = sum(weights)
    assert sum(parts) == total
    assert all(total * w // whole <= part <= -(-total * w // whole) for part, w in zip(parts, weights, strict=True))


def test_the_earlier_of_equal_remainders_gets_the_unit() -> None:
    assert apportion(100, [1, 1, 1]) == [34, 33, 33]
    assert apportion(5, [3, 3]) == [3, 2]
    assert apportion(0, [0, 0]) == [0, 0] and apportion(0, []) == []
    for total, weights in ((1, [0, 0]), (1, []), (-1, [1]), (5, [2, -1])):
        with pytest.raises(ValueError, match=r"nothing to split over|negative"):
            apportion(total, weights)


@given(st.data())
def test_a_full_refund_in_steps_takes_back_exactly_the_part(data: st.DataObject) -> None:
    paid = data.draw(st.integers(1, 10**9))
    part = data.draw(st.integers(0, paid))
    steps = sorted({*data.draw(st.lists(st.integers(0, paid), max_size=6)), paid})
    back = 0
    for refunded in steps:
        now = reversed_part(part, refunded, paid, back)
        assert now >= 0
        back += now
        assert back == part * refunded // paid
    assert back == part


def test_more_than_was_paid_cannot_be_taken_back() -> None:
    assert reversed_part(0, 0, 0, 0) == 0
    with pytest.raises(ValueError, match="refunded 11 of 10"):
        reversed_part(5, 11, 10, 0)


@given(amounts, st.sampled_from(["CNY", "USD", "JPY", "KWD"]))
def test_what_is_shown_can_be_typed(amount: int, currency: str) -> None:
    assert parse_minor(str(to_decimal(amount, currency)), currency) == amount
    assert parse_minor(f" {to_decimal(amount, currency):f} ", currency) == amount


def test_minor_digits_follow_the_currency() -> None:
    assert [digits_of(c) for c in ("CNY", "JPY", "KWD")] == [2, 0, 3]
    assert to_decimal(1250, "CNY") == Decimal("12.50")
    assert (parse_minor("12.5", "CNY"), parse_minor("１２", "CNY"), parse_minor("0", "JPY")) == (1250, 1200, 0)


@pytest.mark.parametrize(
    "typed",
    ["", "x", "1,5", "-0.01", "12.505", "1e999999", "1e-999999", "NaN", "sNaN", "Infinity", "12.5" + "0" * 40 + "1",
     "10000000000.01", "0x10", "1/2"],
)  # fmt: skip
def test_what_is_no_exact_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        parse_minor(typed, "CNY")


@given(st.text(max_size=30))
def test_anything_typed_is_an_amount_or_refused(typed: str) -> None:
    try:
        assert 0 <= parse_minor(typed, "CNY") <= AMOUNT_MINOR_MAX
    except ValueError as refusal:
        assert str(refusal).startswith("not an amount")

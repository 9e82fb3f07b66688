"""What screening saw, and supply prices by quantity: the rules."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from renmai.goods.products.rules import needs_screening, supply_price_for, tiers_fault

PRICES = st.integers(1, 10**9)


@given(PRICES, PRICES, st.integers(0, 10_000), st.integers(-(10**9), 10**9))
def test_a_rise_is_measured_from_what_was_screened(supply: int, price: int, rise_bps: int, more: int) -> None:
    top = price * (10_000 + rise_bps) // 10_000

    def asked(price_minor: int, supply_minor: int = supply) -> bool:
        return needs_screening(
            supply_minor=supply_minor, price_minor=price_minor, screened_supply_minor=supply,
            screened_price_minor=price, rise_bps=rise_bps,
        )  # fmt: skip

    assert not asked(top)
    assert asked(top + 1)
    assert not asked(min(top, max(1, price + min(more, 0))))
    assert asked(price, supply * (10_000 + rise_bps) // 10_000 + 1)


def test_what_was_never_screened_is() -> None:
    assert needs_screening(
        supply_minor=1, price_minor=1, screened_supply_minor=None, screened_price_minor=None, rise_bps=10_000
    )


def test_small_steps_add_up() -> None:
    def asked(price_minor: int) -> bool:
        return needs_screening(
            supply_minor=100,
            price_minor=price_minor,
            screened_supply_minor=100,
            screened_price_minor=1000,
            rise_bps=1000,
        )

    assert [asked(price) for price in (1050, 1100, 1101)] == [False, False, True]


@pytest.mark.parametrize(
    ("tiers", "fault"),
    [
        ([], None),
        ([(2, 99), (10, 98), (100, 1)], None),
        ([(1, 99)], "quantities"),
        ([(10, 90), (10, 80)], "quantities"),
        ([(10, 90), (5, 80)], "quantities"),
        ([(2_000_000, 90)], "quantities"),
        ([(2, 100)], "prices"),
        ([(2, 90), (3, 90)], "prices"),
        ([(2, 90), (3, 0)], "prices"),
        ([(n, 100 - n) for n in range(2, 8)], "too_many"),
    ],
)
def test_tiers_ascend_in_quantity_and_fall_in_price(tiers: list[tuple[int, int]], fault: str | None) -> None:
    assert tiers_fault(100, tiers) == fault


@given(
    st.integers(6, 10**9),
    st.lists(st.tuples(st.integers(2, 1000), st.integers(1, 10**9)), max_size=5),
    st.integers(1, 2000),
)
def test_more_never_costs_more_apiece(supply: int, drawn: list[tuple[int, int]], quantity: int) -> None:
    tiers = sorted(zip(sorted({q for q, _ in drawn}), sorted({p for _, p in drawn}, reverse=True), strict=False))
    assume(tiers_fault(supply, tiers) is None)
    price = supply_price_for(supply, tiers, quantity)
    assert 0 < price <= supply
    assert supply_price_for(supply, tiers, quantity + 1) <= price
    reached = [p for q, p in tiers if q <= quantity]
    assert price == (min(reached) if reached else supply)

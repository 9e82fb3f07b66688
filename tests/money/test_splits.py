"""Splits: the worked orders, and what holds for every line whatever its numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.goods.products.rules import supply_price_for
from renmai.kit.problems import DomainError
from renmai.money.splits.rules import PLATFORM, Held, Part, RatesRefused, Rule, Sold, Term, reverse_line, split_line

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "money.json").read_text())["orders"]
LINES = [
    pytest.param(line, id=f"{order['name'][:40]} line {n}") for order in GOLDEN for n, line in enumerate(order["lines"])
]


def supply_of(line: dict[str, Any]) -> int:
    """What the supplier asks for the line: said as a whole, or by its prices by quantity."""
    if "tiers" not in line:
        return int(line.get("supply", 0))
    return supply_price_for(line["supply_price"], line["tiers"], line["quantity"]) * int(line["quantity"])


def sold_from(line: dict[str, Any]) -> Sold:
    return Sold(
        term=Term(line["term"]),
        paid_minor=line["paid"],
        supplier=line["supplier"],
        creator=line.get("creator", ""),
        supply_minor=supply_of(line),
        fee_bps=line.get("fee_bps", 0),
        commission_bps=line.get("commission_bps", 0),
        agency=line.get("agency", ""),
        agency_bps=line.get("agency_bps", 0),
        sharer=line.get("sharer", ""),
        sharer_bps=line.get("sharer_bps", 0),
        service_bps=line.get("service_bps", 0),
        quantity=line.get("quantity", 1),
        fee_least_minor=line.get("fee_least", 0),
        fee_most_minor=line.get("fee_most"),
        by_platform_minor=line.get("off", {}).get("platform", 0),
        by_supplier_minor=line.get("off", {}).get("supplier", 0),
        by_creator_minor=line.get("off", {}).get("creator", 0),
    )


def named(part: Part) -> str:
    """A part's name in the file: its payee, with the rule where a payee may have two."""
    word = f" {part.rule.value}" if part.rule in {Rule.SUBSIDY, Rule.SERVICE} else ""
    return part.payee.replace(PLATFORM, "p") + word


def test_there_are_twenty_six_worked_orders() -> None:
    assert len(GOLDEN) == 26


@pytest.mark.parametrize("line", LINES)
def test_worked_order(line: dict[str, Any]) -> None:
    if "refused" in line:
        with pytest.raises(DomainError) as refusal:
            split_line(sold_from(line))
        assert refusal.value.code == line["refused"]
        return
    parts = split_line(sold_from(line))
    assert {named(part): part.amount_minor for part in parts} == line["parts"]
    assert sum(part.amount_minor for part in parts) == line["paid"]
    taken, refunded = [0] * len(parts), 0
    for refund in line["refunds"]:
        now = reverse_line(
            held(parts, taken), paid_minor=line["paid"], refunded_minor=refunded, refund_minor=refund["amount"]
        )
        assert {named(part): t for part, t in zip(parts, now, strict=True)} == refund["takes"]
        taken = [a + b for a, b in zip(taken, now, strict=True)]
        refunded += refund["amount"]


def held(parts: list[Part], taken: list[int]) -> list[Held]:
    return [Held(part.payee, part.amount_minor, t) for part, t in zip(parts, taken, strict=True)]


rates = st.integers(0, 3000)


@st.composite
def lines(draw: st.DrawFn) -> Sold:
    paid = draw(st.integers(0, 10**8))
    margin = draw(st.booleans())
    agency_bps, sharer_bps = draw(rates), draw(rates)
    return Sold(
        term=Term.MARGIN if margin else Term.COMMISSION,
        paid_minor=paid,
        supply_minor=draw(st.integers(0, paid)) if margin else 0,
        fee_bps=draw(st.integers(0, 1000)),
        commission_bps=0 if margin else draw(st.integers(0, 9000)),
        supplier="s1",
        creator="c1",
        agency="a1" if agency_bps else "",
        agency_bps=agency_bps,
        sharer="h1" if sharer_bps else "",
        sharer_bps=sharer_bps,
        service_bps=0 if margin or not agency_bps else draw(st.integers(0, 4000)),
        quantity=draw(st.integers(1, 50)),
        fee_least_minor=draw(st.integers(0, 300)),
        fee_most_minor=draw(st.none() | st.integers(300, 5000)),
        by_platform_minor=draw(st.integers(0, 10**5)),
        by_supplier_minor=draw(st.integers(0, 10**5)),
        by_creator_minor=draw(st.integers(0, 10**5)),
    )


@given(lines(), st.lists(st.integers(1, 10**8), max_size=8))
def test_any_line_re_adds_at_every_step_of_any_refunds(sold: Sold, wanted: list[int]) -> None:
    try:
        parts = split_line(sold)
    except DomainError as refusal:
        assert refusal.code in {"split.negative", "split.rates"}
        return
    assert sum(part.amount_minor for part in parts) == sold.paid_minor
    assert all(part.amount_minor >= 0 or part.rule is Rule.SUBSIDY for part in parts)
    taken, refunded = [0] * len(parts), 0
    for want in [*wanted, sold.paid_minor]:
        refund = min(want, sold.paid_minor - refunded)
        if refund == 0:
            continue
        now = reverse_line(held(parts, taken), paid_minor=sold.paid_minor, refunded_minor=refunded, refund_minor=refund)
        assert sum(now) == refund
        taken = [a + b for a, b in zip(taken, now, strict=True)]
        refunded += refund
        for part, so_far in zip(parts, taken, strict=True):
            if part.rule is Rule.SUBSIDY:
                assert part.amount_minor <= so_far <= 0
                continue
            slack = len(parts) if part.payee == PLATFORM else 0
            assert -slack <= so_far <= part.amount_minor + slack
    if sold.paid_minor:
        assert taken == [part.amount_minor for part in parts]


def test_more_than_was_paid_is_not_refunded() -> None:
    with pytest.raises(ValueError, match="refunded"):
        reverse_line([Held(PLATFORM, 1), Held("s1", 9)], paid_minor=10, refunded_minor=5, refund_minor=6)


@pytest.mark.parametrize(
    "bad",
    [
        Sold(Term.COMMISSION, 100, "s1", "c1", commission_bps=9001),
        Sold(Term.COMMISSION, 100, "s1", "c1", commission_bps=9000, fee_bps=1001),
        Sold(Term.MARGIN, 100, "s1", "c1", supply_minor=10, commission_bps=100),
        Sold(Term.MARGIN, 100, "s1", "c1", supply_minor=10, agency_bps=100),
        Sold(Term.MARGIN, 100, "s1", "c1", supply_minor=10, agency="a1"),
        Sold(Term.MARGIN, 100, "s1", "c1", supply_minor=10, agency="a1", agency_bps=6000, sharer="h1", sharer_bps=5000),
    ],
)
def test_contradicting_rates_are_refused(bad: Sold) -> None:
    with pytest.raises(RatesRefused):
        split_line(bad)

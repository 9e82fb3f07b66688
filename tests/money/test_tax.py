"""Tax withheld from persons: worked by hand, and its way through the ledger."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.kit.problems import Invalid, NotFound
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.rules import Outcome, Said
from renmai.money.payouts.actions import (
    approve_payout,
    claim_payouts,
    finish_payout,
    request_payout,
    retry_payout,
)
from renmai.money.payouts.models import PayeeDetails, Payout, TaxWithheld
from renmai.money.payouts.tax import months_of, tax_of, tax_to_withhold
from renmai.money.payouts.withholding import DetailsNeeded, access_details, masked, set_details
from renmai.people.standing.actions import set_term
from tests.money.desk import balances, digest, earn, told
from tests.trade.world import NOW, World, make_world


@pytest.mark.parametrize(
    ("taxable", "tax"),
    [
        (0, 0),
        (-5, 0),
        (3_600_000, 108_000),  # 36,000 x 3 % = 1,080
        (3_600_100, 108_010),  # 36,001 x 10 % - 2,520 = 1,080.10
        (14_400_000, 1_188_000),  # 144,000 x 10 % - 2,520 = 11,880
        (30_000_000, 4_308_000),  # 300,000 x 20 % - 16,920 = 43,080
        (42_000_000, 7_308_000),  # 420,000 x 25 % - 31,920 = 73,080
        (66_000_000, 14_508_000),  # 660,000 x 30 % - 52,920 = 145,080
        (96_000_000, 25_008_000),  # 960,000 x 35 % - 85,920 = 250,080
        (100_000_000, 26_808_000),  # 1,000,000 x 45 % - 181,920 = 268,080
        (17, 1),  # 0.17 x 3 % = 0.0051: half up
        (16, 0),
    ],
)
def test_the_brackets_by_hand(taxable: int, tax: int) -> None:
    assert tax_of(taxable) == tax


def test_a_year_by_hand() -> None:
    # January: 10,000 - 2,000 - 5,000 = 3,000 x 3 % = 90. February, 20,000 in all: 16,000 - 10,000 = 6,000 x 3 % = 180 - 90.
    assert tax_to_withhold(income_minor=1_000_000, months=1, withheld_minor=0) == 9_000
    assert tax_to_withhold(income_minor=2_000_000, months=2, withheld_minor=9_000) == 9_000
    # March, 100,000 in all: 80,000 - 15,000 = 65,000 x 10 % - 2,520 = 3,980 - 180 = 3,800.
    assert tax_to_withhold(income_minor=10_000_000, months=3, withheld_minor=18_000) == 380_000
    # April earns 1,000: 80,800 - 20,000 = 60,800 x 10 % - 2,520 = 3,560, less than the 3,980 withheld: nothing now.
    assert tax_to_withhold(income_minor=10_100_000, months=4, withheld_minor=398_000) == 0
    assert tax_to_withhold(income_minor=625_000, months=1, withheld_minor=0) == 0
    for wrong in ((-1, 1, 0), (1, 0, 0), (1, 13, 0), (1, 1, -1)):
        with pytest.raises(ValueError, match="tax on"):
            tax_to_withhold(income_minor=wrong[0], months=wrong[1], withheld_minor=wrong[2])


def test_months_are_counted_from_the_first_payment_of_the_year() -> None:
    assert months_of(date(2026, 3, 31), date(2026, 3, 31)) == 1
    assert months_of(date(2026, 1, 31), date(2026, 12, 1)) == 12
    with pytest.raises(ValueError, match="in order"):
        months_of(date(2025, 12, 31), date(2026, 1, 1))


@given(st.lists(st.tuples(st.integers(1, 12), st.integers(1, 30_000_000)), min_size=1, max_size=15))
def test_a_year_in_pieces_is_the_year(payments: list[tuple[int, int]]) -> None:
    """However the year is cut, what was withheld is at least the tax of the year, and less than what was paid."""
    income = withheld = 0
    payments.sort(key=lambda each: each[0])
    for month, amount in payments:
        income += amount
        months = month - payments[0][0] + 1
        now = tax_to_withhold(income_minor=income, months=months, withheld_minor=withheld)
        assert 0 <= now <= amount * 36 // 100 + 1
        withheld += now
        assert withheld >= tax_of(income - income * 2000 // 10_000 - 500_000 * months)


def test_numbers_are_masked() -> None:
    assert [masked(text) for text in ("", "7", "1234", "330106199001011234")] == ["", "****", "****34", "****1234"]


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def payee(world: World) -> str:
    return creator_account(world.shops[0].id)


def turn_on(world: World, subject: UUID | None = None) -> None:
    set_term(actor=SYSTEM, now=NOW, term="tax_withholding", value=1, reason="law", subject_id=subject)


def details(world: World, payee: str, kind: str = "person", who: Actor | None = None) -> PayeeDetails:
    return set_details(
        actor=who or world.creator(0),
        now=NOW,
        payee=payee,
        kind=kind,
        legal_name="林小满",
        tax_number="330106199001011234",
    )


def approved(world: World, payee: str, amount_minor: int, now: datetime = NOW) -> Payout:
    row = request_payout(actor=world.creator(0), now=now, payee=payee, amount_minor=amount_minor, key=new_id().hex)
    return approve_payout(actor=world.operator, now=now, payout_id=row.id)


def finished(payout: Payout, kind: Said, amount_minor: int | None = None, event: str = "") -> Outcome:
    if Payout.objects.get(id=payout.id).state == "approved":
        claim_payouts(gateways=["sandbox"], now=NOW.replace(year=2029), limit=9)
    amount = payout.net_minor if amount_minor is None else amount_minor
    return finish_payout(told(kind, f"{payout.id.hex}-{payout.round}", amount, event=event))


def test_off_by_default_nothing_is_withheld(world: World, payee: str) -> None:
    earn(payee, 2_000_000)
    details(world, payee)
    payout = approved(world, payee, 2_000_000)
    assert (payout.withheld_minor, TaxWithheld.objects.count()) == (0, 0)


def test_a_person_is_paid_less_what_is_withheld(world: World, payee: str) -> None:
    turn_on(world)
    details(world, payee)
    earn(payee, 3_000_000)
    payout = approved(world, payee, 1_000_000)
    assert payout.withheld_minor == 9_000
    (due,) = claim_payouts(gateways=["sandbox"], now=NOW, limit=9)
    assert due.amount_minor == 991_000
    assert balances()["payout_due"] == 1_000_000
    assert finished(payout, Said.PAYOUT_PAID, 1_000_000) is Outcome.UNKNOWN
    assert finished(payout, Said.PAYOUT_PAID) is Outcome.NOTED
    assert balances() == {"escrow": -3_000_000, payee: 2_000_000, "gateway:sandbox": 991_000, "tax_due": 9_000}
    second = approved(world, payee, 1_000_000, NOW.replace(month=4))
    row = TaxWithheld.objects.get(payout_id=second.id)
    assert (row.months, row.year, row.income_minor, row.withheld_minor, row.rule_version) == (
        2,
        2026,
        1_000_000,
        9_000,
        1,
    )


def test_what_is_withheld_comes_back_with_the_payout(world: World, payee: str) -> None:
    turn_on(world, world.shops[0].id)
    details(world, payee)
    earn(payee, 1_000_000)
    payout = approved(world, payee, 1_000_000)
    finished(payout, Said.PAYOUT_FAILED)
    assert balances() == {"escrow": -1_000_000, payee: 1_000_000}
    retry_payout(actor=world.creator(0), now=NOW, payout_id=payout.id)
    again = approve_payout(actor=world.operator, now=NOW, payout_id=payout.id)
    assert (again.round, again.withheld_minor, TaxWithheld.objects.count()) == (2, 9_000, 1)
    finished(again, Said.PAYOUT_PAID)
    assert balance_of("tax_due") == 9_000
    finished(again, Said.PAYOUT_RETURNED)
    assert balances() == {"escrow": -1_000_000, payee: 1_000_000}
    third = approved(world, payee, 1_000_000, NOW.replace(month=5))
    assert third.withheld_minor == 9_000, "a payout that came back is no income of the year"


def test_each_year_and_each_payee_begins_anew(world: World, payee: str) -> None:
    turn_on(world)
    details(world, payee)
    earn(payee, 4_000_000)
    first = approved(world, payee, 2_000_000, datetime(2026, 12, 31, 15, 59, tzinfo=UTC))  # 23:59 in Shanghai
    later = approved(world, payee, 2_000_000, datetime(2026, 12, 31, 16, 0, tzinfo=UTC))
    # 20,000 - 4,000 - 5,000 = 11,000 x 3 % = 330
    assert (first.withheld_minor, later.withheld_minor) == (33_000, 33_000)
    years = TaxWithheld.objects.order_by("at").values_list("year", flat=True)
    assert list(years) == [2026, 2027]


def test_companies_are_paid_in_full_and_strangers_not_at_all(world: World, payee: str) -> None:
    turn_on(world)
    earn(payee, 2_000_000)
    before = digest()
    with pytest.raises(DetailsNeeded):
        request_payout(actor=world.creator(0), now=NOW, payee=payee, amount_minor=10_000, key="payout-0001")
    assert digest() == before
    details(world, payee, "company")
    assert approved(world, payee, 2_000_000).withheld_minor == 0


def test_details_are_their_payees(world: World, payee: str) -> None:
    before = digest()
    with pytest.raises(NotFound):
        details(world, payee, who=world.creator(1))
    with pytest.raises(Invalid):
        details(world, payee, "ghost")
    assert digest() == before
    details(world, payee)
    row = details(world, payee, "company")
    assert (row.kind, PayeeDetails.objects.count()) == ("company", 1)
    assert access_details(world.operator, payee) == access_details(world.creator(0), payee) == row
    with pytest.raises(NotFound):
        access_details(world.creator(1), payee)
    with pytest.raises(NotFound):
        access_details(world.operator, "platform")

"""The quarterly report re-adds to the ledger, and identities leave only after a second factor."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection

from renmai.kit.access import ANONYMOUS, SYSTEM
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, SignInNeeded
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import Move, creator_account, supplier_account
from renmai.money.payments.rules import Said
from renmai.money.payouts.actions import approve_payout, claim_payouts, finish_payout, request_payout
from renmai.money.payouts.withholding import set_details
from renmai.money.statements.quarter import HEADER, list_quarter, quarter_before, quarter_csv, total_of
from renmai.people.accounts.actions import FactorNeeded
from renmai.people.standing.actions import set_term
from tests.money.desk import told
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def move(debit: str, credit: str, minor: int, kind: str, days: int) -> None:
    with connection.cursor() as cursor:
        key = new_id().hex
        write_moves(cursor, [Move(debit, credit, minor, "CNY", kind, new_id(), key, NOW + timedelta(days=days))])


def lived(world: World) -> tuple[str, str]:
    """A creator who is a person and is paid out with tax withheld, and a supplier; around the first quarter of 2026."""
    creator, supplier = creator_account(world.shops[0].id), supplier_account(world.suppliers[0].id)
    set_term(actor=SYSTEM, now=NOW, term="tax_withholding", value=1, reason="law")
    set_details(
        actor=world.creator(0),
        now=NOW,
        payee=creator,
        kind="person",
        legal_name="=Lin",
        tax_number="330106199001011234",
    )
    for account, days, minor in (
        (creator, -90, 500_000),
        (creator, 0, 1_000_000),
        (creator, 1, 700),
        (supplier, 5, 900),
    ):
        move("escrow", account, minor, "settle", days)
    move(creator, "escrow", 300, "claw_back", 2)
    move(supplier, "platform", 100, "bear", 6)
    move("escrow", creator, 77, "settle", 40)  # April: not in the quarter
    payout = request_payout(actor=world.creator(0), now=NOW, payee=creator, amount_minor=1_000_000, key="payout-0001")
    approve_payout(actor=world.operator, now=NOW, payout_id=payout.id)
    claim_payouts(gateways=["sandbox"], now=NOW, limit=9)
    finish_payout(told(Said.PAYOUT_PAID, f"{payout.id.hex}-1", 991_000))
    return creator, supplier


def test_a_quarter_re_adds_to_the_ledger(world: World) -> None:
    creator, supplier = lived(world)
    rows = {row.payee: row for row in list_quarter(world.operator, 2026, 1)}
    assert set(rows) == {creator, supplier}
    lin, kiln = rows[creator], rows[supplier]
    assert (lin.orders, lin.opening_minor, lin.income_minor, lin.given_back_minor) == (2, 500_000, 1_000_700, 300)
    assert (lin.other_minor, lin.paid_out_minor, lin.withheld_minor, lin.closing_minor) == (
        0,
        1_000_000,
        9_000,
        500_400,
    )
    assert (kiln.orders, kiln.income_minor, kiln.other_minor, kiln.closing_minor) == (1, 900, -100, 800)
    assert (lin.kind, lin.legal_name, lin.tax_number) == ("person", "=Lin", "****1234")
    assert (kiln.kind, kiln.legal_name, kiln.tax_number) == ("", "", "")
    assert balance_of(creator) == lin.closing_minor + 77
    (april,) = list_quarter(world.operator, 2026, 2)
    assert (april.opening_minor, april.closing_minor, april.income_minor) == (
        lin.closing_minor,
        balance_of(creator),
        77,
    )
    assert list_quarter(world.operator, 2027, 1) == []
    assert total_of([]).closing_minor == 0
    with pytest.raises(ValueError, match="quarter 0"):
        list_quarter(world.operator, 2026, 0)


def test_the_file_has_its_header_its_total_and_harmless_names(world: World) -> None:
    lived(world)
    raw = b"".join(quarter_csv(world.operator, 2026, 1)).decode("utf-8-sig")
    rows = list(csv.DictReader(StringIO(raw)))
    assert tuple(rows[0]) == HEADER
    assert {row["quarter"] for row in rows} == {"2026Q1"}
    assert [(row["legal_name"], row["tax_number"]) for row in rows if row["kind"]] == [("'=Lin", "330106199001011234")]
    assert rows[-1]["payee"] == "total"
    for column in ("orders", "opening", "income", "given_back", "other", "paid_out", "closing", "withheld"):
        assert sum(Decimal(row[column]) for row in rows[:-1]) == Decimal(rows[-1][column])
    for row in rows:
        opening, income, back, other, paid, closing = (
            Decimal(row[name]) for name in ("opening", "income", "given_back", "other", "paid_out", "closing")
        )
        assert opening + income - back + other - paid == closing


def test_identities_leave_with_a_second_factor_only(world: World) -> None:
    with pytest.raises(FactorNeeded):
        quarter_csv(replace(world.operator, confirmed=False), 2026, 1)
    for who, refusal in ((world.creator(0), Forbidden), (ANONYMOUS, SignInNeeded)):
        with pytest.raises(refusal):
            quarter_csv(who, 2026, 1)
        with pytest.raises(refusal):
            list_quarter(who, 2026, 1)


def test_the_quarter_before() -> None:
    assert [quarter_before(date(2026, month, 1)) for month in (1, 4, 12)] == [(2025, 4), (2026, 1), (2026, 3)]

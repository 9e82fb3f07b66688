"""Statements re-add to the cent and open harmlessly in a spreadsheet."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection

from renmai.kit.access import ANONYMOUS
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.queries import (
    STATEMENT_ROWS_MAX,
    StatementTooLong,
    access_statement,
    balance_of,
    roll_up,
    statement,
    statement_csv,
)
from renmai.money.ledger.rules import Move, creator_account
from tests.trade.world import NOW, World, make_world

DAY = timedelta(days=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def move(account: str, amounts: list[int], kind: str = "settle") -> None:
    with connection.cursor() as cursor:
        write_moves(
            cursor,
            [
                Move("escrow", account, amount, "CNY", kind, new_id(), new_id().hex, NOW + DAY * number)
                for number, amount in enumerate(amounts)
            ],
        )


def test_a_statement_re_adds_whatever_the_period(world: World) -> None:
    account = creator_account(world.shops[0].id)
    amounts = [5000, -880, 1, -9000, 3333, 0, 7]
    move(account, amounts)
    roll_up()
    whole = statement(account, NOW, NOW + DAY * 9)
    assert [entry.amount_minor for entry in whole.entries] == [5000, -880, 1, -9000, 3333, 7]
    assert (whole.opening_minor, whole.closing_minor) == (0, sum(amounts)) == (0, balance_of(account))
    for cut in range(9):
        first, second = statement(account, NOW, NOW + DAY * cut), statement(account, NOW + DAY * cut, NOW + DAY * 9)
        assert first.closing_minor == second.opening_minor
        assert second.closing_minor == whole.closing_minor
        assert first.entries + second.entries == whole.entries
    for entry, running in zip(whole.entries, [5000, 4120, 4121, -4879, -1546, -1539], strict=True):
        assert entry.balance_minor == running


def test_a_statement_as_csv_adds_up_and_runs_nothing(world: World) -> None:
    account = creator_account(world.shops[0].id)
    move(account, [5000, -880], kind="=1+1")
    shown = statement(account, NOW + DAY, NOW + DAY * 3)
    raw = b"".join(statement_csv(shown, "CNY"))
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(StringIO(raw.decode("utf-8-sig"))))
    assert rows[0] == ["time", "entry", "subject", "amount", "balance", "currency"]
    assert rows[1][1:] == ["opening balance", "", "", "50.00", "CNY"]
    assert rows[2][1] == "'=1+1" and rows[2][3:] == ["-8.80", "41.20", "CNY"]
    assert rows[3][1:] == ["closing balance", "", "", "41.20", "CNY"]
    assert Decimal(rows[1][4]) + sum(Decimal(row[3]) for row in rows[2:-1]) == Decimal(rows[-1][4])


def test_a_statement_is_bounded(world: World) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into money_transfer (id, debit, credit, amount_minor, currency, kind, subject_id, key, at)"
            " select gen_random_uuid(), 'escrow', 'platform', 1, 'CNY', 'settle', gen_random_uuid(), 'k' || n, %s"
            " from generate_series(1, %s) n",
            (NOW, STATEMENT_ROWS_MAX + 1),
        )
    with pytest.raises(StatementTooLong):
        statement("platform", NOW, NOW + DAY)
    with connection.cursor() as cursor:
        cursor.execute("delete from money_transfer where key = 'k1'")
    assert statement("platform", NOW, NOW + DAY).closing_minor == STATEMENT_ROWS_MAX


def test_a_statement_is_for_its_owner_and_operators(world: World) -> None:
    account = creator_account(world.shops[0].id)
    end = NOW + DAY
    assert access_statement(world.creator(0), account, NOW, end) == access_statement(world.operator, account, NOW, end)
    assert access_statement(world.operator, "platform", NOW, end).entries == ()
    for who, name, refusal in (
        (ANONYMOUS, account, SignInNeeded),
        (world.creator(1), account, NotFound),
        (world.creator(0), "platform", NotFound),
        (world.creator(0), "escrow", NotFound),
        (world.creator(0), "creator:" + "x" * 36, NotFound),
    ):
        with pytest.raises(refusal):
            access_statement(who, name, NOW, end)

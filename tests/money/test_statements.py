"""Statements re-add to the ledger whatever the history and however time is cut; page, CSV and PDF say the same."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from renmai.kit.access import ANONYMOUS
from renmai.kit.ids import new_id
from renmai.kit.paper import cut, runs, width_of
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.money.ledger.lane import write_moves
from renmai.money.ledger.queries import balance_of, roll_up
from renmai.money.ledger.rules import Move, creator_account, supplier_account
from renmai.money.splits.models import SplitPart
from renmai.money.statements import queries
from renmai.money.statements.files import HEADER, statement_csv
from renmai.money.statements.paper import PDF_LINES_MAX, Heading, PdfTooLong, statement_pdf
from renmai.money.statements.queries import StatementTooLong, access_statement, read_statement
from renmai.money.statements.rules import (
    GROUP_ORDER,
    GROUPS,
    WORDS,
    Estimates,
    Period,
    Statement,
    month_of,
    quarter_of,
    subtotals_of,
)
from renmai.trade.orders.models import Order
from renmai.trade.reports.estimates import list_estimates
from tests.trade.world import NOW, World, make_world
from tests.web.operator_world import deliver, pay, place, settle

DAY = timedelta(days=1)
KINDS = ("settle", "claw_back", "bear", "payout", "payout_back", "payout_returned", "bad_debt", "something_new")
NONE = Estimates()
AMOUNT = re.compile(r"^-?[\d,]+\.\d\d$")


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def move(account: str, amounts: list[int], kind: str = "settle", *, step: timedelta = DAY) -> None:
    with connection.cursor() as cursor:
        write_moves(
            cursor,
            [
                Move("escrow", account, amount, "CNY", kind, new_id(), new_id().hex, NOW + step * number)
                for number, amount in enumerate(amounts)
            ],
        )


def rows_of(shown: Statement, estimates: Estimates = NONE) -> list[dict[str, str]]:
    raw = b"".join(statement_csv(shown.bill, estimates))
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(StringIO(raw.decode("utf-8-sig"))))


def heading(name: str = "lin") -> Heading:
    return Heading(name, "2026-03-01 - 2026-03-31", NOW, "Asia/Shanghai")


def pdf_text(shown: Statement, estimates: Estimates = NONE, words: Any = WORDS) -> list[str]:
    pages = PdfReader(BytesIO(statement_pdf(shown, estimates, heading(), words))).pages
    return [line.strip() for page in pages for line in page.extract_text().splitlines() if line.strip()]


def minor(text: str) -> int:
    return int(Decimal(text.replace(",", "")) * 100)


def amounts_after(lines: list[str], label: str) -> Iterator[int]:
    for at, line in enumerate(lines):
        if line == label:
            yield minor(lines[at + 1])


def re_add(shown: Statement) -> None:
    """The bill, the lines, the CSV file and the PDF of a period add up, and to the same."""
    bill, running = shown.bill, shown.bill.opening_minor
    for line in shown.lines:
        running += line.amount_minor
        assert line.balance_minor == running
    assert running == bill.closing_minor
    kinds: dict[str, int] = {}
    for line in shown.lines:
        group = GROUPS.get(line.kind, "other")
        kinds[group] = kinds.get(group, 0) + line.amount_minor
    assert {each.group: each.amount_minor for each in bill.subtotals} == kinds
    rows = rows_of(shown)
    assert [minor(row["amount"]) for row in rows[1:-1]] == [line.amount_minor for line in shown.lines]
    assert (minor(rows[0]["balance"]), minor(rows[-1]["balance"])) == (bill.opening_minor, bill.closing_minor)
    lines = pdf_text(shown)
    (opening,), (closing,) = amounts_after(lines, "Opening balance"), amounts_after(lines, "Closing balance")
    assert (opening, closing) == (bill.opening_minor, bill.closing_minor)
    headings = [label for label in lines if label.endswith(")") and label.split(" (")[0] in set(WORDS.values())]
    assert opening + sum(next(amounts_after(lines, label)) for label in headings) == closing
    figures = [line for line in lines[lines.index("Balance") + 1 :] if AMOUNT.match(line)] if shown.lines else []
    told = [(line.base_minor, line.amount_minor, line.balance_minor) for line in shown.lines]
    assert [minor(text) for text in figures] == [minor for each in told for minor in each if minor is not None]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "platform"]),
            st.sampled_from(["a", "b", "platform", "escrow"]),
            st.integers(1, 10**9),
            st.sampled_from(KINDS),
            st.integers(0, 30 * 24 * 60),
        ).filter(lambda each: each[0] != each[1]),
        max_size=25,
    ),
    cuts=st.lists(st.integers(0, 30 * 24 * 60), max_size=3),
)
def test_any_history_over_any_partition_of_time_re_adds(
    world: World, moves: list[tuple[str, str, int, str, int]], cuts: list[int]
) -> None:
    names = {"a": supplier_account(world.suppliers[0].id), "b": creator_account(world.shops[0].id)}
    with transaction.atomic():
        with connection.cursor() as cursor:
            write_moves(
                cursor,
                [
                    Move(
                        names.get(debit, debit), names.get(credit, credit), amount, "CNY", kind, new_id(), new_id().hex,
                        NOW + timedelta(minutes=minute),
                    )
                    for debit, credit, amount, kind, minute in moves
                ],
            )  # fmt: skip
        edges = [NOW, *(NOW + timedelta(minutes=each) for each in sorted(cuts)), NOW + timedelta(days=31)]
        for account in (*names.values(), "platform"):
            balance = 0
            for start, end in pairwise(edges):
                shown = read_statement(account, start, end)
                assert shown.bill.opening_minor == balance
                re_add(shown)
                balance = shown.bill.closing_minor
            assert balance == balance_of(account)
        transaction.set_rollback(True)


def test_a_statement_re_adds_whatever_the_period(world: World) -> None:
    account = creator_account(world.shops[0].id)
    amounts = [5000, -880, 1, -9000, 3333, 0, 7]
    move(account, amounts)
    roll_up()
    whole = read_statement(account, NOW, NOW + DAY * 9)
    assert [line.amount_minor for line in whole.lines] == [5000, -880, 1, -9000, 3333, 7]
    assert (whole.bill.opening_minor, whole.bill.closing_minor) == (0, sum(amounts)) == (0, balance_of(account))
    assert [line.balance_minor for line in whole.lines] == [5000, 4120, 4121, -4879, -1546, -1539]
    last = read_statement(account, NOW, NOW + DAY * 9, newest=2)
    assert (last.lines, last.hidden, last.bill) == (whole.lines[-2:], 4, whole.bill)


def test_a_sale_is_explained_to_each_payee_and_to_nobody_else(world: World) -> None:
    """Mug (margin, 60.00, supply 25.00) and tea (commission 20 % of 88.00), settled and one refunded before."""
    receipt = place(world, "statement-01", NOW, mug=1, tea=1)
    pay(receipt, receipt.total_minor, NOW)
    creator, supplier = creator_account(world.shops[0].id), supplier_account(world.suppliers[1].id)
    far = NOW + DAY * 90
    estimates = list_estimates(world.creator(0), creator, before=far)
    assert [(row.rule, row.base_minor, row.rate_bps, row.amount_minor) for row in estimates.rows] == [
        ("creator", 3200, None, 3200),
        ("creator", 8800, 2000, 1760),
    ]
    assert (estimates.total_minor, estimates.count) == (4960, 2)
    assert read_statement(creator, NOW, far).lines == ()
    deliver(world, receipt_order(receipt), NOW + DAY)
    settle(NOW + DAY * 40)
    shown = read_statement(creator, NOW, far)
    assert [(line.kind, line.rule, line.base_minor, line.rate_bps, line.amount_minor) for line in shown.lines] == [
        ("settle", "creator", 3200, None, 3200),
        ("settle", "creator", 8800, 2000, 1760),
    ]
    re_add(shown)
    assert rows_of(shown)[2] == {
        "time": shown.lines[1].at.isoformat(), "entry": "settle", "number": shown.lines[1].number, "part": "creator",
        "base": "88.00", "rate_percent": "20.00", "amount": "17.60", "withheld": "", "estimated": "",
        "balance": "49.60", "currency": "CNY", "subject": str(shown.lines[1].subject_id),
    }  # fmt: skip
    for account in (creator, supplier, "platform"):
        own = SplitPart.objects.filter(payee=account)
        for line in read_statement(account, NOW, far).lines:
            assert own.filter(rule=line.rule, base_minor=line.base_minor, amount_minor=line.amount_minor).exists()
    assert list_estimates(world.creator(0), creator, before=far) == Estimates()


def receipt_order(receipt: Any) -> Order:
    return Order.objects.get(checkout_id=receipt.checkout_id)


def test_a_file_runs_nothing_and_has_a_stable_header(world: World) -> None:
    account = creator_account(world.shops[0].id)
    move(account, [5000, -880], kind="=1+1")
    shown = read_statement(account, NOW + DAY, NOW + DAY * 3)
    rows = rows_of(shown)
    assert tuple(rows[0]) == HEADER
    assert [row["entry"] for row in rows] == ["opening", "'=1+1", "closing"]
    assert minor(rows[0]["balance"]) + sum(minor(row["amount"]) for row in rows[1:-1]) == minor(rows[-1]["balance"])


def test_pages_and_papers_are_bounded_and_files_are_not(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "LINES_MAX", 5)
    monkeypatch.setattr(queries, "STREAMED_AT_ONCE", 2)
    account = creator_account(world.shops[0].id)
    move(account, [100] * 6)
    with pytest.raises(StatementTooLong):
        read_statement(account, NOW, NOW + DAY * 9)
    shown = read_statement(account, NOW, NOW + DAY * 9, newest=1)
    assert [row["balance"] for row in rows_of(shown)] == [
        "0.00",
        "1.00",
        "2.00",
        "3.00",
        "4.00",
        "5.00",
        "6.00",
        "6.00",
    ]
    move(account, [1] * PDF_LINES_MAX, step=timedelta(seconds=1))
    with pytest.raises(PdfTooLong):
        statement_pdf(read_statement(account, NOW, NOW + DAY * 9, newest=1), Estimates(), heading(), WORDS)


def test_a_statement_is_for_its_owner_and_operators(world: World) -> None:
    account = creator_account(world.shops[0].id)
    end = NOW + DAY
    assert access_statement(world.creator(0), account, NOW, end) == access_statement(world.operator, account, NOW, end)
    assert access_statement(world.operator, "platform", NOW, end).lines == ()
    for who, name, refusal in (
        (ANONYMOUS, account, SignInNeeded),
        (world.creator(1), account, NotFound),
        (world.creator(0), "platform", NotFound),
        (world.creator(0), "escrow", NotFound),
        (world.creator(0), "creator:" + "x" * 36, NotFound),
        (world.operator, account.upper(), NotFound),
    ):
        with pytest.raises(refusal):
            access_statement(who, name, NOW, end)
        with pytest.raises(refusal):
            list_estimates(who, name, before=end)


def test_chinese_is_written_in_a_chinese_font_and_read_back(world: World) -> None:
    account = creator_account(world.shops[0].id)
    move(account, [12_345_678, -880])
    words = {**WORDS, "statement": "对账单", "opening": "期初余额", "closing": "期末余额", "settle": "订单已结算"}
    lines = pdf_text(read_statement(account, NOW, NOW + DAY * 3), words=words)
    assert {"对账单", "期初余额", "期末余额", "订单已结算"} <= set(lines)
    assert list(amounts_after(lines, "期末余额")) == [12_344_798]
    assert list(runs("余额 ¥1.00 元", bold=True)) == [
        ("STSong-Light", "余额"),
        ("Helvetica-Bold", " ¥1.00 "),
        ("STSong-Light", "元"),
    ]
    long = cut("很长很长的名字" * 20, 9, 200)
    assert long.endswith("...") and width_of(long, 9) <= 200


def test_periods_are_months_and_quarters_of_the_house() -> None:
    assert month_of(date(2028, 2, 29)) == Period(date(2028, 2, 1), date(2028, 2, 29))
    assert month_of(date(2026, 12, 5)).last == date(2026, 12, 31)
    assert quarter_of(2026, 4) == Period(date(2026, 10, 1), date(2026, 12, 31))
    start, end = month_of(date(2026, 3, 9)).bounds("Asia/Shanghai")
    assert (start.astimezone(UTC), end.astimezone(UTC)) == (
        datetime(2026, 2, 28, 16, tzinfo=UTC),
        datetime(2026, 3, 31, 16, tzinfo=UTC),
    )
    with pytest.raises(ValueError, match="quarter 5"):
        quarter_of(2026, 5)


def test_every_heading_has_its_words() -> None:
    assert set(GROUPS.values()) < set(GROUP_ORDER) <= set(WORDS)
    assert set(GROUPS) <= set(WORDS)
    assert [each.group for each in subtotals_of([("x", 1, 1), ("settle", 2, 1), ("y", -1, 2)])] == ["earned", "other"]

"""A statement as a CSV file: a stable header, amounts in major units, estimated parts in a column of their own."""

from __future__ import annotations

from collections.abc import Iterator

from renmai.kit.csvfile import write_csv
from renmai.kit.money import to_decimal
from renmai.money.statements.queries import stream_lines
from renmai.money.statements.rules import Bill, Estimates, Line

HEADER = (
    "time", "entry", "number", "part", "base", "rate_percent", "amount", "withheld", "estimated", "balance", "currency",
    "subject",
)  # fmt: skip
Row = tuple[object, ...]


def statement_csv(bill: Bill, estimates: Estimates) -> Iterator[bytes]:
    """Yield a statement as CSV, line by line out of the ledger: opening balance, every movement, closing balance, and
    then what is only estimated. Opening + the column `amount` = closing."""
    return write_csv(_rows(bill, estimates))


def _rows(bill: Bill, estimates: Estimates) -> Iterator[Row]:
    yield HEADER
    balance = bill.opening_minor
    yield _balance_row(bill, "opening", bill.start.isoformat(), balance)
    for line in stream_lines(bill):
        balance = line.balance_minor
        yield _line_row(line)
    yield _balance_row(bill, "closing", bill.end.isoformat(), balance)
    for each in estimates.rows:
        when = each.settle_at.isoformat() if each.settle_at else ""
        base, rate = to_decimal(each.base_minor, bill.currency), _percent(each.rate_bps)
        amount = to_decimal(each.amount_minor, bill.currency)
        yield (
            when,
            "estimated",
            each.number,
            each.rule,
            base,
            rate,
            "",
            "",
            amount,
            "",
            bill.currency,
            each.subject_id,
        )


def _balance_row(bill: Bill, entry: str, at: str, balance_minor: int) -> Row:
    balance = to_decimal(balance_minor, bill.currency)
    return (at, entry, "", "", "", "", "", "", "", balance, bill.currency, "")


def _line_row(line: Line) -> Row:
    return (
        line.at.isoformat(),
        line.kind,
        line.number,
        line.rule,
        "" if line.base_minor is None else to_decimal(line.base_minor, line.currency),
        _percent(line.rate_bps),
        to_decimal(line.amount_minor, line.currency),
        to_decimal(line.withheld_minor, line.currency) if line.withheld_minor else "",
        "",
        to_decimal(line.balance_minor, line.currency),
        line.currency,
        line.subject_id,
    )


def _percent(rate_bps: int | None) -> str:
    return "" if rate_bps is None else f"{rate_bps // 100}.{rate_bps % 100:02d}"

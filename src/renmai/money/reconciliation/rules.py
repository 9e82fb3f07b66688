"""What a provider's file is held against, and what counts as a difference. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from renmai.kit.money import AMOUNT_MINOR_MAX
from renmai.kit.problems import DomainError
from renmai.money.gateways.rules import RowKind, SettlementRow

REF_CHARS_MAX = 80
ROWS_MAX = 1_000_000

DIFFERENCE_STATES: dict[tuple[str, str], str] = {
    ("open", "explain"): "explained",
    ("open", "resolve"): "resolved",
    ("explained", "resolve"): "resolved",
}

Mark = tuple[str, str]


class FileRefused(DomainError):
    """A settlement file that cannot be right; nothing of it was taken in."""

    code = "settlement_file.refused"
    status = 422
    message = "Row {row} of this file cannot be right: {why}. Nothing of it was taken in."


class FileEmpty(DomainError):
    """A settlement file without rows, and without a day it would stand for."""

    code = "settlement_file.empty"
    status = 422
    message = "This file has no rows."


class DifferenceClosed(DomainError):
    """The difference was explained, or resolved itself."""

    code = "difference.closed"
    status = 409
    message = "This difference is {state} already."


class NoteMissing(DomainError):
    """A difference is closed only with a note that says what it was."""

    code = "difference.note_missing"
    status = 422
    message = "Please say what this difference was."


@dataclass(frozen=True, slots=True)
class Ours:
    """What our books say moved at the provider: as a row of its file would say it."""

    kind: str
    ref: str
    amount_minor: int
    currency: str
    at: datetime

    @property
    def mark(self) -> Mark:
        """Return what a row of the provider names it by."""
        return self.kind, self.ref


@dataclass(frozen=True, slots=True)
class Found:
    """A difference: `missing_here`, `missing_there`, `amount`, `currency` or `twice`. Amounts in minor units, or None."""

    kind: str
    row_kind: str
    ref: str
    ours_minor: int | None
    theirs_minor: int | None
    currency: str


def check_rows(rows: Sequence[SettlementRow]) -> None:
    """Refuse a file with a row that cannot be right. Errors: FileRefused (the first such row, counted from 1)."""
    for number, row in enumerate(rows, 1):
        why = row_fault(row)
        if why:
            raise FileRefused(row=number, why=why)
    if len(rows) > ROWS_MAX:
        raise FileRefused(row=ROWS_MAX + 1, why="the file is longer than any day")


def row_fault(row: SettlementRow) -> str:
    """Return what is wrong with a row, or ""."""
    if not 1 <= len(row.provider_ref) <= REF_CHARS_MAX or not row.provider_ref.isprintable():
        return "its reference cannot be one"
    if max(abs(row.amount_minor), abs(row.fee_minor)) > AMOUNT_MINOR_MAX:
        return "its amount is beyond all limits"
    if len(row.currency) != 3 or not (row.currency.isascii() and row.currency.isupper()):
        return "its currency is none"
    return "" if row.at.tzinfo is not None else "its time has no zone"


def fee_of(row: SettlementRow) -> int:
    """Return what the provider kept by a row: its fee, and the whole of a row that is nothing but a fee."""
    return row.fee_minor - (row.amount_minor if row.kind is RowKind.FEE else 0)


def days_of(rows: Sequence[SettlementRow], day: date | None, zone: str) -> tuple[date, date]:
    """Return the first and the last day a file is about, in `zone`. Errors: FileEmpty."""
    days = [row.at.astimezone(ZoneInfo(zone)).date() for row in rows] + ([day] if day else [])
    if not days:
        raise FileEmpty()
    return min(days), max(days)


def bounds_of(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Return the first moment of the first day and the first moment after the last, in `zone`."""
    tz = ZoneInfo(zone)
    return datetime.combine(first, time(), tz), datetime.combine(last + timedelta(days=1), time(), tz)


def compare(
    rows: Sequence[SettlementRow],
    ours: Mapping[Mark, Ours],
    *,
    expected: Iterable[Ours],
    listed: Mapping[Mark, datetime],
) -> list[Found]:
    """Return where a file and our books disagree, in the order of the file, then what it lacks.

    `ours` are our own figures by what the file names; `expected` those of the file's days; `listed` what earlier files
    named, with its time there: the same line again is no difference, another one of the same name is `twice`.
    Rows that are only a fee have nothing to be compared with.
    """
    found: list[Found] = []
    seen: dict[Mark, datetime] = dict(listed)
    for row in rows:
        mark = (row.kind.value, row.provider_ref)
        if row.kind is RowKind.FEE or seen.get(mark) == row.at:
            continue
        if mark in seen:
            found.append(Found("twice", *mark, _amount(ours.get(mark)), row.amount_minor, row.currency))
            continue
        seen[mark] = row.at
        fault = _differs(row, ours.get(mark))
        if fault:
            found.append(Found(fault, *mark, _amount(ours.get(mark)), row.amount_minor, row.currency))
    lacking = [own for own in expected if own.mark not in seen]
    return found + [Found("missing_there", *own.mark, own.amount_minor, None, own.currency) for own in lacking]


def _differs(row: SettlementRow, own: Ours | None) -> str:
    if own is None:
        return "missing_here"
    if own.currency != row.currency:
        return "currency"
    return "" if own.amount_minor == row.amount_minor else "amount"


def _amount(own: Ours | None) -> int | None:
    return None if own is None else own.amount_minor

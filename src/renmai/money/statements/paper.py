"""A statement on paper: the bill, every movement, and what is only estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

from renmai.kit.money import digits_of, to_decimal
from renmai.kit.paper import INK, LEFT, RED, RIGHT, RULE, SOFT, Paper, cut
from renmai.kit.problems import DomainError
from renmai.money.statements.rules import Estimates, Line, Statement

PDF_LINES_MAX = 2_000
# Right edges of numbers and left edges of words, of the table of movements.
TIME, ENTRY, NUMBER, BASE, RATE, AMOUNT, BALANCE = (
    LEFT,
    LEFT + 84,
    LEFT + 212,
    LEFT + 343,
    LEFT + 383,
    LEFT + 441,
    RIGHT,
)


class PdfTooLong(DomainError):
    """More entries than a PDF holds."""

    code = "statement.pdf_too_long"
    status = 422
    message = "A PDF holds at most {rows_max} entries. Please choose a shorter period, or take the CSV file."


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above a statement: whose it is, of when, made when, by which installation. Times in `zone`."""

    name: str
    period: str
    made_at: datetime
    zone: str
    house: str = "Renmai"


def statement_pdf(shown: Statement, estimates: Estimates, heading: Heading, words: Mapping[str, str]) -> bytes:
    """Return a statement as PDF. `words` are the words of `rules.WORDS` in the reader's language.

    Errors: PdfTooLong for more than 2,000 entries.
    """
    if shown.bill.entries > PDF_LINES_MAX:
        raise PdfTooLong(rows_max=PDF_LINES_MAX)
    file = BytesIO()
    paper = _Statement(file, heading, words, shown.bill.currency)
    paper.head(shown)
    paper.bill(shown)
    paper.movements(shown.lines)
    paper.estimates(estimates)
    paper.done()
    return file.getvalue()


class _Statement(Paper):
    """A statement being drawn; the head of its table stands on each page."""

    def __init__(self, file: BytesIO, heading: Heading, words: Mapping[str, str], currency: str) -> None:
        self.heading, self.words, self.currency = heading, words, currency
        made = f"{words['made_at']} {self._time(heading.made_at)}"
        super().__init__(
            file,
            title=f"{words['statement']} {heading.period}",
            author=heading.house,
            foot=f"{heading.name} · {heading.period} · {made}",
        )

    def _time(self, at: datetime) -> str:
        return at.astimezone(ZoneInfo(self.heading.zone)).strftime("%Y-%m-%d %H:%M")

    def money(self, minor: int) -> str:
        """Return an amount in major units with thousands marked; the currency stands at the top."""
        return f"{to_decimal(minor, self.currency):,.{digits_of(self.currency)}f}"

    def head(self, shown: Statement) -> None:
        """Write whose statement this is."""
        self.text(LEFT, self.heading.house, 11, bold=True, colour=RED)
        self.down(30)
        self.text(LEFT, self.words["statement"], 20, bold=True)
        self.down(26)
        account = shown.bill.account
        pairs = (("payee", self.heading.name), ("", account if account != self.heading.name else ""))
        for word, value in (
            *pairs,
            ("period", f"{self.heading.period} ({self.heading.zone})"),
            ("amount", self.currency),
        ):
            if value:
                self.text(LEFT, self.words.get(word, ""), 9, colour=SOFT)
                self.text(LEFT + 84, cut(value, 9, RIGHT - LEFT - 84))
                self.down(15)
        self.down(10)

    def bill(self, shown: Statement) -> None:
        """Write the bill: opening, subtotals, closing."""
        bill = shown.bill
        self._sum(self.words["opening"], bill.opening_minor)
        for each in bill.subtotals:
            self._sum(f"{self.words[each.group]} ({each.entries})", each.amount_minor)
            if each.group == "paid_out" and bill.withheld_minor:
                self.text(LEFT + 12, self.words["of_it_withheld"], 8, colour=SOFT)
                self.text(RIGHT, f"({self.money(bill.withheld_minor)})", 8, right=True, colour=SOFT)
                self.down()
        self._sum(self.words["closing"], bill.closing_minor, bold=True)
        self.down(14)

    def _sum(self, label: str, minor: int, *, bold: bool = False) -> None:
        self.text(LEFT, label, 10, bold=bold)
        self.text(RIGHT, self.money(minor), 10, bold=bold, right=True)
        self.line(INK if bold else RULE, 1 if bold else 0.5)
        self.down(20)

    def movements(self, lines: Sequence[Line]) -> None:
        """Write every movement; the head of the table stands on each page."""
        if not lines:
            self.text(LEFT, self.words["nothing"], 9, colour=SOFT)
            self.down(24)
            return
        self._table_head()
        for line in lines:
            self._movement(line)
            if self.down():
                self._table_head()
        self.down(14)

    def _table_head(self) -> None:
        for x, word in ((TIME, "time"), (ENTRY, "entry"), (NUMBER, "number")):
            self.text(x, self.words[word], 8, colour=SOFT)
        for x, word in ((BASE, "base"), (RATE, "rate"), (AMOUNT, "amount"), (BALANCE, "balance")):
            self.text(x, self.words[word], 8, right=True, colour=SOFT)
        self.line(INK)
        self.down(18)

    def _movement(self, line: Line) -> None:
        label = self.words.get(line.kind, line.kind)
        if line.rule:
            label = f"{label} · {self.words.get(line.rule, line.rule)}"
        self.text(TIME, self._time(line.at), 8)
        self.text(ENTRY, cut(label, 8, NUMBER - ENTRY - 6), 8)
        self._explained(line.number, line.base_minor, line.rate_bps)
        self.text(AMOUNT, self.money(line.amount_minor), 8, right=True)
        self.text(BALANCE, self.money(line.balance_minor), 8, right=True)

    def _explained(self, number: str, base_minor: int | None, rate_bps: int | None) -> None:
        self.text(NUMBER, number, 8)
        if base_minor is not None:
            self.text(BASE, self.money(base_minor), 8, right=True, colour=SOFT)
        if rate_bps is not None:
            self.text(RATE, f"{rate_bps / 100:g}%", 8, right=True, colour=SOFT)

    def estimates(self, estimates: Estimates) -> None:
        """Write what is not settled yet, apart from the balance."""
        if not estimates.count:
            return
        self.down(4)
        self.text(LEFT, f"{self.words['estimated']} ({estimates.count})", 12, bold=True)
        self.text(RIGHT, self.money(estimates.total_minor), 12, bold=True, right=True)
        self.down(15)
        self.text(LEFT, self.words["estimated_why"], 8, colour=SOFT)
        self.down(20)
        for each in estimates.rows:
            when = self._time(each.settle_at)[:10] if each.settle_at else self.words["after_receipt"]
            self.text(TIME, when, 8, colour=SOFT)
            self.text(ENTRY, cut(self.words.get(each.rule, each.rule), 8, NUMBER - ENTRY - 6), 8)
            self._explained(each.number, each.base_minor, each.rate_bps)
            self.text(AMOUNT, self.money(each.amount_minor), 8, right=True)
            self.down()
        if estimates.count > len(estimates.rows):
            self.text(LEFT, self.words["estimated_more"], 8, colour=SOFT)
            self.down()

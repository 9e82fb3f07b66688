"""A statement on paper: A4 pages with the bill, every movement, and what is only estimated. Text, not pictures of text.

Latin text is in Helvetica, which every reader of PDF has; Chinese is in STSong-Light, which readers bring for Adobe's
collection GB1 or replace by a font of the machine. So a file is small and holds nobody's font.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

from renmai.kit.money import digits_of, to_decimal
from renmai.kit.problems import DomainError
from renmai.money.statements.rules import Estimates, Line, Statement

PDF_LINES_MAX = 2_000
LATIN, BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"
INK, SOFT, RULE, RED = HexColor("#1f1b16"), HexColor("#6b6259"), HexColor("#d9d0c3"), HexColor("#b3392b")
WIDTH, HEIGHT = A4
LEFT, RIGHT, TOP, BOTTOM = 48.0, WIDTH - 48.0, HEIGHT - 54.0, 60.0
ROW = 16.0
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

registerFont(UnicodeCIDFont(CHINESE))


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
    paper = _Paper(file, heading, words, shown.bill.currency)
    paper.head(shown)
    paper.bill(shown)
    paper.movements(shown.lines)
    paper.estimates(estimates)
    paper.done()
    return file.getvalue()


def runs(text: str, bold: bool) -> Iterator[tuple[str, str]]:
    """Yield (font, piece) of a text: what Helvetica can write in Helvetica, the rest in the Chinese font."""
    latin = BOLD if bold else LATIN
    for is_latin, letters in groupby(text, key=_is_latin):
        yield (latin if is_latin else CHINESE), "".join(letters)


def _is_latin(letter: str) -> bool:
    return letter.encode("cp1252", "ignore") != b""


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a text is in points."""
    return sum(float(stringWidth(piece, font, size)) for font, piece in runs(text, bold))


def cut(text: str, size: float, room: float) -> str:
    """Return `text`, shortened with dots where it is wider than `room`."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "...", size) > room:
        text = text[:-1]
    return text + "..."


class _Paper:
    """Draws downwards from the top; a new page begins where the old one is full. Numbers of pages come last."""

    def __init__(self, file: BytesIO, heading: Heading, words: Mapping[str, str], currency: str) -> None:
        self.canvas: Any = Canvas(file, pagesize=A4, pageCompression=1, invariant=1)
        self.heading, self.words, self.currency = heading, words, currency
        self.canvas.setTitle(f"{words['statement']} {heading.period}")
        self.canvas.setAuthor(heading.house)
        self.y, self.page = TOP, 1

    def text(
        self, x: float, text: str, size: float = 9, *, bold: bool = False, right: bool = False, colour: Any = INK
    ) -> None:
        """Write one line at the present height; `right`: `x` is where it ends."""
        self.canvas.setFillColor(colour)
        x = x - width_of(text, size, bold) if right else x
        for font, piece in runs(text, bold):
            self.canvas.setFont(font, size)
            self.canvas.drawString(x, self.y, piece)
            x += float(stringWidth(piece, font, size))

    def line(self, colour: Any = RULE, width: float = 0.5) -> None:
        """Draw a line across, a little below the present height."""
        self.canvas.setStrokeColor(colour)
        self.canvas.setLineWidth(width)
        self.canvas.line(LEFT, self.y - 5, RIGHT, self.y - 5)

    def down(self, by: float = ROW) -> bool:
        """Go down; begin a page where this one is full, and say so."""
        self.y -= by
        if self.y >= BOTTOM:
            return False
        self._foot()
        self.canvas.showPage()
        self.y, self.page = TOP, self.page + 1
        return True

    def _foot(self) -> None:
        self.y = BOTTOM - 26
        self.line()
        self.y -= 18
        made = f"{self.words['made_at']} {self._time(self.heading.made_at)}"
        whose = f"{self.heading.name} · {self.heading.period} · {made}"
        self.text(LEFT, cut(whose, 8, RIGHT - LEFT - 30), 8, colour=SOFT)
        self.text(RIGHT, str(self.page), 8, right=True, colour=SOFT)

    def done(self) -> None:
        """Finish the last page."""
        self._foot()
        self.canvas.save()

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

"""Pick list, packing slips and plain labels as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from renmai.kit.ids import short_number
from renmai.kit.paper import INK, LEFT, RED, RIGHT, ROW, SOFT, Paper, cut, runs, width_of, wrapped
from renmai.trade.dispatch.rules import Pack, Packed, pick_rows

LABEL_SIZE = (100 * mm, 150 * mm)
# Words a paper needs; a door passes them in the reader's language.
WORDS = {
    "pick_list": "Pick list",
    "slip": "Packing slip",
    "parcels": "Parcels",
    "pieces": "Pieces",
    "code": "Code",
    "goods": "Goods",
    "quantity": "Quantity",
    "order": "Order",
    "parcel": "Parcel",
    "hand_over_by": "Hand over by",
    "to": "To",
    "from": "From",
    "bought_from": "Recommended by",
    "thanks": "If something is wrong, open a case from your order: who recommended it answers first.",
    "made_at": "Made",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What stands on every paper: the supplier's name, when it was made, the zone of times, the words and their language."""

    supplier: str
    made_at: datetime
    zone: str
    words: Mapping[str, str]
    chinese: bool = False

    def time(self, at: datetime | None) -> str:
        """Return a time in the zone, to the minute; "-" for none."""
        return at.astimezone(ZoneInfo(self.zone)).strftime("%Y-%m-%d %H:%M") if at else "-"

    def spoken(self, english: str, chinese: str) -> str:
        """Return the text in the language of the words."""
        return chinese if self.chinese and chinese else english


def pick_list_pdf(packs: Sequence[Pack], sheet: Sheet) -> bytes:
    """Return what comes off the shelf for these parcels together, one row a variant with a box to tick."""
    file = BytesIO()
    paper = _paper(file, sheet, sheet.words["pick_list"])
    rows = pick_rows(packs)
    _title(paper, sheet, sheet.words["pick_list"])
    pieces = sum(row.quantity for row in rows)
    counts = f"{sheet.words['parcels']}: {len(packs)}   {sheet.words['pieces']}: {pieces}"
    paper.text(LEFT, counts, 10, colour=SOFT)
    paper.down(26)
    _pick_head(paper, sheet)
    for row in rows:
        names = _names(row.line, sheet, RIGHT - LEFT - 250)
        paper.box(LEFT)
        paper.text(LEFT + 18, cut(row.line.code or "-", 9, 130), bold=True)
        paper.text(RIGHT - 56, str(row.quantity), 11, bold=True, right=True)
        paper.text(RIGHT, str(row.parcels), 9, right=True, colour=SOFT)
        for name in names:
            paper.text(LEFT + 154, name)
            if paper.down(13):
                _pick_head(paper, sheet)
        paper.y += 8
        paper.line()
        if paper.down(20):
            _pick_head(paper, sheet)
    paper.done()
    return file.getvalue()


def _pick_head(paper: Paper, sheet: Sheet) -> None:
    paper.text(LEFT + 18, sheet.words["code"], 8, colour=SOFT)
    paper.text(LEFT + 154, sheet.words["goods"], 8, colour=SOFT)
    paper.text(RIGHT - 56, sheet.words["quantity"], 8, right=True, colour=SOFT)
    paper.text(RIGHT, sheet.words["parcels"], 8, right=True, colour=SOFT)
    paper.line(INK)
    paper.down(20)


def packing_slips_pdf(packs: Sequence[Pack], sheet: Sheet) -> bytes:
    """Return a page a parcel: where it goes, what is in it, whom it was bought from. No price: it may be a gift."""
    file = BytesIO()
    paper = _paper(file, sheet, sheet.words["slip"])
    for number, pack in enumerate(packs):
        if number:
            paper.turn()
        _slip(paper, pack, sheet)
    paper.done()
    return file.getvalue()


def _slip(paper: Paper, pack: Pack, sheet: Sheet) -> None:
    _title(paper, sheet, sheet.words["slip"])
    top = paper.y
    for part in _address_lines(pack.address):
        paper.text(LEFT, cut(part, 11, 250), 11)
        paper.down(17)
    under = paper.y
    paper.y = top
    for label, value in (
        (sheet.words["order"], short_number(pack.order_id)),
        (sheet.words["parcel"], short_number(pack.parcel_id)),
        (sheet.words["hand_over_by"], sheet.time(pack.hand_over_by)),
        (sheet.words["bought_from"], sheet.spoken(pack.shop_name, pack.shop_name_zh)),
    ):
        paper.text(LEFT + 290, label, 9, colour=SOFT)
        paper.text(RIGHT, cut(value, 9, 120), 9, right=True)
        paper.down(15)
    paper.y = min(under, paper.y) - 40
    paper.barcode(LEFT, pack.parcel_id.hex)
    paper.down(34)
    for line in pack.lines:
        _slip_line(paper, line, sheet)
    paper.down(12)
    paper.text(LEFT, sheet.words["thanks"], 8, colour=SOFT)


def _slip_line(paper: Paper, line: Packed, sheet: Sheet) -> None:
    paper.box(LEFT)
    paper.text(RIGHT, f"x {line.quantity}", 11, bold=True, right=True)
    for name in _names(line, sheet, RIGHT - LEFT - 90):
        paper.text(LEFT + 18, name, 10)
        paper.down(14)
    paper.text(LEFT + 18, line.code, 8, colour=SOFT)
    paper.line()
    paper.down(22)


def _names(line: Packed, sheet: Sheet, room: float) -> list[str]:
    return wrapped(sheet.spoken(line.title, line.title_zh), 9, room)[:3]


def _title(paper: Paper, sheet: Sheet, title: str) -> None:
    paper.text(LEFT, cut(sheet.supplier, 11, RIGHT - LEFT), 11, bold=True, colour=RED)
    paper.down(28)
    paper.text(LEFT, title, 20, bold=True)
    paper.down(28)


def _paper(file: BytesIO, sheet: Sheet, title: str) -> Paper:
    foot = f"{sheet.supplier} · {sheet.words['made_at']} {sheet.time(sheet.made_at)}"
    return Paper(file, title=title, author=sheet.supplier, foot=foot)


def _address_lines(address: Mapping[str, str]) -> list[str]:
    """Return an address as it is written on paper, empty parts left out."""
    place = " ".join(part for part in (address.get("region"), address.get("city")) if part)
    end = " ".join(part for part in (address.get("postcode"), address.get("country")) if part)
    lines = (address.get("recipient"), address.get("phone"), place, address.get("street"), end)
    return [line for line in lines if line]


def label_pdf(
    parcel_id: UUID, order_id: UUID, sender: Mapping[str, str], receiver: Mapping[str, str], name: str
) -> bytes:
    """Return a plain label of 100 x 150 mm: from, to, and the parcel's number as Code 128. It carries no carrier's number.

    `name` is the supplier's; `sender` its return address (may be empty).
    """
    file = BytesIO()
    canvas: Any = Canvas(file, pagesize=LABEL_SIZE, pageCompression=1, invariant=1)
    canvas.setTitle(short_number(parcel_id))
    width, height = LABEL_SIZE
    y = _block(canvas, 18, height - 26, ["From / 寄件", name, *_address_lines(sender)], 8, width - 36)
    canvas.setStrokeColor(INK)
    canvas.line(12, y - 4, width - 12, y - 4)
    _block(canvas, 18, y - 26, ["To / 收件", *_address_lines(receiver)], 13, width - 36)
    Code128(parcel_id.hex, barHeight=44, barWidth=0.62, humanReadable=False, quiet=False).drawOn(canvas, 18, 44)
    _block(canvas, 18, 26, [f"{short_number(order_id)} · {parcel_id.hex}"], 8, width - 36)
    canvas.save()
    return file.getvalue()


def _block(canvas: Any, x: float, y: float, lines: Sequence[str], size: float, room: float) -> float:
    """Write lines from `y` down, broken where they are too wide; return where the next would stand."""
    for number, text in enumerate(lines):
        canvas.setFillColor(SOFT if number == 0 and len(lines) > 1 else INK)
        at = 8.0 if number == 0 and len(lines) > 1 else size
        for piece in wrapped(text, at, room)[:3]:
            left = x
            for font, part in runs(piece, bold=False):
                canvas.setFont(font, at)
                canvas.drawString(left, y, part)
                left += width_of(part, at)
            y -= max(size * 1.45, ROW * 0.7)
    return y

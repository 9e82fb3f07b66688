"""Paper: A4 pages drawn from the top downwards, as PDF. Text, not pictures of text; no font is embedded.

Latin text is in Helvetica, which every reader of PDF has; Chinese is in STSong-Light, which readers bring for Adobe's
collection GB1 or replace by a font of the machine. So a file is small and holds nobody's font.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from itertools import groupby
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfgen.canvas import Canvas

LATIN, BOLD, CHINESE = "Helvetica", "Helvetica-Bold", "STSong-Light"
INK, SOFT, RULE, RED = HexColor("#1f1b16"), HexColor("#6b6259"), HexColor("#d9d0c3"), HexColor("#b3392b")
WIDTH, HEIGHT = A4
MARGIN = 48.0
LEFT, RIGHT, TOP, BOTTOM = MARGIN, WIDTH - MARGIN, HEIGHT - 54.0, 60.0
ROW = 16.0

registerFont(UnicodeCIDFont(CHINESE))


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


def wrapped(text: str, size: float, room: float) -> list[str]:
    """Return `text` in lines no wider than `room`: broken at spaces, or between letters where there are none."""
    lines = [""]
    for word in _words(text):
        if lines[-1].strip() and width_of(lines[-1] + word.rstrip(), size) > room:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += word
    return [cut(line.strip(), size, room) for line in lines]


def _words(text: str) -> Iterator[str]:
    word = ""
    for letter in " ".join(text.split()):
        if not _is_latin(letter):
            yield from (piece for piece in (word, letter) if piece)
            word = ""
            continue
        word += letter
        if letter == " ":
            yield word
            word = ""
    if word:
        yield word


class Paper:
    """Draws downwards from the top; a new page begins where the old one is full. `foot` stands below each page."""

    def __init__(self, file: BytesIO, *, title: str, author: str, foot: str) -> None:
        self.canvas: Any = Canvas(file, pagesize=A4, pageCompression=1, invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor(author)
        self.foot = foot
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

    def box(self, x: float, size: float = 9) -> None:
        """Draw an empty square to tick, standing on the present height."""
        self.canvas.setStrokeColor(SOFT)
        self.canvas.setLineWidth(0.8)
        self.canvas.rect(x, self.y - 1, size, size)

    def barcode(self, x: float, text: str, *, height: float = 28, bar: float = 0.9) -> None:
        """Draw `text` (ASCII) as Code 128, its foot at the present height; `bar` is the width of the thinnest bar."""
        Code128(text, barHeight=height, barWidth=bar, humanReadable=False, quiet=False).drawOn(self.canvas, x, self.y)

    def down(self, by: float = ROW) -> bool:
        """Go down; begin a page where this one is full, and say so."""
        self.y -= by
        if self.y >= BOTTOM:
            return False
        self.turn()
        return True

    def turn(self) -> None:
        """Begin a new page."""
        self._foot()
        self.canvas.showPage()
        self.y, self.page = TOP, self.page + 1

    def _foot(self) -> None:
        self.y = BOTTOM - 26
        self.line()
        self.y -= 18
        self.text(LEFT, cut(self.foot, 8, RIGHT - LEFT - 30), 8, colour=SOFT)
        self.text(RIGHT, str(self.page), 8, right=True, colour=SOFT)

    def done(self) -> None:
        """Finish the last page."""
        self._foot()
        self.canvas.save()

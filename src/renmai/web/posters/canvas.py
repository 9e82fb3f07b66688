"""A sheet of paper to draw a poster on: pictures, round faces, text, a QR code. Everything in px."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

import segno
from PIL import Image, ImageDraw, ImageOps

from renmai.web.posters.fonts import font
from renmai.web.posters.lines import width_of

PAPER, INK, SOFT, RULE, RED = (250, 246, 239), (31, 27, 22), (112, 103, 92), (221, 212, 199), (179, 57, 43)
WHITE = (255, 255, 255)
# A quiet tone behind who has no picture, by a number of their name.
TONES = ((143, 79, 62), (96, 108, 84), (74, 97, 112), (120, 92, 122), (148, 113, 63), (84, 90, 126))
FINE = 4  # masks are drawn larger and made smaller: round without steps

Colour = tuple[int, int, int]


class Canvas:
    """A sheet that grows downwards: `height_max` is cut to what was used when it is done."""

    def __init__(self, width: int, height_max: int) -> None:
        self.image = Image.new("RGB", (width, height_max), PAPER)
        self.draw = ImageDraw.Draw(self.image)
        self.width = width

    def text(
        self, x: float, y: float, text: str, style: str, size: int, colour: Colour = INK, anchor: str = "la"
    ) -> None:
        """Write one line; `anchor` as Pillow's: `la` from the left and top, `ma` centred, `ra` to the right, `ls` on a line."""
        self.draw.text((x, y), text, font=font(style, size), fill=colour, anchor=anchor)

    def mark(self, x: float, y: float, letter: str, style: str, size: int, colour: Colour) -> None:
        """Write one letter so that its ink begins at `x`: in a Chinese font an opening mark has room before it."""
        ink = font(style, size).getmask(letter).getbbox()
        left = font(style, size).getbbox(letter)[0] + (ink[0] if ink else 0)
        self.text(x - left, y, letter, style, size, colour)

    def lines(
        self, x: float, y: float, lines: Sequence[str], style: str, size: int, gap: int, colour: Colour = INK,
        anchor: str = "la",
    ) -> float:  # fmt: skip
        """Write lines `gap` apart; return the height below them."""
        for number, line in enumerate(lines):
            self.text(x, y + number * gap, line, style, size, colour, anchor)
        return y + len(lines) * gap

    def picture(self, data: bytes, box: tuple[int, int, int, int], radius: int = 0) -> bool:
        """Fill a box (x, y, width, height) with a picture, cut to it; False when it cannot be read."""
        x, y, width, height = box
        try:
            with Image.open(BytesIO(data)) as opened:
                fitted = ImageOps.fit(
                    opened.convert("RGB"), (width, height), Image.Resampling.LANCZOS, centering=(0.5, 0.4)
                )
        except OSError:
            return False
        self.image.paste(fitted, (x, y), _rounded(width, height, radius) if radius else None)
        return True

    def panel(self, box: tuple[int, int, int, int], letters: str, number: int, radius: int = 0, size: int = 0) -> None:
        """Fill a box with a tone, and letters large in it: for what has no picture."""
        x, y, width, height = box
        tone = TONES[number % len(TONES)]
        panel = Image.new("RGB", (width, height), tone)
        lighter: Colour = (tone[0] + 26, tone[1] + 26, tone[2] + 26)
        pen = ImageDraw.Draw(panel)
        pen.ellipse((width * 0.45, -height * 0.35, width * 1.25, height * 0.75), fill=lighter)
        pen.text(
            (width / 2, height / 2),
            letters,
            font=font("serif bold", size or int(height * 0.42)),
            fill=PAPER,
            anchor="mm",
        )
        self.image.paste(panel, (x, y), _rounded(width, height, radius) if radius else None)

    def face(self, data: bytes | None, letters: str, number: int, centre: tuple[int, int], across: int) -> None:
        """Draw a round face with a ring of paper, or letters where there is none."""
        ring = max(5, across // 22)
        x, y = centre[0] - across // 2, centre[1] - across // 2
        outer = across + 2 * ring
        self.image.paste(PAPER, (x - ring, y - ring), _rounded(outer, outer, outer // 2))
        box = (x, y, across, across)
        if data is None or not self.picture(data, box, across // 2):
            self.panel(box, letters, number, across // 2, int(across * 0.44))

    def code(self, text: str, x: int, y: int, across: int) -> None:
        """Draw a QR code on white, its quiet zone inside; modules are whole pixels, so that a camera sees them sharp."""
        made = segno.make(text, error="m", micro=False)
        side = made.symbol_size(border=0)[0]
        scale = max(1, (across - 24) // side)
        file = BytesIO()
        made.save(file, kind="png", scale=scale, border=0, dark="#1f1b16", light="#ffffff")
        self.image.paste(WHITE, (x, y), _rounded(across, across, 14))
        with Image.open(file) as drawn:
            at = (across - drawn.width) // 2
            self.image.paste(drawn.convert("RGB"), (x + at, y + at))

    def tag(self, right: int, y: int, text: str) -> int:
        """Draw a small label that ends at `right`; return where it begins."""
        wide = int(width_of(text, "sans", 20)) + 24
        box = Image.new("RGB", (wide, 36), INK)
        mask = _rounded(wide, 36, 18).point(lambda value: value * 165 // 255)
        self.image.paste(box, (right - wide, y), mask)
        self.text(right - wide / 2, y + 18, text, "sans", 20, WHITE, "mm")
        return right - wide

    def rule(self, y: float, left: int, right: int) -> None:
        """Draw a hairline."""
        self.draw.line((left, y, right, y), fill=RULE, width=2)

    def done(self, height: int) -> bytes:
        """Return the poster as WebP, cut to its height."""
        file = BytesIO()
        self.image.crop((0, 0, self.width, height)).save(file, "WEBP", quality=90, method=4)
        return file.getvalue()


def _rounded(width: int, height: int, radius: int) -> Image.Image:
    mask = Image.new("L", (width * FINE, height * FINE), 0)
    box = (0, 0, width * FINE - 1, height * FINE - 1)
    ImageDraw.Draw(mask).rounded_rectangle(box, radius * FINE, fill=255)
    return mask.resize((width, height), Image.Resampling.LANCZOS)

"""The stage: a picture on which smooth-edged, shaded shapes are laid in units of a thousandth of its height.

Edges are cut at three times the size and reduced, which is what makes them smooth; gradients and blurs are made
small and enlarged, which is what makes them fast. Light comes from the upper left, everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from math import ceil, cos, floor, pi, sin

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

from renmai.cli.demo.draw.colours import WHITE, Colour, Palette, blend, mix
from renmai.cli.demo.draw.outlines import Outline, Points, half_width, oval

FINE = 3
Stops = list[tuple[float, Colour]]


@dataclass(frozen=True, slots=True)
class Patch:
    """A cut-out: its coverage (mode L) and where its upper left corner lies, in pixels."""

    mask: Image.Image
    left: int
    top: int


def ramp(width: int, height: int, stops: Stops, degrees: float = 90.0) -> Image.Image:
    """A straight gradient; 90 degrees runs downwards, 0 to the right."""
    c, s = cos(pi / 180 * degrees), sin(pi / 180 * degrees)
    reach = abs(c) + abs(s)
    side = 48
    small = Image.new("RGB", (side, side))
    places = [(2 * i + 1) / side - 1 for i in range(side)]
    small.putdata([blend(stops, (x * c + y * s) / reach / 2 + 0.5) for y in places for x in places])
    return small.resize((max(1, width), max(1, height)), Image.Resampling.BICUBIC)


class Stage:
    """A picture being made. Coordinates are units: 1000 to the height, so a square is 1000 x 1000."""

    def __init__(self, width: int, height: int, colour: Colour = WHITE) -> None:
        self.image = Image.new("RGB", (width, height), colour)
        self.unit = height / 1000

    # cutting

    def cut(self, *outlines: Points) -> Patch:
        """The union of closed outlines as a cut-out with smooth edges."""
        return self._cut(outlines, lambda draw, points: draw.polygon(points, fill=255), 2)

    def cut_line(self, points: Points, width: float) -> Patch:
        """A stroke along open `points` with round ends."""

        def stroke(draw: ImageDraw.ImageDraw, fine: Points) -> None:
            thick = width * self.unit * FINE
            draw.line(fine, fill=255, width=max(1, round(thick)), joint="curve")
            for x, y in (fine[0], fine[-1]):
                draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=255)

        return self._cut((points,), stroke, width * self.unit / 2 + 2)

    def _cut(
        self, outlines: tuple[Points, ...], pen: Callable[[ImageDraw.ImageDraw, Outline], None], margin: float
    ) -> Patch:
        xs = [x * self.unit for outline in outlines for x, _ in outline]
        ys = [y * self.unit for outline in outlines for _, y in outline]
        left, top = max(0, floor(min(xs) - margin)), max(0, floor(min(ys) - margin))
        right = min(self.image.width, ceil(max(xs) + margin))
        bottom = min(self.image.height, ceil(max(ys) + margin))
        fine = Image.new("L", (max(1, right - left) * FINE, max(1, bottom - top) * FINE))
        draw = ImageDraw.Draw(fine)
        for outline in outlines:
            pen(draw, [((x * self.unit - left) * FINE, (y * self.unit - top) * FINE) for x, y in outline])
        return Patch(fine.reduce(FINE), left, top)

    # laying

    def lay(self, patch: Patch, fill: Colour | Image.Image, alpha: float = 1.0) -> Patch:
        """Lay a colour or a picture of the patch's size through the cut-out."""
        mask = patch.mask if alpha >= 1 else patch.mask.point(lambda value: round(value * alpha))
        source = fill if isinstance(fill, Image.Image) else Image.new("RGB", mask.size, fill)
        self.image.paste(source, (patch.left, patch.top), mask)
        return patch

    def shape(self, outline: Points, fill: Colour, alpha: float = 1.0) -> Patch:
        """A flat shape."""
        return self.lay(self.cut(outline), fill, alpha)

    def graded(self, outline: Points, stops: Stops, degrees: float = 90.0, alpha: float = 1.0) -> Patch:
        """A shape filled with a straight gradient over its own bounding box."""
        patch = self.cut(outline)
        return self.lay(patch, ramp(patch.mask.width, patch.mask.height, stops, degrees), alpha)

    def line(self, points: Points, width: float, fill: Colour, alpha: float = 1.0) -> Patch:
        """A stroke with round ends."""
        return self.lay(self.cut_line(points, width), fill, alpha)

    def soft(self, outline: Points, blur: float, fill: Colour, alpha: float, inside: Patch | None = None) -> None:
        """A blurred shape: shadow, glow or sheen; `inside` keeps it within a cut-out."""
        reach, image = blur * self.unit * 3, self.image
        xs, ys = [x * self.unit for x, _ in outline], [y * self.unit for _, y in outline]
        left, top = floor(max(min(xs), 0.0) - reach), floor(max(min(ys), 0.0) - reach)
        width = ceil(min(max(xs), image.width) + reach) - left
        height = ceil(min(max(ys), image.height) + reach) - top
        if min(width, height) <= 0:
            return
        reduce = max(1.0, blur * self.unit / 4)
        small = Image.new("L", (ceil(width / reduce), ceil(height / reduce)))
        points = [((x - left) / reduce, (y - top) / reduce) for x, y in zip(xs, ys, strict=True)]
        ImageDraw.Draw(small).polygon(points, fill=round(255 * alpha))
        blurred = small.filter(ImageFilter.GaussianBlur(blur * self.unit / reduce))
        mask = blurred.resize((width, height), Image.Resampling.BICUBIC)
        if inside is None:
            image.paste(Image.new("RGB", mask.size, fill), (left, top), mask)
            return
        window = (inside.left - left, inside.top - top)
        size = inside.mask.size
        inner = mask.crop((*window, window[0] + size[0], window[1] + size[1]))
        self.lay(self.both(inside, inner), fill)

    def both(self, patch: Patch, coverage: Image.Image) -> Patch:
        """`patch` where `coverage` (mode L, the patch's size) covers too."""
        return Patch(ImageChops.multiply(patch.mask, coverage), patch.left, patch.top)

    # turned bodies

    def turned(self, cx: float, profile: Points, stops: Stops, tilt: float = 0.16, open_top: bool = False) -> Patch:
        """A body of revolution around x = `cx`, given as (half width, y) points from top to bottom.

        `tilt` is the ellipse's height over its width: how far from above it is seen. With `open_top` the upper
        edge dips towards the viewer (a label, a lower half), otherwise it rises (a whole body).
        """
        top_width, top = profile[0]
        low_width, low = profile[-1]
        upper = oval(cx, top, top_width, top_width * tilt, 180, 0 if open_top else 360)
        lower = oval(cx, low, low_width, low_width * tilt, 0, 180)
        right = [(cx + width, y) for width, y in profile]
        left = [(cx - width, y) for width, y in reversed(profile)]
        patch = self.cut(upper + right + lower + left)
        return self.lay(patch, self._turned_fill(patch, cx, profile, stops))

    def _turned_fill(self, patch: Patch, cx: float, profile: Points, stops: Stops) -> Image.Image:
        strip = Image.new("RGB", (128, 1))
        strip.putdata([blend(stops, (i + 0.5) / 128) for i in range(128)])
        picture = Image.new("RGB", patch.mask.size, stops[-1][1])
        band = 3
        for y in range(0, patch.mask.height, band):
            half = half_width(profile, (patch.top + y + band / 2) / self.unit) * self.unit + 1
            wide = strip.resize((max(2, round(half * 2)), band), Image.Resampling.BILINEAR)
            picture.paste(wide, (round(cx * self.unit - half) - patch.left, y))
        return picture

    # words

    def text(self, words: str, cx: float, cy: float, size: float, fill: Colour, spacing: float = 0.0) -> None:
        """`words` centred at (cx, cy) with `spacing` units between letters, in Pillow's own typeface."""
        font = ImageFont.load_default(size * self.unit)
        gap = spacing * self.unit
        widths = [font.getlength(letter) for letter in words]
        x = cx * self.unit - (sum(widths) + gap * (len(words) - 1)) / 2
        draw = ImageDraw.Draw(self.image)
        for letter, width in zip(words, widths, strict=True):
            draw.text((x, cy * self.unit), letter, font=font, fill=fill, anchor="lm")
            x += width + gap

    def encoded(self, frame: tuple[int, int, int, int] | None = None) -> bytes:
        """The picture, or the part of it within `frame` (left, top, right, bottom in pixels), as WebP."""
        out = BytesIO()
        picture = self.image.crop(frame) if frame else self.image
        picture.save(out, "WEBP", quality=88, method=2)
        return out.getvalue()


def matt(colour: Colour, palette: Palette) -> Stops:
    """How an unglazed round body takes the light."""
    dark = mix(colour, palette.deep, 0.5)
    return [
        (0.0, mix(colour, dark, 0.55)),
        (0.12, mix(colour, dark, 0.12)),
        (0.32, mix(colour, WHITE, 0.2)),
        (0.55, colour),
        (0.85, mix(colour, dark, 0.75)),
        (1.0, mix(colour, dark, 0.55)),
    ]


def glossy(colour: Colour, palette: Palette) -> Stops:
    """How a glazed or painted round body takes the light."""
    dark = mix(colour, palette.deep, 0.65)
    return [
        (0.0, mix(colour, dark, 0.7)),
        (0.1, mix(colour, dark, 0.1)),
        (0.2, mix(colour, WHITE, 0.3)),
        (0.26, mix(colour, WHITE, 0.42)),
        (0.36, mix(colour, WHITE, 0.1)),
        (0.58, colour),
        (0.86, dark),
        (0.95, mix(colour, dark, 0.75)),
        (1.0, mix(colour, dark, 0.45)),
    ]


def surface(colour: Colour, palette: Palette, depth: float = 0.4) -> Stops:
    """Light to shade across a flat or gently curved surface."""
    return [(0.0, mix(colour, WHITE, 0.24)), (0.5, colour), (1.0, mix(colour, palette.deep, depth))]


def metal(colour: Colour) -> Stops:
    """How brushed or polished metal takes the light."""
    dark, light = mix(colour, (40, 44, 52), 0.55), mix(colour, WHITE, 0.75)
    return [
        (0.0, dark),
        (0.14, colour),
        (0.26, light),
        (0.4, colour),
        (0.62, dark),
        (0.8, mix(colour, WHITE, 0.35)),
        (1.0, dark),
    ]

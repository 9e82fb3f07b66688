"""The seal as PNG, for home screens: drawn here, from the same figures as `static/ui/img/seal.svg`."""

from __future__ import annotations

from functools import cache
from io import BytesIO

from PIL import Image, ImageDraw

GROUND, STROKE = (181, 48, 28, 255), (255, 255, 255, 255)
# Of a square of 40: corner, width of the strokes, the two strokes as cubic curves, the three heads as circles.
SIDE, CORNER, WIDTH = 40.0, 11.0, 3.1
Point = tuple[float, float]
CURVES: tuple[tuple[Point, Point, Point, Point], ...] = (
    ((20, 11), (20, 19), (17, 24), (10.5, 28.5)),
    ((20.3, 17), (21.8, 22), (24.8, 25.7), (29, 28.5)),
)
HEADS = ((20, 10, 3.7), (10.5, 29, 3.2), (29.5, 29, 3.2))
# A maskable icon is cut to any shape that holds a circle of four fifths of its side (W3C, Web Application Manifest).
MASKED = 0.88
FINER, STEPS = 4, 160


@cache
def seal_png(side: int, *, whole: bool) -> bytes:
    """Return the seal, `side` pixels square; `whole` fills the corners too and keeps the sign inside the safe circle."""
    large = side * FINER
    image = Image.new("RGBA", (large, large), GROUND if whole else (0, 0, 0, 0))
    draw, unit = ImageDraw.Draw(image), large / SIDE
    if not whole:
        draw.rounded_rectangle((0, 0, large - 1, large - 1), radius=CORNER * unit, fill=GROUND)
    scale = MASKED if whole else 1.0
    for x, y, radius in (*_along(), *HEADS):
        _dot(
            draw,
            (SIDE / 2 + (x - SIDE / 2) * scale) * unit,
            (SIDE / 2 + (y - SIDE / 2) * scale) * unit,
            radius * scale * unit,
        )
    small = image.resize((side, side), Image.Resampling.LANCZOS)
    out = BytesIO()
    (small.convert("RGB") if whole else small).save(out, "PNG", optimize=True)
    return out.getvalue()


def _dot(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float) -> None:
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=STROKE)


def _along() -> list[tuple[float, float, float]]:
    """Return a stroke with round ends as the many circles that it is."""
    return [(*_on_curve(curve, step / STEPS), WIDTH / 2) for curve in CURVES for step in range(STEPS + 1)]


def _on_curve(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
    x, y = (sum(weight * point[axis] for weight, point in zip(weights, curve, strict=True)) for axis in (0, 1))
    return x, y

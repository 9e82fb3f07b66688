"""The photographer's studio: wall, floor, light, what stands behind, and the shadow that things cast."""

from __future__ import annotations

from renmai.cli.demo.draw.colours import WHITE, Colour, Palette, lighter, mix
from renmai.cli.demo.draw.outlines import Outline, Points, box, oval
from renmai.cli.demo.draw.stage import Stage, ramp

FLOOR = 690.0
SETS = 5


def open_studio(stage: Stage, palette: Palette, seed: int) -> None:
    """Wall and floor in the palette's tones, a set piece chosen by `seed`, light from the upper left."""
    tone = _tone(palette, seed)
    shade = mix(tone, palette.deep, 0.16)
    width, height = stage.image.size
    floor = lighter(tone, 0.22)
    stops = [
        (0.0, tone),
        (0.5, lighter(tone, 0.12)),
        (0.66, mix(tone, shade, 0.25)),
        (0.72, floor),
        (1.0, mix(floor, shade, 0.4)),
    ]
    stage.image.paste(ramp(width, height, stops))
    (_plain, _disc, _arch, _window, _steps)[seed % SETS](stage, palette, tone)
    stage.soft(oval(230, 160, 420, 330), 170, WHITE, 0.42)
    stage.soft(box(860, -50, 1100, 1050), 130, palette.deep, 0.16)


def _tone(palette: Palette, seed: int) -> Colour:
    """Three moods: pale, fuller, and a wall in the answering colour."""
    moods = (palette.wall, mix(palette.wall, palette.main, 0.2), mix(palette.pale, palette.accent, 0.34))
    return moods[seed // 2 % 3]


def _plain(stage: Stage, palette: Palette, tone: Colour) -> None:
    stage.soft(oval(500, 470, 330, 330), 120, lighter(tone, 0.6), 0.6)


def _disc(stage: Stage, palette: Palette, tone: Colour) -> None:
    patch = stage.cut(oval(560, 420, 330, 330))
    piece = mix(tone, palette.main, 0.2)
    stage.lay(patch, ramp(*patch.mask.size, [(0.0, lighter(piece, 0.3)), (1.0, piece)], 60))


def _arch(stage: Stage, palette: Palette, tone: Colour) -> None:
    outline = [*oval(500, 400, 300, 300, 180, 360), (800, FLOOR), (200, FLOOR)]
    piece = mix(tone, palette.deep, 0.15)
    stage.soft([(x + 14, y) for x, y in outline], 8, WHITE, 0.35)
    patch = stage.graded(outline, [(0.0, piece), (1.0, mix(piece, tone, 0.6))], 80)
    stage.soft([(x - 285, y - 20) for x, y in outline], 40, palette.deep, 0.2, patch)


def _window(stage: Stage, palette: Palette, tone: Colour) -> None:
    for column in range(2):
        for row in range(3):
            x, y = 170 + column * 215, 30 + row * 200 + column * 58
            pane = [(x, y), (x + 185, y + 50), (x + 185, y + 225), (x, y + 175)]
            stage.soft(pane, 9, lighter(tone, 0.75), 0.55)


def _steps(stage: Stage, palette: Palette, tone: Colour) -> None:
    piece = mix(tone, palette.main, 0.14)
    for left, top, part in ((610, 250, 0.0), (730, 430, 0.16)):
        block = box(left, top, 1010, FLOOR + 26)
        stage.soft([(x - 40, y + 26) for x, y in block], 30, palette.deep, 0.12)
        stage.graded(block, [(0.0, lighter(piece, 0.34 - part)), (1.0, mix(piece, tone, 0.3 + part))], 50)


def stand(stage: Stage, palette: Palette, outline: Points, reach: float = 120, strength: float = 1.0) -> None:
    """Ground a thing whose footprint is `outline`: a long soft shadow to the right, a tight one beneath."""
    cast = [*outline, *((x + reach, y + reach * 0.16) for x, y in outline)]
    stage.soft(_hull(cast), 34, palette.deep, 0.34 * strength)
    stage.soft([(x + 10, y + 6) for x, y in outline], 12, palette.deep, 0.5 * strength)
    stage.soft(outline, 4, palette.deep, 0.4 * strength)


def _hull(points: Points) -> Outline:
    ordered = sorted(set(points))

    def half(line: Points) -> Outline:
        kept: Outline = []
        for x, y in line:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], (x, y)) <= 0:
                kept.pop()
            kept.append((x, y))
        return kept[:-1]

    return half(ordered) + half(ordered[::-1])


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

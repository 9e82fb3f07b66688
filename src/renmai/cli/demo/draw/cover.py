"""Shop covers: a wide, quiet landscape in the creator's colours, with room for a face at its lower left."""

from __future__ import annotations

from math import sin
from random import Random

from renmai.cli.demo.draw.colours import PALETTES, WHITE, Colour, Palette, lighter, mix
from renmai.cli.demo.draw.outlines import Outline, oval, smooth, turned
from renmai.cli.demo.draw.stage import Stage, ramp


def draw_cover(seed: int, palette: str, width: int = 1600, height: int = 600) -> bytes:
    """A WebP of `width` x `height` pixels; equal input, equal bytes. Raises KeyError for an unknown palette."""
    colours, rng = PALETTES[palette], Random(f"cover:{seed}")
    stage = Stage(width, height)
    reach = 1000 * width / height
    sky = mix(colours.wall, colours.main, 0.26)
    stage.image.paste(
        ramp(width, height, [(0.0, sky), (0.7, lighter(mix(sky, colours.accent, 0.16), 0.35)), (1.0, colours.pale)])
    )
    _sun(stage, colours, reach * rng.uniform(0.6, 0.74), rng.uniform(330, 400))
    for step in range(4):
        _ridge(stage, _tone(colours, step), 470 + step * 122, 120 - step * 14, reach, rng)
    _plants(stage, colours, reach, rng)
    _birds(stage, colours, reach, rng)
    return stage.encoded()


def _tone(palette: Palette, step: int) -> Colour:
    back, front = mix(palette.pale, palette.main, 0.42), mix(palette.main, palette.deep, 0.62)
    return mix(back, front, (0.0, 0.36, 0.7, 1.0)[step])


def _sun(stage: Stage, palette: Palette, cx: float, cy: float) -> None:
    warm = palette.accent if palette.accent[0] > 180 else mix(palette.main, (255, 214, 130), 0.45)
    stage.soft(oval(cx, cy, 330, 330), 150, lighter(warm, 0.55), 0.8)
    stage.graded(oval(cx, cy, 150, 150), [(0.0, lighter(warm, 0.6)), (1.0, lighter(warm, 0.1))], 80)


def _ridge(stage: Stage, tone: Colour, level: float, rise: float, reach: float, rng: Random) -> None:
    phase, pace = rng.uniform(0, 6), rng.uniform(1.5, 2.3)
    count = 14
    places = [(reach * (i - 1) / (count - 3), i / count * 6.28) for i in range(count)]
    crest = [(x, level + rise * sin(angle * pace + phase) * 0.6 + rng.uniform(-0.3, 0.3) * rise) for x, angle in places]
    outline: Outline = [*smooth(crest, closed=False), (reach + 200, 1100), (-200, 1100)]
    stage.soft([(x, y - 8) for x, y in outline], 26, WHITE, 0.22)
    stage.graded(outline, [(0.0, lighter(tone, 0.2)), (0.6, tone), (1.0, lighter(tone, 0.12))])


def _plants(stage: Stage, palette: Palette, reach: float, rng: Random) -> None:
    for number in range(15):
        x = reach * rng.uniform(0.52, 1.0) if number % 3 else reach * rng.uniform(0.0, 0.12)
        height, lean = rng.uniform(130, 300), rng.uniform(-14, 14)
        tone = (palette.deep, mix(palette.deep, palette.main, 0.35), mix(palette.accent, palette.deep, 0.25))[
            number % 3
        ]
        _sprig(stage, x, 1010, height, lean, tone)


def _sprig(stage: Stage, x: float, y: float, height: float, lean: float, tone: Colour) -> None:
    stage.line(turned([(x, y), (x, y - height)], lean, x, y), 6, tone)
    pairs = int(height // 42)
    for step in range(pairs):
        up = y - height * (0.28 + 0.66 * step / pairs)
        for side in (-1, 1):
            leaf = turned(
                smooth([(x, up), (x - 13, up - 30), (x, up - 62), (x + 13, up - 30)], steps=6), side * 52, x, up
            )
            stage.shape(turned(leaf, lean, x, y), lighter(tone, 0.1 if side < 0 else 0.0))
    stage.shape(
        turned(
            smooth(
                [(x, y - height + 16), (x - 12, y - height - 14), (x, y - height - 50), (x + 12, y - height - 14)],
                steps=6,
            ),
            lean,
            x,
            y,
        ),
        tone,
    )


def _birds(stage: Stage, palette: Palette, reach: float, rng: Random) -> None:
    cx, cy = reach * rng.uniform(0.3, 0.45), rng.uniform(170, 260)
    for _ in range(4):
        x, y, w = cx + rng.uniform(-170, 170), cy + rng.uniform(-60, 70), rng.uniform(20, 34)
        wing = smooth(
            [
                (x - w, y - w * 0.3),
                (x - w * 0.45, y - w * 0.5),
                (x, y),
                (x + w * 0.45, y - w * 0.5),
                (x + w, y - w * 0.3),
            ],
            closed=False,
        )
        stage.line(wing, 6, palette.deep, 0.7)

"""Hair: for each style what lies behind the head and what lies over it."""

from __future__ import annotations

from collections.abc import Callable

from renmai.cli.demo.draw.colours import Colour, lighter, mix
from renmai.cli.demo.draw.outlines import Points, mirrored, oval, smooth
from renmai.cli.demo.draw.stage import Stage

Drawing = Callable[[Stage, Colour, float], None]


def _lock(stage: Stage, outline: Points, tone: Colour) -> None:
    stage.graded(outline, [(0.0, lighter(tone, 0.2)), (0.5, tone), (1.0, mix(tone, (0, 0, 0), 0.25))], 55)


def _shine(stage: Stage, points: Points, tone: Colour) -> None:
    stage.line(smooth(points, closed=False), 9, lighter(tone, 0.3), 0.55)


def _none(stage: Stage, tone: Colour, wide: float) -> None:
    """Nothing behind the head."""


def _bun_back(stage: Stage, tone: Colour, wide: float) -> None:
    _lock(stage, oval(516, 190, 82, 74), tone)
    _shine(stage, [(462, 186), (490, 150), (532, 144)], tone)
    _lock(stage, oval(500, 430, wide + 20, 190), mix(tone, (0, 0, 0), 0.2))


def _bun_front(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 14
    _lock(
        stage,
        smooth(
            [
                (500 - edge, 500),
                (500 - edge + 2, 360),
                (420, 252),
                (500, 236),
                (580, 252),
                (498 + edge, 360),
                (500 + edge, 500),
                (478 + edge, 430),
                (590, 350),
                (470, 312),
                (430, 352),
                (520 - edge, 430),
            ],
            steps=8,
        ),
        tone,
    )
    _shine(stage, [(388, 340), (428, 288), (492, 268)], tone)


def _cropped_front(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 8
    _lock(
        stage,
        smooth(
            [
                (500 - edge, 480),
                (496 - edge, 380),
                (400, 268),
                (500, 246),
                (600, 268),
                (504 + edge, 380),
                (500 + edge, 480),
                (484 + edge, 400),
                (600, 352),
                (500, 340),
                (400, 352),
                (516 - edge, 400),
            ],
            steps=8,
        ),
        tone,
    )
    _shine(stage, [(400, 320), (450, 288), (510, 280)], tone)


def _bob_back(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 62
    dark = mix(tone, (0, 0, 0), 0.22)
    _lock(
        stage,
        smooth(
            [
                (500, 214),
                (500 + edge * 0.8, 280),
                (500 + edge, 480),
                (492 + edge, 670),
                (500 + edge * 0.6, 704),
                (500, 640),
                (500 - edge * 0.6, 704),
                (508 - edge, 670),
                (500 - edge, 480),
                (500 - edge * 0.8, 280),
            ],
            steps=8,
        ),
        dark,
    )


def _bob_front(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 56
    fringe = [
        (500 - edge, 620),
        (504 - edge, 420),
        (390, 246),
        (500, 214),
        (610, 246),
        (496 + edge, 420),
        (500 + edge, 620),
        (462 + edge, 600),
        (440 + edge, 430),
        (600, 396),
        (500, 402),
        (400, 396),
        (560 - edge, 430),
        (538 - edge, 600),
    ]
    _lock(stage, smooth(fringe, steps=8), tone)
    _shine(stage, [(360, 360), (410, 290), (500, 262)], tone)


def _set_back(stage: Stage, tone: Colour, wide: float) -> None:
    shade = mix(tone, (120, 110, 130), 0.35)
    for x, y in ((-1.0, 460), (1.0, 460), (-1.0, 550), (1.0, 550)):
        _lock(stage, oval(500 + x * (wide + 12), y, 58, 58), shade)


def _set_front(stage: Stage, tone: Colour, wide: float) -> None:
    shade = mix(tone, (120, 110, 130), 0.3)
    curls = (
        (-150, 400, 62),
        (150, 400, 62),
        (-120, 316, 72),
        (120, 316, 72),
        (-44, 270, 76),
        (54, 268, 76),
        (-70, 346, 40),
        (74, 344, 42),
        (4, 326, 46),
    )
    for x, y, r in curls:
        stage.graded(
            oval(500 + x * wide / 150, y, r, r * 0.94), [(0.0, lighter(tone, 0.5)), (0.6, tone), (1.0, shade)], 55
        )
    for x, y in ((-128, 300), (-50, 250), (50, 246), (128, 304)):
        _shine(stage, [(500 + x - 26, y + 20), (500 + x, y - 8), (500 + x + 26, y + 8)], tone)


def _ponytail_back(stage: Stage, tone: Colour, wide: float) -> None:
    _lock(
        stage,
        smooth([(600, 270), (690, 220), (780, 320), (790, 500), (740, 680), (716, 520), (660, 380)], steps=8),
        tone,
    )
    stage.shape(oval(632, 270, 34, 30), (244, 122, 82))
    _lock(stage, oval(500, 420, wide + 14, 180), mix(tone, (0, 0, 0), 0.2))


def _ponytail_front(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 10
    _lock(
        stage,
        smooth(
            [
                (500 - edge, 500),
                (498 - edge, 370),
                (410, 256),
                (510, 232),
                (600, 258),
                (502 + edge, 370),
                (500 + edge, 500),
                (484 + edge, 410),
                (610, 330),
                (520, 316),
                (400, 352),
                (516 - edge, 420),
            ],
            steps=8,
        ),
        tone,
    )
    _shine(stage, [(380, 350), (430, 288), (520, 264), (580, 276)], tone)


def _swept_front(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 10
    _lock(
        stage,
        smooth(
            [
                (500 - edge, 490),
                (494 - edge, 370),
                (380, 268),
                (440, 208),
                (560, 190),
                (660, 250),
                (508 + edge, 380),
                (500 + edge, 490),
                (482 + edge, 410),
                (628, 346),
                (520, 350),
                (420, 320),
                (518 - edge, 400),
            ],
            steps=8,
        ),
        tone,
    )
    _shine(stage, [(420, 284), (480, 240), (580, 232)], tone)
    _shine(stage, [(452, 306), (520, 276), (610, 276)], tone)


def _waves_back(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 76
    dark = mix(tone, (0, 0, 0), 0.2)
    right = [
        (500, 206),
        (500 + edge * 0.75, 262),
        (504 + edge, 430),
        (484 + edge, 560),
        (520 + edge, 680),
        (500 + edge * 0.92, 830),
        (500 + edge * 0.5, 900),
        (560, 700),
    ]
    _lock(stage, smooth([*right, *mirrored(right[1:], 500)[::-1]], steps=8), dark)
    for side in (0, 1):
        for shift in (0, 34):
            line: Points = [
                (500 + wide + 22 + shift, 480),
                (500 + wide + 2 + shift, 600),
                (500 + wide + 30 + shift, 720),
                (500 + wide - 4 + shift, 820),
            ]
            _shine(stage, mirrored(line, 500) if side else line, dark)


def _waves_front(stage: Stage, tone: Colour, wide: float) -> None:
    edge = wide + 62
    left = [
        (470, 226),
        (380, 250),
        (516 - edge, 380),
        (500 - edge, 540),
        (540 - edge, 640),
        (556 - edge, 500),
        (410, 380),
        (480, 290),
    ]
    right = [
        (470, 226),
        (590, 232),
        (490 + edge, 360),
        (500 + edge, 540),
        (460 + edge, 640),
        (446 + edge, 500),
        (610, 400),
        (500, 300),
    ]
    _lock(stage, smooth(left, steps=8), tone)
    _lock(stage, smooth(right, steps=8), tone)
    _shine(stage, [(352, 420), (392, 320), (452, 268)], tone)
    _shine(stage, [(540, 270), (610, 310), (654, 400)], tone)


def _curls_front(stage: Stage, tone: Colour, wide: float) -> None:
    curls = (
        (-150, 430, 44),
        (150, 430, 44),
        (-148, 360, 60),
        (148, 360, 60),
        (-110, 290, 70),
        (112, 286, 70),
        (-40, 250, 74),
        (48, 244, 76),
        (-84, 350, 50),
        (-20, 332, 56),
        (48, 334, 54),
        (100, 346, 48),
    )
    for x, y, r in curls:
        _lock(stage, oval(500 + x * wide / 150, y, r, r * 0.95), tone)
    for x, y in ((-106, 280), (-36, 236), (50, 230), (112, 280), (-16, 322), (52, 326)):
        _shine(stage, [(500 + x - 24, y + 12), (500 + x - 4, y - 14), (500 + x + 24, y - 4)], tone)


BACK: dict[str, Drawing] = {
    "bob": _bob_back,
    "bun": _bun_back,
    "cropped": _none,
    "curls": _none,
    "ponytail": _ponytail_back,
    "set": _set_back,
    "swept": _none,
    "waves": _waves_back,
}
FRONT: dict[str, Drawing] = {
    "bob": _bob_front,
    "bun": _bun_front,
    "cropped": _cropped_front,
    "curls": _curls_front,
    "ponytail": _ponytail_front,
    "set": _set_front,
    "swept": _swept_front,
    "waves": _waves_front,
}

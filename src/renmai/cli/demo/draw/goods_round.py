"""Round goods: tins, cups, bowls, pots, jars, candles, bottles, flasks, lipsticks, lamps."""

from __future__ import annotations

from random import Random

from renmai.cli.demo.draw.colours import WHITE, Colour, Palette, lighter, mix
from renmai.cli.demo.draw.outlines import box, moved, oval, smooth, turned
from renmai.cli.demo.draw.stage import Stage, glossy, matt, metal
from renmai.cli.demo.draw.studio import stand

TIN: Colour = (196, 198, 200)
BRASS: Colour = (206, 170, 112)
TILT = 0.16


def _ring(stage: Stage, cx: float, y: float, width: float, fill: Colour, rim: float, inner: Colour) -> None:
    """The open mouth of a vessel: rim, then the dark-to-light inside."""
    stage.graded(oval(cx, y, width, width * TILT), [(0.0, lighter(fill, 0.35)), (1.0, fill)], 20)
    inside = oval(cx, y + 1, width - rim, (width - rim) * TILT)
    stage.graded(inside, [(0.0, mix(inner, (0, 0, 0), 0.3)), (1.0, lighter(inner, 0.25))], 25)


def _ground(stage: Stage, palette: Palette, cx: float, y: float, width: float, reach: float = 130) -> None:
    stand(stage, palette, oval(cx, y, width, width * TILT), reach)


def _glint(stage: Stage, x: float, top: float, bottom: float, width: float, alpha: float) -> None:
    stage.soft(box(x, top, x + width, bottom, width / 2), 4, WHITE, alpha)


def tea_caddy(stage: Stage, palette: Palette, rng: Random) -> None:
    """A tea tin with a fitted lid and a paper band."""
    tall = rng.choice((0, 40))
    top, low, width = 330 - tall, 800, 165 + (20 if not tall else 0)
    _ground(stage, palette, 500, low, width)
    stage.turned(
        500,
        [(width - 4, top + 90), (width, top + 100), (width, low - 8), (width - 6, low)],
        glossy(palette.main, palette),
    )
    stage.turned(500, [(width - 2, 480), (width + 1, low - 130)], matt(palette.pale, palette), TILT, True)
    for y in (480, low - 136):
        stage.turned(500, [(width + 1, y), (width + 1, y + 6)], metal(BRASS), TILT, True)
    mid = 583.0
    leaf = smooth([(500, mid - 62), (530, mid - 24), (500, mid + 26), (470, mid - 24)])
    for angle, tone in (
        (-38, lighter(palette.main, 0.25)),
        (38, mix(palette.main, palette.deep, 0.25)),
        (0, palette.main),
    ):
        stage.shape(turned(leaf, angle, 500, mid + 26), tone)
    stage.line([(500, mid + 20), (500, mid + 58)], 5, palette.deep)
    stage.text("DENGPO", 500, mid + 82, 20, palette.deep, 9)
    lid = mix(palette.main, palette.deep, 0.42)
    stage.turned(500, [(width - 8, top), (width + 5, top + 9), (width + 5, top + 96)], glossy(lid, palette))
    stage.graded(oval(500, top, width - 8, (width - 8) * TILT), [(0.0, lighter(lid, 0.32)), (1.0, lid)], 20)
    stage.graded(oval(500, top + 2, width - 40, (width - 40) * TILT), [(0.0, lid), (1.0, lighter(lid, 0.22))], 20)


def mug(stage: Stage, palette: Palette, rng: Random) -> None:
    """A mug with coffee in it, glazed above a bare foot."""
    dip = rng.choice((640, 715))
    clay: Colour = mix((222, 196, 164), palette.pale, 0.3)
    _ground(stage, palette, 480, 795, 165, 190)
    handle = smooth([(630, 470), (742, 470), (768, 560), (722, 648), (622, 668)], closed=False)
    stage.line(moved(handle, 3, 5), 48, mix(palette.main, palette.deep, 0.6))
    stage.line(handle, 42, mix(palette.main, palette.deep, 0.14))
    stage.line(moved(handle, -6, -9), 11, lighter(palette.main, 0.38), 0.75)
    stage.turned(480, [(186, 400), (186, 690), (178, 760), (160, 795)], matt(clay, palette))
    stage.turned(480, [(186, 400), (186, dip)], glossy(palette.main, palette))
    stage.turned(480, [(186, dip - 5), (186, dip + 2)], matt(mix(palette.main, palette.deep, 0.4), palette), TILT, True)
    _ring(stage, 480, 400, 186, lighter(palette.main, 0.3), 13, mix(palette.pale, clay, 0.4))
    coffee = stage.cut(oval(480, 412, 164, 21))
    stage.lay(coffee, (74, 44, 30))
    stage.soft(oval(410, 406, 60, 8), 10, (168, 112, 74), 0.8, coffee)


def noodle_bowl(stage: Stage, palette: Palette, rng: Random) -> None:
    """A wide bowl with painted bands; chopsticks across the rim."""
    _ground(stage, palette, 500, 800, 130, 210)
    profile = smooth([(300, 470), (288, 560), (236, 670), (156, 752), (132, 776)], closed=False)
    stage.turned(500, [(132, 764), (124, 800)], matt(mix(palette.pale, palette.main, 0.25), palette), TILT)
    stage.turned(
        500, profile, glossy(palette.pale if rng.random() < 0.5 else mix(palette.pale, palette.main, 0.82), palette)
    )
    for top, low in ((520, 532), (548, 580)):
        band = [point for point in profile if top <= point[1] <= low] or [profile[0]]
        stage.turned(500, band, glossy(palette.main if top > 540 else palette.accent, palette), TILT, True)
    _ring(stage, 500, 470, 300, palette.pale, 14, mix(palette.pale, palette.main, 0.2))
    broth = stage.cut(oval(500, 486, 262, 33))
    stage.lay(broth, (224, 164, 86))
    for shift in range(9):
        wave = [(330 + shift * 18 + step * 17, 486 + (shift % 4 - 1.5) * 9 + 6 * (-1) ** step) for step in range(13)]
        stage.line(smooth(wave, closed=False, steps=4), 7, (252, 226, 160) if shift % 2 else (240, 206, 132))
    for x, y in ((420, 478), (470, 498), (590, 480), (640, 492), (540, 470)):
        stage.shape(oval(x, y, 14, 6), (104, 142, 62))
        stage.shape(oval(x, y, 7, 3), (172, 196, 112))
    stage.shape(oval(585, 500, 44, 13), (252, 246, 230))
    stage.shape(oval(585, 499, 22, 7), (240, 150, 46))
    for lift in (0, 20):
        stage.line([(330, 470 + lift), (900, 340 + lift)], 13, mix(palette.deep, palette.accent, 0.25))
        stage.line([(330, 467 + lift), (900, 337 + lift)], 4, lighter(palette.accent, 0.35), 0.6)


def teapot(stage: Stage, palette: Palette, rng: Random) -> None:
    """A teapot with a loop handle at the side and a lid."""
    _ground(stage, palette, 490, 800, 165, 180)
    dark = mix(palette.main, palette.deep, 0.45)
    loop = smooth([(640, 520), (760, 490), (800, 590), (740, 690), (640, 710)], closed=False)
    stage.line(loop, 38, dark)
    stage.line(moved(loop, -6, -7), 13, lighter(palette.main, 0.22), 0.7)
    spout = smooth([(330, 610), (262, 590), (216, 512), (172, 470), (206, 456), (262, 474), (320, 520)])
    stage.graded(spout, [(0.0, lighter(palette.main, 0.2)), (0.6, palette.main), (1.0, dark)], 60)
    stage.shape(turned(oval(190, 463, 22, 7), 16, 190, 463), mix(dark, (0, 0, 0), 0.25))
    squat = rng.choice((0, 30))
    body = smooth([(118, 460 + squat), (190, 500 + squat), (226, 610), (206, 720), (158, 800)], closed=False)
    stage.turned(490, body, glossy(palette.main, palette))
    stage.turned(490, [(124, 446 + squat), (128, 464 + squat)], matt(dark, palette))
    lid = smooth([(26, 398 + squat), (90, 416 + squat), (120, 446 + squat)], closed=False)
    stage.turned(490, lid, glossy(palette.main, palette))
    stage.graded(
        oval(490, 382 + squat, 34, 29), [(0.0, lighter(BRASS, 0.4)), (1.0, mix(BRASS, palette.deep, 0.45))], 60
    )
    _glint(stage, 366, 545, 660, 22, 0.35)


def plant_pot(stage: Stage, palette: Palette, rng: Random) -> None:
    """A pot on its saucer with a rubber plant, or with ribs and tall leaves."""
    _ground(stage, palette, 500, 806, 190, 170)
    stage.turned(500, [(196, 782), (186, 806)], matt(mix(palette.main, palette.deep, 0.18), palette))
    stage.graded(oval(500, 782, 196, 31), [(0.0, mix(palette.main, palette.deep, 0.3)), (1.0, palette.main)], 30)
    leaves: list[tuple[float, float, float]] = [
        (-62, 250, 60),
        (58, 262, 62),
        (-30, 330, 68),
        (34, 318, 66),
        (-84, 176, 50),
        (84, 182, 50),
        (2, 352, 60),
    ]
    for number, (angle, length, wide) in enumerate(leaves):
        _leaf(
            stage,
            500 + angle * 0.5,
            545,
            length + rng.uniform(-16, 16),
            wide,
            angle * 0.62 + rng.uniform(-5, 5),
            number,
        )
    stage.turned(500, [(172, 560), (150, 690), (134, 792)], matt(palette.main, palette))
    stage.turned(500, [(184, 520), (184, 582)], matt(palette.main, palette))
    stage.turned(500, [(184, 578), (182, 586)], matt(mix(palette.main, palette.deep, 0.45), palette), TILT, True)
    if rng.random() < 0.5:
        for x in range(-150, 151, 25):
            foot = [(500 + x, 612 + (1 - (x / 176) ** 2) * 22), (500 + x * 0.8, 782 + (1 - (x / 176) ** 2) * 18)]
            stage.line(foot, 5, mix(palette.main, palette.deep, 0.5), 0.45)


def _leaf(stage: Stage, x: float, y: float, length: float, wide: float, angle: float, number: int) -> None:
    outline = smooth(
        [(x, y), (x - wide * 0.75, y - length * 0.5), (x, y - length), (x + wide * 0.75, y - length * 0.5)]
    )
    green = ((58, 110, 74), (82, 138, 84), (46, 94, 68), (104, 156, 92))[number % 4]
    turn = turned(outline, angle, x, y)
    patch = stage.graded(turn, [(0.0, lighter(green, 0.3)), (0.55, green), (1.0, mix(green, (16, 44, 36), 0.5))], 55)
    half = turned([(x, y), (x + 2, y - length), (x + wide, y - length * 0.5)], angle, x, y)
    stage.soft(half, 6, (18, 54, 42), 0.28, patch)
    stage.line(turned([(x, y - 8), (x, y - length * 0.93)], angle, x, y), 4, lighter(green, 0.42), 0.8)


def _jar(stage: Stage, palette: Palette, content: Colour, lid: Colour, width: float = 172) -> None:
    """A glass jar, its content and its lid, without a label."""
    _ground(stage, palette, 500, 800, width - 10, 140)
    stage.soft(oval(650, 815, 110, 22), 26, content, 0.55)
    glass = mix(palette.pale, content, 0.28)
    wall = smooth(
        [(width - 26, 372), (width - 20, 398), (width, 440), (width, 600), (width, 770), (width - 14, 800)],
        closed=False,
    )
    stage.turned(500, wall, glossy(glass, palette))
    inner = [(x - 9, y - 3) for x, y in wall if y > 432]
    stage.turned(500, inner, glossy(content, palette))
    stage.graded(
        oval(500, inner[0][1], inner[0][0], inner[0][0] * TILT), [(0.0, lighter(content, 0.35)), (1.0, content)], 30
    )
    stage.turned(500, [(width - 22, 300), (width - 14, 308), (width - 14, 376)], metal(lid))
    stage.graded(oval(500, 300, width - 22, (width - 22) * TILT), [(0.0, lighter(lid, 0.5)), (1.0, lid)], 25)


def _label(stage: Stage, palette: Palette, words: str, top: float, low: float, width: float, paper: Colour) -> None:
    stage.turned(500, [(width + 1, top), (width + 1, low)], matt(paper, palette), TILT, True)
    stage.text(words, 500, low - 18, 19 if len(words) < 9 else 16, palette.deep, 8 if len(words) < 9 else 4)


def chili_jar(stage: Stage, palette: Palette, rng: Random) -> None:
    """A sauce jar with flakes and seeds in oil and a bold label."""
    content = mix(palette.main, (150, 40, 20), 0.25)
    _jar(stage, palette, content, mix(palette.deep, (30, 24, 22), 0.4))
    bits = (mix(content, (40, 8, 4), 0.55), lighter(content, 0.35), (246, 208, 120))
    for number in range(64):
        x, y = rng.uniform(345, 655), rng.uniform(470, 545) if number % 2 else rng.uniform(738, 786)
        outline = turned(oval(x, y, rng.uniform(4, 10), 4), rng.uniform(0, 180), x, y)
        stage.shape(outline, bits[number % 3], 0.75)
    _label(stage, palette, "HONGMEN", 520, 730, 172, palette.pale)
    pepper = smooth([(448, 590), (480, 578), (520, 606), (566, 690), (508, 676), (462, 632)])
    stage.graded(pepper, [(0.0, lighter(palette.main, 0.25)), (1.0, palette.main)], 45)
    stage.line(smooth([(456, 592), (440, 572), (444, 556)], closed=False), 9, (74, 108, 58))
    stage.line(smooth([(484, 600), (516, 626), (534, 654)], closed=False), 5, WHITE, 0.5)
    _glint(stage, 352, 430, 770, 16, 0.5)


def honey_jar(stage: Stage, palette: Palette, rng: Random) -> None:
    """A honey jar with a cloth cover tied by string."""
    content = mix((232, 152, 28), palette.main, 0.45)
    _jar(stage, palette, content, BRASS, 182)
    for number in range(7):
        x, y = rng.uniform(360, 640), rng.uniform(470, 560)
        stage.shape(oval(x, y, 4 + number % 3, 4 + number % 3), lighter(content, 0.5), 0.6)
    cloth = [
        (500 + x, 352 + wave)
        for x, wave in zip(
            range(-196, 197, 28), (18, 34, 22, 40, 28, 44, 30, 46, 28, 42, 26, 38, 22, 32, 16), strict=True
        )
    ]
    cover = [*oval(500, 300, 168, 30, 180, 360), *reversed(cloth)]
    patch = stage.graded(
        cover,
        [
            (0.0, palette.pale),
            (0.6, mix(palette.pale, palette.accent, 0.2)),
            (1.0, mix(palette.pale, palette.deep, 0.4)),
        ],
        25,
    )
    for x in range(330, 700, 34):
        stage.soft(
            [(x, 280), (x + 9, 280), (x + 9 + (x - 500) * 0.1, 420), (x + (x - 500) * 0.1, 420)],
            5,
            palette.accent,
            0.35,
            patch,
        )
    stage.line(
        smooth([(326, 334), (420, 354), (500, 358), (580, 354), (674, 334)], closed=False),
        10,
        mix(palette.accent, palette.deep, 0.4),
    )
    stage.graded(box(424, 560, 576, 720, 14), [(0.0, palette.pale), (1.0, mix(palette.pale, palette.deep, 0.12))], 20)
    for dx, dy in ((0, 0), (-27, 16), (27, 16), (-27, 47), (27, 47), (0, 62), (0, 31)):
        cell = oval(500 + dx, 596 + dy, 15, 15, 30, 390, 6)
        stage.shape(cell, palette.main if dy != 31 else palette.accent)
    stage.text("YUNJI", 500, 698, 17, palette.deep, 7)
    _glint(stage, 344, 440, 760, 18, 0.6)


def candle(stage: Stage, palette: Palette, rng: Random) -> None:
    """A lit candle in a glass."""
    width = rng.choice((160, 176))
    _ground(stage, palette, 500, 800, width, 140)
    wax = mix(palette.pale, palette.main, 0.3)
    glass = mix(palette.main, palette.deep, 0.12)
    body = [(width, 440), (width, 770), (width - 14, 800)]
    stage.turned(500, body, glossy(glass, palette))
    stage.soft(
        oval(500, 520, width * 0.9, 110), 46, (255, 214, 140), 0.6, stage.cut(box(500 - width, 420, 500 + width, 800))
    )
    _ring(stage, 500, 440, width, lighter(glass, 0.5), 8, glass)
    pool = stage.cut(oval(500, 452, width - 14, (width - 14) * TILT - 4))
    stage.lay(pool, wax)
    stage.soft(oval(500, 452, 84, 13), 10, (255, 236, 186), 0.95, pool)
    stage.line([(500, 454), (503, 418)], 6, (52, 40, 34))
    stage.soft(oval(500, 372, 120, 120), 60, (255, 222, 150), 0.65)
    stage.graded(
        smooth([(501, 300), (524, 372), (502, 416), (480, 372)]),
        [(0.0, (255, 196, 92)), (0.5, (255, 226, 140)), (1.0, (255, 250, 226))],
    )
    stage.graded(box(416, 560, 584, 720, 8), [(0.0, palette.pale), (1.0, mix(palette.pale, palette.deep, 0.16))], 15)
    stage.line([(452, 652), (548, 652)], 3, palette.accent)
    stage.text("EVENING", 500, 620, 24, palette.deep, 6)
    stage.text("YUNJI", 500, 684, 17, palette.accent, 8)
    _glint(stage, 500 - width + 18, 480, 770, 14, 0.55)


def skincare_bottle(stage: Stage, palette: Palette, rng: Random) -> None:
    """A dropper or a pump bottle."""
    _ground(stage, palette, 500, 805, 128, 130)
    glass = mix(palette.main, palette.pale, rng.choice((0.08, 0.4)))
    body = smooth([(52, 452), (70, 468), (132, 506), (140, 560), (140, 700), (140, 780), (128, 805)], closed=False)
    stage.turned(500, body, glossy(glass, palette))
    dark = mix(palette.deep, (34, 30, 30), 0.3)
    if rng.random() < 0.5:
        stage.turned(500, [(56, 378), (60, 384), (60, 458)], metal(BRASS))
        rubber = smooth([(20, 216), (34, 236), (36, 300), (38, 380)], closed=False)
        stage.turned(500, rubber, matt(dark, palette))
    else:
        stage.turned(500, [(56, 400), (60, 406), (60, 458)], matt(palette.pale, palette))
        stage.turned(500, [(18, 330), (18, 402)], matt(palette.pale, palette))
        stage.graded(
            smooth([(372, 318), (420, 288), (540, 282), (552, 330), (520, 340), (420, 334), (384, 352)]),
            [(0.0, palette.pale), (1.0, mix(palette.pale, palette.deep, 0.4))],
            80,
        )
    _label(stage, palette, "WILLOW LANE", 570, 760, 140, mix(palette.pale, glass, 0.1))
    stage.line(smooth([(500, 700), (498, 660), (506, 622), (500, 606)], closed=False), 4, palette.deep)
    for x, y, angle in ((500, 676, -52), (502, 660, 50), (503, 640, -46), (504, 624, 44), (501, 610, 0)):
        stage.shape(
            turned(smooth([(x, y), (x - 7, y - 18), (x, y - 38), (x + 7, y - 18)]), angle, x, y),
            palette.main if angle < 0 else palette.accent,
        )
    _glint(stage, 386, 530, 780, 15, 0.6)


def lipstick(stage: Stage, palette: Palette, rng: Random) -> None:
    """A lipstick standing open, its cap lying in front."""
    case = mix(palette.deep, (30, 26, 28), 0.35)
    _ground(stage, palette, 470, 800, 78, 140)
    stage.turned(470, [(78, 610), (80, 616), (80, 796), (76, 800)], glossy(case, palette))
    stage.turned(470, [(64, 520), (64, 616)], metal(BRASS))
    stage.turned(470, [(54, 470), (54, 524)], metal(lighter(BRASS, 0.15)))
    cut = [(418, 480), (418, 330), *smooth([(420, 318), (452, 262), (500, 236), (522, 262)], closed=False), (522, 480)]
    body = [*cut, *oval(470, 480, 52, 8, 0, 180)]
    stage.graded(
        body,
        [
            (0.0, mix(palette.main, palette.deep, 0.3)),
            (0.25, lighter(palette.main, 0.35)),
            (0.5, palette.main),
            (1.0, mix(palette.main, palette.deep, 0.5)),
        ],
        0,
    )
    slant = smooth([(424, 330), (446, 272), (498, 240), (518, 262), (490, 330), (446, 350)])
    stage.graded(slant, [(0.0, lighter(palette.main, 0.5)), (1.0, lighter(palette.main, 0.12))], 60)
    stage.text("W L", 470, 720, 20, lighter(BRASS, 0.3), 6)
    lying = turned(box(585, 752, 800, 838, 16), -7, 690, 795)
    stand(stage, palette, moved(lying, 6, 12), 60, 0.8)
    stage.graded(
        lying,
        [(0.0, mix(case, WHITE, 0.2)), (0.25, mix(case, WHITE, 0.5)), (0.4, case), (1.0, mix(case, (0, 0, 0), 0.45))],
        84,
    )
    end = turned(oval(797, 795, 15, 42), -7, 690, 795)
    stage.graded(end, [(0.0, lighter(BRASS, 0.5)), (1.0, mix(BRASS, palette.deep, 0.5))], 70)
    stage.shape(turned(oval(798, 795, 10, 34), -7, 690, 795), mix(case, (0, 0, 0), 0.4))


def thermos(stage: Stage, palette: Palette, rng: Random) -> None:
    """A steel flask with a cup lid and a carrying loop."""
    width = rng.choice((112, 128))
    _ground(stage, palette, 500, 810, width, 150)
    loop = smooth(
        [(500 + width * 0.5, 262), (540 + width, 250), (556 + width, 320), (500 + width * 0.86, 352)], closed=False
    )
    stage.line(loop, 20, mix(palette.accent, palette.deep, 0.3))
    stage.line(moved(loop, -3, -4), 8, lighter(palette.accent, 0.25))
    body = smooth(
        [(width * 0.72, 366), (width * 0.9, 392), (width, 440), (width, 640), (width, 790), (width - 8, 810)],
        closed=False,
    )
    stage.turned(500, body, glossy(palette.main, palette))
    stage.turned(500, [(width, 762), (width, 790), (width - 8, 810)], metal(TIN), TILT, True)
    stage.turned(500, [(width * 0.72, 350), (width * 0.72, 372)], metal(TIN))
    stage.turned(
        500,
        [(width * 0.74, 214), (width * 0.82, 226), (width * 0.86, 352)],
        glossy(mix(palette.main, palette.deep, 0.35), palette),
    )
    lid = width * 0.74
    stage.graded(oval(500, 214, lid, lid * TILT), [(0.0, lighter(palette.main, 0.35)), (1.0, palette.main)], 25)
    bird = [(452, 600), (486, 590), (506, 566), (520, 590), (560, 586), (522, 610), (512, 642), (496, 612)]
    stage.shape(bird, palette.pale, 0.92)
    stage.text("XIYAN", 500, 680, 18, palette.pale, 8)
    _glint(stage, 500 - width * 0.62, 450, 740, 13, 0.45)


def desk_lamp(stage: Stage, palette: Palette, rng: Random) -> None:
    """A table lamp with a dome shade, switched on."""
    _ground(stage, palette, 500, 810, 140, 170)
    stage.soft(oval(500, 740, 330, 100), 80, (255, 224, 156), 0.75)
    stage.turned(
        500, [(134, 786), (140, 792), (140, 806), (136, 812)], glossy(mix(palette.main, palette.deep, 0.25), palette)
    )
    stage.graded(oval(500, 786, 134, 22), [(0.0, lighter(palette.main, 0.5)), (1.0, palette.main)], 25)
    stem = rng.choice((17, 42))
    stage.turned(
        500,
        [(stem * 0.7, 470), (stem, 560), (stem * 1.5, 786)],
        glossy(palette.main, palette) if stem > 20 else metal(BRASS),
    )
    dome = smooth([(20, 262), (110, 284), (200, 356), (246, 470), (250, 500)], closed=False)
    stage.turned(500, dome, glossy(palette.main, palette), 0.1)
    mouth = stage.cut(oval(500, 500, 248, 25))
    stage.lay(mouth, (255, 238, 196))
    stage.soft(oval(500, 506, 120, 16), 18, WHITE, 1.0, mouth)
    stage.soft([(270, 520), (730, 520), (900, 800), (100, 800)], 60, (255, 230, 170), 0.3)
    stage.graded(oval(500, 256, 22, 19), [(0.0, lighter(BRASS, 0.5)), (1.0, mix(BRASS, palette.deep, 0.4))], 60)
    stage.soft(smooth([(330, 420), (380, 340), (440, 304), (400, 350), (352, 440)]), 10, WHITE, 0.5)

"""Goods that are not turned: soap, shoes, headphones, knives, boards, books, toys."""

from __future__ import annotations

from random import Random

from renmai.cli.demo.draw.colours import WHITE, Colour, Palette, lighter, mix
from renmai.cli.demo.draw.outlines import Outline, box, moved, oval, smooth, turned
from renmai.cli.demo.draw.stage import Stage, surface
from renmai.cli.demo.draw.studio import stand

STEEL: Colour = (188, 194, 200)
WOOD: Colour = (186, 132, 84)


def soap_bar(stage: Stage, palette: Palette, rng: Random) -> None:
    """Two bars, one leaning on the other, stamped."""
    for dx, dy, turn, tone in ((70, -118, -8, mix(palette.main, palette.pale, 0.45)), (-20, 40, 4, palette.main)):
        top = turned(box(270 + dx, 520 + dy, 730 + dx, 700 + dy, 60), turn, 500, 640)
        low = moved(top, 0, 74)
        stand(stage, palette, moved(low, 8, 4), 70)
        stage.graded(smooth_hull(top, low), [(0.0, tone), (1.0, mix(tone, palette.deep, 0.5))], 60)
        face = stage.graded(top, [(0.0, lighter(tone, 0.42)), (1.0, tone)], 50)
        for _ in range(26):
            x, y = rng.uniform(280 + dx, 720 + dx), rng.uniform(530 + dy, 690 + dy)
            stage.soft(oval(x, y, rng.uniform(2, 6), 3), 2, mix(tone, palette.deep, 0.6), 0.35, face)
        rim = turned(box(318 + dx, 552 + dy, 682 + dx, 668 + dy, 40), turn, 500, 640)
        stage.line([*rim, rim[0]], 4, mix(tone, palette.deep, 0.35), 0.7)
        stage.line(moved([*rim, rim[0]], 2, 4), 3, WHITE, 0.45)
    stage.text("LIULI", 486, 652, 44, mix(palette.main, palette.deep, 0.5), 14)
    for x, y, r in ((250, 770, 26), (300, 808, 15), (222, 812, 12), (762, 700, 18)):
        stage.soft(oval(x + 6, y + 8, r, r * 0.7), 6, palette.deep, 0.25)
        stage.graded(oval(x, y, r, r), [(0.0, WHITE), (1.0, mix(palette.wall, palette.main, 0.3))], 50, 0.75)


def smooth_hull(top: Outline, low: Outline) -> Outline:
    """The side wall between a face and the same face moved down: the upper half of one, the lower half of the other."""
    left, right = min(top), max(top)
    upper = [p for p in top if p[1] <= left[1] + (right[1] - left[1]) * (p[0] - left[0]) / (right[0] - left[0])]
    lower = [p for p in low if p[1] >= left[1] + (right[1] - left[1]) * (p[0] - left[0]) / (right[0] - left[0]) + 74]
    return [left, *sorted(upper), right, *sorted(lower, reverse=True)]


def sneaker(stage: Stage, palette: Palette, rng: Random) -> None:
    """One shoe from the side."""
    sole = smooth(
        [
            (150, 742),
            (168, 782),
            (300, 792),
            (560, 792),
            (800, 792),
            (872, 770),
            (866, 728),
            (760, 722),
            (500, 728),
            (300, 724),
        ],
        steps=8,
    )
    stand(stage, palette, moved(oval(515, 782, 350, 22), 0, 4), 70)
    upper = smooth(
        [
            (168, 738),
            (152, 640),
            (170, 520),
            (206, 440),
            (262, 452),
            (330, 470),
            (392, 430),
            (430, 452),
            (520, 536),
            (610, 606),
            (740, 640),
            (842, 676),
            (868, 738),
            (500, 748),
        ],
        steps=8,
    )
    cloth = stage.graded(upper, surface(palette.main, palette, 0.42), 50)
    stage.soft(oval(300, 560, 110, 50), 40, WHITE, 0.35, cloth)
    stage.soft(box(150, 700, 880, 760), 16, palette.deep, 0.4, cloth)
    stage.shape(
        smooth([(206, 446), (262, 456), (330, 474), (390, 436), (380, 486), (300, 506), (222, 484)]),
        mix(palette.deep, (24, 20, 22), 0.3),
    )
    toe = smooth([(700, 632), (800, 656), (858, 690), (868, 740), (716, 744), (672, 690)], steps=8)
    stage.graded(toe, surface(palette.pale, palette, 0.22), 50)
    heel = smooth([(156, 650), (176, 520), (206, 446), (240, 470), (232, 600), (222, 742), (166, 742)], steps=8)
    stage.graded(heel, surface(palette.accent, palette, 0.36), 30)
    wave = smooth(
        [(262, 706), (330, 600), (420, 640), (520, 690), (610, 660), (540, 722), (420, 706), (330, 672)], steps=8
    )
    stage.shape(moved(wave, 3, 5), palette.deep, 0.35)
    stage.shape(wave, palette.pale)
    tongue = smooth([(384, 440), (430, 410), (470, 452), (560, 540), (520, 560)], steps=8)
    stage.graded(tongue, surface(mix(palette.main, palette.pale, 0.35), palette, 0.3), 40)
    _laces(stage, palette)
    stage.graded(sole, [(0.0, WHITE), (0.5, palette.pale), (1.0, mix(palette.pale, palette.deep, 0.35))])
    stage.line(smooth([(160, 756), (500, 762), (866, 752)], closed=False), 6, palette.accent)
    stage.line(smooth([(160, 734), (500, 736), (866, 732)], closed=False), 2, palette.deep, 0.35)


def _laces(stage: Stage, palette: Palette) -> None:
    for step in range(5):
        x, y = 424 + step * 42, 470 + step * 35
        stage.line([(x + 24, y - 20), (x - 40, y + 42)], 14, palette.deep, 0.3)
        stage.line([(x + 22, y - 24), (x - 42, y + 36)], 13, palette.pale)
        stage.shape(oval(x - 42, y + 36, 8, 8), palette.deep, 0.7)


def headphones(stage: Stage, palette: Palette, rng: Random) -> None:
    """Over-ear headphones standing on their cups."""
    stand(stage, palette, oval(320, 796, 76, 14), 110)
    stand(stage, palette, oval(680, 796, 76, 14), 110)
    band = smooth([(288, 560), (286, 400), (372, 248), (500, 206), (628, 248), (714, 400), (712, 560)], closed=False)
    inner = smooth([(330, 500), (340, 400), (404, 290), (500, 258), (596, 290), (660, 400), (670, 500)], closed=False)
    stage.line(inner, 40, mix(palette.main, palette.deep, 0.6))
    stage.line(band, 38, mix(palette.main, palette.deep, 0.2))
    stage.line(moved(band, -3, -8), 10, lighter(palette.main, 0.5), 0.75)
    for side in (1, -1):
        _cup(stage, palette, side)


def _cup(stage: Stage, palette: Palette, side: int) -> None:
    cx = 500 - side * 196
    stage.graded(box(cx - 13, 470, cx + 13, 600, 10), [(0.0, (236, 236, 236)), (1.0, (120, 122, 128))], 0)
    pad = oval(cx + side * 46, 662, 62, 138)
    dark = mix(palette.deep, (26, 24, 26), 0.4)
    stage.graded(pad, [(0.0, lighter(dark, 0.25)), (0.5, dark), (1.0, mix(dark, (0, 0, 0), 0.4))], 40)
    shell = oval(cx, 662, 84, 134)
    stage.graded(shell, surface(palette.main, palette, 0.55), 45)
    stage.graded(
        oval(cx - side * 6, 662, 60, 104),
        [(0.0, mix(palette.main, palette.deep, 0.3)), (1.0, lighter(palette.main, 0.2))],
        50,
    )
    stage.graded(oval(cx - side * 8, 662, 46, 84), surface(palette.accent, palette, 0.4), 50)
    stage.soft(oval(cx - 36, 590, 16, 44), 12, WHITE, 0.4)
    stage.shape(oval(cx - side * 8, 662, 9, 15), lighter(palette.accent, 0.5), 0.8)


def chef_knife(stage: Stage, palette: Palette, rng: Random) -> None:
    """A knife laid across a folded cloth."""
    napkin = turned(box(250, 300, 790, 800, 10), -9, 500, 560)
    stand(stage, palette, moved(napkin, 4, 8), 24, 0.7)
    cloth = stage.graded(napkin, surface(palette.pale, palette, 0.2), 40)
    for shift in (30, 52, 420, 442):
        stage.line(turned([(250 + shift, 304), (250 + shift, 796)], -9, 500, 560), 6, palette.accent, 0.75)
    stage.soft(turned(box(505, 300, 540, 800), -9, 500, 560), 14, palette.deep, 0.22, cloth)
    blade = smooth(
        [(120, 706), (220, 560), (400, 468), (604, 420), (620, 420), (640, 520), (470, 600), (300, 668)], steps=10
    )
    blade = turned(
        [(112, 640), (260, 560), (440, 520), (640, 510), (640, 606), (520, 630), (330, 652), (190, 656)], -14, 500, 560
    )
    stage.soft(moved(blade, 10, 22), 14, palette.deep, 0.5)
    steel = stage.graded(
        blade, [(0.0, (240, 243, 246)), (0.35, STEEL), (0.55, (226, 230, 234)), (1.0, (140, 148, 158))], 76
    )
    edge = turned(
        [(112, 640), (190, 640), (330, 634), (520, 608), (640, 580), (640, 606), (520, 630), (330, 652), (190, 656)],
        -14,
        500,
        560,
    )
    stage.soft(edge, 3, WHITE, 0.75, steel)
    grip = turned(
        smooth(
            [(638, 508), (700, 502), (860, 512), (916, 530), (912, 574), (850, 580), (700, 566), (640, 572)], steps=8
        ),
        -14,
        500,
        560,
    )
    stage.soft(moved(grip, 8, 20), 12, palette.deep, 0.5)
    wood = mix(WOOD, palette.main, 0.45)
    handle = stage.graded(grip, [(0.0, lighter(wood, 0.35)), (0.4, wood), (1.0, mix(wood, (30, 18, 12), 0.6))], 80)
    for y in (522, 536, 550, 562):
        stage.lay(
            stage.cut_line(turned([(660, y), (780, y + 4), (905, y + 6)], -14, 500, 560), 2),
            mix(wood, (40, 22, 12), 0.6),
            0.5,
        )
    stage.soft(turned(box(650, 508, 900, 516), -14, 500, 560), 4, WHITE, 0.4, handle)
    stage.graded(turned(box(622, 504, 660, 600, 8), -14, 500, 560), [(0.0, (236, 226, 200)), (1.0, (150, 128, 90))], 80)
    for x in (712, 790, 866):
        stage.shape(turned(oval(x, 542, 8, 8), -14, 500, 560), (222, 196, 140))


def cutting_board(stage: Stage, palette: Palette, rng: Random) -> None:
    """A board with its grain, a hole to hang it by, and something cut on it."""
    wood = mix(WOOD, palette.main, 0.35)
    shape = box(290, 330, 710, 830, 44)
    grip = box(446, 190, 554, 380, 46)
    for outline in (shape, grip):
        stand(stage, palette, turned(moved(outline, 10, 14), 12, 500, 560), 34)
    edge = stage.cut(*(turned(moved(outline, 5, 16), 12, 500, 560) for outline in (shape, grip)))
    stage.lay(edge, mix(wood, (40, 22, 14), 0.55))
    face = stage.cut(turned(shape, 12, 500, 560), turned(grip, 12, 500, 560))
    stage.lay(face, wood)
    for number in range(22):
        x = 292 + number * 19.5 + rng.uniform(-5, 5)
        line = smooth(
            [(x, 180), (x + rng.uniform(-12, 12), 400), (x + rng.uniform(-12, 12), 620), (x, 840)], closed=False
        )
        band = [*line, *[(px + rng.uniform(4, 13), py) for px, py in reversed(line)]]
        stage.soft(turned(band, 12, 500, 560), 3, mix(wood, (70, 36, 18) if number % 2 else WHITE, 0.45), 0.5, face)
    stage.soft(oval(380, 330, 200, 240), 90, WHITE, 0.32, face)
    stage.shape(turned(oval(500, 250, 20, 20), 12, 500, 560), mix(palette.wall, palette.deep, 0.35))
    groove = turned(box(322, 420, 678, 798, 26), 12, 500, 560)
    stage.line([*groove, groove[0]], 7, mix(wood, (50, 26, 14), 0.45), 0.7)
    stage.line(moved([*groove, groove[0]], 2, 5), 3, WHITE, 0.35)
    for x, y, r in ((430, 560, 46), (520, 600, 42), (470, 660, 44)):
        _slice(stage, palette, x, y, r)
    for x, y, angle in ((600, 500, 30), (630, 545, -20), (590, 720, 60)):
        stage.graded(
            turned(smooth([(x, y), (x - 16, y - 28), (x, y - 62), (x + 16, y - 28)]), angle, x, y),
            [(0.0, (136, 178, 98)), (1.0, (60, 112, 66))],
            60,
        )


def _slice(stage: Stage, palette: Palette, x: float, y: float, r: float) -> None:
    stage.soft(oval(x + 6, y + 9, r, r), 6, palette.deep, 0.4)
    stage.graded(oval(x, y, r, r), [(0.0, (242, 142, 62)), (1.0, (222, 96, 34))], 50)
    stage.shape(oval(x, y, r * 0.87, r * 0.87), (252, 234, 204))
    for step in range(8):
        piece = [(x, y), *oval(x, y, r * 0.78, r * 0.78, step * 45 + 5, step * 45 + 40, 6)]
        stage.shape(piece, (246, 164, 84) if step % 2 else (248, 176, 96))


def notebook(stage: Stage, palette: Palette, rng: Random) -> None:
    """A cloth-spined notebook, a pencil on it."""
    turn = rng.choice((-11, 9))
    cover = turned(box(282, 230, 718, 808, 16), turn, 500, 520)
    stand(stage, palette, moved(cover, 10, 16), 46)
    for step in range(5, 0, -1):
        stage.shape(
            moved(turned(box(286, 234, 714, 806, 10), turn, 500, 520), step * 2.2, step * 3),
            palette.pale if step % 2 else mix(palette.pale, palette.deep, 0.25),
        )
    stage.shape(moved(cover, 13, 18), mix(palette.main, palette.deep, 0.5), 0.0)
    board = stage.graded(cover, surface(palette.main, palette, 0.26), 50)
    stage.soft(oval(380, 330, 170, 190), 80, WHITE, 0.22, board)
    spine = turned(box(282, 230, 360, 808, 10), turn, 500, 520)
    stage.graded(spine, surface(mix(palette.main, palette.deep, 0.45), palette, 0.4), 30)
    stage.line(turned([(362, 232), (362, 806)], turn, 500, 520), 3, palette.deep, 0.5)
    label = turned(box(430, 320, 650, 440, 6), turn, 500, 520)
    stage.shape(moved(label, 3, 4), palette.deep, 0.3)
    stage.shape(label, palette.pale)
    for y in (362, 396):
        stage.line(turned([(456, y), (624, y)], turn, 500, 520), 3, palette.accent, 0.9)
    ribbon = turned([(590, 800), (618, 800), (622, 872), (604, 856), (588, 874)], turn, 500, 520)
    stage.shape(ribbon, palette.accent)
    _pencil(stage, palette, turn)


def _pencil(stage: Stage, palette: Palette, turn: float) -> None:
    def place(points: Outline) -> Outline:
        return turned(turned(points, 34 + turn, 560, 620), 0, 500, 520)

    body = place(box(548, 400, 572, 760))
    stage.soft(moved(body, 12, 14), 7, palette.deep, 0.5)
    stage.graded(
        body,
        [(0.0, lighter(palette.accent, 0.4)), (0.5, palette.accent), (1.0, mix(palette.accent, palette.deep, 0.5))],
        20,
    )
    stage.shape(place([(548, 760), (572, 760), (560, 806)]), (240, 212, 172))
    stage.shape(place([(556, 791), (564, 791), (560, 806)]), (50, 46, 48))
    stage.shape(place(box(547, 378, 573, 404, 4)), STEEL)


def toy_rabbit(stage: Stage, palette: Palette, rng: Random) -> None:
    """A sitting cloth rabbit with an embroidered face and a scarf."""
    fur, dark = palette.main, mix(palette.main, palette.deep, 0.3)
    stand(stage, palette, oval(500, 806, 196, 26), 130)
    droop = rng.choice((0, 1))
    for side in (-1, 1):
        _ear(stage, palette, side, 9 + droop * 16 * (side > 0))
    stage.graded(oval(500, 680, 148, 140), surface(fur, palette, 0.42), 55)
    stage.graded(oval(500, 706, 92, 98), [(0.0, palette.pale), (1.0, mix(palette.pale, fur, 0.5))], 60)
    for side in (-1, 1):
        arm = turned(oval(500 + side * 132, 640, 40, 96), side * -24, 500 + side * 132, 640)
        stage.graded(arm, surface(fur, palette, 0.4), 55)
        foot = turned(oval(500 + side * 106, 782, 76, 44), side * 12, 500 + side * 106, 782)
        stage.soft(moved(foot, 5, 8), 8, palette.deep, 0.35)
        stage.graded(foot, surface(fur, palette, 0.36), 55)
        stage.shape(
            turned(oval(500 + side * 122, 786, 40, 26), side * 12, 500 + side * 122, 786),
            mix(palette.pale, palette.accent, 0.25),
            0.85,
        )
    stage.soft(oval(506, 578, 130, 40), 16, palette.deep, 0.35)
    head = stage.graded(
        smooth([(500, 350), (610, 382), (652, 470), (610, 556), (500, 584), (390, 556), (348, 470), (390, 382)]),
        surface(fur, palette, 0.36),
        55,
    )
    stage.soft(oval(440, 410, 80, 50), 36, WHITE, 0.4, head)
    for side in (-1, 1):
        stage.soft(oval(500 + side * 96, 508, 34, 22), 12, palette.accent, 0.55, head)
        stage.shape(oval(500 + side * 58, 462, 15, 18), mix(palette.deep, (20, 16, 20), 0.5))
        stage.shape(oval(495 + side * 58, 455, 5, 6), WHITE)
    stage.graded(oval(500, 514, 72, 46), [(0.0, palette.pale), (1.0, mix(palette.pale, fur, 0.35))], 70)
    stage.shape(smooth([(482, 494), (518, 494), (500, 514)]), mix(palette.accent, palette.deep, 0.15))
    mouth = smooth([(472, 526), (488, 536), (500, 514), (512, 536), (528, 526)], closed=False)
    stage.line(mouth, 5, dark)
    knot = smooth([(394, 570), (500, 608), (606, 570), (616, 602), (500, 646), (384, 602)], steps=10)
    stage.graded(knot, surface(palette.accent, palette, 0.3), 60)
    stage.graded(
        smooth([(548, 620), (592, 606), (620, 716), (566, 724)], steps=6), surface(palette.accent, palette, 0.4), 60
    )


def _ear(stage: Stage, palette: Palette, side: int, lean: float) -> None:
    cx = 500 + side * 66
    ear = turned(
        smooth([(cx - 46, 390), (cx - 52, 250), (cx, 140), (cx + 52, 250), (cx + 46, 390)]), side * lean, cx, 390
    )
    stage.graded(ear, surface(palette.main, palette, 0.4), 40)
    inner = turned(
        smooth([(cx - 20, 370), (cx - 26, 260), (cx, 182), (cx + 26, 260), (cx + 20, 370)]), side * lean, cx, 390
    )
    stage.graded(
        inner, [(0.0, mix(palette.pale, palette.accent, 0.35)), (1.0, mix(palette.accent, palette.pale, 0.4))], 80
    )

"""Goods of cloth: shirts, scarves, bags, cushions."""

from __future__ import annotations

from random import Random

from renmai.cli.demo.draw.colours import WHITE, Colour, Palette, lighter, mix
from renmai.cli.demo.draw.outlines import Outline, box, mirrored, moved, oval, smooth, turned
from renmai.cli.demo.draw.stage import Stage, surface
from renmai.cli.demo.draw.studio import stand

STEEL: Colour = (188, 194, 200)
WOOD: Colour = (186, 132, 84)


def linen_shirt(stage: Stage, palette: Palette, rng: Random) -> None:
    """A shirt on a hanger."""
    stage.line(
        smooth([(500, 190), (500, 160), (522, 138), (540, 118), (520, 96), (494, 104)], closed=False),
        8,
        mix(STEEL, palette.deep, 0.4),
    )
    stage.line(smooth([(330, 262), (500, 186), (670, 262)], closed=False, steps=20), 18, WOOD)
    side = [(404, 216), (326, 250), (322, 262), (334, 420), (326, 600), (318, 770), (320, 778)]
    hem = [(372, 804), (440, 826), (500, 832)]
    left = [*smooth(side, closed=False, steps=6), *smooth(hem, closed=False, steps=6)]
    body = [*left, *mirrored(left, 500)[::-1]]
    sleeve = [
        *smooth([(330, 250), (276, 300), (240, 430), (206, 640)], closed=False),
        (200, 700),
        (270, 716),
        *smooth([(278, 652), (312, 520), (340, 410)], closed=False),
    ]
    cuff: Outline = [(207, 640), (198, 704), (272, 720), (282, 654)]
    stage.soft(moved(body, 34, 26), 30, palette.deep, 0.3)
    for part in (sleeve, mirrored(sleeve, 500)):
        stage.graded(part, surface(mix(palette.main, palette.deep, 0.12), palette), 30)
    for part in (cuff, mirrored(cuff, 500)):
        stage.graded(part, surface(palette.main, palette), 30)
        stage.line([part[0], part[3]], 3, mix(palette.main, palette.deep, 0.5), 0.8)
    cloth = stage.graded(body, surface(palette.main, palette, 0.3), 25)
    for x, lean in ((360, -10), (420, 14), (590, -16), (640, 12)):
        stage.soft([(x, 330), (x + 14, 330), (x + 20 + lean, 820), (x - 12 + lean, 820)], 12, palette.deep, 0.26, cloth)
        stage.soft([(x + 26, 330), (x + 34, 330), (x + 48 + lean, 820), (x + 30 + lean, 820)], 9, WHITE, 0.26, cloth)
    stage.shape(
        smooth([(440, 214), (500, 240), (560, 214), (540, 262), (500, 316), (460, 262)], steps=8),
        mix(palette.main, palette.deep, 0.6),
    )
    seam = mix(palette.main, palette.deep, 0.5)
    stage.line([(486, 310), (484, 830)], 3, seam, 0.8)
    stage.line([(518, 310), (520, 832)], 3, seam, 0.5)
    collar: Outline = [(432, 206), (470, 236), (500, 314), (446, 344), (400, 240)]
    for part in (collar, mirrored(collar, 500)):
        stage.soft(moved(part, 4, 10), 8, palette.deep, 0.4, cloth)
        stage.graded(part, surface(lighter(palette.main, 0.12), palette, 0.2), 40)
    for y in range(356, 800, 90):
        stage.shape(oval(502, y + 2, 10, 10), mix(seam, palette.deep, 0.5), 0.6)
        stage.shape(oval(501, y, 9, 9), palette.pale)
    pocket = [(566, 420), (660, 420), (660, 510), (613, 534), (566, 510)]
    stage.graded(pocket, surface(mix(palette.main, palette.deep, 0.06), palette, 0.2), 60)
    stage.line([*pocket, pocket[0]], 3, seam, 0.75)


def scarf(stage: Stage, palette: Palette, rng: Random) -> None:
    """A folded scarf with fringe and stripes."""
    base = box(236, 330, 764, 720, 46)
    stand(stage, palette, moved(base, 12, 40), 60)
    for step, tone in enumerate(
        (mix(palette.main, palette.deep, 0.4), mix(palette.main, palette.deep, 0.2), palette.main)
    ):
        layer = box(240 + step * 3, 400 - step * 42, 760 - step * 3, 756 - step * 42, 44)
        stage.soft(moved(layer, 6, 12), 9, palette.deep, 0.35)
        fold = stage.graded(layer, surface(tone, palette, 0.26), 70)
    for x, width, tone in (
        (330, 46, palette.accent),
        (394, 14, palette.pale),
        (600, 46, palette.pale),
        (664, 14, palette.accent),
    ):
        stripe = stage.cut(box(x, 316, x + width, 672))
        stage.lay(stripe, tone, 0.82)
    for y in range(330, 668, 9):
        stage.line([(250, y), (750, y)], 2, palette.deep if y % 2 else WHITE, 0.1)
    stage.soft(box(250, 640, 750, 690), 18, palette.deep, 0.45, fold)
    tail = [(560, 560), (742, 560), (748, 800), (552, 800)]
    stage.soft(moved(tail, 8, 14), 14, palette.deep, 0.35)
    cloth = stage.graded(tail, surface(palette.main, palette, 0.22), 60)
    stage.lay(stage.cut(box(560, 716, 744, 736)), palette.accent, 0.85)
    stage.lay(stage.cut(box(560, 748, 744, 756)), palette.pale, 0.85)
    stage.soft(box(636, 560, 650, 800), 12, palette.deep, 0.28, cloth)
    for x in range(558, 748, 9):
        end = [(x, 796), (x + rng.uniform(-5, 5), 822), (x + rng.uniform(-8, 8), 850)]
        stage.line(smooth(end, closed=False, steps=5), 5, mix(palette.main, WHITE if x % 2 else palette.deep, 0.2))


def tote_bag(stage: Stage, palette: Palette, rng: Random) -> None:
    """A canvas tote with bread and greens looking out."""
    body = smooth(
        [(290, 410), (276, 600), (262, 812), (500, 826), (738, 812), (724, 600), (710, 410), (500, 400)], steps=6
    )
    bag = [(288, 404), (712, 404), (738, 806), (716, 826), (284, 826), (262, 806)]
    stand(stage, palette, oval(500, 816, 236, 20), 130)
    back = smooth([(410, 420), (416, 330), (500, 268), (584, 330), (590, 420)], closed=False)
    stage.line(back, 26, mix(palette.main, palette.deep, 0.3))
    for turn, tone in ((-16, (214, 158, 92)), (-5, (226, 176, 108))):
        loaf = turned(box(400, 250, 456, 520, 28), turn, 430, 500)
        stage.graded(loaf, [(0.0, lighter(tone, 0.3)), (1.0, mix(tone, (96, 52, 24), 0.5))], 10)
    for angle in (18, 34, 4, 48):
        leaf = smooth([(590, 460), (556, 360), (590, 270), (626, 360)])
        stage.graded(turned(leaf, angle, 590, 460), [(0.0, (132, 174, 96)), (1.0, (56, 104, 66))], 60)
    canvas = stage.graded(bag, surface(palette.main, palette, 0.28), 35)
    for x, lean in ((340, -16), (660, 18), (470, -6)):
        stage.soft(
            [(x, 420), (x + 16, 420), (x + lean + 30, 826), (x + lean - 16, 826)], 20, palette.deep, 0.18, canvas
        )
    stage.soft(body, 30, WHITE, 0.06, canvas)
    stage.line([(292, 436), (708, 436)], 3, mix(palette.main, palette.deep, 0.5), 0.7)
    front = smooth([(372, 560), (366, 420), (400, 264), (500, 214), (600, 264), (634, 420), (628, 560)], closed=False)
    stage.line(moved(front, 5, 7), 32, palette.deep, 0.25)
    stage.line(front, 32, mix(palette.main, palette.pale, 0.12))
    stage.line(moved(front, -7, -6), 4, WHITE, 0.35)
    ink = palette.accent if sum(palette.main) > 600 else palette.pale
    stage.shape(oval(500, 640, 62, 62), ink)
    hill = [
        *smooth([(440, 656), (474, 616), (500, 640), (530, 606), (560, 652)], closed=False),
        *oval(500, 640, 62, 62, 14, 166, 20),
    ]
    stage.shape(hill, mix(ink, palette.main, 0.55))
    stage.text("SLOW LOOM", 500, 738, 26, ink, 10)


def cushion(stage: Stage, palette: Palette, rng: Random) -> None:
    """A square cushion with woven stripes."""
    top = [(236, 300), (330, 322), (500, 316), (670, 322), (764, 300), (750, 400), (758, 560)]
    low = [(752, 710), (770, 814), (670, 796), (500, 802), (330, 796), (230, 814), (248, 710), (242, 560), (250, 400)]
    outline = smooth([*top, *low], steps=10)
    stand(stage, palette, oval(500, 800, 262, 20), 110)
    cloth = stage.graded(outline, surface(palette.main, palette, 0.42), 50)
    tones = (palette.pale, mix(palette.main, palette.deep, 0.35), palette.accent, mix(palette.main, palette.pale, 0.4))
    upright = rng.random() < 0.5
    for number, place in enumerate((300, 352, 392, 470, 548, 600, 652, 706)):
        bar = _stripe(place, (24, 8, 14, 40)[number % 4], upright)
        stage.soft(bar, 1.2, tones[number % 4], 0.8, cloth)
    stage.soft(oval(400, 470, 170, 130), 80, WHITE, 0.38, cloth)
    for corner in ((226, 300), (774, 300), (780, 812), (220, 812)):
        stage.soft(oval(corner[0], corner[1], 90, 80), 44, palette.deep, 0.26, cloth)
    stage.soft(box(220, 730, 780, 830), 40, palette.deep, 0.4, cloth)
    for x, y, dx in ((300, 350, 70), (700, 350, -70), (300, 770, 66), (700, 770, -66)):
        stage.soft(
            smooth([(x, y), (x + dx, y + (60 if y < 500 else -60)), (x + dx * 0.8, y + (72 if y < 500 else -72))]),
            8,
            palette.deep,
            0.35,
            cloth,
        )
    stage.line([*outline, outline[0]], 7, mix(palette.main, palette.deep, 0.3), 0.85)


def _stripe(place: float, width: float, upright: bool) -> Outline:
    bend = (place - 500) * 0.06
    line = smooth([(200, place + bend), (500, place - bend * 0.6), (800, place + bend)], closed=False)
    bar = [*line, *[(x, y + width) for x, y in reversed(line)]]
    return [(y, x) for x, y in moved(bar, 0, 0)] if upright else moved(bar, 0, 40)

"""The scene of the demo's film: Lin Wan at her tea table, drawn with the portraits' and goods' own pens. A picture for any time.

Everything that moves comes back to where it began after LOOP_SECONDS, so that the film goes round without a seam.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from math import cos, pi, sin
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from renmai.cli.demo.draw import face, goods_round, hair
from renmai.cli.demo.draw.colours import PALETTES, WHITE, mix
from renmai.cli.demo.draw.outlines import box, moved, oval, smooth, turned
from renmai.cli.demo.draw.stage import Stage, ramp

WIDTH, HEIGHT = 480, 848
LOOP_SECONDS = 32
LOOK = replace(face.LOOKS[1], cloth=(198, 208, 180))  # before a pale wall
PALETTE = PALETTES["matcha"]
PERSON, PERSON_LEFT, PERSON_TOP = 600, -60, 36
TABLE = 610
PAPER, INK, RED = (247, 240, 229), (46, 36, 40), (181, 48, 28)
Painter = Callable[[Stage], None]


def picture(at: float) -> Image.Image:
    """Return the picture at a time of the loop, in seconds."""
    frame = _wall(at)
    _person(frame, at)
    _table(frame, at)
    return _light(frame, at)


def swing(at: float, seconds: float, shift: float = 0.0) -> float:
    """Return -1 to 1, so many times in a loop that it comes round: a period of about `seconds`."""
    turns = round(LOOP_SECONDS / seconds)
    return sin(2 * pi * (turns * at / LOOP_SECONDS + shift))


def within(at: float, start: float, end: float, ease: float = 0.9) -> float:
    """Return 0 outside a span of time, 1 inside it, with soft ends."""
    rise = min(1.0, max(0.0, (at - start) / ease))
    fall = min(1.0, max(0.0, (end - at) / ease))
    share = min(rise, fall)
    return share * share * (3 - 2 * share)


def cut_out(width: int, height: int, paint: Painter) -> Image.Image:
    """Return what a painter paints, on nothing: painted on black and on white, the difference is what shows through."""
    dark, light = Stage(width, height, (0, 0, 0)), Stage(width, height, WHITE)
    paint(dark)
    paint(light)
    through = ImageChops.difference(light.image, dark.image).convert("L")
    alpha = through.point(lambda value: 255 - value)
    return Image.merge("RGBa", (*dark.image.split(), alpha)).convert("RGBA")


def put(frame: Image.Image, part: Image.Image, left: float, top: float) -> None:
    """Put a cut-out on the frame, between pixels too: what moves slowly must not jump."""
    whole_left, whole_top = int(left // 1), int(top // 1)
    shifted = part.transform(
        (part.width + 1, part.height + 1), Image.Transform.AFFINE,
        (1, 0, whole_left - left, 0, 1, whole_top - top), Image.Resampling.BILINEAR,
    )  # fmt: skip
    frame.paste(shifted, (whole_left, whole_top), shifted)


# the wall


def _wall(at: float) -> Image.Image:
    frame = _backdrop().copy()
    _sun(frame, at)
    frame.paste(_hills(), (0, 0), _hills())
    _leaves(frame, at)
    return frame


@cache
def _backdrop() -> Image.Image:
    stage = Stage(WIDTH, HEIGHT, PAPER)
    stage.image.paste(ramp(WIDTH, HEIGHT, [(0.0, (250, 245, 236)), (1.0, (236, 222, 203))]))
    stage.soft(oval(80, 60, 260, 300), 120, WHITE, 0.7)
    _moon(stage)
    seal = box(36, 230, 64, 258, 6)
    stage.shape(box(30, 70, 72, 300, 2), (252, 248, 240))
    stage.line([(30, 70), (72, 70)], 5, (140, 100, 70))
    stage.line([(30, 300), (72, 300)], 5, (140, 100, 70))
    for number in range(3):
        y = 104 + number * 38
        stage.line(smooth([(42, y), (52, y - 8), (61, y + 4)], closed=False), 4, INK, 0.85)
        stage.line(smooth([(51, y - 12), (50, y + 6), (44, y + 16)], closed=False), 4, INK, 0.85)
    stage.shape(seal, RED)
    return stage.image


def _moon(stage: Stage) -> None:
    around = oval(300, 250, 232, 232)
    stage.soft(moved(around, 6, 10), 10, (120, 90, 60), 0.3)
    stage.shape(around, (150, 106, 74))
    pane = stage.cut(oval(300, 250, 218, 218))
    stage.lay(pane, ramp(*pane.mask.size, [(0.0, (214, 226, 222)), (0.7, (243, 238, 222)), (1.0, (250, 232, 208))]))


@cache
def _pane() -> Image.Image:
    mask = Image.new("L", (WIDTH, HEIGHT))
    stage = Stage(WIDTH, HEIGHT)
    patch = stage.cut(oval(300, 250, 218, 218))
    mask.paste(patch.mask, (patch.left, patch.top))
    return mask


@cache
def _hills() -> Image.Image:
    def paint(stage: Stage) -> None:
        far = smooth(
            [(60, 360), (140, 320), (210, 350), (300, 300), (400, 352), (470, 326), (560, 370), (560, 500), (60, 500)]
        )
        near = smooth([(60, 420), (150, 392), (260, 424), (380, 386), (480, 420), (560, 400), (560, 520), (60, 520)])
        stage.shape(far, (150, 172, 168), 0.75)
        stage.shape(near, (104, 132, 120), 0.9)

    part = cut_out(WIDTH, HEIGHT, paint)
    part.putalpha(ImageChops.multiply(part.getchannel("A"), _pane()))
    return part


@cache
def _disc() -> Image.Image:
    def paint(stage: Stage) -> None:
        stage.soft(oval(500, 500, 320, 320), 90, (255, 196, 140), 0.6)
        stage.shape(oval(500, 500, 250, 250), RED)

    return cut_out(110, 110, paint)


def _sun(frame: Image.Image, at: float) -> None:
    """The sun crosses the moon window once in a loop: whoever looks twice sees that time goes on."""
    angle = pi * (1.18 - 1.36 * at / LOOP_SECONDS)
    layer = frame.copy()
    put(layer, _disc(), 254 + 176 * cos(angle) - 55, 262 - 170 * sin(angle) - 55)
    frame.paste(layer, (0, 0), _pane())


@cache
def _twig() -> Image.Image:
    def paint(stage: Stage) -> None:
        stage.line(smooth([(990, 0), (760, 260), (640, 560), (600, 900)], closed=False), 14, (70, 84, 62))
        for number in range(9):
            x, y = 860 - number * 32, 130 + number * 88
            for side in (-1, 1):
                leaf = smooth([(x, y), (x - 40, y + 60 * side), (x - 190, y + 130 * side + 60), (x - 60, y + 10)])
                stage.shape(turned(leaf, -24 * side - 20, x, y), mix((86, 112, 74), (52, 70, 52), number % 3 / 2), 0.92)

    return cut_out(230, 230, paint)


def _leaves(frame: Image.Image, at: float) -> None:
    part = _twig().rotate(3.2 * swing(at, 5.3) + 1.4 * swing(at, 2.6, 0.2), Image.Resampling.BICUBIC, center=(228, 0))
    put(frame, part, WIDTH - 214, -6)


# the person


def _blinks(at: float) -> float:
    """Return how far the eyes are open: they close for a moment now and then, and while she tastes."""
    shut = max((1 - abs(at - when) / 0.14 for when in (1.6, 4.9, 7.2, 12.9, 16.1, 19.4, 23.0, 27.3, 30.2)), default=0)
    return 1 - max(0.0, min(1.0, shut), within(at, 9.0, 10.7, 0.3))


def _talks(at: float) -> float:
    """Return how far the mouth is open: syllables, and none while she tastes, pours or smiles."""
    if within(at, 7.6, 11.6) or within(at, 21.4, 25.4) or at > 30.6 or at < 0.5:
        return 0.0
    wave = 0.5 + 0.35 * sin(at * 11.3) + 0.3 * sin(at * 17.9 + 1)
    phrase = 1.0 if sin(at * 1.7) > -0.72 else 0.0
    return max(0.0, min(1.0, wave)) * phrase


@cache
def _torso() -> Image.Image:
    def paint(stage: Stage) -> None:
        hair.BACK[LOOK.style](Stage(8, 8), LOOK.hair, LOOK.wide)
        face._shoulders(stage, LOOK, PALETTE)

    return cut_out(PERSON, PERSON, paint)


@cache
def _head(eyes: int, mouth: int, glance: int) -> Image.Image:
    """Return the head with the eyes so far open (0 to 3), the mouth so far (0 to 4), and looking left, ahead or right."""

    def paint(stage: Stage) -> None:
        hair.BACK[LOOK.style](stage, LOOK.hair, LOOK.wide)
        face._head(stage, LOOK)
        _features(stage, eyes / 3, mouth / 4, glance)
        hair.FRONT[LOOK.style](stage, LOOK.hair, LOOK.wide)
        face._extras(stage, LOOK)

    return cut_out(PERSON, PERSON, paint)


def _features(stage: Stage, eyes: float, mouth: float, glance: int) -> None:
    brow = mix(LOOK.hair, INK, 0.25)
    for side in (-1, 1):
        cx = 500 + side * 66
        lift = 3 * mouth
        arch = [(cx - side * 34, 425 - lift), (cx, 414 - lift), (cx + side * 34, 430 - lift)]
        stage.line(smooth(arch, closed=False), 9, brow)
        if eyes < 0.2:
            stage.line(smooth([(cx - 24, 478), (cx, 488), (cx + 24, 478)], closed=False), 8, INK)
            continue
        stage.shape(oval(cx + 5 * glance, 480, 15, 18 * eyes), INK)
        stage.shape(oval(cx + 5 * glance - 5, 480 - 7 * eyes, 5, 6 * eyes), WHITE)
        lash = [(cx - side * 12, 464 + 10 * (1 - eyes)), (cx + side * 12, 466 + 8 * (1 - eyes)), (cx + side * 25, 456)]
        stage.line(smooth(lash, closed=False), 6, INK)
    stage.line(
        smooth([(504, 500), (518, 546), (508, 560), (486, 558)], closed=False), 7, mix(LOOK.skin, (170, 76, 56), 0.42)
    )
    _mouth(stage, mouth)


def _mouth(stage: Stage, opened: float) -> None:
    lip = mix(LOOK.skin, (186, 52, 56), 0.66)
    if opened < 0.15:
        stage.line(smooth([(450, 606), (474, 624), (500, 630), (526, 624), (550, 606)], closed=False), 10, lip)
        return
    drop, wide = 12 + 30 * opened, 42 - 12 * opened
    lower = oval(500, 606, wide, drop, 0, 180)
    upper = oval(500, 606, wide, 5, 180, 360)
    stage.shape([*upper, *lower], mix(lip, INK, 0.4))
    stage.shape(oval(500, 602 + drop, wide * 0.5, 5 * opened + 1), (226, 120, 112))
    stage.line(upper, 7, lip)
    stage.line(lower, 7, lip)


def _person(frame: Image.Image, at: float) -> None:
    breath = 1.6 * swing(at, 4)
    put(frame, _torso(), PERSON_LEFT, PERSON_TOP + breath)
    talks, tastes = _talks(at), within(at, 8.4, 11.2)
    glance = -1 if within(at, 14.0, 18.6) > 0.5 else 1 if within(at, 21.0, 25.6) > 0.5 else 0
    head = _head(round(3 * _blinks(at)), round(4 * talks), glance)
    down = within(at, 20.8, 25.8)
    angle = 1.6 * swing(at, 6.4) + 0.9 * swing(at, 2.9, 0.3) - 3.0 * within(at, 13.8, 18.8) + 3.4 * down
    nod = 2.4 * swing(at, 3.2, 0.1) * (1 - tastes) - 5 * tastes + 6 * down + 1.5 * talks
    turned_head = head.rotate(angle, Image.Resampling.BICUBIC, center=(PERSON / 2, PERSON * 0.74))
    put(frame, turned_head, PERSON_LEFT + 3 * swing(at, 8, 0.15), PERSON_TOP + breath + nod)


# the table


@cache
def _board() -> Image.Image:
    def paint(stage: Stage) -> None:
        stage.soft(box(-40, TABLE_UNITS - 24, 640, TABLE_UNITS + 20), 16, (70, 40, 24), 0.5)
        stage.graded(
            box(-20, TABLE_UNITS, 640, 1020), [(0.0, (176, 128, 88)), (0.15, (158, 110, 74)), (1.0, (112, 74, 50))]
        )
        stage.line([(-10, TABLE_UNITS + 2), (620, TABLE_UNITS + 2)], 4, (214, 172, 130), 0.9)
        grain = Random(4)
        for _ in range(16):
            y = grain.uniform(TABLE_UNITS + 20, 990)
            x = grain.uniform(-50, 420)
            stage.line(smooth([(x, y), (x + 60, y + 3), (x + 150, y - 2)], closed=False), 2, (92, 58, 38), 0.35)
        cloth = [(150, TABLE_UNITS + 46), (418, TABLE_UNITS + 46), (470, 980), (98, 980)]
        stage.soft(moved(cloth, 4, 8), 8, (60, 34, 20), 0.4)
        stage.graded(cloth, [(0.0, (236, 226, 206)), (1.0, (250, 243, 228))])
        stage.line([(158, TABLE_UNITS + 58), (410, TABLE_UNITS + 58)], 3, RED, 0.9)

    return cut_out(WIDTH, HEIGHT, paint)


TABLE_UNITS = TABLE / HEIGHT * 1000


@cache
def _thing(kind: str, palette: str, side: int) -> Image.Image:
    return cut_out(side, side, lambda stage: goods_round.__dict__[kind](stage, PALETTES[palette], Random(3)))


@cache
def _cup() -> Image.Image:
    def paint(stage: Stage) -> None:
        stage.soft(oval(520, 800, 240, 60), 40, (60, 34, 20), 0.55)
        stage.turned(500, smooth([(300, 430), (290, 560), (236, 700), (150, 790)], closed=False),
                     [(0.0, (196, 206, 196)), (0.2, (250, 251, 246)), (0.6, (232, 237, 228)), (1.0, (150, 168, 158))])  # fmt: skip
        stage.shape(oval(500, 430, 300, 62), (252, 253, 249))
        stage.shape(oval(500, 436, 276, 52), (206, 178, 106))
        stage.soft(oval(420, 430, 110, 18), 14, (250, 236, 190), 0.8)
        stage.line(
            smooth([(236, 560), (360, 600), (500, 612), (640, 600), (764, 560)], closed=False), 9, (86, 120, 92), 0.8
        )

    return cut_out(140, 140, paint)


@cache
def _arm() -> Image.Image:
    """A sleeve from the lower right to a hand at the upper left of its picture, fingers closed around something."""

    def paint(stage: Stage) -> None:
        cloth, skin = LOOK.cloth, LOOK.skin
        sleeve = smooth([(980, 420), (760, 470), (520, 480), (430, 560), (520, 660), (780, 720), (980, 760)], steps=8)
        stage.soft(moved(sleeve, 10, 24), 26, (70, 44, 30), 0.35)
        stage.graded(sleeve, [(0.0, mix(cloth, WHITE, 0.4)), (1.0, mix(cloth, PALETTE.deep, 0.28))], 70)
        stage.line(smooth([(520, 484), (470, 566), (530, 654)], closed=False), 22, mix(cloth, PALETTE.main, 0.55))
        palm = smooth([(500, 500), (400, 470), (300, 470), (236, 520), (250, 596), (330, 640), (500, 636)], steps=8)
        stage.graded(palm, [(0.0, mix(skin, WHITE, 0.12)), (1.0, mix(skin, (196, 92, 66), 0.22))], 70)
        for number in range(4):
            y = 494 + number * 36
            finger = smooth([(320, y - 14), (230, y - 18), (196 + number * 10, y), (230, y + 16), (320, y + 18)])
            stage.graded(finger, [(0.0, mix(skin, WHITE, 0.12)), (1.0, mix(skin, (196, 92, 66), 0.16))], 80)
            stage.line(
                smooth([(316, y + 18), (250, y + 17), (216, y + 9)], closed=False),
                5,
                mix(skin, (150, 70, 50), 0.45),
                0.7,
            )

    return cut_out(260, 260, paint)


def _table(frame: Image.Image, at: float) -> None:
    board = _board()
    frame.paste(board, (0, 0), board)
    _caddy(frame, at)
    pours, drinks = within(at, 21.2, 25.4, 1.2), within(at, 7.2, 12.0, 1.4)
    cup_x, cup_y = 176.0, 640 - 236 * drinks
    if drinks < 0.5:
        _steam(frame, at, cup_x + 70, cup_y + 58, 1 - 2 * drinks)
    put(frame, _cup(), cup_x + 6 * drinks, cup_y)
    _drinking_arm(frame, cup_x, cup_y, drinks)
    _pot(frame, at, pours)


def _caddy(frame: Image.Image, at: float) -> None:
    """The tin of tea stands at the left; she holds it up to those who watch."""
    held = within(at, 13.6, 19.0, 1.5)
    size = round(190 + 70 * held)
    part = _thing("tea_caddy", "matcha", 260).resize((size, size), Image.Resampling.BICUBIC)
    part = part.rotate(-4 * held * swing(at, 2.2), Image.Resampling.BICUBIC)
    left, top = 2 + 40 * held, 548 - 96 * held
    if held > 0.02:
        arm = _arm().transpose(Image.Transpose.FLIP_LEFT_RIGHT).rotate(22, Image.Resampling.BICUBIC)
        put(frame, part, left, top)
        put(frame, arm, left - 150 + 60 * held, top + 60 + (1 - held) * 240)
        return
    put(frame, part, left, top)


def _drinking_arm(frame: Image.Image, cup_x: float, cup_y: float, drinks: float) -> None:
    if drinks > 0.01:
        reach = min(1.0, drinks * 3)
        put(
            frame,
            _arm().rotate(-14, Image.Resampling.BICUBIC),
            cup_x + 52 + (1 - reach) * 220,
            cup_y - 56 + (1 - reach) * 120,
        )


def _pot(frame: Image.Image, at: float, pours: float) -> None:
    """The pot stands at the right; when she pours it comes over the cup and leans."""
    part = _thing("teapot", "clay", 200).rotate(26 * pours, Image.Resampling.BICUBIC)
    left, top = 306 - 46 * pours, 596 - 84 * pours
    if pours > 0.9:
        wobble = 1.2 * sin(at * 40)
        stage_x = left + 36
        draw = ImageDraw.Draw(frame)
        draw.line([(stage_x, top + 128), (stage_x - 8 + wobble, 700)], fill=(206, 178, 106), width=4)
        draw.line([(stage_x - 1, top + 128), (stage_x - 9 + wobble, 698)], fill=(244, 228, 178), width=1)
    put(frame, part, left, top)
    if pours > 0.01:
        reach = min(1.0, pours * 2.5)
        put(
            frame,
            _arm().rotate(-8, Image.Resampling.BICUBIC),
            left + 96 + (1 - reach) * 200,
            top - 4 + (1 - reach) * 120,
        )


def _steam(frame: Image.Image, at: float, x: float, y: float, share: float) -> None:
    """Steam rises from the cup: three threads that never are the same, and are after a loop."""
    if share <= 0:
        return
    layer = Image.new("L", (WIDTH // 2, HEIGHT // 2))
    draw = ImageDraw.Draw(layer)
    for thread in range(3):
        for step in range(46):
            rise = step / 46
            sway = (8 + 26 * rise) * sin(
                5 * rise + thread * 2.1 - 2 * pi * at * (round(LOOP_SECONDS / 3.2) / LOOP_SECONDS)
            )
            px, py = (x + (thread - 1) * 18 + sway) / 2, (y - 190 * rise) / 2
            size = 2.2 + 5 * rise
            strength = round(150 * share * sin(pi * min(1, rise * 1.05)) * (0.75 + 0.25 * swing(at, 4, thread / 3)))
            spot = (px - size, py - size, px + size, py + size)
            draw.ellipse(spot, fill=max(strength, 0))
    soft = layer.filter(ImageFilter.GaussianBlur(3.2)).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    frame.paste(Image.new("RGB", frame.size, (255, 252, 246)), (0, 0), soft)


# the light


@cache
def _dusk() -> Image.Image:
    return ramp(WIDTH, HEIGHT, [(0.0, (255, 206, 150)), (0.6, (246, 186, 140)), (1.0, (226, 150, 112))], 60)


def _light(frame: Image.Image, at: float) -> Image.Image:
    """Morning and evening are warmer than noon."""
    warm = 0.5 + 0.5 * cos(2 * pi * at / LOOP_SECONDS)
    tinted = ImageChops.multiply(frame, _dusk())
    return Image.blend(frame, tinted, 0.08 + 0.34 * warm)

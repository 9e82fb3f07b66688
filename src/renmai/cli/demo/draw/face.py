"""Portraits of people who do not exist: flat, friendly, legible at 64 pixels. Eight are composed, the rest derived."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from renmai.cli.demo.draw import hair
from renmai.cli.demo.draw.colours import PALETTES, WHITE, Colour, Palette, lighter, mix
from renmai.cli.demo.draw.outlines import Outline, Points, box, mirrored, moved, oval, smooth
from renmai.cli.demo.draw.stage import Patch, Stage, ramp


@dataclass(frozen=True, slots=True)
class Look:
    """What a portrait shows. `wide` is the half width of the head in units, `age` deepens lines from 0 to 1."""

    palette: str
    skin: Colour
    hair: Colour
    style: str
    top: str
    cloth: Colour
    wide: float = 150
    glasses: Colour | None = None
    beard: str = ""
    earring: Colour | None = None
    age: float = 0.0
    teeth: bool = False
    soft: bool = True


INK: Colour = (46, 36, 40)
LOOKS: dict[int, Look] = {
    1: Look("matcha", (243, 205, 176), (44, 34, 38), "bun", "wrap", (244, 238, 220), earring=(86, 140, 104)),
    2: Look(
        "chili",
        (226, 172, 132),
        (206, 204, 202),
        "cropped",
        "apron",
        (246, 240, 232),
        162,
        beard="moustache",
        age=1.0,
        soft=False,
    ),
    3: Look(
        "forest", (238, 194, 160), (66, 44, 38), "bob", "overall", (226, 160, 92), glasses=(58, 46, 44), teeth=True
    ),
    4: Look(
        "plum",
        (240, 202, 176),
        (228, 226, 228),
        "set",
        "cardigan",
        (150, 88, 128),
        154,
        glasses=(178, 124, 78),
        earring=(248, 244, 238),
        age=1.0,
    ),
    5: Look("sky", (206, 150, 110), (30, 28, 32), "ponytail", "zip", (244, 122, 82), 144, teeth=True),
    6: Look(
        "honey", (222, 170, 130), (40, 32, 32), "swept", "tee", (58, 86, 110), 158, beard="full", soft=False, teeth=True
    ),
    7: Look("clay", (214, 158, 120), (74, 40, 30), "waves", "roll", (44, 66, 74), 146, earring=(232, 184, 92)),
    8: Look(
        "persimmon",
        (240, 200, 168),
        (36, 38, 56),
        "curls",
        "hood",
        (70, 108, 104),
        146,
        glasses=(40, 44, 60),
        soft=False,
    ),
}
SKINS: tuple[Colour, ...] = tuple({look.skin: None for look in LOOKS.values()})
STYLES = tuple(look.style for look in LOOKS.values())
SHORT = ("cropped", "swept", "curls")
TOPS = tuple(look.top for look in LOOKS.values())


CLOSER = 1.14
"""How much larger than the frame the portrait is drawn."""


def draw_face(seed: int, size: int = 800) -> bytes:
    """A square WebP of `size` pixels: seeds 1 to 8 are the demo's creators, any other seed someone else."""
    look = LOOKS.get(seed) or _someone(Random(f"face:{seed}"))
    palette = PALETTES[look.palette]
    wide = round(size * CLOSER)
    stage = Stage(wide, wide)
    _backdrop(stage, palette)
    hair.BACK[look.style](stage, look.hair, look.wide)
    _shoulders(stage, look, palette)
    _head(stage, look)
    _features(stage, look)
    hair.FRONT[look.style](stage, look.hair, look.wide)
    _extras(stage, look)
    left, top = (wide - size) // 2, round((wide - size) * 0.6)
    return stage.encoded((left, top, left + size, top + size))


def _someone(rng: Random) -> Look:
    tones = ((40, 32, 34), (82, 54, 40), (30, 30, 40))
    name, style = rng.choice(sorted(PALETTES)), rng.choice(STYLES)
    return Look(
        palette=name,
        skin=rng.choice(SKINS),
        hair=rng.choice(tones),
        style=style,
        top=rng.choice(TOPS),
        cloth=rng.choice((PALETTES[name].accent, PALETTES[name].deep, PALETTES[name].pale)),
        wide=rng.choice((144, 150, 158)),
        glasses=rng.choice((None, None, INK)),
        teeth=rng.random() < 0.5,
        soft=style not in SHORT,
    )


def _backdrop(stage: Stage, palette: Palette) -> None:
    tone = mix(palette.wall, palette.main, 0.5)
    stage.image.paste(ramp(*stage.image.size, [(0.0, lighter(tone, 0.28)), (1.0, tone)], 60))
    disc = stage.cut(oval(500, 520, 410, 410))
    stage.lay(disc, ramp(*disc.mask.size, [(0.0, palette.pale), (1.0, mix(palette.wall, palette.main, 0.2))], 60), 0.85)


def _shoulders(stage: Stage, look: Look, palette: Palette) -> None:
    shadow = mix(look.skin, (150, 70, 50), 0.3)
    torso = smooth(
        [
            (390, 770),
            (300, 800),
            (190, 850),
            (130, 960),
            (110, 1080),
            (890, 1080),
            (870, 960),
            (810, 850),
            (700, 800),
            (610, 770),
        ],
        steps=8,
    )
    body = stage.graded(torso, [(0.0, lighter(look.cloth, 0.14)), (1.0, mix(look.cloth, palette.deep, 0.2))], 50)
    neck = [*box(436, 600, 564, 790, 20), (564, 790)]
    stage.shape([*neck[:-1]], look.skin)
    stage.shape(smooth([(420, 776), (500, 856), (580, 776), (500, 770)]), look.skin)
    stage.soft(oval(506, 700, 96, 56), 16, shadow, 0.9, stage.cut(box(436, 640, 564, 800, 10)))
    stage.soft(box(640, 780, 920, 1080), 60, palette.deep, 0.22, body)
    TOP[look.top](stage, look, palette, body)


def _wrap(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    for part in ([(412, 766), (500, 880), (430, 1010), (330, 800)],):
        stage.lay(stage.cut(mirrored(part, 500)), mix(look.cloth, palette.deep, 0.12))
    over = [(400, 762), (432, 764), (612, 1010), (560, 1040), (352, 796)]
    stage.shape(over, mix(look.cloth, palette.main, 0.4))
    stage.shape(
        mirrored([(400, 762), (432, 764), (506, 868), (470, 906), (352, 796)], 500), mix(look.cloth, palette.main, 0.3)
    )
    stage.shape(over, mix(look.cloth, palette.main, 0.42))


def _apron(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    collar = smooth([(424, 764), (394, 776), (420, 872), (500, 852)], steps=6)
    for part in (collar, mirrored(collar, 500)):
        stage.graded(part, [(0.0, WHITE), (1.0, mix(look.cloth, palette.deep, 0.14))], 60)
    for side in (0, 1):
        strap = [(356, 786), (398, 772), (432, 930), (388, 930)]
        stage.shape(mirrored(strap, 500) if side else strap, palette.main)
    stage.graded(box(340, 906, 660, 1080, 20), [(0.0, palette.main), (1.0, mix(palette.main, palette.deep, 0.3))], 60)
    stage.line([(356, 922), (644, 922)], 4, lighter(palette.main, 0.4), 0.7)


def _overall(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    for y in range(780, 1020, 46):
        stage.soft(
            smooth([(100, y + 40), (500, y), (900, y + 40), (900, y + 56), (500, y + 16), (100, y + 56)]),
            1,
            palette.pale,
            0.85,
            body,
        )
    denim = palette.main
    for side in (0, 1):
        strap = [(318, 796), (368, 780), (410, 920), (356, 930)]
        stage.shape(mirrored(strap, 500) if side else strap, denim)
        stage.shape(oval(614 if side else 386, 916, 15, 15), (228, 190, 120))
    stage.graded(box(344, 890, 656, 1080, 16), [(0.0, lighter(denim, 0.1)), (1.0, palette.deep)], 60)
    for x in (386, 614):
        stage.shape(oval(x, 914, 14, 14), (236, 200, 130))


def _cardigan(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    stage.shape([(404, 766), (596, 766), (520, 1000), (480, 1000)], palette.pale)
    stage.shape(smooth([(420, 776), (500, 850), (580, 776), (500, 766)]), look.skin)
    for x in range(424, 577, 19):
        y = 832 - abs(x - 500) ** 2 / 110
        stage.graded(oval(x, y, 11, 11), [(0.0, WHITE), (1.0, (214, 200, 196))], 60)
    edge: Outline = [(404, 764), (500, 1080)]
    for line in (edge, mirrored(edge, 500)):
        stage.line(line, 26, mix(look.cloth, palette.deep, 0.35))


def _zip(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    collar = smooth([(412, 742), (384, 786), (420, 872), (500, 900), (496, 850), (440, 808)], steps=6)
    for part in (collar, mirrored(collar, 500)):
        stage.graded(part, [(0.0, lighter(look.cloth, 0.22)), (1.0, mix(look.cloth, palette.deep, 0.2))], 60)
    stage.line([(500, 880), (500, 1040)], 8, palette.deep, 0.7)
    stage.shape(box(492, 884, 508, 926, 6), WHITE)
    band: Outline = [(196, 850), (250, 826), (300, 1040), (240, 1040)]
    for shape in (band, mirrored(band, 500)):
        stage.soft(shape, 1, palette.pale, 0.8, body)


def _tee(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    neck = smooth([(408, 772), (440, 836), (500, 864), (560, 836), (592, 772)], closed=False)
    stage.line(neck, 20, mix(look.cloth, palette.deep, 0.4))
    stage.line(moved(neck, 0, -3), 4, lighter(look.cloth, 0.35), 0.6)
    stage.soft(smooth([(240, 870), (330, 900), (320, 1060), (250, 1060)]), 22, WHITE, 0.14, body)


def _roll(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    roll = box(410, 706, 590, 812, 44)
    stage.graded(roll, [(0.0, lighter(look.cloth, 0.22)), (1.0, mix(look.cloth, palette.deep, 0.4))], 60)
    for x in range(436, 580, 22):
        stage.line([(x, 722), (x, 800)], 3, lighter(look.cloth, 0.3), 0.5)
    stage.line(smooth([(404, 830), (500, 930), (596, 830)], closed=False), 5, (232, 184, 92))
    stage.shape(oval(500, 912, 17, 17), (232, 184, 92))


def _hood(stage: Stage, look: Look, palette: Palette, body: Patch) -> None:
    hood = smooth([(420, 752), (350, 760), (322, 830), (400, 900), (500, 930), (486, 870), (428, 820)], steps=6)
    for part in (hood, mirrored(hood, 500)):
        stage.graded(part, [(0.0, lighter(look.cloth, 0.2)), (1.0, mix(look.cloth, palette.deep, 0.32))], 60)
    for x in (450, 550):
        stage.line([(x, 880), (x + (500 - x) * 0.1, 980)], 9, palette.pale)
        stage.shape(oval(x + (500 - x) * 0.1, 988, 8, 14), palette.accent)


TOP = {
    "apron": _apron,
    "cardigan": _cardigan,
    "hood": _hood,
    "overall": _overall,
    "roll": _roll,
    "tee": _tee,
    "wrap": _wrap,
    "zip": _zip,
}


def _outline(look: Look) -> Outline:
    wide, chin = look.wide, 690 if look.soft else 696
    jaw = 0.72 if look.soft else 0.84
    right = [
        (500.0, 276.0),
        (500 + wide * 0.72, 314),
        (500 + wide, 440),
        (500 + wide * 0.95, 550),
        (500 + wide * jaw, 630),
        (500 + wide * 0.36, chin - 10),
    ]
    left = mirrored(right[1:], 500)[::-1]
    return smooth([*right, (500, chin), *left], steps=10)


def _head(stage: Stage, look: Look) -> None:
    warm = mix(look.skin, (196, 92, 66), 0.32)
    for side in (-1, 1):
        stage.shape(oval(500 + side * (look.wide - 2), 500, 30, 46), mix(look.skin, warm, 0.3))
        stage.shape(oval(500 + side * (look.wide + 2), 502, 15, 27), warm, 0.6)
    head = stage.shape(_outline(look), look.skin)
    stage.soft(box(500 + look.wide * 0.5, 260, 760, 720), 40, warm, 0.38, head)
    stage.soft(oval(430, 380, 90, 80), 50, WHITE, 0.22, head)
    for side in (-1, 1):
        stage.soft(oval(500 + side * look.wide * 0.6, 566, 40, 26), 16, (232, 104, 92), 0.4, head)
    if look.age:
        _lines(stage, look, warm)
    if look.beard == "full":
        _full_beard(stage, look, head)


def _lines(stage: Stage, look: Look, warm: Colour) -> None:
    for side in (-1, 1):
        for curve in (
            [(52, 540), (68, 572), (66, 600)],
            [(108, 470), (126, 464), (136, 456)],
            [(106, 488), (126, 492), (136, 492)],
        ):
            stage.line(
                smooth([(500 + side * x, y) for x, y in curve], closed=False), 4, mix(warm, INK, 0.15), 0.55 * look.age
            )


def _full_beard(stage: Stage, look: Look, head: Patch) -> None:
    wide = look.wide
    left = [(500 - wide - 4, 500), (500 - wide * 0.86, 600), (500 - wide * 0.5, 690), (500, 716)]
    inner = [(500 + 74, 576), (500, 566), (500 - 74, 576), (500 - wide * 0.74, 560)]
    beard = [
        *smooth([*left, *mirrored(left[:-1], 500)[::-1]], closed=False, steps=8),
        (500 + wide * 0.74, 560),
        *smooth(inner, closed=False, steps=8),
    ]
    stage.shape(beard, mix(look.hair, look.skin, 0.12))


def _features(stage: Stage, look: Look) -> None:
    brow = mix(look.hair, INK, 0.25) if sum(look.hair) < 400 else mix(look.hair, INK, 0.3)
    for side in (-1, 1):
        cx = 500 + side * 66
        arch = [(cx - 34, 430 + 8 * (side < 0) * 0), (cx, 416), (cx + 34, 430)]
        stage.line(smooth(arch, closed=False), 9 if look.soft else 13, brow)
        _eye(stage, look, cx, side)
    warm = mix(look.skin, (170, 76, 56), 0.42)
    stage.line(smooth([(504, 500), (518, 546), (508, 560), (486, 558)], closed=False), 7, warm)
    _mouth(stage, look)
    if look.beard == "moustache":
        half = smooth([(500, 578), (452, 576), (424, 606), (462, 604), (500, 596)], steps=8)
        for part in (half, mirrored(half, 500)):
            stage.shape(part, mix(look.hair, WHITE, 0.2))


def _eye(stage: Stage, look: Look, cx: float, side: int) -> None:
    if look.age and look.soft:
        stage.line(smooth([(cx - 24, 482), (cx, 470), (cx + 24, 482)], closed=False), 9, INK)
        return
    stage.shape(oval(cx, 480, 15, 18), INK)
    stage.shape(oval(cx - 5, 473, 5, 6), WHITE)
    if look.soft:
        lash = [(cx - side * 12, 464), (cx + side * 12, 466), (cx + side * 25, 456)]
        stage.line(smooth(lash, closed=False), 6, INK)


def _mouth(stage: Stage, look: Look) -> None:
    lip = mix(look.skin, (186, 52, 56), 0.66 if look.soft else 0.45)
    if look.teeth:
        grin = [
            *smooth([(446, 602), (500, 612), (554, 602)], closed=False),
            *smooth([(554, 602), (530, 642), (500, 652), (470, 642), (446, 602)], closed=False),
        ]
        patch = stage.shape(grin, mix(lip, INK, 0.35))
        stage.lay(_clipped(stage, patch, box(452, 596, 548, 624, 8)), WHITE)
        stage.line(smooth([(446, 602), (500, 612), (554, 602)], closed=False), 5, mix(lip, INK, 0.2))
        return
    stage.line(smooth([(450, 606), (474, 624), (500, 630), (526, 624), (550, 606)], closed=False), 10, lip)


def _clipped(stage: Stage, patch: Patch, outline: Points) -> Patch:
    layer = Stage(*stage.image.size, (0, 0, 0))
    layer.shape(outline, WHITE)
    window = (patch.left, patch.top, patch.left + patch.mask.width, patch.top + patch.mask.height)
    return stage.both(patch, layer.image.crop(window).convert("L"))


def _extras(stage: Stage, look: Look) -> None:
    if look.earring is not None:
        for side in (-1, 1):
            cx = 500 + side * (look.wide + 6)
            stage.graded(oval(cx, 562, 15, 19), [(0.0, lighter(look.earring, 0.5)), (1.0, look.earring)], 50)
    if look.glasses is None:
        return
    for side in (-1, 1):
        rim = oval(500 + side * 68, 482, 56, 52)
        stage.shape(rim, WHITE, 0.16)
        stage.line([*rim, rim[0]], 8, look.glasses)
        stage.line([(500 + side * 124, 472), (500 + side * (look.wide + 2), 464)], 8, look.glasses)
    stage.line(smooth([(488, 476), (500, 470), (512, 476)], closed=False), 8, look.glasses)

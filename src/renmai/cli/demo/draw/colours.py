"""Colours of the demo world: sixteen named palettes and the arithmetic on them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

Colour = tuple[int, int, int]
WHITE: Colour = (255, 255, 255)


@dataclass(frozen=True, slots=True)
class Palette:
    """Five colours that go together: backdrop, the thing itself, its shadows, its lights, and one that answers."""

    wall: Colour
    main: Colour
    deep: Colour
    pale: Colour
    accent: Colour


PALETTES: dict[str, Palette] = {
    "matcha": Palette((226, 231, 208), (142, 163, 100), (58, 77, 46), (242, 243, 228), (210, 124, 82)),
    "clay": Palette((242, 222, 207), (192, 104, 74), (98, 48, 38), (249, 238, 228), (88, 110, 110)),
    "indigo": Palette((215, 223, 235), (54, 80, 132), (24, 36, 70), (240, 243, 248), (224, 158, 94)),
    "persimmon": Palette((251, 226, 198), (228, 114, 54), (122, 52, 26), (254, 242, 227), (64, 96, 92)),
    "sand": Palette((236, 228, 214), (216, 196, 163), (110, 90, 66), (249, 245, 237), (178, 104, 78)),
    "rose": Palette((247, 224, 221), (217, 144, 142), (120, 62, 72), (253, 242, 239), (126, 110, 88)),
    "ink": Palette((212, 218, 227), (46, 60, 88), (20, 26, 44), (238, 241, 245), (206, 122, 88)),
    "mist": Palette((224, 230, 231), (160, 173, 178), (70, 84, 92), (245, 247, 247), (208, 144, 108)),
    "honey": Palette((252, 234, 192), (232, 168, 54), (124, 76, 20), (255, 247, 226), (98, 114, 80)),
    "plum": Palette((233, 220, 231), (130, 76, 116), (62, 32, 60), (247, 239, 245), (218, 162, 110)),
    "forest": Palette((212, 226, 215), (50, 96, 78), (20, 46, 38), (239, 245, 239), (224, 152, 92)),
    "snow": Palette((218, 226, 232), (244, 243, 239), (122, 126, 134), (252, 252, 251), (192, 128, 92)),
    "sky": Palette((208, 229, 239), (120, 173, 204), (42, 82, 114), (240, 248, 252), (240, 152, 110)),
    "charcoal": Palette((223, 219, 213), (66, 66, 71), (26, 26, 31), (243, 241, 237), (204, 152, 90)),
    "chili": Palette((249, 218, 205), (198, 54, 44), (94, 22, 26), (255, 239, 231), (238, 172, 72)),
    "cocoa": Palette((236, 221, 206), (120, 79, 56), (56, 34, 25), (248, 239, 230), (208, 142, 88)),
}


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """`first` with `share` (0 to 1) of `second` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return (red, green, blue)


def lighter(colour: Colour, share: float) -> Colour:
    """`colour` moved towards white by `share`."""
    return mix(colour, WHITE, share)


def blend(stops: list[tuple[float, Colour]], place: float) -> Colour:
    """The colour at `place` on a ramp of (position, colour) stops in rising order."""
    for (start, first), (end, second) in pairwise(stops):
        if place <= end:
            share = (place - start) / (end - start) if end > start else 1.0
            return mix(first, second, min(1.0, max(0.0, share)))
    return stops[-1][1]

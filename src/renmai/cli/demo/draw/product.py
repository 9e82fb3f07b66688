"""Pictures of goods: which kinds there are, and one picture of one of them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from renmai.cli.demo.draw import goods_cloth, goods_flat, goods_round
from renmai.cli.demo.draw.colours import PALETTES, Palette
from renmai.cli.demo.draw.stage import Stage
from renmai.cli.demo.draw.studio import open_studio

KINDS: dict[str, Callable[[Stage, Palette, Random], None]] = {
    "candle": goods_round.candle,
    "chef_knife": goods_flat.chef_knife,
    "chili_jar": goods_round.chili_jar,
    "cushion": goods_cloth.cushion,
    "cutting_board": goods_flat.cutting_board,
    "desk_lamp": goods_round.desk_lamp,
    "headphones": goods_flat.headphones,
    "honey_jar": goods_round.honey_jar,
    "linen_shirt": goods_cloth.linen_shirt,
    "lipstick": goods_round.lipstick,
    "mug": goods_round.mug,
    "noodle_bowl": goods_round.noodle_bowl,
    "notebook": goods_flat.notebook,
    "plant_pot": goods_round.plant_pot,
    "scarf": goods_cloth.scarf,
    "skincare_bottle": goods_round.skincare_bottle,
    "sneaker": goods_flat.sneaker,
    "soap_bar": goods_flat.soap_bar,
    "tea_caddy": goods_round.tea_caddy,
    "teapot": goods_round.teapot,
    "thermos": goods_round.thermos,
    "tote_bag": goods_cloth.tote_bag,
    "toy_rabbit": goods_flat.toy_rabbit,
}


CLOSER = 1.12
"""How much larger than the frame the studio is drawn: the camera's step towards the thing."""


def draw_product(kind: str, palette: str, seed: int, size: int = 1200) -> bytes:
    """A square WebP of `size` pixels showing one of `KINDS` in one of `PALETTES`; equal input, equal bytes.

    `seed` varies the set behind the thing and its small details. Raises KeyError for an unknown kind or palette.
    """
    colours = PALETTES[palette]
    wide = round(size * CLOSER)
    stage = Stage(wide, wide)
    open_studio(stage, colours, seed)
    KINDS[kind](stage, colours, Random(f"{kind}:{seed}"))
    left, top = (wide - size) // 2, round((wide - size) * 0.62)
    return stage.encoded((left, top, left + size, top + size))

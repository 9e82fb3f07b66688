"""Pictures of the demo world, drawn by the project itself: goods, faces, covers. Pillow only, no picture files."""

from __future__ import annotations

from renmai.cli.demo.draw.colours import PALETTES
from renmai.cli.demo.draw.cover import draw_cover
from renmai.cli.demo.draw.face import draw_face
from renmai.cli.demo.draw.product import KINDS, draw_product

__all__ = ["KINDS", "PALETTES", "draw_cover", "draw_face", "draw_product"]

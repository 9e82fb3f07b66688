"""The demo world's content as plain data: who sells, what, through whom, to whom. Nothing here touches a database."""

from __future__ import annotations

from renmai.cli.demo.content.buyers import BUYERS
from renmai.cli.demo.content.categories import CATEGORIES
from renmai.cli.demo.content.creators_city import CITY_CREATORS
from renmai.cli.demo.content.creators_home import HOME_CREATORS
from renmai.cli.demo.content.goods_care import CARE
from renmai.cli.demo.content.goods_craft import KNIVES, METAL, PAPER, SOUND
from renmai.cli.demo.content.goods_pantry import CHILI, HONEY
from renmai.cli.demo.content.goods_tea import CERAMICS, TEA
from renmai.cli.demo.content.goods_textile import SHOES, TEXTILES, TOYS
from renmai.cli.demo.content.shapes import (
    BPS,
    PLATFORM_FEE_BPS,
    Buyer,
    Category,
    Creator,
    Pick,
    Product,
    Supplier,
    Term,
    Variant,
)
from renmai.cli.demo.content.suppliers import APPLICANTS, SUPPLIERS

PRODUCTS: tuple[Product, ...] = (
    TEA + CERAMICS + CHILI + HONEY + TEXTILES + SHOES + TOYS + CARE + KNIVES + METAL + SOUND + PAPER
)
CREATORS: tuple[Creator, ...] = HOME_CREATORS + CITY_CREATORS

__all__ = [
    "APPLICANTS",
    "BPS",
    "BUYERS",
    "CATEGORIES",
    "CREATORS",
    "PLATFORM_FEE_BPS",
    "PRODUCTS",
    "SUPPLIERS",
    "Buyer",
    "Category",
    "Creator",
    "Pick",
    "Product",
    "Supplier",
    "Term",
    "Variant",
]

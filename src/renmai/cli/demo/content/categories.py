"""Categories of the demo pool. Food and sound carry a lower cap than the house default of 3.0."""

from __future__ import annotations

from renmai.cli.demo.content.shapes import Category

CATEGORIES: tuple[Category, ...] = (
    Category("tea", "Tea", "茶"),
    Category("pantry", "Pantry", "食品", cap_multiple_bps=25_000),
    Category("kitchen", "Kitchen & table", "厨房与餐桌"),
    Category("home", "Home & light", "居家与灯"),
    Category("garden", "Balcony & plants", "阳台绿植"),
    Category("wear", "Clothes & bags", "衣着与包袋"),
    Category("care", "Skin & body care", "护肤与洗浴"),
    Category("paper", "Paper & desk", "纸与书桌"),
    Category("kids", "Children", "亲子", withdrawal_days=15),
    Category("sound", "Sound", "声音", cap_multiple_bps=24_000, withdrawal_days=15),
)

"""A small bilingual pool: two suppliers, a brand, seven products with texts, and their cards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from renmai.goods.brands.models import Brand
from renmai.goods.products.models import Category, Product, Sku, Stock
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import SYSTEM, Actor, Grant
from renmai.kit.events.actions import deliver_all
from renmai.kit.ids import new_id
from renmai.matching.search.actions import refresh_all, refresh_due
from renmai.matching.search.queries import Found, find_cards
from renmai.matching.search.rules import Ask
from tests.goods.pool import NOW

# handle: title, Chinese title, body, category, supplier, supply, price, commission, margin, hours, stock, age in days
GOODS: dict[str, tuple[str, str, str, str, int, int, int, int | None, bool, int | None, int, int]] = {
    "cup": ("Celadon teacup", "龙泉青瓷茶杯", "For green tea.", "home", 0, 2500, 6000, 2000, True, None, 12, 1),
    "pot": ("Clay teapot", "紫砂茶壶", "Pours without a drop.", "home", 0, 8000, 18000, 1000, True, 24, 3, 2),
    "phones": ("Bluetooth headphones", "降噪蓝牙耳机", "Quiet at last.", "digital", 1, 9000, 12000, 3000, False, None, 40, 3),
    "bank": ("Power bank 20000", "小米充电宝", "", "digital", 1, 5000, 6500, None, True, None, 0, 4),
    "coat": ("Down coat", "轻薄羽绒服", "Warm as a teacup.", "clothes", 1, 20000, 50000, 1500, True, 120, 7, 40),
    "tea": ("Green tea, Longjing", "明前龙井绿茶", "西湖边上手工炒制", "tea", 0, 4000, 8000, 2500, True, 12, 100, 5),
    "filter": ("Air purifier", "空气净化器", "", "digital", 1, 30000, 60000, 500, True, None, 2, 6),
}  # fmt: skip


class Market:
    """Ids of what was made, and a creator who searches."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.creator = Actor(new_id(), frozenset({Grant("creator", new_id())}))
        self.suppliers = [
            Supplier.objects.create(name=name, name_zh=zh, state="approved", hand_over_hours=hours, created_at=now)
            for name, zh, hours in (("Kiln Street", "窑街", 48), ("Bright Works", "明亮工坊", 72))
        ]
        self.brand = Brand.objects.create(
            supplier=self.suppliers[0], slug="hill", name="Hill & Son", name_zh="山子", owner="Hill", state="approved",
            created_at=now,
        )  # fmt: skip
        self.ids: dict[str, UUID] = {}
        for handle in GOODS:
            self.ids[handle] = self._make(handle)
        refresh_all(now=now)

    def _make(self, handle: str) -> UUID:
        title, zh, body, slug, place, supply, price, rate, margin, hours, stock, days = GOODS[handle]
        category = Category.objects.get_or_create(slug=slug, defaults={"name": slug.title(), "name_zh": f"类{slug}"})[0]
        product = Product.objects.create(
            supplier=self.suppliers[place], category=category, handle=handle, title=title, title_zh=zh, body=body,
            commission_bps=rate, margin_allowed=margin, hand_over_hours=hours, state="approved", created_at=self.now,
            approved_at=self.now - timedelta(days=days), brand=self.brand if handle == "pot" else None,
        )  # fmt: skip
        sku = Sku.objects.create(
            product=product, code=handle, supply_price_minor=supply, floor_price_minor=supply, price_minor=price,
            currency="CNY",
        )  # fmt: skip
        Stock.objects.create(sku=sku, received=stock)
        return product.id

    def names(self, found: Found) -> list[str]:
        """The handles of what was found, in order."""
        by_id = {product_id: handle for handle, product_id in self.ids.items()}
        return [by_id[row["id"]] for row in found.rows]

    def find(self, q: str = "", **asked: Any) -> list[str]:
        """The handles that a question finds, in order."""
        return self.names(find_cards(self.creator, Ask(q=q, **asked)))


def settle(now: datetime = NOW) -> None:
    """Let what happened reach the cards."""
    deliver_all(now=now)
    refresh_due(now=now)


HOUSE = SYSTEM

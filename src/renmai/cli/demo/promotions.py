"""Coupons, drops and freight by region in the demo world, made by the people who pay for them."""

from __future__ import annotations

from datetime import datetime, timedelta

from renmai.cli.demo.world import World
from renmai.places.shops.queries import list_shop_skus
from renmai.places.shops.rules import Band, price_fault
from renmai.trade.promotions.actions import create_coupon, set_freight_rules
from renmai.trade.promotions.drop_actions import create_drop
from renmai.trade.promotions.drop_rules import DropPriceRefused
from renmai.trade.promotions.rules import Freight

CAP_BPS = 10**9


def promote(world: World, now: datetime) -> None:
    """Make one coupon of each funder, a drop that is on and one to come in the first shop, and freight of a supplier."""
    week = timedelta(days=7)
    shop_id, creator = next(iter(world.shops.values()))
    supplier_id, supplier = next(iter(world.suppliers.values()))
    create_coupon(
        actor=world.operator, now=now, key="demo-coupon-platform", code="RENMAI10", title="Ten off from a hundred",
        title_zh="满一百减十元", funder="platform", kind="amount", amount_minor=1000, threshold_minor=10_000,
        total_max=500, starts_at=now - timedelta(hours=1), ends_at=now + 4 * week,
    )  # fmt: skip
    create_coupon(
        actor=creator, now=now, key="demo-coupon-creator", code="FRIENDS", title="For those who read along",
        title_zh="给老朋友", funder="creator", funder_id=shop_id, kind="amount", amount_minor=500, total_max=200,
        per_buyer_max=2, starts_at=now - timedelta(hours=1), ends_at=now + 2 * week,
    )  # fmt: skip
    create_coupon(
        actor=supplier, now=now, key="demo-coupon-supplier", code="KILN5", title="From the maker", title_zh="来自作坊",
        funder="supplier", funder_id=supplier_id, kind="rate", rate_bps=500, most_minor=3000, total_max=100,
        starts_at=now - timedelta(hours=1), ends_at=now + 2 * week,
    )  # fmt: skip
    rules = [Freight("Xinjiang", 2500), Freight("新疆", 2500), Freight("", 1000, 20_000)]
    set_freight_rules(actor=supplier, now=now, supplier_id=supplier_id, rules=rules)
    _drops(world, now)


def _drops(world: World, now: datetime) -> None:
    """Drop what the first shop sells: one now, one in two hours, at the lowest price that stands."""
    shop_id, creator = next(iter(world.shops.values()))
    starts = [now - timedelta(minutes=20), now + timedelta(hours=2)]
    policies = ["hold", "first_paid"]
    for row in list_shop_skus(creator, shop_id):
        band = Band(row["supply_price_minor"], row["floor_price_minor"], row["price_minor"], CAP_BPS)
        price = max(band.floor_minor, row["price_minor"] * 9 // 10)
        if not starts or row["left"] < 12 or price >= row["price_minor"] or price_fault(price, band):
            continue
        try:
            create_drop(
                actor=creator, now=now, key=f"demo-drop-{len(starts)}", pick_id=row["pick_id"], sku_id=row["sku_id"],
                price_minor=price, quantity=12, per_buyer_max=2, policy=policies[-len(starts)],
                starts_at=starts[0], ends_at=starts[0] + timedelta(hours=6),
            )  # fmt: skip
        except DropPriceRefused:
            continue
        starts.pop(0)

"""Set the demo's show up and act in it, as its host would: through the actions behind the pages of the studio."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from renmai.cli.demo.on_air.script import ABOUT, MINUTES, Scene
from renmai.goods.products.models import Product, Sku
from renmai.kit.access import Actor
from renmai.places.live.actions import Plan, Slot, answer_point, plan_show, write_run
from renmai.places.live.models import Segment, Show
from renmai.places.live.rules import POINTS
from renmai.places.live.stage_actions import begin_show
from renmai.places.shops.models import Pick, Shop
from renmai.places.shops.queries import list_shop_skus
from renmai.places.shops.rules import Band, price_fault

CAP_BPS = 10**9


@dataclass(frozen=True, slots=True)
class Staged:
    """A show that is on: its segments in order, each with the scene that is played."""

    show: Show
    segments: Sequence[tuple[Segment, Scene]]


def open_show(
    *, actor: Actor, shop: Shop, title: str, scenes: Sequence[Scene], now: datetime, minutes: int = MINUTES,
    cover_id: UUID | None = None,
) -> Staged:  # fmt: skip
    """Plan a show of these scenes, go through its checklist and begin it."""
    plan = Plan(title, now, minutes, ABOUT, cover_id)
    show = plan_show(actor=actor, now=now, shop_id=shop.id, plan=plan)
    slots = [slot for scene in scenes if (slot := slot_of(actor, shop.id, scene))]
    write_run(actor=actor, now=now, show_id=show.id, slots=slots)
    for point in POINTS:
        answer_point(actor=actor, now=now, show_id=show.id, point=point.name)
    return staged(begin_show(actor=actor, now=now, show_id=show.id), scenes)


def staged(show: Show, scenes: Sequence[Scene]) -> Staged:
    """Return a show with the scene of each of its segments."""
    by_hook = {scene.hook: scene for scene in scenes}
    segments = Segment.objects.filter(show=show, hook__in=by_hook).order_by("position")
    return Staged(show, [(segment, by_hook[segment.hook]) for segment in segments])


def slot_of(actor: Actor, shop_id: UUID, scene: Scene) -> Slot | None:
    """Return a scene as a slot of the run-of-show, with a show price where one below the shop's stands; None without its pick."""
    product_ids = Product.objects.filter(handle=scene.product).values("id")
    pick = Pick.objects.filter(shop_id=shop_id, product_id__in=product_ids, removed_at=None).first()
    if pick is None:
        return None
    price = show_price(actor, shop_id, pick.id) if scene.set_aside else None
    return Slot(
        pick.id, scene.minutes, sku_id=price[0] if price else None, hook=scene.hook, gift=scene.gift,
        talking_points=scene.points, show_price_minor=price[1] if price else None,
        set_aside=scene.set_aside if price else 0, per_buyer_max=2,
    )  # fmt: skip


def show_price(actor: Actor, shop_id: UUID, pick_id: UUID) -> tuple[UUID, int] | None:
    """Return the first variant of a pick that can be had a tenth cheaper, and that price; None where none can."""
    for row in list_shop_skus(actor, shop_id):
        if row["pick_id"] != pick_id:
            continue
        band = Band(row["supply_price_minor"], row["floor_price_minor"], row["price_minor"], CAP_BPS)
        price = max(band.floor_minor, row["price_minor"] * 9 // 10)
        if price < row["price_minor"] and not price_fault(price, band):
            return row["sku_id"], price
    return None


def low_stock(product_keys: Sequence[str], least: int) -> list[Sku]:
    """Return the variants of products of which fewer than `least` are left."""
    left = F("stock__received") - F("stock__sold") - F("stock__held") - F("stock__set_aside")
    return list(Sku.objects.filter(product__handle__in=product_keys).annotate(left=left).filter(left__lt=least))

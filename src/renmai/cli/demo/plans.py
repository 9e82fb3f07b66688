"""Plans and invitations of the demo world: targeted, exclusive, lowered, ended; invited, accepted, declined."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from renmai.cli.demo import content
from renmai.cli.demo.world import World
from renmai.goods.plans.actions import change_plan_rates, end_plan, make_plan
from renmai.goods.plans.invitations import invite_shop
from renmai.goods.products.models import Product
from renmai.kit.access import Actor
from renmai.places.shops.invited import answer_as_shop

WORDS = "Your readers ask about things like this. I would love to see it in your shop. 你的读者常问起这样的东西，很想看到它在你的店里。"


def plan_and_invite(world: World, now: datetime) -> None:
    """Let the first supplier, whose login is the demo's, make plans, and invite creators; the first shop has one to answer."""
    supplier_id, maker = next(iter(world.suppliers.values()))
    (first, _), (second, other), (third, _) = list(world.shops.values())[:3]
    goods = _open(supplier_id)
    picked = [row for row in goods if _has(world, row.handle)]
    free = [row for row in goods if not _has(world, row.handle)]
    if picked:
        _targeted(maker, picked[0], [first, second], now)
    if len(goods) > 2:
        rate = (goods[-1].commission_bps or 1000) + 1000
        make_plan(actor=maker, now=now, product_ids=[goods[-1].id], kind="exclusive", commission_bps=rate,
                  shop_ids=[third], starts_at=now + timedelta(days=40), ends_at=now + timedelta(days=100))  # fmt: skip
    for row in (free or goods)[:1]:
        sent = invite_shop(actor=maker, now=now - timedelta(hours=3), product_id=row.id, shop_id=second, words=WORDS)
        answer_as_shop(actor=other, now=now - timedelta(hours=1), invitation_id=sent.id, accept=False)
        invite_shop(actor=maker, now=now - timedelta(hours=2), product_id=row.id, shop_id=first, words=WORDS,
                    kind="targeted", commission_bps=(row.commission_bps or 1000) + 800)  # fmt: skip


def _targeted(maker: Actor, row: Product, shops: list[UUID], now: datetime) -> None:
    """A plan that was raised and then lowered, and one before it that ended."""
    at, rate = now - timedelta(days=5), row.commission_bps or 1000
    [over] = make_plan(
        actor=maker, now=at - timedelta(days=9), product_ids=[row.id], kind="targeted", commission_bps=rate + 300,
        shop_ids=shops[:1],
    )  # fmt: skip
    [plan] = make_plan(
        actor=maker, now=at, product_ids=[row.id], kind="targeted", commission_bps=rate + 800, service_bps=200,
        shop_ids=shops, ends_at=now + timedelta(days=90),
    )  # fmt: skip
    end_plan(actor=maker, now=at + timedelta(hours=1), plan_id=over.id)
    change_plan_rates(
        actor=maker, now=now - timedelta(days=1), plan_id=plan.id, commission_bps=rate + 500, service_bps=200
    )


def _open(supplier_id: UUID) -> list[Product]:
    found = Product.objects.filter(supplier_id=supplier_id, state="approved").exclude(commission_bps=None)
    return list(found.order_by("handle"))


def _has(world: World, handle: str) -> bool:
    return any((creator.handle, handle) in world.picks for creator in content.CREATORS[:2])

"""How the tests of promotions make coupons and drops, and buy with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from renmai.goods.products.models import Stock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.money.payments.models import Payment
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.people.accounts.models import Address
from renmai.trade.captures.lane import capture_lane
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import Followed, Receipt, Wanted
from renmai.trade.promotions.actions import create_coupon
from renmai.trade.promotions.drop_actions import create_drop
from renmai.trade.promotions.models import Coupon, Drop
from tests.trade.world import NOW, World, person

ADDRESS = {"recipient": "Lin", "phone": "000", "region": "ZJ", "city": "Hangzhou", "street": "1 Lake Rd"}


def buyers(count: int) -> list[tuple[Actor, Address]]:
    """So many more buyers, each with an address."""
    people = [person(f"buyer{number}@example.org") for number in range(count)]
    return [
        (Actor(each.id, name="buyer"), Address.objects.create(person=each, created_at=NOW, **ADDRESS))
        for each in people
    ]


def coupon(world: World, code: str = "SPRING", *, funder: str = "platform", number: int = 0, **fields: Any) -> Coupon:
    """A coupon over 5.00 (or as `fields` say), by the operator, supplier `number` or the creator of shop `number`."""
    actor, funder_id = world.operator, None
    if funder == "supplier":
        actor, funder_id = world.supplier(number), world.suppliers[number].id
    if funder == "creator":
        actor, funder_id = world.creator(number), world.shops[number].id
    given: dict[str, Any] = {
        "code": code, "title": code, "kind": "amount", "total_max": 1000, "per_buyer_max": 1,
        "starts_at": NOW - timedelta(days=1), "ends_at": NOW + timedelta(days=30),
    }  # fmt: skip
    if fields.get("kind") != "rate":
        given["amount_minor"] = 500
    return create_coupon(
        actor=actor, now=NOW, key=new_id().hex, funder=funder, funder_id=funder_id, **{**given, **fields}
    )


def drop(world: World, name: str = "mug", *, quantity: int = 3, price_minor: int = 5500, **fields: Any) -> Drop:
    """A drop by the shop's creator, on since an hour, for a day."""
    given: dict[str, Any] = {"starts_at": NOW - timedelta(hours=1), "ends_at": NOW + timedelta(days=1)}
    shop = next(number for number, shop in enumerate(world.shops) if shop.id == world.picks[name].shop_id)
    return create_drop(
        **{
            "actor": world.creator(shop), "now": NOW, "key": new_id().hex, "pick_id": world.picks[name].id,
            "sku_id": world.skus[name].id, "price_minor": price_minor, "quantity": quantity, **given, **fields,
        }
    )  # fmt: skip


def wanted(world: World, name: str, quantity: int = 1, *, of: Drop | None = None, seen: int | None = None) -> Wanted:
    """A line; `of` a drop."""
    return Wanted(world.picks[name].id, world.skus[name].id, quantity, seen, of.id if of else None)


def place(
    world: World,
    *lines: Wanted,
    codes: Sequence[str] = (),
    followed: Sequence[Followed] = (),
    at: datetime = NOW,
    buyer: Actor | None = None,
    key: str = "",
    region: str = "ZJ",
    method: str = "card",
) -> Receipt:
    """Place lines with coupons."""
    return place_checkout(
        actor=buyer or world.buyer, now=at, key=key or new_id().hex, lines=lines, method=method,
        address=ADDRESS | {"region": region}, coupons=codes, followed=followed,
    )  # fmt: skip


def pay(receipt: Receipt, *, at: datetime = NOW, amount_minor: int | None = None) -> Outcome:
    """Tell that a checkout's payment came in."""
    ref = new_id().hex
    Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=ref,
        amount_minor=receipt.total_minor, currency="CNY", created_at=NOW,
    )  # fmt: skip
    amount = receipt.total_minor if amount_minor is None else amount_minor
    return capture_lane.submit(Message("sandbox", ref, Said.CAPTURED, ref, amount, "CNY", at, at))


def stock(world: World, name: str) -> tuple[int, int, int]:
    """(held, sold, set aside)."""
    row = Stock.objects.get(sku=world.skus[name])
    return row.held, row.sold, row.set_aside

"""Steps of drops: made, rushed for, waited for, ended."""

from __future__ import annotations

from datetime import timedelta

from renmai.cli.simulate.real.house import RealHouse, choose
from renmai.cli.simulate.real.trade import placed
from renmai.cli.simulate.spec import GOODS
from renmai.kit.keys.actions import input_hash
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Wanted
from renmai.trade.promotions.drop_actions import create_drop, end_drop, join_waitlist, leave_waitlist, sweep_drops
from renmai.trade.promotions.models import Drop


def make(house: RealHouse, a: int, b: int) -> str:
    """A creator makes a drop of a few units, of either policy."""
    number = b % len(GOODS)
    pick_id, sku_id = house.ids.goods[number]
    goods = GOODS[number]
    drop = create_drop(
        actor=house.ids.creators[goods.shop], now=house.now, key=house.key(), pick_id=pick_id, sku_id=sku_id,
        price_minor=max(goods.floor_minor, (goods.own_minor or goods.price_minor) * (95 + a % 5) // 100), quantity=1 + a % 4,
        starts_at=house.now, ends_at=house.now + timedelta(hours=1 + b % 30), policy=("hold", "first_paid")[b // 8 % 2],
        per_buyer_max=1 + b // 16 % 2, hold_minutes=5,
    )  # fmt: skip
    return f"{drop.policy} {drop.quantity}"


def _live(a: int) -> Drop | None:
    return choose(list(Drop.objects.filter(over_at=None).order_by("id")), a, 2)


def rush(house: RealHouse, a: int, b: int) -> str:
    """Everybody wants the same at once."""
    drop, ids = _live(a), house.ids
    if drop is None:
        return "nothing"
    places = []
    for number, buyer in enumerate(ids.buyers):
        assert buyer.person_id is not None
        key, line = house.key(number), Wanted(drop.pick_id, drop.sku_id, 1 + b // 2**number % 2, drop_id=drop.id)
        places.append(
            Place(buyer.person_id, key, input_hash(key), (line,), "card", house.now, address_id=ids.addresses[number])
        )
    return house.run(checkout_lane, places[b % 2 :], lambda receipt: placed(house, receipt))


def wait(house: RealHouse, a: int, b: int) -> str:
    """Somebody waits in line, or no longer does."""
    drop, buyer = _live(a), house.ids.buyers[b % len(house.ids.buyers)]
    if drop is None:
        return "nothing"
    if b % 5 == 0:
        leave_waitlist(actor=buyer, now=house.now, drop_id=drop.id)
        return "left"
    return f"waits for {join_waitlist(actor=buyer, now=house.now, drop_id=drop.id).quantity}"


def sweep(house: RealHouse, a: int, b: int) -> str:
    """Time ends drops and offers; now and then a creator does."""
    drop = _live(a)
    if drop is not None and b % 7 == 0:
        end_drop(actor=house.ids.operators[0], now=house.now, drop_id=drop.id)
    return f"swept {sweep_drops(now=house.now)}"


WORDS = {"make_drop": make, "rush": rush, "wait_in_line": wait, "sweep_drops": sweep}

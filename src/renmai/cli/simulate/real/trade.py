"""Steps of buyers, suppliers and time: placing, paying, sending, receiving, refunding."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from renmai.cli.simulate.real.house import NEWEST, RealHouse, choose
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.keys.actions import input_hash
from renmai.money.settlement.actions import settle_due
from renmai.trade.captures.actions import cancel_checkout, sweep_expired
from renmai.trade.captures.lane import pay_lane
from renmai.trade.captures.rules import Pay, Started
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Followed, Place, Receipt, Wanted
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trade.parcels.actions import receive_due
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act, Step
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask, Refunded

COUPONS = ("", "", "", "", "", "", "HOUSE10", "KILN5", "LIN3", "HOUSE10,LIN3")


def intent(house: RealHouse, a: int, b: int, mark: object = "") -> Place:
    """Return a basket of one to three goods of one to three each."""
    ids, count = house.ids, 1 + a % 3
    numbers = sorted({(b >> (4 * k)) % len(ids.goods) for k in range(count)})
    lines = tuple(Wanted(*ids.goods[n], 1 + (b >> (12 + n)) % 3) for n in numbers)
    buyer = a // 3 % len(ids.buyers)
    person_id, key = ids.buyers[buyer].person_id, house.key(mark)
    assert person_id is not None
    coupons = tuple(code for code in COUPONS[b // 1024 % len(COUPONS)].split(",") if code)
    followed = (Followed(ids.link, house.now - timedelta(days=a % 40)),) if b % 3 == 0 else ()
    return Place(
        person_id, key, input_hash([key, lines]), lines, "card", house.now, address_id=ids.addresses[buyer], coupons=coupons,
        followed=followed,
    )  # fmt: skip


def placed(house: RealHouse, receipt: Receipt) -> str:
    """Return what a receipt says, and remember what was placed."""
    if not receipt.repeated:
        house.checkouts.append(receipt.checkout_id)
    return f"{'repeated' if receipt.repeated else 'placed'} {receipt.total_minor}"


def place(house: RealHouse, a: int, b: int) -> str:
    """One basket."""
    return house.run(checkout_lane, [intent(house, a, b)], lambda receipt: placed(house, receipt))


def place_many(house: RealHouse, a: int, b: int) -> str:
    """Several in one batch, the first of them twice."""
    several = [intent(house, a + k, b >> k, k) for k in range(2 + a % 4)]
    return house.run(checkout_lane, [*several, several[0]], lambda receipt: placed(house, receipt))


def pay(house: RealHouse, a: int, b: int) -> str:
    """The buyer starts to pay."""
    checkout_id = choose(house.checkouts, a, NEWEST)
    if checkout_id is None:
        return "nothing"
    buyer = _buyer_of(house, checkout_id)

    def started(done: Started) -> str:
        return f"{done.state} {done.amount_minor}"

    return house.run(pay_lane, [Pay(buyer, checkout_id, house.key(), house.now)], started)


def _buyer_of(house: RealHouse, checkout_id: Any) -> Any:
    return Order.objects.filter(checkout_id=checkout_id).values_list("buyer_id", flat=True)[0]


def repeat(house: RealHouse, a: int, b: int) -> str:
    """Ask something again that was asked before, with the same key."""
    known = choose(house.asked, a)
    if known is None:
        return "nothing"
    lane, before = known
    return f"{lane.name} " + " ".join(house.word_of(outcome, _of_repeat(house)) for outcome in lane.run([before]))


def _of_repeat(house: RealHouse) -> Any:
    def word(outcome: Any) -> str:
        return placed(house, outcome) if isinstance(outcome, Receipt) else type(outcome).__name__

    return word


def cancel(house: RealHouse, a: int, b: int) -> str:
    """The buyer cancels."""
    checkout_id = choose(house.checkouts, a)
    if checkout_id is None:
        return "nothing"
    cancel_checkout(actor=Actor(_buyer_of(house, checkout_id)), now=house.now, checkout_id=checkout_id)
    return "cancelled"


def sweep(house: RealHouse, a: int, b: int) -> str:
    """Time passes and unpaid checkouts expire."""
    house.now += timedelta(minutes=31 * (a % 3 == 0))
    return f"expired {sweep_expired(now=house.now)}"


def _parcels(a: int, *states: str) -> list[Parcel]:
    """Return the parcels of one order of which some are in one of `states`."""
    found = Parcel.objects.filter(state__in=states).select_related("order").order_by("order_id", "id")
    orders: dict[Any, list[Parcel]] = {}
    for parcel in found:
        orders.setdefault(parcel.order_id, []).append(parcel)
    return choose(list(orders.values()), a) or []


def _done(step: Step) -> str:
    return f"{step.parcel_state} {step.order_state}"


def hand_over(house: RealHouse, a: int, b: int) -> str:
    """A supplier hands a parcel over, in its own name."""
    ids = house.ids
    acts = [
        Act("hand_over", p.id, ids.suppliers[ids.supplier_ids.index(p.supplier_id)], house.now, "SF", f"T{b % 9}")
        for p in _parcels(a, "waiting", "handed_over")[: 1 + b % 3]
    ]
    return house.run(parcel_lane, acts, _done) or "nothing"


def report(house: RealHouse, a: int, b: int) -> str:
    """A carrier says something."""
    said = ("report_transit", "deliver")[b % 2]
    acts = [Act(said, p.id, SYSTEM, house.now) for p in _parcels(a, "waiting", "handed_over", "delivered")]
    return house.run(parcel_lane, acts, _done) or "nothing"


def receive(house: RealHouse, a: int, b: int) -> str:
    """The buyer has it; now and then somebody else says so, who must not."""
    parcels = _parcels(a, "handed_over", "delivered")
    who = house.ids.buyers[b % 4] if b % 7 == 0 else None
    acts = [Act("receive", p.id, who or Actor(p.order.buyer_id), house.now) for p in parcels]
    return house.run(parcel_lane, acts, _done) or "nothing"


def receipts(house: RealHouse, a: int, b: int) -> str:
    """Time brings receipts about."""
    return f"due {receive_due(now=house.now)}"


def _given_back(done: Refunded) -> str:
    return f"{'repeated' if done.repeated else 'refunded'} {done.amount_minor}"


def _refunder(house: RealHouse, order: Order, b: int) -> Actor:
    ids = house.ids
    shop = ids.creators[ids.shop_ids.index(order.shop_id)]
    return (SYSTEM, ids.operators[0], shop, ids.suppliers[b % 3], Actor(order.buyer_id))[b // 3 % 5]


def _paid(a: int) -> Order | None:
    """Return an order that was paid; now and then any."""
    orders = Order.objects.order_by("id")
    return choose(list(orders if a % 9 == 0 else orders.exclude(paid_at=None)), a)


def refund(house: RealHouse, a: int, b: int) -> str:
    """All that is left, asked for by anybody."""
    order = _paid(a)
    if order is None:
        return "nothing"
    ask = Ask(order.id, house.key(), input_hash(house.number), "whole", _refunder(house, order, b), house.now)
    return house.run(refund_lane, [ask], _given_back)


def refund_part(house: RealHouse, a: int, b: int) -> str:
    """Some of one line, twice in one batch with keys of their own, and once more with the first one's."""
    order = _paid(a)
    if order is None:
        return "nothing"
    lines = list(OrderLine.objects.filter(order=order).order_by("id"))
    line = lines[b % len(lines)]
    amount = 1 + b % max(1, line.paid_minor // (1 + a % 3))
    actor = _refunder(house, order, b)
    asks = [
        Ask(order.id, house.key(k), input_hash([house.number, k]), "part", actor, house.now, {line.id: amount})
        for k in range(1 + b % 2)
    ]
    return house.run(refund_lane, [*asks, asks[0]], _given_back)


def settle(house: RealHouse, a: int, b: int) -> str:
    """Settle what is due; often days have passed."""
    house.now += timedelta(days=5 * (a % 2))
    return f"settled {settle_due(now=house.now)}"


def jump(house: RealHouse, a: int, b: int) -> str:
    """The clock jumps: a day or a month ahead, or an hour back."""
    house.now += (timedelta(days=1), timedelta(days=30), -timedelta(hours=1), timedelta(hours=13))[a % 4]
    return "jumped"


WORDS = {
    "place": place, "place_many": place_many, "pay": pay, "repeat": repeat, "cancel": cancel, "sweep": sweep,
    "hand_over": hand_over, "report": report, "receive": receive, "receipts": receipts, "refund": refund,
    "refund_part": refund_part, "settle": settle, "jump": jump,
}  # fmt: skip

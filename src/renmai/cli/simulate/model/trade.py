"""Steps of buyers, suppliers and time, decided by the rooms' rules."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from renmai.cli.simulate.model.house import ModelHouse, choose
from renmai.cli.simulate.model.store import Basket, Sale, Store, term
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.money.settlement.lane import _moves as settlement_moves
from renmai.trade.checkout.decision import decide
from renmai.trade.checkout.rules import Draft, DraftOrder, Followed, Known, Place, Promoted, Receipt, Wanted
from renmai.trade.parcels.rules import Act, ParcelRow, apply_act, order_step
from renmai.trade.refunds.lane import Effects, _one
from renmai.trade.refunds.rules import Ask, LineRow, OrderRow, PartRow, PaymentRow, Refunded

COUPONS = ("", "", "", "", "", "", "HOUSE10", "KILN5", "LIN3", "HOUSE10,LIN3")


def intent(house: ModelHouse, a: int, b: int, mark: object = "") -> Place:
    """Return a basket of one to three goods of one to three each."""
    store = house.store
    numbers = sorted({(b >> (4 * k)) % len(store.goods) for k in range(1 + a % 3)})
    lines = tuple(Wanted(*store.goods[n], 1 + (b >> (12 + n)) % 3) for n in numbers)
    buyer, key = a // 3 % len(store.buyers), house.key(mark)
    person_id = store.buyers[buyer].person_id
    assert person_id is not None
    coupons = tuple(code for code in COUPONS[b // 1024 % len(COUPONS)].split(",") if code)
    followed = (Followed("sim-link", store.now - timedelta(days=a % 40)),) if b % 3 == 0 else ()
    return Place(
        person_id, key, input_hash([key, lines]), lines, "card", store.now, address_id=store.addresses[buyer],
        coupons=coupons, followed=followed,
    )  # fmt: skip


def place(house: ModelHouse, a: int, b: int) -> str:
    """One basket."""
    return house.place([intent(house, a, b)])


def place_many(house: ModelHouse, a: int, b: int) -> str:
    """Several in one batch, the first of them twice."""
    several = [intent(house, a + k, b >> k, k) for k in range(2 + a % 4)]
    return house.place([*several, several[0]])


def place_all(store: Store, places: list[Place], *, crash: bool) -> str:
    """Decide and write places as the checkout lane does: the set is read as copies, so a crash leaves nothing behind."""
    promoted = Promoted(copy.deepcopy(store.coupons), copy.deepcopy(store.used))
    known = Known(
        store.offers, {sku: stock.left for sku, stock in store.stock.items()}, {},
        store.places,
        dict(store.answered), contracts=store.contracts, links=store.links, promoted=promoted,
    )  # fmt: skip
    outcomes, drafts = decide(places, known)
    if crash:
        return "crash"
    for draft in drafts:
        _write(store, draft, promoted)
    store.answered, store.coupons, store.used = known.answered, promoted.coupons, promoted.numbers
    for use in promoted.uses:
        store.used[use.coupon_id, use.buyer_id].add(use.number)
    for sku_id, quantity in known.taken.items():
        store.stock[sku_id].held += quantity
    return " ".join(_word(outcome) for outcome in outcomes)


def _word(outcome: Receipt | Exception) -> str:
    if isinstance(outcome, Receipt):
        return f"{'repeated' if outcome.repeated else 'placed'} {outcome.total_minor}"
    return str(getattr(outcome, "code", outcome))


def _write(store: Store, draft: Draft, promoted: Promoted) -> None:
    sales = [_sale(draft, order) for order in draft.orders]
    uses = [use for use in promoted.uses if use.checkout_id == draft.receipt.checkout_id]
    store.baskets.append(Basket(draft.receipt, draft.place, sales, uses, expires_at=draft.receipt.expires_at))
    store.sales |= {sale.row.id: sale for sale in sales}


def _sale(draft: Draft, order: DraftOrder) -> Sale:
    row = OrderRow(
        order.id, draft.receipt.checkout_id, order.shop_id, draft.place.buyer_id, "placed", draft.receipt.currency,
        order.goods_minor + order.freight_minor, 0,
    )  # fmt: skip
    for line in order.lines:
        row.lines[line.id] = LineRow(
            line.id, line.kind, line.supplier_id, line.sku_id, line.quantity, line.paid_minor, 0, 0
        )
        row.parts[line.id] = [PartRow(new_id(), line.id, p.payee, p.rule.value, p.amount_minor, 0) for p in line.parts]
    return Sale(row, {line.id: line.withdrawal_days for line in order.lines}, order.settle_days)


def pay_sales(store: Store, basket: Basket) -> None:
    """Follow a payment: orders are paid, a parcel waits for each supplier, what was held is sold."""
    basket.state = "paid"
    for sale in basket.sales:
        sale.paid, sale.row.state = True, "paid"
        for supplier_id in dict.fromkeys(
            x.supplier_id for x in sale.row.lines.values() if x.kind == "goods" and x.supplier_id
        ):
            sale.parcels[supplier_id] = ParcelRow(
                new_id(), sale.row.id, supplier_id, "waiting", "", "", "", None, None, None, None
            )
            sale.row.parcels[supplier_id] = "waiting"
        for line in sale.row.lines.values():
            if line.sku_id is not None:
                store.stock[line.sku_id].held -= line.quantity
                store.stock[line.sku_id].sold += line.quantity


def end_sales(store: Store, basket: Basket, state: str) -> None:
    """Follow an end without payment: orders end, stock and coupons are free again."""
    basket.state = state
    for sale in basket.sales:
        sale.row.state = state
        for line in sale.row.lines.values():
            if line.sku_id is not None:
                store.stock[line.sku_id].held -= line.quantity
    by_id = {coupon.id: coupon for coupon in store.coupons.values()}
    for use in basket.uses:
        by_id[use.coupon_id].used -= 1
        store.used[use.coupon_id, use.buyer_id].discard(use.number)


def cancel(house: ModelHouse, a: int, b: int) -> str:
    """The buyer cancels."""
    basket = choose(house.store.baskets, a)
    if basket is None or basket.state != "open" or basket.received_minor:
        return "order.not_now"
    end_sales(house.store, basket, "cancelled")
    return "cancelled"


def sweep(house: ModelHouse, a: int, b: int) -> str:
    """Time passes and unpaid checkouts expire; what was paid in part is given back whole."""
    store = house.store
    store.now += timedelta(minutes=31 * (a % 3 == 0))
    due = [x for x in store.baskets[-200:] if x.state == "open" and x.expires_at and x.expires_at <= store.now]
    for basket in due:
        if basket.received_minor:
            house.give_back(basket, basket.received_minor)
            basket.received_minor = 0
        end_sales(store, basket, "expired")
    return f"expired {len(due)}"


def _act(house: ModelHouse, sale: Sale, act: Act) -> str:
    before = next((parcel for parcel in sale.parcels.values() if parcel.id == act.parcel_id), None)
    after = apply_act(
        act, before, buyer_id=sale.row.buyer_id, order_state=sale.row.state, days_delivered=term("receipt_days_delivered"),
        days_most=term("receipt_days_most"),
    )  # fmt: skip
    if house.crash:
        return "crash"
    sale.parcels[after.supplier_id] = after
    sale.row.parcels[after.supplier_id] = after.state
    sale.row.state, moved = order_step(sale.row.state, list(sale.row.parcels.values()))
    if moved == "received":
        sale.receive(act.now)
    house.touched.add(sale.row.id)
    return f"{after.state} {sale.row.state}"


def _on_way(house: ModelHouse, a: int, *states: str) -> tuple[Sale, list[ParcelRow]] | None:
    sales = [s for s in list(house.store.sales.values())[-60:] if any(p.state in states for p in s.parcels.values())]
    sale = choose(sales, a)
    return (sale, [p for p in sale.parcels.values() if p.state in states]) if sale else None


def _acts(house: ModelHouse, a: int, states: tuple[str, ...], event: str, who: Actor | None, b: int) -> str:
    found = _on_way(house, a, *states)
    if found is None:
        return "nothing"
    sale, parcels = found
    words = []
    for parcel in parcels:
        actor = who or (house.store.senders[parcel.supplier_id] if event == "hand_over" else Actor(sale.row.buyer_id))
        act = Act(event, parcel.id, actor, house.store.now, "SF", f"T{b % 9}")
        words.append(house.told(partial(_act, house, sale, act)))
    return " ".join(words)


def hand_over(house: ModelHouse, a: int, b: int) -> str:
    """A supplier hands over."""
    return _acts(house, a, ("waiting", "handed_over"), "hand_over", None, b)


def report(house: ModelHouse, a: int, b: int) -> str:
    """A carrier says something."""
    return _acts(house, a, ("handed_over", "delivered"), ("report_transit", "deliver")[b % 2], SYSTEM, b)


def receive(house: ModelHouse, a: int, b: int) -> str:
    """The buyer has it; now and then somebody else says so, who must not."""
    who = house.store.buyers[b % 4] if b % 7 == 0 else None
    return _acts(house, a, ("handed_over", "delivered"), "receive", who, b)


def receipts(house: ModelHouse, a: int, b: int) -> str:
    """Time brings receipts about."""
    return _acts(house, a, ("handed_over", "delivered"), "receive_by_time", SYSTEM, b)


def ask_back(house: ModelHouse, asks: list[Ask]) -> str:
    """Refund as the lane does: rows are read as copies, decided in order, and written together."""
    store = house.store
    sale = store.sales[asks[0].order_id]
    basket = house.basket_of(sale)
    row = copy.deepcopy(sale.row)
    row.payments = [
        PaymentRow(p.id, p.captured_minor - p.returned_minor) for p in basket.payments if p.state == "captured"
    ]
    answered = {
        (ask.order_id, ask.key): store.refunds[ask.order_id, ask.key]
        for ask in asks
        if (ask.order_id, ask.key) in store.refunds
    }
    effects = Effects()
    words = [house.told(partial(_answered, ask, row, answered, effects)) for ask in asks]
    if house.crash:
        return "crash"
    sale.row = row
    store.refunds |= answered
    for supplier_id, state in row.parcels.items():
        if state == "cancelled" and sale.parcels[supplier_id].state != "cancelled":
            sale.parcels[supplier_id] = replace(sale.parcels[supplier_id], state="cancelled", receive_at=None)
    store.ledger.write(effects.moves)
    store.open_returns(effects.returns, {p.id: p for p in basket.payments})
    for _, at in effects.received:
        sale.receive(at)
    for sku_id, quantity in effects.stock.items():
        store.stock[sku_id].sold -= quantity
    house.touched.add(row.id)
    return " ".join(words)


def _answered(
    ask: Ask, row: OrderRow, answered: dict[tuple[UUID, str], tuple[bytes, Refunded]], effects: Effects
) -> str:
    done = _one(ask, row, answered, effects)
    return f"{'repeated' if done.repeated else 'refunded'} {done.amount_minor}"


def _refunder(house: ModelHouse, sale: Sale, b: int) -> Actor:
    store = house.store
    shop, supplier = store.owners[sale.row.shop_id], store.senders[store.suppliers[b % 3]]
    return (SYSTEM, store.operator, shop, supplier, Actor(sale.row.buyer_id))[b // 3 % 5]


def paid_sale(house: ModelHouse, a: int) -> Sale | None:
    """Return an order that was paid; now and then any."""
    return choose([s for s in list(house.store.sales.values())[-80:] if s.paid or a % 9 == 0], a)


def refund(house: ModelHouse, a: int, b: int) -> str:
    """All that is left, asked for by anybody."""
    sale = paid_sale(house, a)
    if sale is None:
        return "nothing"
    key = house.key()
    return ask_back(
        house, [Ask(sale.row.id, key, input_hash(key), "whole", _refunder(house, sale, b), house.store.now)]
    )


def refund_part(house: ModelHouse, a: int, b: int) -> str:
    """Some of one line, once or twice in one batch, and once more with the first one's key."""
    sale = paid_sale(house, a)
    if sale is None:
        return "nothing"
    lines: list[UUID] = sorted(sale.row.lines)
    line = sale.row.lines[lines[b % len(lines)]]
    amount, actor = 1 + b % max(1, line.paid_minor // (1 + a % 3)), _refunder(house, sale, b)
    asks = [
        Ask(sale.row.id, house.key(k), input_hash(house.key(k)), "part", actor, house.store.now, {line.id: amount})
        for k in range(1 + b % 2)
    ]
    return ask_back(house, [*asks, asks[0]])


def settle(house: ModelHouse, a: int, b: int) -> str:
    """Settle what is due; often days have passed."""
    store = house.store
    store.now += timedelta(days=5 * (a % 2))
    due = [
        s
        for s in store.sales.values()
        if s.settle_at and s.settle_at <= store.now and not s.row.settled and s.holds == 0
    ]
    if house.crash:
        return "crash"
    for sale in due:
        parts = [
            (p.id, sale.row.id, p.payee, p.amount_minor - p.reversed_minor)
            for ps in sale.row.parts.values()
            for p in ps
        ]
        store.ledger.write(settlement_moves(parts, {sale.row.id: sale.row.currency}, store.now))
        sale.row.settled = True
        sale.row.state = "settled" if sale.row.state == "received" else sale.row.state
        house.touched.add(sale.row.id)
    return f"settled {len(due)}"


def jump(house: ModelHouse, a: int, b: int) -> str:
    """The clock jumps: a day or a month ahead, or an hour back."""
    house.store.now += (timedelta(days=1), timedelta(days=30), -timedelta(hours=1), timedelta(hours=13))[a % 4]
    return "jumped"


def repeat(house: ModelHouse, a: int, b: int) -> str:
    """Ask something again that was asked before, with the same key."""
    before = choose(house.asked, a)
    return place_all(house.store, [before], crash=house.crash) if before else "nothing"


WORDS = {
    "place": place, "place_many": place_many, "repeat": repeat, "cancel": cancel, "sweep": sweep, "hand_over": hand_over,
    "report": report, "receive": receive, "receipts": receipts, "refund": refund, "refund_part": refund_part,
    "settle": settle, "jump": jump,
}  # fmt: skip

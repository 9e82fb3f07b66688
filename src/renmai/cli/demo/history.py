"""Forty-five days of the demo world: orders in every state, through the lanes, with time as it would have passed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from random import Random
from uuid import UUID

import orjson
from rich.progress import Progress

from renmai.cli.demo.agencies import came_by
from renmai.cli.demo.credit import LATE_BY, LATE_MAKER, write_down
from renmai.cli.demo.world import World
from renmai.config import config
from renmai.goods.products.models import Product, Sku
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.money.gateways.rules import NOTIFY_PATH, Page
from renmai.money.gateways.sandbox.actions import remember_paid, take_return
from renmai.money.gateways.sandbox.keys import webhook_key
from renmai.money.gateways.sandbox.rules import SIGNATURE_HEADER, sign
from renmai.money.ledger.queries import balance_of
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.actions import claim_returns, finish_return
from renmai.money.payments.models import Payment
from renmai.money.payments.rules import Message, Said
from renmai.money.payouts.actions import request_payout
from renmai.money.settlement.actions import settle_due
from renmai.places.shops.models import Pick
from renmai.trade.captures.actions import pay_checkout, sweep_expired, take_webhook
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import Receipt, Wanted
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trade.parcels.actions import hand_over, receive_due, receive_order, report_parcel
from renmai.trade.refunds.actions import refund_order

ORDERS_A_DAY = 3
# How far each order goes, in turn: most of a shop's orders go well.
FATES = ("kept", "kept", "slow", "kept", "returned", "kept", "unpaid", "kept", "partly", "kept", "cancelled", "kept")
CARRIERS = ("SF Express", "YTO", "ZTO")


@dataclass(frozen=True, slots=True)
class Plan:
    """One step of one order, at its time."""

    at: datetime
    do: Callable[[datetime], None]


def live_through(world: World, *, start: datetime, now: datetime, bars: Progress) -> None:
    """Place, pay, ship, receive, refund and settle from a day after `start` until `now`; then ask for a payout."""
    chance = Random(20)
    task = bars.add_task("days of trade", total=(now - start).days)
    plans: list[Plan] = []
    number = 0
    for day in range(1, (now - start).days + 1):
        today = start + timedelta(days=day)
        for _ in range(ORDERS_A_DAY):
            fate, at = FATES[number % len(FATES)], today + timedelta(minutes=chance.randrange(60, 1200))
            plans.append(Plan(at, _buying(world, chance, plans, fate, number)))
            number += 1
        for plan in sorted((p for p in plans if p.at <= min(today + timedelta(days=1), now)), key=lambda p: p.at):
            plans.remove(plan)
            plan.do(plan.at)
        _sweep(min(today + timedelta(days=1), now))
        write_down(min(today + timedelta(days=1), now), day, now=now)
        bars.advance(task)
    _ask_for_payout(world, now)
    _leave_open(world, now)


def _leave_open(world: World, now: datetime) -> None:
    """Leave something to do for everyone: parcels to hand over, a payment under way, one that was too much."""
    chance = Random(7)
    supplier_id = next(iter(world.suppliers.values()))[0]
    own = set(Product.objects.filter(supplier_id=supplier_id).values_list("id", flat=True))
    picks = [p for p in Pick.objects.filter(id__in=world.picks.values()).order_by("id") if p.product_id in own]
    for number, pick in enumerate(picks[:4]):
        buyer, address_id = world.buyers[number]
        at = now - timedelta(hours=20 - 5 * number)
        sku = chance.choice(list(Sku.objects.filter(product_id=pick.product_id).order_by("position")))
        receipt = place_checkout(
            actor=buyer, now=at, key=f"demo-open-{number}", lines=[Wanted(pick.id, sku.id, 1 + number % 2)],
            method="card", address_id=address_id,
        )  # fmt: skip
        pay(buyer, receipt, at + timedelta(minutes=3), too_much_minor=500 if number == 3 else 0)
    buyer, address_id = world.buyers[0]
    _place(world, chance, buyer, address_id, 9_999, now - timedelta(minutes=1))


def _sweep(now: datetime) -> None:
    sweep_expired(now=now)
    receive_due(now=now)
    settle_due(now=now)
    _give_back(now)


def _give_back(now: datetime) -> None:
    """What is due back to buyers leaves on the same day, so that the books of the past read as they would have."""
    for due in claim_returns(gateways=["sandbox"], now=now, limit=100):
        key = due.id.hex
        take_return(key=key, charge_ref=due.payment_ref, amount_minor=due.amount_minor, currency=due.currency, now=now)
        finish_return(
            Message("sandbox", f"demo-{key}", Said.RETURN_DONE, key, due.amount_minor, due.currency, now, now)
        )


def _buying(world: World, chance: Random, plans: list[Plan], fate: str, number: int) -> Callable[[datetime], None]:
    def buy(at: datetime) -> None:
        buyer, address_id = world.buyers[number % len(world.buyers)]
        receipt = _place(world, chance, buyer, address_id, number, at)
        if fate == "unpaid":
            return
        pay(buyer, receipt, at + timedelta(minutes=2))
        if fate == "cancelled":
            later = at + timedelta(hours=5)
            plans.append(Plan(later, lambda when: _refund_whole(buyer, receipt, "Ordered twice by mistake.", when)))
            return
        plans.append(
            Plan(at + timedelta(hours=chance.randrange(8, 44)), _shipping(world, chance, plans, fate, buyer, receipt))
        )

    return buy


def _place(world: World, chance: Random, buyer: Actor, address_id: UUID, number: int, at: datetime) -> Receipt:
    handles = chance.sample(sorted(world.shops), 2 if number % 5 == 0 else 1)
    wanted: dict[tuple[UUID, UUID], Wanted] = {}
    for handle in handles:
        own = [pick for (shop, _), pick in sorted(world.picks.items()) if shop == handle]
        for pick_id in chance.sample(own, chance.choice((1, 1, 2))):
            product_id = Pick.objects.values_list("product_id", flat=True).get(pk=pick_id)
            sku = chance.choice(list(Sku.objects.filter(product_id=product_id).order_by("position")))
            wanted[(pick_id, sku.id)] = Wanted(pick_id, sku.id, chance.choice((1, 1, 1, 2)))
    return place_checkout(
        actor=buyer, now=at, key=f"demo-order-{number}", lines=list(wanted.values()),
        method=chance.choice(("card", "wallet")), address_id=address_id, followed=came_by(world, buyer, number, at),
    )  # fmt: skip


def pay(buyer: Actor, receipt: Receipt, at: datetime, *, too_much_minor: int = 0) -> None:
    """Pay a checkout at the sandbox, and let it say so."""
    payment = pay_checkout(actor=buyer, now=at, checkout_id=receipt.checkout_id)
    _charge(payment, payment.amount_minor + too_much_minor, at)
    said = {
        "id": new_id().hex, "kind": "payment.captured", "ref": payment.provider_ref,
        "amount_minor": payment.amount_minor + too_much_minor, "currency": payment.currency, "at": at.isoformat(),
    }  # fmt: skip
    body = orjson.dumps(said)
    stamp = sign(webhook_key(), body, at=int(at.timestamp()))
    take_webhook(gateway="sandbox", headers={SIGNATURE_HEADER: stamp}, body=body, now=at)


def _charge(payment: Payment, paid_minor: int, at: datetime) -> None:
    """Let the sandbox remember that it was paid, so that it can give the money back later."""
    notify, back = config().pages_origin + NOTIFY_PATH.format(gateway="sandbox"), config().pages_origin
    asked = Page(payment.provider_ref, payment.amount_minor, payment.currency, "card", "", notify, back)
    remember_paid(asked, paid_minor=paid_minor, now=at)


def _shipping(
    world: World, chance: Random, plans: list[Plan], fate: str, buyer: Actor, receipt: Receipt
) -> Callable[[datetime], None]:
    suppliers = {supplier_id: actor for supplier_id, actor in world.suppliers.values()}
    slow_maker = world.suppliers[LATE_MAKER][0]

    def hand(parcel: Parcel, at: datetime) -> None:
        number, carrier = f"{chance.randrange(10**11, 10**12)}", chance.choice(CARRIERS)
        actor = suppliers[parcel.supplier_id]
        hand_over(actor=actor, now=at, parcel_id=parcel.id, carrier=carrier, tracking=number)

    def ship(at: datetime) -> None:
        ids = [order_id for order_id, _, _ in receipt.orders]
        for parcel in Parcel.objects.filter(order_id__in=ids, state="waiting").order_by("id"):
            if parcel.supplier_id == slow_maker and fate == "kept":
                plans.append(Plan(at + LATE_BY, partial(hand, parcel)))
                continue
            hand(parcel, at)
            if fate == "slow":
                report_parcel(actor=SYSTEM, now=at + timedelta(hours=9), parcel_id=parcel.id, said="in_transit")
        if fate != "slow":
            plans.append(
                Plan(at + timedelta(days=chance.choice((2, 3, 4))), _arriving(chance, plans, fate, buyer, receipt))
            )

    return ship


def _arriving(
    chance: Random, plans: list[Plan], fate: str, buyer: Actor, receipt: Receipt
) -> Callable[[datetime], None]:
    def arrive(at: datetime) -> None:
        ids = [order_id for order_id, _, _ in receipt.orders]
        for parcel in Parcel.objects.filter(order_id__in=ids, state="handed_over").order_by("id"):
            report_parcel(actor=SYSTEM, now=at, parcel_id=parcel.id, said="delivered")
        if chance.random() < 0.7 or fate != "kept":
            plans.append(
                Plan(at + timedelta(hours=chance.randrange(3, 40)), lambda when: _receive(buyer, receipt, when))
            )
        if fate == "returned":
            later = at + timedelta(days=4)
            plans.append(Plan(later, lambda when: _refund_whole(SYSTEM, receipt, "Sent back within seven days.", when)))
        if fate == "partly":
            plans.append(Plan(at + timedelta(days=12), lambda when: _refund_part(receipt, when)))

    return arrive


def _receive(buyer: Actor, receipt: Receipt, at: datetime) -> None:
    for order_id, _, _ in receipt.orders:
        receive_order(actor=buyer, now=at, order_id=order_id)


def _refund_whole(actor: Actor, receipt: Receipt, reason: str, at: datetime) -> None:
    for order_id, _, _ in receipt.orders:
        if Order.objects.get(pk=order_id).state in {"paid", "shipped", "received", "settled"}:
            refund_order(actor=actor, now=at, order_id=order_id, key=f"demo-back-{order_id}", reason=reason)


def _refund_part(receipt: Receipt, at: datetime) -> None:
    order_id = receipt.orders[0][0]
    line = OrderLine.objects.filter(order_id=order_id, kind="goods").order_by("id").first()
    if line is not None:
        part = {line.id: line.paid_minor // 3}
        refund_order(
            actor=SYSTEM,
            now=at,
            order_id=order_id,
            key=f"demo-part-{order_id}",
            reason="A scratch; kept for less.",
            lines=part,
        )


def _ask_for_payout(world: World, now: datetime) -> None:
    for handle in list(world.shops)[:2]:
        shop_id, actor = world.shops[handle]
        account = creator_account(shop_id)
        amount = balance_of(account) // 2
        if amount >= 1000:
            request_payout(actor=actor, now=now, payee=account, amount_minor=amount, key=f"demo-payout-{handle}")

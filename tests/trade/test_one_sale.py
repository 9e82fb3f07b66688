"""One sale through the lanes: placed, paid, shipped, received, settled, refunded."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction

from renmai.goods.products.models import Stock
from renmai.kit.access import SYSTEM
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.money.ledger.queries import balances_of, roll_up
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.models import Payment, PaymentReturn
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.money.settlement.lane import settle_batch
from renmai.trade.captures.lane import capture_lane, expire_batch
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import CheckoutRefused, Place, Receipt, Wanted
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def place(world: World, key: str = "key-00000001", **quantities: int) -> Receipt:
    wanted = tuple(Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items())
    assert world.buyer.person_id
    return checkout_lane.submit(
        Place(
            world.buyer.person_id,
            key,
            input_hash(sorted(quantities.items())),
            wanted,
            "card",
            NOW,
            address_id=world.buyer_address,
        )
    )


def pay(receipt: Receipt, amount: int | None = None, *, event: str = "", minutes: int = 1) -> Outcome:
    ref = str(new_id())
    Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=ref,
        amount_minor=receipt.total_minor, currency="CNY", created_at=NOW,
    )  # fmt: skip
    at = NOW + timedelta(minutes=minutes)
    message = Message(
        "sandbox", event or ref, Said.CAPTURED, ref, receipt.total_minor if amount is None else amount, "CNY", at, at
    )
    return capture_lane.submit(message)


def escrow_and_all() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(sum(amount_minor) filter (where credit='escrow'),0) - coalesce(sum(amount_minor) filter (where debit='escrow'),0) from money_transfer"
        )
        return int(cursor.fetchone()[0])


def test_one_sale_from_cart_to_settled_money_and_back(world: World) -> None:
    receipt = place(world, mug=2, tea=1, soap=1)
    assert receipt.total_minor == 2 * 6000 + 800 + 8800 + 3000
    assert sorted(total for _, _, total in receipt.orders) == [3000, 21600]
    assert Stock.objects.get(sku=world.skus["mug"]).held == 2
    assert place(world, mug=2, tea=1, soap=1).checkout_id == receipt.checkout_id

    assert pay(receipt) is Outcome.PAID
    assert escrow_and_all() == receipt.total_minor
    stock = Stock.objects.get(sku=world.skus["mug"])
    assert (stock.held, stock.sold) == (0, 2)

    order = Order.objects.get(shop_id=world.shops[0].id)
    parcels = {p.supplier_id: p for p in Parcel.objects.filter(order=order)}
    assert len(parcels) == 2
    for number in (0, 1):
        parcel = parcels[world.suppliers[number].id]
        parcel_lane.submit(
            Act("hand_over", parcel.id, world.supplier(number), NOW + timedelta(days=1), "SF", f"T{number}")
        )
        parcel_lane.submit(Act("deliver", parcel.id, SYSTEM, NOW + timedelta(days=3)))
    order.refresh_from_db()
    assert order.state == "shipped"
    for parcel in parcels.values():
        step = parcel_lane.submit(Act("receive", parcel.id, world.buyer, NOW + timedelta(days=4)))
    assert step.order_state == "received"

    with transaction.atomic(), connection.cursor() as cursor:
        assert settle_batch(cursor, now=NOW + timedelta(days=18), limit=10)[0] == 0
        assert settle_batch(cursor, now=NOW + timedelta(days=19), limit=10)[0] == 1
    order.refresh_from_db()
    assert order.state == "settled"
    shop, kiln, hill = (
        creator_account(world.shops[0].id),
        supplier_account(world.suppliers[0].id),
        supplier_account(world.suppliers[1].id),
    )
    assert balances_of([shop, kiln, hill, "platform", "escrow"]) == {
        shop: (12000 - 600 - 5000) + 1760, kiln: 5000 + 800, hill: 8800 - 440 - 1760, "platform": 600 + 440, "escrow": 3000,
    }  # fmt: skip
    roll_up()
    assert balances_of([shop, "platform"]) == {shop: 8160, "platform": 1040}

    tea_line = order.lines.get(sku_id=world.skus["tea"].id)
    ask = Ask(
        order.id, "refund-0001", b"x" * 32, "chipped", world.operator, NOW + timedelta(days=20), {tea_line.id: 4400}
    )
    refunded = refund_lane.submit(ask)
    assert refunded.amount_minor == 4400
    assert refund_lane.submit(ask).refund_id == refunded.refund_id
    assert balances_of([shop, hill, "platform"]) == {shop: 8160 - 880, hill: 6600 - 3300, "platform": 1040 - 220}
    assert PaymentReturn.objects.get().amount_minor == 4400
    kinds = list(Event.objects.filter(subject_id=order.id).order_by("id").values_list("kind", flat=True))
    assert kinds[0] == "order.placed" and kinds[-1] == "order.refund"


def test_refusals_name_the_line_and_change_nothing(world: World) -> None:
    with pytest.raises(CheckoutRefused) as refusal:
        place(world, mug=101, tea=1)
    assert refusal.value.params["lines"][0]["code"] == "sold_out"
    assert Order.objects.count() == 0


def test_unpaid_orders_expire_and_late_money_goes_back_by_itself(world: World) -> None:
    receipt = place(world, mug=3)
    with transaction.atomic(), connection.cursor() as cursor:
        assert expire_batch(cursor, now=NOW + timedelta(minutes=31), limit=10) == 1
    assert Stock.objects.get(sku=world.skus["mug"]).held == 0
    assert pay(receipt, minutes=40) is Outcome.LATE
    back = PaymentReturn.objects.get()
    assert (back.amount_minor, back.reason) == (receipt.total_minor, "late")


def test_whole_refund_before_shipping_restocks_and_empties_escrow(world: World) -> None:
    receipt = place(world, mug=3, tea=1)
    pay(receipt)
    order = Order.objects.get()
    refund_lane.submit(
        Ask(order.id, "refund-0001", b"x" * 32, "changed my mind", world.buyer, NOW + timedelta(hours=1))
    )
    order.refresh_from_db()
    assert order.state == "refunded" and escrow_and_all() == 0
    stock = Stock.objects.get(sku=world.skus["mug"])
    assert (stock.held, stock.sold) == (0, 0)
    assert set(Parcel.objects.values_list("state", flat=True)) == {"cancelled"}

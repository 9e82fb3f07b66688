"""Orders imported without lines, freight agreed per order, and unpaid windows per shop."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection

from renmai.kit.access import SYSTEM, Actor
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.kit.problems import Forbidden, KeyReused
from renmai.money.ledger.queries import balances_of
from renmai.money.payments.models import MoneyException, Payment
from renmai.money.payments.rules import Message, Outcome, Said
from renmai.money.splits.models import SplitPart
from renmai.people.standing.actions import set_term
from renmai.trade.captures.actions import sweep_expired
from renmai.trade.captures.lane import capture_lane
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.rules import BadBasket, Place, Receipt, Wanted
from renmai.trade.checkout.unlisted import Unlisted, unlisted_lane
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from renmai.trade.reports.queries import list_violations
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def place(world: World, *names: str, **changes: object) -> Place:
    assert world.buyer.person_id
    lines = tuple(Wanted(world.picks[name].id, world.skus[name].id, 1) for name in names)
    intent = Place(
        world.buyer.person_id, "import-0001", input_hash(names), lines, "card", NOW, address_id=world.buyer_address
    )
    return replace(intent, **changes)  # type: ignore[arg-type]


def unlisted(world: World, amount: int = 12_345, actor: Actor = SYSTEM, **changes: object) -> Unlisted:
    return Unlisted(place(world, **changes), world.shops[0].id, amount, "CNY", actor)


def pay(receipt: Receipt, amount: int) -> Outcome:
    ref = new_id().hex
    Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=ref, amount_minor=amount,
        currency="CNY", created_at=NOW,
    )  # fmt: skip
    return capture_lane.submit(Message("sandbox", ref, Said.CAPTURED, ref, amount, "CNY", NOW, NOW))


def violations() -> list[object]:
    with connection.cursor() as cursor:
        return list(list_violations(cursor))


def test_an_order_without_lines_is_paid_shown_and_refunded(world: World) -> None:
    receipt = unlisted_lane.submit(unlisted(world))
    assert (receipt.total_minor, receipt.expires_at) == (12_345, None)
    line = OrderLine.objects.get()
    assert (line.kind, line.supplier_id, line.sku_id, line.paid_minor) == ("unlisted", None, None, 12_345)
    assert list(SplitPart.objects.values_list("payee", "rule", "amount_minor")) == [("platform", "fee", 12_345)]
    shown = MoneyException.objects.get()
    assert (shown.kind, shown.subject_id, shown.difference_minor) == ("no_lines", receipt.checkout_id, 12_345)

    assert pay(receipt, 12_345) is Outcome.PAID
    assert Order.objects.get().state == "paid" and not Parcel.objects.exists()
    assert balances_of(["escrow"]) == {"escrow": 12_345}
    assert violations() == []

    order_id = receipt.orders[0][0]
    refunded = refund_lane.submit(
        Ask(order_id, "refund-0001", b"x" * 32, "no lines", world.creator(0), NOW + timedelta(days=1))
    )
    assert refunded.amount_minor == 12_345
    assert Order.objects.get().state == "refunded"
    assert balances_of(["escrow", "return_due", "platform"]) == {"escrow": 0, "return_due": 12_345, "platform": 0}
    assert violations() == []


def test_an_order_without_lines_waits_for_its_money_without_a_window(world: World) -> None:
    unlisted_lane.submit(unlisted(world))
    sweep_expired(now=NOW + timedelta(days=365))
    assert Checkout.objects.get().state == "open"


def test_the_same_key_gives_the_same_order_and_other_input_is_refused(world: World) -> None:
    first = unlisted_lane.submit(unlisted(world))
    again = unlisted_lane.submit(unlisted(world))
    assert (again.checkout_id, again.repeated) == (first.checkout_id, True)
    with pytest.raises(KeyReused):
        unlisted_lane.submit(unlisted(world, input_hash=b"y" * 32))
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("amount", "changes"),
    [
        (0, {}),
        (-5, {}),
        (10**12 + 1, {}),
        (100, {"method": "shells"}),
        (100, {"lines": (Wanted(new_id(), new_id(), 1),)}),
    ],
)
def test_what_cannot_be_an_order_without_lines_changes_nothing(
    world: World, amount: int, changes: dict[str, object]
) -> None:
    with pytest.raises(BadBasket):
        unlisted_lane.submit(unlisted(world, amount, **changes))
    assert not Order.objects.exists() and not MoneyException.objects.exists()


def test_only_the_house_and_operators_import_without_lines(world: World) -> None:
    for actor in (world.buyer, world.creator(0), world.supplier(0)):
        with pytest.raises(Forbidden):
            unlisted_lane.submit(unlisted(world, actor=actor))
    assert not Order.objects.exists()
    assert unlisted_lane.submit(unlisted(world, actor=world.operator)).total_minor == 12_345


def test_freight_can_be_agreed_for_an_order(world: World) -> None:
    kiln, hill = (supplier.id for supplier in world.suppliers)
    receipt = checkout_lane.submit(place(world, "mug", "tea", freight={hill: 350}))
    assert receipt.total_minor == 6000 + 8800 + 800 + 350
    lines = OrderLine.objects.filter(kind="freight").values_list("supplier_id", "paid_minor")
    assert dict(lines) == {kiln: 800, hill: 350}
    free = checkout_lane.submit(place(world, "mug", key="import-0002", freight={kiln: 0}))
    assert free.total_minor == 6000
    assert violations() == []


def test_a_freight_below_zero_is_refused(world: World) -> None:
    with pytest.raises(BadBasket):
        checkout_lane.submit(place(world, "mug", freight={world.suppliers[0].id: -1}))
    assert not Order.objects.exists()


def test_the_shortest_unpaid_window_of_the_shops_holds(world: World) -> None:
    set_term(actor=SYSTEM, now=NOW, term="unpaid_minutes_card", value=600, reason="test", subject_id=world.shops[0].id)
    assert checkout_lane.submit(place(world, "mug")).expires_at == NOW + timedelta(minutes=600)
    both = checkout_lane.submit(place(world, "mug", "soap", key="import-0002"))
    assert both.expires_at == NOW + timedelta(minutes=30)

"""A recall across shops, carts, drops and orders: everything of it leaves, everyone is told, every amount is exact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from renmai.goods.products.actions import StockTooLow, WrongProductState
from renmai.goods.products.models import Product, Sku, Stock, StockReceipt
from renmai.goods.recalls.actions import (
    AlreadyLifted,
    AlreadyRecalled,
    NeverSold,
    UnknownBatch,
    lift_recall,
    recall_product,
)
from renmai.goods.recalls.models import Recall
from renmai.goods.recalls.queries import open_recalls
from renmai.goods.screening.models import Decision
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound, SignInNeeded
from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payments.models import PaymentReturn
from renmai.money.settlement.lane import settle_batch
from renmai.people.accounts.models import Membership, Person
from renmai.people.notices.models import Notice
from renmai.places.shops.models import Pick
from renmai.trade.carts.actions import set_cart_line
from renmai.trade.carts.models import CartLine
from renmai.trade.checkout.models import Checkout
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from renmai.trade.promotions.models import CouponUse, Drop
from renmai.trade.recalls.actions import follow_recall, sweep_recalls
from renmai.trade.recalls.lane import refund_some
from renmai.trade.recalls.models import RecallRefund, RecallTold
from renmai.trade.recalls.rules import GRACE, Sold, gives_back, next_try, within
from tests.goods.pool import refused
from tests.trade.care_desk import asked, ordered
from tests.trade.promoting import buyers, coupon, drop, pay, place, stock, wanted
from tests.trade.racers import violations
from tests.trade.world import NOW, World, make_world

AT = NOW + timedelta(days=30)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def world(house: None) -> World:
    made = make_world()
    # A second shop with the tea, as in every recall worth its name; and people who may act for shops and suppliers.
    made.picks["tea2"] = Pick.objects.create(
        shop=made.shops[1], product_id=made.picks["tea"].product_id, term="commission", commission_bps=2000,
        word="Also good.", created_at=NOW,
    )  # fmt: skip
    made.skus["tea2"] = made.skus["tea"]
    for each in made.shops:
        Membership.objects.create(person_id=each.owner_id, role="creator", subject_id=each.id, created_at=NOW)
    maker = Person.objects.create(email="hill@example.org", created_at=NOW)
    Membership.objects.create(person=maker, role="supplier", subject_id=made.suppliers[1].id, created_at=NOW)
    return made


def recall(world: World, name: str = "tea", **given: Any) -> Recall:
    product_id = world.skus[name].product_id
    return recall_product(
        **{
            "actor": world.operator,
            "now": AT,
            "product_id": product_id,
            "reason": "Pesticide.",
            "advice": "Do not drink.",
        }
        | given
    )


def followed(made: Recall) -> Recall:
    """Follow a recall to its end: at once, and after the time in which sales under way are found."""
    sweep_recalls(now=made.at)
    sweep_recalls(now=made.at + GRACE)
    return Recall.objects.get(id=made.id)


def settle(at: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        return settle_batch(cursor, now=at, limit=100)[0]


def states(made: Recall) -> dict[UUID, str]:
    return dict(RecallRefund.objects.filter(recall_id=made.id).values_list("order_id", "state"))


def told(made: Recall) -> dict[str, list[str]]:
    """Who was told what: kind -> addresses."""
    people = dict(Person.objects.values_list("id", "email"))
    found: dict[str, list[str]] = {}
    for notice in Notice.objects.filter(data__recall_id=str(made.id)):
        found.setdefault(notice.kind, []).append(people[notice.person_id])
    return {kind: sorted(emails) for kind, emails in found.items()}


def test_only_an_operator_recalls_and_only_what_was_sold(world: World) -> None:
    tea = world.skus["tea"].product_id
    for stranger in (world.buyer, world.supplier(1), world.creator(0), Actor(new_id())):
        refused(Forbidden, lambda actor=stranger: recall(world, actor=actor))
    refused(SignInNeeded, lambda: recall(world, actor=Actor()))
    refused(NotFound, lambda: recall(world, product_id=new_id()))
    Product.objects.filter(id=tea).update(state="screening", approved_at=None)
    refused(NeverSold, lambda: recall(world))
    Product.objects.filter(id=tea).update(approved_at=NOW)  # approved once, waits again
    recall(world)
    assert Product.objects.get(id=tea).state == "recalled"
    refused(WrongProductState, lambda: recall(world))
    refused(AlreadyRecalled, lambda: recall(world, batch="B1", sku_ids=[world.skus["tea"].id]))


def test_the_act_is_recorded_and_empties_shops_carts_and_drops_at_once(world: World) -> None:
    (first, _), (second, _) = buyers(2)
    for buyer, name in ((first, "tea"), (second, "tea2"), (second, "mug")):
        set_cart_line(actor=buyer, now=NOW, pick_id=world.picks[name].id, sku_id=world.skus[name].id, quantity=1)
    offer = drop(world, "tea", quantity=5, price_minor=8500, starts_at=AT - DAY, ends_at=AT + DAY)
    made = recall(world)
    assert not Pick.objects.filter(product_id=made.product_id, removed_at=None).exists()
    assert [line.sku_id for line in CartLine.objects.all()] == [world.skus["mug"].id]
    assert Drop.objects.get(id=offer.id).over_at == AT and Stock.objects.get(sku=world.skus["tea"]).set_aside == 0
    decision = Decision.objects.get(subject_id=made.product_id)
    assert (decision.verdict, decision.reason, decision.by_id) == ("recalled", "Pesticide.", world.operator.person_id)
    event = Event.objects.get(kind="product.recalled")
    assert event.data["recall_id"] == str(made.id) and event.data["decision_id"] == str(decision.id)
    followed(made)
    emails = sorted(Person.objects.get(id=buyer.person_id).email for buyer in (first, second))
    assert told(made) == {
        "recall.carted": emails, "recall.picked": ["lin@example.org", "mei@example.org"],
        "recall.supplied": ["hill@example.org"],
    }  # fmt: skip
    assert not violations()


def test_orders_in_every_state_are_given_back_to_the_last_cent(world: World) -> None:
    """Placed, paid, shipped, received and settled; two suppliers' parcels; a coupon. The supplier bears all of it."""
    settled = ordered(world, tea=1, mug=1)
    assert settle(NOW + 30 * DAY) == 1
    coupon(world, amount_minor=800)
    people = [actor for actor, _ in buyers(5)]
    placed = place(world, wanted(world, "tea"), wanted(world, "mug"), buyer=people[0], at=AT - MINUTE)
    paid, shipped = (
        place(world, wanted(world, "tea"), wanted(world, "mug"), buyer=each, at=AT - DAY) for each in people[1:3]
    )
    used = place(world, wanted(world, "tea2"), codes=("SPRING",), buyer=people[3], at=AT - DAY)
    other = place(world, wanted(world, "soap"), buyer=people[4], at=AT - DAY)
    for receipt in (paid, shipped, used, other):
        pay(receipt, at=AT - DAY)
    for parcel in Parcel.objects.filter(order__checkout_id=shipped.checkout_id):
        number = [supplier.id for supplier in world.suppliers].index(parcel.supplier_id)
        parcel_lane.submit(Act("hand_over", parcel.id, world.supplier(number), AT - DAY, "SF", "1"))
    accounts = {
        "shop": creator_account(world.shops[0].id), "mei": creator_account(world.shops[1].id),
        "kiln": supplier_account(world.suppliers[0].id), "hill": supplier_account(world.suppliers[1].id),
        "platform": "platform", "escrow": "escrow",
    }  # fmt: skip
    before = balances_of(list(accounts.values()))

    made = followed(recall(world))

    orders = {order.checkout_id: order for order in Order.objects.all()}
    assert {orders[r.checkout_id].id: s for r, s in ((placed, "cancelled"), (paid, "refunded"), (shipped, "refunded"),
                                                     (used, "refunded"))} | {settled.id: "refunded"} == states(made)  # fmt: skip
    assert Checkout.objects.get(id=placed.checkout_id).state == "cancelled"
    # Of each the tea alone, 88.00 (80.00 with the coupon): Hill has no freight, and the mug's parcel goes on.
    refunds = {refund.order_id: refund.amount_minor for refund in Refund.objects.all()}
    assert refunds == {
        settled.id: 8800, orders[paid.checkout_id].id: 8800, orders[shipped.checkout_id].id: 8800,
        orders[used.checkout_id].id: 8000,
    }  # fmt: skip
    assert {refund.key for refund in Refund.objects.all()} == {f"recall:{made.id}"}
    after = balances_of(list(accounts.values()))
    moved = {
        name: after[account] - before[account]
        for name, account in accounts.items()
        if after[account] != before[account]
    }
    # Each tea is Hill's 66.00, the creator's 17.60, the platform's 4.40; the coupon's 8.00 are the platform's. Nobody but
    # Hill ends poorer: 88.00 of the settled one, 22.00 of each that was in escrow, 17.60 + 4.40 - 8.00 of the last.
    assert moved == {
        "shop": 2 * 1760, "mei": 1760, "platform": 2 * 440 + 440 - 800, "hill": -(8800 + 2 * 2200 + 1400),
        "escrow": -(2 * 8800 + 8000),
    }  # fmt: skip
    assert sum(PaymentReturn.objects.values_list("amount_minor", flat=True)) == 3 * 8800 + 8000
    parcels = dict(Parcel.objects.filter(order__checkout_id=paid.checkout_id).values_list("supplier_id", "state"))
    assert parcels == {world.suppliers[0].id: "waiting", world.suppliers[1].id: "cancelled"}
    assert OrderLine.objects.get(order__checkout_id=other.checkout_id, kind="goods").refunded_minor == 0
    assert made.told_at == made.refunds_done_at == AT + GRACE
    assert not violations()


def test_the_parts_of_everyone_come_to_what_was_sold(world: World) -> None:
    """The figures of the test above, one sale each: the supplier alone bears 88.00, whenever it is recalled."""
    account = [creator_account(world.shops[0].id), supplier_account(world.suppliers[1].id), "platform", "escrow"]
    receipt = place(world, wanted(world, "tea"), at=AT - DAY)
    pay(receipt, at=AT - DAY)
    assert balances_of(account) == {account[0]: 0, account[1]: 0, "platform": 0, "escrow": 8800}
    followed(recall(world))
    # Its part of the escrow, 66.00, and 17.60 and 4.40 of the others: 88.00 that Hill does not have.
    assert balances_of(account) == {account[0]: 1760, account[1]: -2200, "platform": 440, "escrow": 0}
    assert stock(world, "tea") == (0, 0, 0)


def test_a_whole_order_is_refunded_with_its_freight_and_the_goods_stay_with_the_buyer(world: World) -> None:
    order = ordered(world, mug=2)  # Kiln's freight is 8.00
    made = followed(recall(world, "mug"))
    refund = Refund.objects.get(order=order)
    assert refund.amount_minor == 12_800 and Order.objects.get(id=order.id).state == "refunded"
    assert stock(world, "mug") == (0, 2, 0)  # nothing comes back to the shelf
    row = RecallRefund.objects.get(recall_id=made.id)
    assert set(row.line_ids) == {str(line.id) for line in order.lines.all()} and row.refund_id == refund.id
    # Again, by as many workers and as often as they like: nothing more.
    follow_recall(made, AT + DAY), sweep_recalls(now=AT + DAY)
    assert Refund.objects.count() == 1 and Notice.objects.filter(kind="recall.bought").count() == 1
    assert not violations()


def test_an_open_case_about_it_is_refunded_and_closed_by_the_recall(world: World) -> None:
    order = ordered(world, tea=1, mug=1)
    case, other = asked(world, order, "tea"), asked(world, order, "mug")
    made = followed(recall(world, now=NOW + 5 * DAY))
    case.refresh_from_db(), other.refresh_from_db()
    refund = Refund.objects.get()
    assert (case.state, case.bearer, case.agreed_minor, case.refund_id) == ("refunded", "supplier", 8800, refund.id)
    assert case.closed_at == made.at and other.closed_at is None
    assert Event.objects.filter(kind="case.recall", subject_id=case.id).count() == 1
    assert not violations()


def test_what_cannot_be_given_back_is_kept_with_its_reason_and_tried_again(world: World) -> None:
    (one, _), (two, _) = buyers(2)
    short = place(world, wanted(world, "tea"), buyer=one, at=AT)
    pay(short, at=AT, amount_minor=8000)
    fine = place(world, wanted(world, "tea"), buyer=two, at=AT - DAY)
    pay(fine, at=AT - DAY)
    made = followed(recall(world))
    orders = {order.checkout_id: order.id for order in Order.objects.all()}
    assert states(made) == {orders[short.checkout_id]: "failed", orders[fine.checkout_id]: "refunded"}
    row = RecallRefund.objects.get(state="failed")
    assert (row.error, row.tries, row.retry_at) == ("paid_in_part", 2, AT + 3 * MINUTE)
    assert made.told_at == AT + GRACE and made.refunds_done_at is None
    pay(short, at=AT + MINUTE, amount_minor=800)  # the rest came in
    sweep_recalls(now=AT + 2 * MINUTE)
    assert RecallRefund.objects.get(id=row.id).state == "failed"  # not before its time
    sweep_recalls(now=AT + 3 * MINUTE)
    assert RecallRefund.objects.get(id=row.id).state == "refunded"
    assert Recall.objects.get(id=made.id).refunds_done_at == AT + 3 * MINUTE
    assert not violations()


def test_who_is_not_told_yet_comes_before_what_waits_for_money(world: World) -> None:
    waits, fresh = recall(world), recall(world, "mug")
    Recall.objects.filter(id=waits.id).update(told_at=AT)
    assert [row.id for row in open_recalls(limit=1)] == [fresh.id]
    assert [row.id for row in open_recalls()] == [fresh.id, waits.id]


def test_a_stop_in_the_middle_loses_and_doubles_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for actor, _ in buyers(7):
        pay(place(world, wanted(world, "tea"), buyer=actor, at=AT - DAY), at=AT - DAY)
    monkeypatch.setattr("renmai.trade.recalls.listing.CHUNK", 2)
    made = recall(world)
    made.refresh_from_db()

    class Killed(BaseException):
        pass

    def kill(*_: Any, **__: Any) -> None:
        raise Killed

    for place_of_death in ("renmai.trade.recalls.lane._write", "renmai.trade.recalls.actions.tell_some"):
        with monkeypatch.context() as dying, pytest.raises(Killed):
            dying.setattr(place_of_death, kill)
            sweep_recalls(now=AT)
        refund_some(made, AT, limit=3)
    followed(made)
    assert sorted(states(made).values()) == ["refunded"] * 7
    assert Refund.objects.count() == 7 and len(told(made)["recall.bought"]) == 7
    assert not violations()


def test_one_bad_order_holds_back_nobody(world: World) -> None:
    people = [actor for actor, _ in buyers(3)]
    receipts = [place(world, wanted(world, "tea"), buyer=actor, at=AT - DAY) for actor in people]
    for receipt in receipts:
        pay(receipt, at=AT - DAY)
    bad = Order.objects.get(checkout_id=receipts[1].checkout_id)
    with connection.cursor() as cursor:  # an order whose parts were lost: its refund cannot be written
        cursor.execute("delete from money_splitpart where subject_id = %s", (bad.id,))
    made = followed(recall(world))
    assert states(made).pop(bad.id) == "failed"
    assert sorted(states(made).values()) == ["failed", "refunded", "refunded"]
    assert RecallRefund.objects.get(order_id=bad.id).error
    assert len(told(made)["recall.bought"]) == 3


def test_a_batch_is_held_back_until_it_is_lifted(world: World) -> None:
    tea = world.skus["tea"]
    spare = Sku.objects.create(
        product=tea.product, code="2", supply_price_minor=4000, floor_price_minor=8000, price_minor=8800, currency="CNY"
    )
    Stock.objects.create(sku=spare, received=10)
    StockReceipt.objects.create(sku=spare, quantity=10, reason="start", at=NOW)
    StockReceipt.objects.create(sku=tea, quantity=0, reason="new", at=NOW + DAY, batch="B7")
    refused(UnknownBatch, lambda: recall(world, batch="B9"))
    refused(NotFound, lambda: recall(world, batch="B9", sku_ids=[world.skus["mug"].id, tea.id]))
    people = [actor for actor, _ in buyers(4)]
    receipts = [place(world, wanted(world, "tea"), buyer=each, at=NOW + 2 * DAY) for each in people]
    for receipt, batch in zip(receipts, ("B7", "B8", "", ""), strict=True):
        pay(receipt, at=NOW + 2 * DAY)
        Parcel.objects.filter(order__checkout_id=receipt.checkout_id).update(batch=batch)
    early = place(world, wanted(world, "tea"), at=NOW)  # before the batch came in
    pay(early)
    made = recall(world, batch="B7")
    assert (made.sku_ids, made.sold_since) == ([str(tea.id)], NOW + DAY)
    refused(AlreadyRecalled, lambda: recall(world, batch="B7"))
    assert Product.objects.get(id=tea.product_id).state == "approved"
    assert Pick.objects.filter(product_id=tea.product_id, removed_at=None).count() == 2
    held = dict(Sku.objects.filter(product_id=tea.product_id).values_list("id", "recall_id"))
    assert held == {tea.id: made.id, spare.id: None}
    followed(made)
    orders = {order.checkout_id: order.id for order in Order.objects.all()}
    assert set(states(made)) == {orders[receipts[n].checkout_id] for n in (0, 2, 3)}
    assert set(states(made).values()) == {"refunded"}
    assert set(told(made)) == {"recall.bought", "recall.batch_picked", "recall.supplied"}

    second = recall(world, batch="B8", sku_ids=[tea.id], now=AT + DAY)
    for stranger in (world.supplier(1), world.creator(0)):
        refused(Forbidden, lambda actor=stranger: lift_recall(actor=actor, now=AT, recall_id=made.id, why="x"))
    lift = {"actor": world.operator, "now": AT + 2 * DAY, "why": "All 40 pieces were destroyed."}
    refused(StockTooLow, lambda: lift_recall(**lift, recall_id=made.id, taken_off={tea.id: 10_000}))
    refused(NotFound, lambda: lift_recall(**lift, recall_id=made.id, taken_off={spare.id: 1}))
    lift_recall(**lift, recall_id=made.id, taken_off={tea.id: 40})
    refused(AlreadyLifted, lambda: lift_recall(**lift, recall_id=made.id))
    assert Stock.objects.get(sku=tea).received == 60
    assert Sku.objects.get(id=tea.id).recall_id == second.id  # the other batch goes on holding it
    lift_recall(**lift, recall_id=second.id)
    assert Sku.objects.get(id=tea.id).recall_id is None
    assert Notice.objects.filter(kind="recall.lifted").count() == 2 * 3
    whole = recall(world, now=AT + 3 * DAY)
    refused(AlreadyLifted, lambda: lift_recall(**lift, recall_id=whole.id))
    assert not violations()


def test_what_was_sold_after_a_batch_was_lifted_is_left_alone(world: World) -> None:
    tea, (first, second) = world.skus["tea"], (actor for actor, _ in buyers(2))
    before = place(world, wanted(world, "tea"), buyer=first, at=AT - MINUTE)
    pay(before, at=AT - MINUTE)
    made = recall(world, batch="B7", sku_ids=[tea.id])
    lift_recall(actor=world.operator, now=AT + GRACE / 4, recall_id=made.id, why="It was another one.")
    pay(place(world, wanted(world, "tea"), buyer=second, at=AT + GRACE / 2), at=AT + GRACE / 2)
    followed(made)
    assert set(states(made)) == {Order.objects.get(checkout_id=before.checkout_id).id}
    assert not violations()


def test_each_person_is_told_once_as_buyer_and_what_was_bought_outweighs_the_cart(world: World) -> None:
    pay(place(world, wanted(world, "tea"), at=AT - DAY), at=AT - DAY)
    pay(place(world, wanted(world, "tea2"), at=AT - DAY), at=AT - DAY)
    set_cart_line(actor=world.buyer, now=AT, pick_id=world.picks["tea"].id, sku_id=world.skus["tea"].id, quantity=1)
    made = followed(recall(world))
    assert told(made)["recall.bought"] == ["buyer@example.org"] and "recall.carted" not in told(made)
    assert RecallTold.objects.filter(told_at=None).count() == 0
    notice = Notice.objects.get(kind="recall.bought")
    assert notice.mail and notice.href == f"/recalls/{made.id}" and notice.data["advice"] == "Do not drink."
    assert CouponUse.objects.count() == 0


def test_the_rules() -> None:
    one, two, three, hill, kiln = (new_id() for _ in range(5))
    goods = Sold(one, "goods", hill, one, 500, "B1")
    freight = Sold(two, "freight", hill, None, 80)
    other = Sold(three, "goods", hill, three, 100)
    assert gives_back([goods, freight], {one}, "") == {one: 500, two: 80}
    assert gives_back([goods, freight, other], {one}, "B1") == {one: 500}
    assert gives_back([goods, freight], {one}, "B2") == {}
    assert gives_back([goods, Sold(two, "freight", kiln, None, 80)], {one}, "") == {one: 500}
    assert within({one: 500, two: 80}, 550) == {one: 500, two: 50} and within({one: 5}, 0) == {}
    assert [(next_try(NOW, n) - NOW) / MINUTE for n in (1, 2, 3, 11, 12, 60)] == [1, 2, 4, 1024, 1440, 1440]

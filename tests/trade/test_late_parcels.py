"""Hand-over from a warehouse, its time, and what follows by rule when it is not kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db.models import F

from renmai.goods.products.models import Product, Stock, Warehouse, WarehouseStock
from renmai.goods.products.warehouse_lane import NotThere
from renmai.goods.sources.actions import set_source_rule, sweep_sources
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.money.ledger.queries import balances_of
from renmai.money.ledger.rules import ESCROW, PLATFORM, creator_account, supplier_account
from renmai.money.payments.models import Payment
from renmai.people.accounts.models import Membership, Person
from renmai.people.notices.models import Notice
from renmai.people.standing.actions import set_term
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import Wanted
from renmai.trade.orders.models import Order, Parcel, Refund
from renmai.trade.orders.rules import NotNow
from renmai.trade.parcels.actions import hand_over
from renmai.trade.parcels.late import late_goods, sweep_late
from renmai.trade.refunds import late
from renmai.trade.refunds.late import sweep_overdue
from tests.money.desk import capture
from tests.trade.racers import violations
from tests.trade.sourcing import linked_mug
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world, person

HOUR = timedelta(hours=1)
DUE = NOW + 48 * HOUR  # the supplier's own time


@pytest.fixture
def world(house: None) -> World:
    world = make_world()
    for role, subject, email in (
        ("supplier", world.suppliers[0].id, "kiln@example.org"),
        ("creator", world.shops[0].id, "helper@example.org"),
    ):
        Membership.objects.create(person=person(email), role=role, subject_id=subject, created_at=NOW)
    return world


def ordered(world: World, key: str = "key-00000001", **goods: int) -> Order:
    """A paid order, at NOW."""
    lines = [Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in (goods or {"mug": 2}).items()]
    receipt = place_checkout(
        actor=world.buyer, now=NOW, key=key, lines=lines, method="card", address_id=world.buyer_address
    )
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    return Order.objects.get(checkout_id=receipt.checkout_id)


def told(kind: str) -> list[tuple[str, object]]:
    rows = Notice.objects.filter(kind=kind).order_by("id")
    people = dict(Person.objects.values_list("id", "email"))
    return [(people[row.person_id], row.data.get("count", row.data.get("amount_minor"))) for row in rows]


def send(world: World, parcel: Parcel, **more: object) -> None:
    hand_over(
        actor=world.supplier(0), now=NOW + HOUR, parcel_id=parcel.id, carrier="SF", tracking="SF1", **more,  # type: ignore[arg-type]
    )  # fmt: skip


# --- hand-over -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "due"), [(None, 48), (12, 12), (120, 120)])
def test_the_products_own_hand_over_time_counts(world: World, hours: int | None, due: int) -> None:
    Product.objects.filter(id=world.picks["mug"].product_id).update(hand_over_hours=hours)
    assert ordered(world).parcels.get().hand_over_by == NOW + due * HOUR


def test_a_parcel_has_the_longest_time_of_what_is_in_it(world: World) -> None:
    Product.objects.filter(id=world.picks["mug"].product_id).update(hand_over_hours=12)
    tea = Product.objects.filter(id=world.picks["tea"].product_id)
    tea.update(supplier=world.suppliers[0], hand_over_hours=90)
    assert ordered(world, mug=1, tea=1).parcels.get().hand_over_by == NOW + 90 * HOUR


def test_a_hand_over_leaves_its_warehouse_and_names_its_batch(world: World) -> None:
    order = ordered(world)
    warehouse = Warehouse.objects.create(supplier=world.suppliers[0], name="North", created_at=NOW)
    there = WarehouseStock.objects.create(warehouse=warehouse, sku=world.skus["mug"], received=1)
    parcel = order.parcels.get()
    with pytest.raises(NotThere) as refusal:
        send(world, parcel, warehouse_id=warehouse.id, batch="B1")
    assert refusal.value.params["left"] == 1 and order.parcels.get().state == "waiting"
    with pytest.raises(NotThere):
        send(world, parcel, warehouse_id=new_id())
    WarehouseStock.objects.filter(id=there.id).update(received=5)
    for _ in range(2):  # the same again ships nothing more
        send(world, parcel, warehouse_id=warehouse.id, batch=" B1 ")
    sent = order.parcels.get()
    assert (sent.state, sent.warehouse_id, sent.batch) == ("handed_over", warehouse.id, "B1")
    assert WarehouseStock.objects.get().shipped == 2 and Stock.objects.get(sku=world.skus["mug"]).sold == 2


# --- by time ---------------------------------------------------------------------------------------------------------


def test_a_supplier_is_warned_once_before_and_told_once_when_it_is_late(world: World) -> None:
    order = ordered(world)
    assert sweep_late(now=DUE - 13 * HOUR) == 0
    assert (sweep_late(now=DUE - 12 * HOUR), sweep_late(now=DUE - HOUR)) == (1, 0)
    parcel = order.parcels.get()
    assert (parcel.warned_at, parcel.late_at) == (DUE - 12 * HOUR, None)
    assert (sweep_late(now=DUE), sweep_late(now=DUE + HOUR)) == (1, 0)
    assert order.parcels.get().late_at == DUE and Event.objects.get(kind="parcel.late").subject_id == order.id
    assert told("parcels.nearly_late") == [("kiln@example.org", 1)]
    assert told("parcels.late") == [("kiln@example.org", 1)]
    assert told("parcels.late_of_shop") == [("helper@example.org", 1)]


def test_what_is_handed_over_or_refunded_is_never_late(world: World) -> None:
    send(world, ordered(world).parcels.get())
    assert sweep_late(now=DUE + 999 * HOUR) == 0 and sweep_overdue(now=DUE + 999 * HOUR) == 0
    assert Notice.objects.count() == 0 and Refund.objects.count() == 0


def test_what_stays_late_is_refunded_and_the_supplier_bears_it(world: World) -> None:
    """Two mugs at 60.00 and 8.00 freight: fee 6.00, creator 64.00, supplier 50.00 + 8.00. The supplier makes good 70.00."""
    order = ordered(world)
    assert sweep_overdue(now=DUE + 72 * HOUR - timedelta(seconds=1)) == 0 and Refund.objects.count() == 0
    assert (sweep_overdue(now=DUE + 72 * HOUR), sweep_overdue(now=DUE + 99 * HOUR)) == (1, 0)
    order.refresh_from_db()
    refund, parcel = Refund.objects.get(), order.parcels.get()
    assert (order.state, refund.amount_minor, refund.key) == ("refunded", 12_800, f"late:{parcel.id}")
    assert parcel.state == "cancelled" and Stock.objects.get(sku=world.skus["mug"]).sold == 0
    supplier, creator = supplier_account(world.suppliers[0].id), creator_account(world.shops[0].id)
    balances = balances_of([supplier, creator, PLATFORM, ESCROW])
    assert {name: balances[name] for name in (supplier, creator, PLATFORM)} == {
        supplier: -7000, creator: 6400, PLATFORM: 600,
    }  # fmt: skip
    assert told("parcel.overdue_refunded") == [("buyer@example.org", 12_800)]
    assert Notice.objects.get(kind="parcel.overdue_refunded").mail and violations() == []


def test_what_cannot_be_refunded_holds_back_nothing_behind_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "SWEEP_MAX", 1)
    first, second = ordered(world), ordered(world, "key-00000002")
    first.lines.update(refunded_minor=F("paid_minor"))
    assert sweep_overdue(now=DUE + 72 * HOUR) == 1
    assert [refund.order_id for refund in Refund.objects.all()] == [second.id]


def test_only_the_late_parcel_of_an_order_is_refunded(world: World) -> None:
    order = ordered(world, mug=1, tea=1)
    tea = order.parcels.get(supplier_id=world.suppliers[1].id)
    hand_over(actor=world.supplier(1), now=NOW + HOUR, parcel_id=tea.id, carrier="SF", tracking="SF1")
    assert sweep_overdue(now=DUE + 72 * HOUR) == 1
    order.refresh_from_db()
    assert (order.state, order.refunded_minor) == ("shipped", 6800)
    assert {p.state for p in order.parcels.all()} == {"cancelled", "handed_over"} and violations() == []


def test_an_operator_may_say_never(world: World) -> None:
    ordered(world)
    set_term(actor=world.operator, now=NOW, term="late_refund_hours", value=0, reason="never")
    set_term(actor=world.operator, now=NOW, term="late_warning_hours", value=0, reason="never")
    assert sweep_overdue(now=DUE + 9999 * HOUR) == 0 and sweep_late(now=DUE - HOUR) == 0


def test_money_that_the_bank_took_waits_for_the_bank(world: World) -> None:
    order = ordered(world)
    Payment.objects.filter(subject_id=order.checkout_id).update(state="disputed")
    assert sweep_overdue(now=DUE + 72 * HOUR) == 0 and Refund.objects.count() == 0


# --- at once ---------------------------------------------------------------------------------------------------------


def test_four_workers_mark_and_refund_each_parcel_once(world: World) -> None:
    for n in range(12):
        ordered(world, f"key-{n:08d}", mug=1)

    def work(now: datetime) -> tuple[int, int]:
        return sweep_late(now=now), sweep_overdue(now=now)

    waits = [together(lambda: work(DUE + 80 * HOUR)) for _ in range(4)]
    done = [wait() for wait in waits]
    assert (sum(marked for marked, _ in done), sum(refunded for _, refunded in done)) == (12, 12)
    assert Refund.objects.count() == 12 and Event.objects.filter(kind="parcel.late").count() <= 12
    assert Notice.objects.filter(kind="parcel.overdue_refunded").count() == 12 and violations() == []


def test_a_parcel_handed_over_at_the_last_moment_is_not_refunded_as_well(world: World) -> None:
    parcels = [ordered(world, f"key-{n:08d}", mug=1).parcels.get() for n in range(10)]

    def hand_all() -> int:
        done = 0
        for parcel in parcels:
            try:
                send(world, parcel)
                done += 1
            except NotNow:
                continue
        return done

    waits = [together(hand_all), together(lambda: sweep_overdue(now=DUE + 72 * HOUR))]
    handed, refunded = (wait() for wait in waits)
    assert handed + refunded == 10
    assert Parcel.objects.filter(state="handed_over").count() == handed and Refund.objects.count() == refunded
    assert violations() == []


# --- sources ---------------------------------------------------------------------------------------------------------


def test_a_source_that_is_late_too_often_steps_aside(world: World) -> None:
    other, mug = linked_mug(world), world.skus["mug"]
    set_source_rule(
        actor=world.operator, now=NOW, product_id=mug.product_id, mode="by_product", on_sold_out="stay", on_late="next"
    )
    for n in range(3):
        ordered(world, f"key-{n:08d}", mug=1)
    sweep_late(now=DUE)
    assert late_goods(now=DUE) == {mug.id}
    assert sweep_sources(now=DUE, late=late_goods(now=DUE)) == 1
    mug.refresh_from_db()
    assert mug.served_by_id == other.id
    week = DUE + timedelta(days=7)
    assert late_goods(now=week) == set() and sweep_sources(now=week, late=late_goods(now=week)) == 1
    mug.refresh_from_db()
    assert mug.served_by_id is None

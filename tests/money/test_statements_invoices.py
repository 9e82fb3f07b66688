"""Invoices are asked for once for each thing, by whose it is, over what the ledger says."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from renmai.kit.access import ANONYMOUS
from renmai.kit.ids import new_id
from renmai.kit.media.actions import store_document
from renmai.kit.problems import Forbidden, Invalid, NotFound, SignInNeeded
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payouts.withholding import set_details
from renmai.money.statements.actions import (
    InvoiceNotNow,
    MonthNotOver,
    NothingToInvoice,
    issue_invoice,
    refuse_invoice,
    request_fee_invoice,
)
from renmai.money.statements.invoices import (
    access_invoice,
    buyer_payee,
    find_order_invoice,
    list_invoice_queue,
    list_invoices,
    open_invoice,
)
from renmai.money.statements.models import InvoiceRequest
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.refunds.actions import refund_order
from renmai.trade.reports.invoices import changed_minor, request_order_invoice
from tests.money.desk import digest
from tests.trade.world import NOW, World, make_world
from tests.web.operator_world import PDF_BYTES, deliver, pay, place, settle

LATER = NOW + timedelta(days=60)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def sold(world: World) -> Order:
    """Two mugs (margin) and a tea (commission) of shop 0, received and settled in March or April."""
    receipt = place(world, "invoice-0001", NOW, mug=2, tea=1)
    pay(receipt, receipt.total_minor, NOW)
    order = Order.objects.get(checkout_id=receipt.checkout_id)
    deliver(world, order, NOW + timedelta(days=1))
    settle(NOW + timedelta(days=25))
    return order


def test_the_fee_of_a_month_is_invoiced_to_who_bears_it(world: World) -> None:
    """5 % of two mugs at 60.00 is borne by the creator (6.00), 5 % of the tea at 88.00 by its supplier (4.40)."""
    sold(world)
    creator, maker, kiln = (
        creator_account(world.shops[0].id),
        supplier_account(world.suppliers[1].id),
        supplier_account(world.suppliers[0].id),
    )
    march = date(2026, 3, 17)
    asked = request_fee_invoice(actor=world.creator(0), now=LATER, payee=creator, month=march, title="Lin")
    assert (asked.amount_minor, asked.month, asked.state, asked.currency) == (600, date(2026, 3, 1), "requested", "CNY")
    tea = request_fee_invoice(actor=world.supplier(1), now=LATER, payee=maker, month=march, title="Hill")
    assert tea.amount_minor == 440
    before = digest()
    with pytest.raises(NothingToInvoice):
        request_fee_invoice(actor=world.supplier(0), now=LATER, payee=kiln, month=march, title="Kiln")
    with pytest.raises(NothingToInvoice):
        request_fee_invoice(actor=world.creator(0), now=LATER, payee=creator, month=date(2026, 2, 1), title="Lin")
    with pytest.raises(MonthNotOver):
        request_fee_invoice(actor=world.creator(0), now=NOW, payee=creator, month=march, title="Lin")
    assert digest() == before


def test_a_fee_given_back_is_not_invoiced(world: World) -> None:
    order = sold(world)
    creator = creator_account(world.shops[0].id)
    line = OrderLine.objects.get(order=order, pick_id=world.picks["mug"].id)
    refund_order(
        actor=world.operator, now=NOW + timedelta(days=26), order_id=order.id, key="refund-0001", reason="chipped",
        lines={line.id: 6000},
    )  # fmt: skip
    asked = request_fee_invoice(actor=world.creator(0), now=LATER, payee=creator, month=date(2026, 3, 1), title="Lin")
    assert asked.amount_minor == 300


def test_once_for_each_thing_and_anew_after_a_refusal(world: World) -> None:
    sold(world)
    creator, march = creator_account(world.shops[0].id), date(2026, 3, 1)
    set_details(
        actor=world.creator(0), now=NOW, payee=creator, kind="person", legal_name="Lin Xiaoman", tax_number="1234567"
    )
    asked = request_fee_invoice(actor=world.creator(0), now=LATER, payee=creator, month=march)
    assert (asked.title, asked.tax_number) == ("Lin Xiaoman", "1234567")
    again = request_fee_invoice(actor=world.creator(0), now=LATER, payee=creator, month=march, title="Another")
    assert (again.id, again.title, InvoiceRequest.objects.count()) == (asked.id, "Lin Xiaoman", 1)
    with pytest.raises(Forbidden):
        refuse_invoice(actor=world.creator(0), now=LATER, request_id=asked.id, reason="no")
    with pytest.raises(Invalid):
        refuse_invoice(actor=world.operator, now=LATER, request_id=asked.id, reason=" ")
    refused = refuse_invoice(actor=world.operator, now=LATER, request_id=asked.id, reason="The name is wrong.")
    assert (refused.state, refused.reason) == ("refused", "The name is wrong.")
    assert (
        refuse_invoice(actor=world.operator, now=LATER, request_id=asked.id, reason="x").reason == "The name is wrong."
    )
    anew = request_fee_invoice(actor=world.creator(0), now=LATER, payee=creator, month=march, title="Lin")
    assert anew.id != asked.id
    assert [row.id for row in list_invoices(world.creator(0), creator)] == [anew.id, asked.id]
    assert [row.id for row in list_invoice_queue(world.operator)] == [anew.id]
    assert [row.id for row in list_invoice_queue(world.operator, state="refused")] == [asked.id]


def test_an_issued_invoice_is_read_by_who_asked_and_nobody_else(world: World) -> None:
    order = sold(world)
    asked = request_order_invoice(actor=world.buyer, now=NOW, order_id=order.id, title="Lin")
    assert asked.amount_minor == order.total_minor == 6000 * 2 + 8800 + 800
    media = store_document(data=PDF_BYTES, name="invoice.pdf", actor=world.operator, now=NOW)
    foreign = store_document(data=PDF_BYTES, name="mine.pdf", actor=world.creator(0), now=NOW)
    with pytest.raises(NotFound):
        open_invoice(world.buyer, asked.id)
    before = digest()
    for who, number, media_id, refusal in (
        (world.buyer, "F-1", media.id, Forbidden),
        (ANONYMOUS, "F-1", media.id, SignInNeeded),
        (world.operator, "", media.id, Invalid),
        (world.operator, "F-1", foreign.id, NotFound),
        (world.operator, "F-1", new_id(), NotFound),
    ):
        with pytest.raises(refusal):
            issue_invoice(actor=who, now=NOW, request_id=asked.id, number=number, media_id=media_id)
    assert digest() == before
    for _ in range(2):
        issued = issue_invoice(actor=world.operator, now=NOW, request_id=asked.id, number="F-1", media_id=media.id)
    assert (issued.state, issued.invoice_number, issued.ended_by_id) == ("issued", "F-1", world.operator.person_id)
    for act in (
        lambda: refuse_invoice(actor=world.operator, now=NOW, request_id=asked.id, reason="late"),
        lambda: issue_invoice(actor=world.operator, now=NOW, request_id=asked.id, number="F-2", media_id=media.id),
    ):
        with pytest.raises(InvoiceNotNow):
            act()
    for reader in (world.buyer, world.operator):
        with open_invoice(reader, asked.id).content as content:
            assert content.read() == PDF_BYTES
    for stranger, refusal in ((world.creator(0), NotFound), (ANONYMOUS, SignInNeeded)):
        for read in (open_invoice, access_invoice):
            with pytest.raises(refusal):
                read(stranger, asked.id)
        with pytest.raises(refusal):
            list_invoices(stranger, asked.payee)
    assert find_order_invoice(world.buyer, order.id) == issued
    assert find_order_invoice(world.creator(0), order.id) is None


def test_a_buyer_asks_over_what_was_paid_less_what_came_back_and_sees_what_changed(world: World) -> None:
    order = sold(world)
    tea = OrderLine.objects.get(order=order, pick_id=world.picks["tea"].id)
    refund_order(actor=world.operator, now=NOW, order_id=order.id, key="refund-0001", reason="x", lines={tea.id: 800})
    asked = request_order_invoice(actor=world.buyer, now=NOW, order_id=order.id, title="Lin", email="lin@example.org")
    assert (asked.amount_minor, asked.payee) == (order.total_minor - 800, buyer_payee(order.buyer_id))
    assert changed_minor([asked]) == {}
    refund_order(actor=world.operator, now=NOW, order_id=order.id, key="refund-0002", reason="x", lines={tea.id: 1000})
    assert changed_minor([asked]) == {asked.id: 1000}
    assert request_order_invoice(actor=world.buyer, now=NOW, order_id=order.id, title="Lin").id == asked.id


def test_no_invoice_over_what_is_not_ones_own_or_not_paid(world: World) -> None:
    unpaid = Order.objects.get(checkout_id=place(world, "invoice-0002", NOW, mug=1).checkout_id)
    before = digest()
    with pytest.raises(NothingToInvoice):
        request_order_invoice(actor=world.buyer, now=NOW, order_id=unpaid.id, title="Lin")
    with pytest.raises(NotFound):
        request_order_invoice(actor=world.creator(0), now=NOW, order_id=unpaid.id, title="Lin")
    with pytest.raises(NotFound):
        request_fee_invoice(
            actor=world.creator(1),
            now=LATER,
            payee=creator_account(world.shops[0].id),
            month=date(2026, 3, 1),
            title="x",
        )
    with pytest.raises(NotFound):
        request_fee_invoice(actor=world.operator, now=LATER, payee="platform", month=date(2026, 3, 1), title="x")
    assert digest() == before
    order = sold(world)
    with pytest.raises(Invalid):
        request_order_invoice(actor=world.buyer, now=NOW, order_id=order.id, title="")
    with pytest.raises(Invalid):
        request_order_invoice(actor=world.buyer, now=NOW, order_id=order.id, title="Lin", email="nobody")

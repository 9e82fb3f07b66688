"""Invoices of the demo world: details of those who sell, one invoice asked for, one issued."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from django.conf import settings
from reportlab.lib.pagesizes import A5
from reportlab.pdfgen.canvas import Canvas

from renmai.cli.demo.world import World
from renmai.kit.access import require_person
from renmai.kit.ids import short_number
from renmai.kit.media.actions import store_document
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.payouts.withholding import set_details
from renmai.money.statements.actions import NothingToInvoice, issue_invoice, request_fee_invoice
from renmai.money.statements.models import InvoiceRequest
from renmai.money.statements.rules import month_of
from renmai.trade.orders.models import Order
from renmai.trade.reports.invoices import request_order_invoice

MONTHS_BACK = 3


def ask_for_invoices(world: World, now: datetime) -> None:
    """Say who the first creator and the first supplier are, ask for the newest invoice over fees that there is, and
    issue one to the first buyer over an order."""
    shop_id, creator = next(iter(world.shops.values()))
    supplier_id, supplier = next(iter(world.suppliers.values()))
    shop, firm = creator_account(shop_id), supplier_account(supplier_id)
    set_details(
        actor=creator, now=now, payee=shop, kind="person", legal_name="林晚", tax_number="330106199001011234",
        address="杭州市西湖区龙井路 1 号",
    )  # fmt: skip
    set_details(
        actor=supplier, now=now, payee=firm, kind="company", legal_name="Demo Maker Ltd. 演示供货有限公司",
        tax_number="91330106MA2DEM00XT",
    )  # fmt: skip
    _ask_over_fees(world, now)
    _issue_over_order(world, now)


def _ask_over_fees(world: World, now: datetime) -> None:
    shop_id, creator = next(iter(world.shops.values()))
    month = month_of(now.astimezone(ZoneInfo(settings.TIME_ZONE)).date())
    for _back in range(MONTHS_BACK):
        month = month_of(month.first - timedelta(days=1))
        try:
            request_fee_invoice(actor=creator, now=now, payee=creator_account(shop_id), month=month.first)
        except NothingToInvoice:
            continue
        return


def _issue_over_order(world: World, now: datetime) -> None:
    buyer, _address_id = world.buyers[0]
    own = Order.objects.filter(
        buyer_id=require_person(buyer), paid_at__isnull=False, refunded_minor=0, total_minor__gt=0
    )
    order = own.order_by("id").first()
    if order is None:
        return
    asked = request_order_invoice(actor=buyer, now=now, order_id=order.id, title="Lake Road Tea House 湖滨路茶馆")
    media = store_document(data=_drawn(asked), name="invoice.pdf", actor=world.operator, now=now)
    issue_invoice(actor=world.operator, now=now, request_id=asked.id, number="DEMO-0001", media_id=media.id)


def _drawn(asked: InvoiceRequest) -> bytes:
    """Return a page that says what it is: no invoice, but a picture of one."""
    file = BytesIO()
    canvas = Canvas(file, pagesize=A5, invariant=1)
    number = short_number(asked.order_id) if asked.order_id else ""
    for line, text in enumerate(
        ("DEMO - not an invoice", "DEMO-0001", number, f"{asked.amount_minor} {asked.currency}")
    ):
        canvas.drawString(48, 520 - 24 * line, text)
    canvas.save()
    return file.getvalue()

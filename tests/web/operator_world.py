"""What an operator finds on the desk: suppliers and products to screen, orders in several states, exceptions, payouts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pyotp
from django.db import connection, transaction
from django.test import Client

from renmai.goods.products.models import Category, Product, Sku, Stock, StockReceipt
from renmai.goods.screening.models import Evidence
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import SYSTEM
from renmai.kit.ids import new_id
from renmai.kit.keys.actions import input_hash
from renmai.kit.media.actions import store_document
from renmai.money.ledger.rules import creator_account
from renmai.money.payments.models import MoneyException, Payment
from renmai.money.payments.rules import Message, Said
from renmai.money.payouts.actions import request_payout
from renmai.money.payouts.models import Payout
from renmai.money.settlement.lane import settle_batch
from renmai.people.accounts.models import Membership, Person
from renmai.trade.captures.actions import take_message
from renmai.trade.captures.lane import expire_batch
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Receipt, Wanted
from renmai.trade.orders.models import Order, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from tests.trade.world import NOW, World, make_world

PDF_BYTES = b"%PDF-1.4\n1 0 obj << /Type /Catalog >> endobj\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF\n%"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
LONG_EN = "Maximiliane Konstantinopolitanskaya-Featherstonehaugh and Daughters, Makers of Woven and Knotted Things"
LONG_ZH = "欧阳慕容听雨楼主人在苏州平江路的小小手工杂货铺与她的女儿们共同经营的织物工坊"


@dataclass
class Desk:
    """Ids of what lies on the desk."""

    world: World
    operator: Person
    supplier: Supplier
    product: Product
    paid: Order
    settled: Order
    short: MoneyException
    excess: MoneyException
    noted: MoneyException
    payout: Payout


def place(world: World, key: str, at: datetime, **quantities: int) -> Receipt:
    """Place a checkout of the world's buyer."""
    wanted = tuple(Wanted(world.picks[name].id, world.skus[name].id, n) for name, n in quantities.items())
    assert world.buyer.person_id
    digest = input_hash(sorted(quantities.items()))
    return checkout_lane.submit(
        Place(world.buyer.person_id, key, digest, wanted, "card", at, address_id=world.buyer_address)
    )


def pay(receipt: Receipt, amount_minor: int, at: datetime) -> Payment:
    """Let the provider say that so much came in."""
    ref = str(new_id())
    payment = Payment.objects.create(
        subject_id=receipt.checkout_id, gateway="sandbox", method="card", provider_ref=ref,
        amount_minor=receipt.total_minor, currency="CNY", created_at=at,
    )  # fmt: skip
    take_message(Message("sandbox", ref, Said.CAPTURED, ref, amount_minor, "CNY", at, at))
    return payment


def deliver(world: World, order: Order, at: datetime) -> None:
    """Hand over, deliver and receive all parcels of an order."""
    numbers = {supplier.id: number for number, supplier in enumerate(world.suppliers)}
    for parcel in Parcel.objects.filter(order=order).order_by("id"):
        number = numbers[parcel.supplier_id]
        parcel_lane.submit(
            Act("hand_over", parcel.id, world.supplier(number), at, "SF Express", f"SF144200987311{number}")
        )
        parcel_lane.submit(Act("deliver", parcel.id, SYSTEM, at + timedelta(days=1)))
        parcel_lane.submit(Act("receive", parcel.id, world.buyer, at + timedelta(days=2)))


def settle(at: datetime) -> None:
    """Settle what is due."""
    with transaction.atomic(), connection.cursor() as cursor:
        settle_batch(cursor, now=at, limit=100)


def waiting_supplier(
    world: World, at: datetime, name: str = "Cloud Terrace Tea", name_zh: str = "云台茶舍"
) -> Supplier:
    """A supplier who applied, with one document of evidence."""
    supplier = Supplier.objects.create(
        name=name, name_zh=name_zh, story="Nine families on one hill.", story_zh="一座山，九户人家。", town="Hangzhou",
        licence_number="91330106MA2B0XKQ3T", contact_email="tea@example.org", created_at=at,
    )  # fmt: skip
    assert world.operator.person_id
    media = store_document(data=PDF_BYTES + name.encode(), name="licence.pdf", actor=world.operator, now=at)
    Evidence.objects.create(
        subject_id=supplier.id, supplier_id=supplier.id, media_id=media.id, title="Business licence",
        by_id=world.operator.person_id, created_at=at,
    )  # fmt: skip
    return supplier


def waiting_product(world: World, at: datetime, *, handle: str = "bowl", price_minor: int = 6000) -> Product:
    """A product that waits for screening, with one variant within its cap (unless the price says otherwise)."""
    product = Product.objects.create(
        supplier=world.suppliers[0], category=Category.objects.get(slug="home"), handle=handle,
        title="Stoneware rice bowl", title_zh="粗陶饭碗", body="Heavy in the hand, light on the table.",
        body_zh="拿在手里沉，放在桌上轻。", commission_bps=1500, state="screening", created_at=at,
    )  # fmt: skip
    sku = Sku.objects.create(
        product=product, code="1", options={"Glaze": "Celadon"}, options_zh={"釉色": "青瓷"}, supply_price_minor=2500,
        floor_price_minor=3000, price_minor=price_minor, currency="CNY",
    )  # fmt: skip
    Stock.objects.create(sku=sku, received=40)
    StockReceipt.objects.create(sku=sku, quantity=40, reason="start", at=at)
    return product


def make_desk(now: datetime = NOW) -> Desk:
    """Everything an operator meets, made through the house's own lanes. `now` is when the desk is looked at."""
    world = make_world()
    start = now - timedelta(days=20)
    settled = place(world, "desk-0000001", start, mug=2, tea=1)
    pay(settled, settled.total_minor, start + timedelta(minutes=2))
    order_settled = Order.objects.get(checkout_id=settled.checkout_id)
    deliver(world, order_settled, start + timedelta(days=1))
    settle(now - timedelta(days=1))
    paid = place(world, "desk-0000002", now - timedelta(days=2), tea=2, soap=1)
    pay(paid, paid.total_minor, now - timedelta(days=2) + timedelta(minutes=3))
    short = place(world, "desk-0000003", now - timedelta(days=1), soap=1)
    pay(short, short.total_minor - 100, now - timedelta(days=1))
    excess = place(world, "desk-0000004", now - timedelta(hours=5), mug=1)
    pay(excess, excess.total_minor + 250, now - timedelta(hours=5))
    with transaction.atomic(), connection.cursor() as cursor:
        expire_batch(cursor, now=now, limit=10)
    noted = MoneyException.objects.create(
        kind="time_order",
        subject_id=order_settled.id,
        currency="CNY",
        note="delivered before handed over",
        opened_at=now,
    )
    creator = world.creator(0)
    payout = request_payout(
        actor=creator, now=now, payee=creator_account(world.shops[0].id), amount_minor=2000, key="payout-0001"
    )
    operator = Person.objects.get(email="op@example.org")
    operator.factor_secret = SECRET
    operator.save(update_fields=["factor_secret"])
    Membership.objects.create(person=operator, role="operator", created_at=now)
    return Desk(
        world, operator, waiting_supplier(world, now), waiting_product(world, now),
        Order.objects.filter(checkout_id=paid.checkout_id).order_by("id")[0], Order.objects.get(id=order_settled.id),
        MoneyException.objects.get(kind="short"), MoneyException.objects.get(kind="excess"), noted, payout,
    )  # fmt: skip


def signed_in(person: Person) -> Client:
    """A client in which the person is signed in."""
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client


def factor_code() -> str:
    """The code that the operator's authenticator app shows now."""
    return pyotp.TOTP(SECRET).now()

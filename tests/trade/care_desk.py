"""How the tests of care bring an order to where cases begin, and speak for its sides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.media.models import Media
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.care.actions import answer_case, open_case
from renmai.trade.care.models import Case
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from tests.money.desk import capture, place
from tests.trade.world import NOW, World

HANDED_OVER = NOW + timedelta(days=1)
RECEIVED = NOW + timedelta(days=3)
DAY = timedelta(days=1)


def ordered(world: World, *, received: bool = True, **goods: int) -> Order:
    """Place, pay, hand over and (unless told otherwise) receive an order of one shop."""
    receipt = place(world, **goods)
    capture(pay_checkout(actor=world.buyer, now=NOW, checkout_id=receipt.checkout_id))
    order = Order.objects.get(checkout_id=receipt.checkout_id)
    for number, parcel in enumerate(Parcel.objects.filter(order=order).order_by("id")):
        supplier = next(n for n, each in enumerate(world.suppliers) if each.id == parcel.supplier_id)
        parcel_lane.submit(Act("hand_over", parcel.id, world.supplier(supplier), HANDED_OVER, "SF", f"T{number}"))
        if received:
            parcel_lane.submit(Act("receive", parcel.id, world.buyer, RECEIVED))
    order.refresh_from_db()
    return order


def line_of(world: World, order: Order, goods: str) -> OrderLine:
    return order.lines.get(sku_id=world.skus[goods].id)


def asked(world: World, order: Order, goods: str = "mug", **changes: Any) -> Case:
    """Open a case for a line: broken goods, a refund without return, all of them, unless told otherwise."""
    line = line_of(world, order, goods)
    given = {
        "actor": world.buyer, "now": RECEIVED + DAY, "key": new_id().hex, "order_id": order.id, "line_id": line.id,
        "kind": "refund_only", "reason": "damaged", "quantity": line.quantity,
    } | changes  # fmt: skip
    return open_case(**given)


@dataclass
class Sides:
    """Who answers in the cases of an order with one supplier."""

    world: World
    supplier_number: int = 0
    shop_number: int = 0
    actors: dict[str, Actor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.actors = {
            "buyer": self.world.buyer,
            "creator": self.world.creator(self.shop_number),
            "supplier": self.world.supplier(self.supplier_number),
            "platform": self.world.operator,
            "stranger": Actor(new_id()),
        }

    @property
    def accounts(self) -> dict[str, str]:
        """Account by side."""
        return {
            "creator": creator_account(self.world.shops[self.shop_number].id),
            "supplier": supplier_account(self.world.suppliers[self.supplier_number].id),
            "platform": "platform",
        }

    def answer(self, side: str, case: Case, event: str, now: datetime = RECEIVED + DAY, **given: Any) -> Case:
        """Answer as one side, with what the event needs unless it is given."""
        return answer_case(actor=self.actors[side], now=now, case_id=case.id, event=event, **(needed(event) | given))


def needed(event: str) -> dict[str, Any]:
    """What an event needs, filled in."""
    parcel = {"carrier": "SF", "tracking": "R1"}
    told = {"words": "because"}
    return {
        "refuse": told,
        "reject_return": told,
        "report_replacement": told,
        "decide_refuse": told,
        "add_words": told,
        "offer": {"amount_minor": 1000},
        "send_back": parcel,
        "send_replacement": parcel,
        "decide_refund": told | {"amount_minor": 1000, "bearer": "platform"},
        "decide_return": told | {"amount_minor": 1000, "bearer": "platform"},
    }.get(event, {})


def private_file(owner: Actor) -> Media:
    """A private file of somebody's, as uploads leave it."""
    return Media.objects.create(
        owner_id=owner.person_id, kind="document", visibility="private", sha256=new_id().hex * 2, bytes_size=9,
        content_type="image/webp", original_name="chip.png", created_at=NOW,
    )  # fmt: skip

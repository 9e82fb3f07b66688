"""Cases for tests of pages: a small world with who may sign in, and orders that have come as far as cases begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.test import Client

from renmai.kit import clock
from renmai.kit.access import Actor, Grant
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Membership, Person
from renmai.trade.care.actions import answer_case, open_case
from renmai.trade.care.models import Case
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trade.parcels.lane import parcel_lane
from renmai.trade.parcels.rules import Act
from tests.web.desk_world import Consoles, make_consoles, paid_order
from tests.web.operator_world import signed_in


@dataclass
class CaseHouse:
    """The consoles, clients of the buyer and the operator, and the actor of each side."""

    consoles: Consoles
    buyer: Client
    operator: Client
    sides: dict[str, Actor]

    def client(self, side: str) -> Client:
        """The client of a side."""
        clients = {"buyer": self.buyer, "operator": self.operator, "creator": self.consoles.creator}
        return clients.get(side, self.consoles.supplier)


def make_case_house() -> CaseHouse:
    """Make it."""
    consoles = make_consoles()
    world, now = consoles.world, clock.now()
    operator = Person.objects.get(email="op@example.org")
    Membership.objects.create(person=operator, role="operator", created_at=now)
    kiln = Person.objects.get(email="kiln@example.org")
    sides = {
        "buyer": world.buyer,
        "creator": world.creator(0),
        "supplier": Actor(kiln.id, frozenset({Grant("supplier", world.suppliers[0].id)})),
        "operator": world.operator,
    }
    buyer = Person.objects.get(email="buyer@example.org")
    return CaseHouse(consoles, signed_in(buyer), signed_in(operator), sides)


def arrived(house: CaseHouse, key: str = "case-00001", *, received: bool = True, **quantities: int) -> OrderLine:
    """The line of mugs of an order that was handed over, and received unless told otherwise; two mugs by default."""
    world, now = house.consoles.world, clock.now()
    order = paid_order(world, key, **(quantities or {"mug": 2}))
    for parcel in Parcel.objects.filter(order=order):
        parcel_lane.submit(Act("hand_over", parcel.id, world.supplier(0), now - timedelta(minutes=50), "SF", "SF1"))
        if received:
            parcel_lane.submit(Act("receive", parcel.id, world.buyer, now - timedelta(minutes=30)))
    return order.lines.get(kind="goods")


def opened(house: CaseHouse, line: OrderLine, **changes: Any) -> Case:
    """A case for a line: it arrived damaged, a refund without return, all of it."""
    given: dict[str, Any] = {
        "actor": house.sides["buyer"], "now": clock.now(), "key": new_id().hex, "order_id": line.order_id,
        "line_id": line.id, "kind": "refund_only", "reason": "damaged", "quantity": line.quantity,
        "words": "The glaze is chipped.",
    }  # fmt: skip
    return open_case(**(given | changes))


def answered(house: CaseHouse, case: Case, side: str, event: str, **given: Any) -> Case:
    """The case after an answer of a side."""
    return answer_case(actor=house.sides[side], now=clock.now(), case_id=case.id, event=event, **given)


def order_of(line: OrderLine) -> Order:
    """The order of a line, as it stands now."""
    return Order.objects.get(id=line.order_id)

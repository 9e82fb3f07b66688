"""One sale through a real provider's gateway: placed, its pay address, its refund."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from renmai.config import config
from renmai.kit.clock import now as clock_now
from renmai.money.payments.models import Payment, PaymentReturn
from renmai.trade.captures.actions import pay_checkout
from renmai.trade.orders.models import Order
from renmai.trade.refunds.lane import refund_lane
from renmai.trade.refunds.rules import Ask
from tests.money.desk import place
from tests.trade.world import World, make_world

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"


@dataclass
class Sale:
    """A checkout of one mug (60.00 and freight 8.00) whose payment was started."""

    world: World
    payment: Payment

    @property
    def path(self) -> str:
        """Return the pay address as our own server is asked for it."""
        return self.payment.pay_url.removeprefix(config().pages_origin)

    @property
    def back(self) -> str:
        """Return where the payer comes back to."""
        return f"{config().pages_origin}/checkouts/{self.payment.subject_id}"

    def visit(self, *, phone: bool = False) -> tuple[int, str]:
        """Open the pay address in a browser; return (status, page)."""
        answer = Client().get(self.path, headers={"User-Agent": PHONE if phone else "Mozilla/5.0"})
        return answer.status_code, answer.content.decode()

    def refund(self, key: str = "refund-0001") -> PaymentReturn:
        """Refund the whole order; return what is to go back, not yet sent."""
        order = Order.objects.get()
        refund_lane.submit(Ask(order.id, key, b"x" * 32, "no", self.world.buyer, clock_now()))
        return PaymentReturn.objects.get()

    def state(self) -> str:
        """Return where the payment stands now."""
        self.payment.refresh_from_db()
        return self.payment.state


def start_sale(method: str = "card") -> Sale:
    """Place a checkout and start its payment."""
    world = make_world()
    receipt = place(world, at=clock_now(), method=method, mug=1)
    return Sale(world, pay_checkout(actor=world.buyer, now=clock_now(), checkout_id=receipt.checkout_id))

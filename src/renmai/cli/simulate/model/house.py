"""What a step does in memory, how crashes and refusals become words, and what must hold after every step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from renmai.cli.simulate.model.store import Basket, Sale, Store
from renmai.cli.simulate.plan import Step
from renmai.kit.problems import DomainError
from renmai.money.ledger.rules import UNAPPLIED
from renmai.money.payments.lane import NewReturn
from renmai.trade.checkout.rules import Place

Row = TypeVar("Row")
RECENT, CRASH_OF = 16, 8
KEPT = ("escrow", "unapplied", "return_due", "payout_due")


@dataclass
class ModelHouse:
    """A store, and what a client and a provider outside of it know."""

    place_all: Callable[..., str]
    store: Store = field(default_factory=Store)
    number: int = 0
    crash: bool = False
    touched: set[UUID] = field(default_factory=set)
    asked: list[Place] = field(default_factory=list)
    baskets: dict[UUID, Basket] = field(default_factory=dict)

    def do(self, step: Step, act: Callable[[ModelHouse, int, int], str]) -> str:
        """Carry out a step and return what came of it; after a crash the same is asked again."""
        self.number += 1
        self.touched.clear()
        self.store.now += timedelta(seconds=20 + step.a % 40)
        self.crash = step.fault % CRASH_OF == 0
        first = self.told(lambda: act(self, step.a, step.b))
        if "crash" not in first:
            return first
        self.crash = False
        return f"{first} again {self.told(lambda: act(self, step.a, step.b))}"

    def told(self, act: Callable[[], str]) -> str:
        """Return what came of something, a refusal by its code."""
        try:
            return act()
        except DomainError as refusal:
            return refusal.code

    def key(self, mark: object = "") -> str:
        """Return the key of this step."""
        return f"sim-{self.number:09d}-{mark}"

    def place(self, places: list[Place]) -> str:
        """Place, and remember what was asked."""
        self.asked += places
        return self.place_all(self.store, places, crash=self.crash)

    def basket_of(self, sale: Sale) -> Basket:
        """Return the checkout of an order."""
        if sale.row.checkout_id not in self.baskets:
            self.baskets = {basket.receipt.checkout_id: basket for basket in self.store.baskets}
        return self.baskets[sale.row.checkout_id]

    def give_back(self, basket: Basket, amount_minor: int) -> None:
        """Give back money that lies apart for a checkout, through its payments."""
        store, rest, returns = self.store, amount_minor, []
        for payment in basket.payments:
            leg = (
                min(rest, payment.captured_minor - payment.returned_minor)
                if payment.currency == basket.receipt.currency
                else 0
            )
            if leg > 0:
                rest -= leg
                returns.append(NewReturn(payment.id, basket.receipt.checkout_id, payment.id, "short", leg, payment.currency, UNAPPLIED, store.now))  # fmt: skip
        store.open_returns(returns, {payment.id: payment for payment in basket.payments})

    def check(self, *, everything: bool) -> list[str]:
        """Return what is violated: of the orders that the step touched, or of all."""
        store, found = self.store, []
        sales = list(store.sales.values()) if everything else [store.sales[each] for each in self.touched]
        for sale in sales:
            found += _of_sale(sale, store.ledger.escrow[sale.row.id])
        held = store.ledger.held
        found += [f"{name} holds {held[name]}" for name in KEPT if held[name] < 0]
        found += [
            f"{sku}: {s.sold} sold, {s.held} held of {s.received}"
            for sku, s in store.stock.items()
            if s.left < 0 or s.sold < 0 or s.held < 0
        ]
        if held["return_due"] != store.open_backs_minor or held["payout_due"] != store.open_payouts_minor:
            found.append(
                f"on its way: {held['return_due']}, {held['payout_due']}; open: {store.open_backs_minor}, {store.open_payouts_minor}"
            )
        if sum(held.values()):
            found.append(f"money is not conserved: {sum(held.values())}")
        return found + (self._all() if everything else [])

    def _all(self) -> list[str]:
        store = self.store
        apart = sum(b.received_minor - (b.receipt.total_minor if b.state == "paid" else 0) for b in store.baskets)
        waiting = sum(1 for coupon in store.coupons.values() if not 0 <= coupon.used <= coupon.total_max)
        found = [f"{waiting} coupons beyond their limit"] if waiting else []
        for sku_id, stock in store.stock.items():
            lines = [(s, x) for s in store.sales.values() for x in s.row.lines.values() if x.sku_id == sku_id]
            holding = sum(x.quantity for s, x in lines if s.row.state == "placed")
            sold = sum(x.quantity - x.restocked for s, x in lines if s.paid) + sum(
                c.replaced for c in store.cases if c.sku_id == sku_id
            )
            if (holding, sold) != (stock.held, stock.sold):
                found.append(f"{sku_id}: stock says {stock.held}, {stock.sold}; orders {holding}, {sold}")
        if apart != store.ledger.held["unapplied"]:
            found.append(f"unapplied holds {store.ledger.held['unapplied']}, apart lies {apart}")
        return found


def _of_sale(sale: Sale, escrow: int) -> list[str]:
    row, found = sale.row, []
    expected = row.total_minor - row.refunded_minor if sale.paid and not row.settled else 0
    if escrow != expected:
        found.append(f"order {row.id}: escrow holds {escrow}, expected {expected}")
    if sum(line.refunded_minor for line in row.lines.values()) != row.refunded_minor:
        found.append(f"order {row.id}: lines were refunded otherwise than {row.refunded_minor}")
    for line in row.lines.values():
        parts = row.parts[line.id]
        sums = (sum(p.amount_minor for p in parts), sum(p.reversed_minor for p in parts))
        if sums != (line.paid_minor, line.refunded_minor) or not 0 <= line.refunded_minor <= line.paid_minor:
            found.append(f"line {line.id}: parts {sums}, paid {line.paid_minor}, refunded {line.refunded_minor}")
    return found


def choose(rows: Sequence[Row], number: int, recent: int = RECENT) -> Row | None:
    """Return one of `rows`: mostly one of the `recent` newest; None when there is none."""
    if not rows:
        return None
    return rows[-1 - number // 7 % (min(len(rows), recent) if number % 7 else len(rows))]

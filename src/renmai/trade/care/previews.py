"""What an answer would mean in money, before it is given: who would give back how much, by the rules that will do it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from renmai.kit.access import SYSTEM, Actor
from renmai.money.splits.models import Split, SplitPart
from renmai.trade.care.models import Case
from renmai.trade.care.queries import CaseView
from renmai.trade.care.rules import agreement
from renmai.trade.care.steps import Locked, bearer_account, freight_with
from renmai.trade.orders.models import OrderLine, Parcel
from renmai.trade.refunds.rules import Ask, LineRow, OrderRow, PartRow, bearer_of, borne_by, reversals


@dataclass(frozen=True, slots=True)
class Preview:
    """A refund as it would be: what the buyer gets, how much of that is freight, and what each account gives.

    Minor units. What is given back and made good again by whoever bears it is left out. An amount below zero is one
    that the account gets back.
    """

    bearer: str
    amount_minor: int
    freight_minor: int
    gives: Mapping[str, int]

    @property
    def total_minor(self) -> int:
        """Return what the buyer gets."""
        return self.amount_minor + self.freight_minor


class Shares:
    """The parts of one case's order, read once for a page; every preview of it is arithmetic."""

    def __init__(self, view: CaseView) -> None:
        """Read them: four statements. `view` is what `access_case` gave to whom they are for."""
        self.case, self.order, self.line = view.case, view.order, view.line
        self.lines = {line.id: line for line in OrderLine.objects.filter(order_id=self.order.id)}
        self.parts = list(SplitPart.objects.filter(subject_id=self.order.id).order_by("id"))
        self.settled = Split.objects.filter(pk=self.order.id, settled_at__isnull=False).exists()
        self.parcels = dict(Parcel.objects.filter(order_id=self.order.id).values_list("supplier_id", "state"))

    def agreed(self, event: str, amount_minor: int, *, goods_back: bool) -> Preview:
        """Return what follows when `event` (take, approve, offer) agrees to so much."""
        return self.borne(agreement(event, self.case.reason, ""), amount_minor, goods_back=goods_back)

    def borne(self, bearer: str, amount_minor: int, *, goods_back: bool) -> Preview:
        """Return what follows when so much is given back and `bearer` (shared, creator, ...) bears it."""
        left = self.line.paid_minor - self.line.refunded_minor
        amount = max(min(amount_minor, left), 0)
        if not amount:
            return Preview(bearer, 0, 0, {})
        case = Case(
            order_id=self.case.order_id, reason=self.case.reason, shop_id=self.case.shop_id,
            supplier_id=self.case.supplier_id, bearer=bearer,
        )  # fmt: skip
        freight = freight_with(Locked(case, self.line), amount)
        chosen = {self.line.id: amount, **freight}
        ask = Ask(
            self.case.order_id, "", b"", "", Actor(None, SYSTEM.grants), self.case.opened_at, chosen, {},
            bearer_account(case), goods_back,
        )  # fmt: skip
        return Preview(bearer, amount, sum(freight.values()), self._gives(ask, chosen))

    def _gives(self, ask: Ask, chosen: Mapping[UUID, int]) -> dict[str, int]:
        order, gives = self._order(), defaultdict[str, int](int)
        for part, give in reversals(order, chosen):
            made_good_by = borne_by(ask, part, bearer_of(ask, order, order.lines[part.line_id]))
            gives[made_good_by or part.payee] += give
        return {account: give for account, give in gives.items() if give}

    def _order(self) -> OrderRow:
        row = self.order
        order = OrderRow(
            row.id, row.checkout_id, row.shop_id, row.buyer_id, row.state, row.currency, row.total_minor,
            row.refunded_minor, settled=self.settled,
        )  # fmt: skip
        for line in self.lines.values():
            order.lines[line.id] = LineRow(
                line.id, line.kind, line.supplier_id, line.sku_id, line.quantity, line.paid_minor, line.refunded_minor,
                line.restocked,
            )  # fmt: skip
        for part in self.parts:
            order.parts[part.line_id].append(
                PartRow(part.id, part.line_id, part.payee, part.rule, part.amount_minor, part.reversed_minor)
            )
        order.parcels.update(self.parcels)
        return order

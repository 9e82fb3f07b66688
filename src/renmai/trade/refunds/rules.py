"""What a refund may be, and what it takes from whom. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.problems import DomainError, KeyReused, NotFound
from renmai.money.ledger.rules import creator_account, supplier_account
from renmai.money.splits.rules import Held, reverse_line
from renmai.people.accounts.rules import serves
from renmai.trade.orders.rules import NotNow

REFUNDABLE = frozenset({"paid", "shipped", "received", "settled"})


class RefundTooMuch(DomainError):
    """More than is left of a line."""

    code = "refund.too_much"
    status = 409
    message = "At most {left_minor} can still be refunded on this line."


class RefundNothing(DomainError):
    """A refund of nothing."""

    code = "refund.nothing"
    status = 422
    message = "There is nothing to refund."


class RefundDenied(DomainError):
    """The actor may not refund this, or not in this state."""

    code = "refund.denied"
    status = 403
    message = "You cannot refund this: {why}."


@dataclass(frozen=True, slots=True)
class Ask:
    """The intent of the refund lane. `lines` maps line id -> amount in minor units; None refunds all that is left.

    `restock` maps line id -> how many go back on the shelf; only before hand-over. A whole refund before hand-over
    restocks everything by itself. `bearer` is the account that alone bears it, as a case decided (see `bearer_of`);
    with `goods_back` a supplier that has its goods again is not made good for them. With `chargeback_id` the buyer has
    the money already, through the bank: it fills that loss instead of going back, and takes no more than `lines` say.
    """

    order_id: UUID
    key: str
    input_hash: bytes
    reason: str
    actor: Actor
    now: datetime
    lines: Mapping[UUID, int] | None = None
    restock: Mapping[UUID, int] = field(default_factory=dict)
    bearer: str = ""
    goods_back: bool = False
    chargeback_id: UUID | None = None


@dataclass(slots=True)
class LineRow:
    """A line under lock."""

    id: UUID
    kind: str
    supplier_id: UUID | None
    sku_id: UUID | None
    quantity: int
    paid_minor: int
    refunded_minor: int
    restocked: int


@dataclass(slots=True)
class PartRow:
    """A part under lock."""

    id: UUID
    line_id: UUID
    payee: str
    rule: str
    amount_minor: int
    reversed_minor: int


@dataclass(slots=True)
class PaymentRow:
    """A captured payment of the order's checkout under lock."""

    id: UUID
    left_minor: int


@dataclass(slots=True)
class OrderRow:
    """An order under lock with all that a refund touches."""

    id: UUID
    checkout_id: UUID
    shop_id: UUID
    buyer_id: UUID
    state: str
    currency: str
    total_minor: int
    refunded_minor: int
    settled: bool = False
    lines: dict[UUID, LineRow] = field(default_factory=dict)
    parts: dict[UUID, list[PartRow]] = field(default_factory=lambda: defaultdict(list))
    parcels: dict[UUID, str] = field(default_factory=dict)
    payments: list[PaymentRow] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Refunded:
    """The answer to an Ask."""

    refund_id: UUID
    order_id: UUID
    amount_minor: int
    currency: str
    repeated: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the object of the API."""
        return {
            "id": str(self.refund_id),
            "order_id": str(self.order_id),
            "amount_minor": self.amount_minor,
            "currency": self.currency,
        }


def may_refund(ask: Ask, order: OrderRow) -> None:
    """Refuse unless the actor may ask for this.

    The buyer: the whole order, before anything was handed over. A supplier: its own lines. The creator whose shop sold
    it, an operator and the house: any line. Others see nothing. Errors: NotFound, RefundDenied.
    """
    actor = ask.actor
    if actor.is_system or actor.has("operator") or serves(actor, order.shop_id):
        return
    if actor.person_id == order.buyer_id:
        if ask.lines is not None or any(state not in {"waiting", "cancelled"} for state in order.parcels.values()):
            raise RefundDenied(why="it is on its way; please ask the shop")
        return
    own = {line.supplier_id for line in order.lines.values() if actor.has("supplier", line.supplier_id)}
    if not own:
        raise NotFound()
    wanted = order.lines if ask.lines is None else ask.lines
    if any(line_id in order.lines and order.lines[line_id].supplier_id not in own for line_id in wanted):
        raise RefundDenied(why="some of it is another supplier's")


def side_of(actor: Actor, order: OrderRow) -> str:
    """Return as whom somebody who may refund does so: house, operator, creator, buyer or supplier."""
    if actor.is_system:
        return "house"
    if actor.has("operator"):
        return "operator"
    if serves(actor, order.shop_id):
        return "creator"
    return "buyer" if actor.person_id == order.buyer_id else "supplier"


def amounts(ask: Ask, order: OrderRow) -> dict[UUID, int]:
    """Return line id -> amount to refund now, with the freight of every parcel that is left with nothing to carry.

    Errors: NotNow, RefundTooMuch, RefundNothing, NotFound (a line).
    """
    if order.state not in REFUNDABLE:
        raise NotNow(state=order.state)
    left = {line.id: line.paid_minor - line.refunded_minor for line in order.lines.values()}
    wanted = dict(left) if ask.lines is None else dict(ask.lines)
    for line_id, amount in wanted.items():
        if line_id not in left or amount < 0:
            raise NotFound()
        if amount > left[line_id]:
            raise RefundTooMuch(left_minor=left[line_id], line_id=str(line_id))
    chosen = {line_id: amount for line_id, amount in wanted.items() if amount}
    if not chosen:
        raise RefundNothing()
    idle = {} if ask.chargeback_id else _idle_freight(order, left, chosen)
    return dict(sorted((chosen | idle).items()))


def _idle_freight(order: OrderRow, left: Mapping[UUID, int], chosen: Mapping[UUID, int]) -> dict[UUID, int]:
    """Return the freight that is left of parcels that this refund empties before they were handed over.

    Nobody carries them, so nobody may keep it; without this it would go to their supplier, or stay in escrow for ever.
    """
    kept = {
        line.supplier_id
        for line in order.lines.values()
        if line.kind == "goods" and left[line.id] > chosen.get(line.id, 0)
    }
    idle = {supplier_id for supplier_id, state in order.parcels.items() if state == "waiting"} - kept
    freight = [line for line in order.lines.values() if line.kind == "freight" and line.supplier_id in idle]
    return {line.id: left[line.id] for line in freight if left[line.id]}


def restocks(ask: Ask, order: OrderRow, chosen: Mapping[UUID, int]) -> dict[UUID, int]:
    """Return line id -> how many go back on the shelf: asked for, or all of a line refunded whole, before hand-over."""
    back: dict[UUID, int] = {}
    for line_id in () if ask.chargeback_id else chosen:
        line = order.lines[line_id]
        parcel = "waiting" if line.supplier_id is None else order.parcels.get(line.supplier_id, "waiting")
        waiting = parcel in {"waiting", "cancelled"}
        whole = line.refunded_minor + chosen[line_id] == line.paid_minor
        still = line.quantity - line.restocked
        wanted = still if whole else min(ask.restock.get(line_id, 0), still)
        if line.kind == "goods" and waiting and wanted > 0:
            back[line_id] = wanted
    return back


def reversals(order: OrderRow, chosen: Mapping[UUID, int]) -> list[tuple[PartRow, int]]:
    """Return what each part gives back now; on each line the sum is the line's refund."""
    taken: list[tuple[PartRow, int]] = []
    for line_id, amount in chosen.items():
        line, parts = order.lines[line_id], order.parts[line_id]
        held = [Held(part.payee, part.amount_minor, part.reversed_minor) for part in parts]
        now = reverse_line(held, paid_minor=line.paid_minor, refunded_minor=line.refunded_minor, refund_minor=amount)
        taken += [(part, give) for part, give in zip(parts, now, strict=True) if give]
    return taken


def bearer_of(ask: Ask, order: OrderRow, line: LineRow) -> str:
    """Return the account that alone bears the refund of a line, or "" where everyone gives back their part.

    A case says who. Otherwise the house and operators let everyone give back their part; so does everybody before
    hand-over, when the sale has not come about. What creators and suppliers give back of their own accord after that is
    theirs to give: nobody else earns less by it (docs/decisions/0016).
    """
    actor = ask.actor
    if ask.bearer or actor.is_system or actor.has("operator"):
        return ask.bearer
    parcel = "waiting" if line.supplier_id is None else order.parcels.get(line.supplier_id, "waiting")
    if not order.settled and parcel in {"waiting", "cancelled"}:
        return ""
    if serves(actor, order.shop_id):
        return creator_account(order.shop_id)
    if line.supplier_id is not None and actor.has("supplier", line.supplier_id):
        return supplier_account(line.supplier_id)
    return ""


def borne_by(ask: Ask, part: PartRow, bearer: str) -> str:
    """Return the account that makes good to a payee what a refund takes from its part, or "" when nobody does."""
    kept_goods = ask.goods_back and part.rule == "supply"
    return "" if part.payee == bearer or kept_goods else bearer


def through_payments(payments: Sequence[PaymentRow], amount_minor: int) -> list[tuple[UUID, int]]:
    """Return (payment id, amount) that give back `amount_minor`, oldest payment first. Errors: RefundTooMuch."""
    rest, legs = amount_minor, []
    for payment in payments:
        leg = min(rest, payment.left_minor)
        if leg:
            legs.append((payment.id, leg))
            rest -= leg
    if rest:
        raise RefundTooMuch(left_minor=amount_minor - rest)
    return legs


def same_input(kept_hash: bytes, ask: Ask) -> None:
    """Refuse a key that was used with other input. Errors: KeyReused."""
    if kept_hash != ask.input_hash:
        raise KeyReused()

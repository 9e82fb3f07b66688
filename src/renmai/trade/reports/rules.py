"""What must always hold, in words; what breaks it is a `Violation`. And the figures of a reconciliation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MEANINGS = {
    "balance_rolled_up": "a rolled-up balance is what its transfers add up to",
    "escrow_of_order": "escrow of an order is what was paid, less refunded, less settled",
    "escrow_of_nobody": "nothing lies in escrow that belongs to no order",
    "capture_transferred": "what was captured is what the ledger took in for that payment",
    "stock_received": "stock received is the sum of its receipts",
    "stock_held": "stock held is what open checkouts hold",
    "stock_sold": "stock sold is what paid orders and replacements took, less restocked",
    "stock_oversold": "no more is sold and held than was received",
    "order_without_split": "every order has its split, over what it costs",
    "parts_of_line": "the parts of a line re-add to what was paid for it",
    "lines_of_order": "the lines of an order re-add to its totals",
    "orders_of_checkout": "the orders of a checkout re-add to its total",
    "refund_of_order": "what was refunded of an order is the sum of its refunds",
    "refund_of_line": "what was refunded of a line is the sum of its refunds, and of what its parts gave back",
    "lines_of_refund": "the lines of a refund re-add to it",
    "parts_of_refund": "what refunds took from each part re-adds to the refunds and to what the part gave back",
    "refund_borne": "who bears a refund alone has made good exactly what it took from the others",
    "refund_of_case": "a refunded case has its refund, borne by whom the case says",
    "hold_of_case": "while a case is open the clock of its split stands still",
    "returns_of_refund": "the returns of a refund re-add to it",
    "split_settled": "a settled split has moved to each payee what is its due",
    "split_unsettled": "a split that is not settled has moved nothing",
    "return_due": "the balance of money going back is the sum of open returns",
    "payout_due": "the balance of money going out is the sum of open payouts",
    "tax_due": "the balance of tax withheld is the sum of what was withheld from payouts that are paid",
    "deposit_held": "a supplier's deposit is the sum of its entries, never below zero, and what screening reads",
    "order_state": "an order is in the state that its money and parcels say",
    "chargeback_borne": "the account of chargebacks holds what nobody has borne yet",
    "payment_returned": "what went back of a payment is what its returns and chargebacks took",
    "stock_set_aside": "stock set aside is what drops that are not over have left",
    "taken_of_drop": "what is taken of a drop is what lines hold or bought of it",
    "offered_of_drop": "what a drop has offered is what people in line were offered",
    "uses_of_coupon": "a coupon counts its uses in force, and those are of checkouts that stand",
    "given_by_use": "a use of a coupon gave what the discounts of its checkout add up to",
    "discounts_of_line": "the price of a line, paid and discounts re-add, and each discount has somebody who pays",
    "subsidy_of_line": "what the platform gives off a line is its part below zero",
    "recalled_not_sold": "nothing recalled was sold after its recall",
    "credit_of_order": "an order pays the sharer whom its evidence credits, and nobody else",
    "fees_booked": "the provider's fees in the ledger are those of its files",
}


@dataclass(frozen=True, slots=True)
class Violation:
    """Something that must always hold and does not: which invariant, of what, and how."""

    name: str
    subject_id: str
    detail: str

    def as_json(self) -> dict[str, str]:
        """Return the object of the command line."""
        return {"name": self.name, "subject_id": self.subject_id, "detail": self.detail}

    def sentence(self) -> str:
        """Return what is wrong, for people."""
        return f"{self.name}: {MEANINGS[self.name]}; of {self.subject_id}: {self.detail}"


@dataclass(slots=True)
class Reconciliation:
    """What became of a set of orders. Money in minor units of one currency."""

    orders: dict[str, int] = field(default_factory=dict)
    money: dict[str, int] = field(default_factory=dict)
    settled: dict[str, int] = field(default_factory=dict)
    exceptions: dict[str, int] = field(default_factory=dict)
    parcels: dict[str, int] = field(default_factory=dict)

    @property
    def orders_total(self) -> int:
        """Return how many orders there are."""
        return sum(self.orders.values())

    def as_json(self) -> dict[str, Any]:
        """Return the object of the command line."""
        return {
            "orders_total": self.orders_total,
            "orders": self.orders,
            "exceptions": self.exceptions,
            "money": {**self.money, "settled": self.settled},
            "parcels": self.parcels,
        }

"""What captured money does to a checkout and its orders: a pure decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from renmai.money.ledger.rules import ESCROW, UNAPPLIED, Move, gateway_account
from renmai.money.payments.lane import Locked, NewException, NewReturn
from renmai.money.payments.rules import COMPLETES, GIVEN_BACK, Due, Message, Outcome, judge


@dataclass(slots=True)
class Effects:
    """What a batch of captured payments writes."""

    taken: list[tuple[Message, str]] = field(default_factory=list)
    captured: list[tuple[UUID, int, object, str]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    returns: list[NewReturn] = field(default_factory=list)
    exceptions: list[NewException] = field(default_factory=list)
    paid: dict[UUID, Message] = field(default_factory=dict)
    received: dict[UUID, int] = field(default_factory=dict)


def decide(
    messages: Sequence[Message],
    *,
    before: dict[tuple[str, str], str],
    payments: dict[tuple[str, str], Locked],
    dues: dict[UUID, Due],
    orders: dict[UUID, list[tuple[UUID, int]]],
) -> tuple[list[Outcome], Effects]:
    """Judge captured payments in order of arrival.

    `before` holds messages taken in earlier, `dues` what each checkout still owes, `orders` its (order id, total).
    Returns the outcome of each message and what to write. Messages for unknown payments are noted, never dropped.
    """
    effects = Effects()
    outcomes = []
    for message in messages:
        mark = (message.gateway, message.event_id)
        if mark in before:
            outcomes.append(Outcome.REPEATED)
            continue
        outcome = _one(message, payments.get((message.gateway, message.provider_ref)), dues, orders, effects)
        before[mark] = outcome
        effects.taken.append((message, outcome.value))
        outcomes.append(outcome)
    return outcomes, effects


def _one(
    message: Message,
    payment: Locked | None,
    dues: dict[UUID, Due],
    orders: dict[UUID, list[tuple[UUID, int]]],
    effects: Effects,
) -> Outcome:
    if payment is None or payment.subject_id not in dues:
        return Outcome.UNKNOWN
    if payment.state == "captured":
        return Outcome.REPEATED
    due = dues[payment.subject_id]
    outcome = judge(due, amount_minor=message.amount_minor, currency=message.currency)
    payment.state, payment.captured_minor = "captured", message.amount_minor
    effects.captured.append((payment.id, message.amount_minor, message.at, message.currency))
    if outcome in COMPLETES and due.received_minor == 0:
        _pay_at_once(message, payment, due, orders[due.subject_id], effects)
    else:
        _keep_apart(message, payment, due, effects)
    if outcome in GIVEN_BACK:
        effects.returns.append(_give_back(message, payment, outcome))
        return outcome
    before = due.received_minor
    due.received_minor += message.amount_minor
    effects.received[due.subject_id] = due.received_minor
    if outcome in COMPLETES:
        due.state = "paid"
        effects.paid[due.subject_id] = message
        if before:
            effects.moves += _apply(message, due, orders[due.subject_id])
    if outcome is Outcome.EXCESS:
        over = due.received_minor - due.total_minor
        effects.exceptions.append(NewException("excess", due.subject_id, over, due.currency, "", message.received_at))
    return outcome


def _pay_at_once(
    message: Message, payment: Locked, due: Due, orders: list[tuple[UUID, int]], effects: Effects
) -> None:
    source = gateway_account(message.gateway)
    for order_id, total in orders:
        key = f"capture:{payment.id}:{order_id}"
        effects.moves.append(Move(source, ESCROW, total, due.currency, "capture", order_id, key, message.received_at))
    over = message.amount_minor - due.total_minor
    if over:
        key = f"capture:{payment.id}"
        effects.moves.append(
            Move(source, UNAPPLIED, over, due.currency, "capture", due.subject_id, key, message.received_at)
        )


def _keep_apart(message: Message, payment: Locked, due: Due, effects: Effects) -> None:
    source, key = gateway_account(message.gateway), f"capture:{payment.id}"
    effects.moves.append(
        Move(source, UNAPPLIED, message.amount_minor, message.currency, "capture", due.subject_id, key, message.received_at)
    )


def _apply(message: Message, due: Due, orders: list[tuple[UUID, int]]) -> list[Move]:
    return [
        Move(UNAPPLIED, ESCROW, total, due.currency, "apply", order_id, f"apply:{order_id}", message.received_at)
        for order_id, total in orders
    ]


def _give_back(message: Message, payment: Locked, outcome: Outcome) -> NewReturn:
    return NewReturn(
        payment.id, payment.subject_id, payment.id, outcome.value, message.amount_minor, message.currency, UNAPPLIED,
        message.received_at,
    )  # fmt: skip

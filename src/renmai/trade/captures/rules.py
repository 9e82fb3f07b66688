"""What paying asks for, and what captured money does to a checkout and its orders: pure decisions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.rules import ESCROW, UNAPPLIED, Move, gateway_account
from renmai.money.payments.lane import Locked, NewException, NewPayment, NewReturn
from renmai.money.payments.rules import CAUGHT, COMPLETES, GIVEN_BACK, Due, Message, Outcome, judge
from renmai.trade.promotions.drop_lane import Claim
from renmai.trade.promotions.drop_rules import DropNow


@dataclass(slots=True)
class Race:
    """Checkouts that hold nothing: what each claims once it is paid, of locked drops that go to the first who pays."""

    claims: dict[UUID, list[Claim]] = field(default_factory=dict)
    drops: dict[UUID, DropNow] = field(default_factory=dict)

    def judge(self, subject_id: UUID, outcome: Outcome) -> Outcome:
        """Return what `outcome` comes to for such a checkout: with too little nobody is first, and nothing may be left."""
        claims = self.claims.get(subject_id)
        if claims is None or (outcome is not Outcome.PARTIAL and outcome not in COMPLETES):
            return outcome
        if outcome is Outcome.PARTIAL:
            return Outcome.SHORT
        left = all(self.drops[claim.drop_id].set_aside >= claim.quantity for claim in claims)
        return outcome if left else Outcome.SOLD_OUT

    def take(self, subject_id: UUID) -> list[Claim]:
        """Take the units of a checkout that was paid; return them."""
        claims = self.claims.get(subject_id, [])
        for claim in claims:
            self.drops[claim.drop_id].taken += claim.quantity
        return claims


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
    claimed: list[Claim] = field(default_factory=list)
    ended: dict[UUID, datetime] = field(default_factory=dict)


def decide(
    messages: Sequence[Message],
    *,
    before: dict[tuple[str, str], str],
    payments: dict[tuple[str, str], Locked],
    dues: dict[UUID, Due],
    orders: dict[UUID, list[tuple[UUID, int]]],
    race: Race | None = None,
) -> tuple[list[Outcome], Effects]:
    """Judge captured payments in order of arrival.

    `before` holds messages taken in earlier, `dues` what each checkout still owes, `orders` its (order id, total), `race`
    the checkouts that hold nothing.
    Returns the outcome of each message and what to write. Messages for unknown payments are noted, never dropped.
    """
    effects = Effects()
    outcomes = []
    for message in messages:
        mark = (message.gateway, message.event_id)
        if mark in before:
            outcomes.append(Outcome.REPEATED)
            continue
        outcome = _one(
            message, payments.get((message.gateway, message.provider_ref)), dues, orders, race or Race(), effects
        )
        before[mark] = outcome
        effects.taken.append((message, outcome.value))
        outcomes.append(outcome)
    return outcomes, effects


def _one(
    message: Message,
    payment: Locked | None,
    dues: dict[UUID, Due],
    orders: dict[UUID, list[tuple[UUID, int]]],
    race: Race,
    effects: Effects,
) -> Outcome:
    if payment is None or payment.subject_id not in dues:
        return Outcome.UNKNOWN
    if payment.state in CAUGHT:
        return Outcome.REPEATED
    due = dues[payment.subject_id]
    outcome = race.judge(due.subject_id, judge(due, amount_minor=message.amount_minor, currency=message.currency))
    payment.state, payment.captured_minor = "captured", message.amount_minor
    effects.captured.append((payment.id, message.amount_minor, message.at, message.currency))
    if outcome in COMPLETES and due.received_minor == 0:
        _pay_at_once(message, payment, due, orders[due.subject_id], effects)
    else:
        _keep_apart(message, payment, due, effects)
    if outcome is Outcome.SOLD_OUT:
        due.state, effects.ended[due.subject_id] = "expired", message.received_at
    if outcome in GIVEN_BACK:
        if message.amount_minor == 0:
            return Outcome.NOTED
        effects.returns.append(_give_back(message, payment, outcome))
        return outcome
    before = due.received_minor
    due.received_minor += message.amount_minor
    effects.received[due.subject_id] = due.received_minor
    if outcome in COMPLETES:
        due.state = "paid"
        effects.paid[due.subject_id] = message
        effects.claimed += race.take(due.subject_id)
        if before:
            effects.moves += _apply(message, due, orders[due.subject_id])
    if outcome is Outcome.EXCESS:
        over = due.received_minor - due.total_minor
        effects.exceptions.append(NewException("excess", due.subject_id, over, due.currency, "", message.received_at))
    return outcome


def _pay_at_once(message: Message, payment: Locked, due: Due, orders: list[tuple[UUID, int]], effects: Effects) -> None:
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
        Move(
            source,
            UNAPPLIED,
            message.amount_minor,
            message.currency,
            "capture",
            due.subject_id,
            key,
            message.received_at,
        )
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


class CheckoutOver(DomainError):
    """It can no longer be paid: its window is over, or it was ended."""

    code = "checkout.over"
    status = 409
    message = "This order can no longer be paid; its goods are free for others again. Please order again."


@dataclass(frozen=True, slots=True)
class Pay:
    """The intent of the pay lane: the buyer wants to pay a checkout now, through a gateway.

    Paying is idempotent by nature: the same checkout with the same amount missing gives the same payment, whatever
    `key` it carries. The lane fills in a `gateway` that is not named. Without `back_url` the payer comes back to the page
    of the checkout.
    """

    buyer_id: UUID
    checkout_id: UUID
    key: str
    now: datetime
    gateway: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True)
class Payable:
    """A checkout under lock, as far as paying goes."""

    id: UUID
    buyer_id: UUID
    state: str
    method: str
    currency: str
    total_minor: int
    received_minor: int
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Started:
    """The answer to a Pay. `state` is `captured` when nothing is left to be paid, and `pay_url` is then empty."""

    payment_id: UUID
    checkout_id: UUID
    pay_url: str
    state: str
    amount_minor: int
    currency: str

    def as_json(self) -> dict[str, object]:
        """Return the object of the API."""
        return {
            "id": str(self.payment_id),
            "checkout_id": str(self.checkout_id),
            "pay_url": self.pay_url,
            "state": self.state,
            "amount_minor": self.amount_minor,
            "currency": self.currency,
        }


Make = Callable[[Pay, Payable, int], NewPayment]


def decide_pays(
    pays: Sequence[Pay], checkouts: Mapping[UUID, Payable], payments: dict[UUID, list[NewPayment]], make: Make
) -> tuple[list[Started | Exception], list[NewPayment]]:
    """Decide every Pay in order of arrival; return outcomes and the payments to be started.

    `payments` holds what is started or captured per checkout, and grows. `make(pay, checkout, amount)` gives a new one.
    Refusals: NotFound (not the buyer's), CheckoutOver, and what `make` refuses.
    """
    outcomes: list[Started | Exception] = []
    fresh: list[NewPayment] = []
    for pay in pays:
        try:
            payment, new = _pay(pay, checkouts.get(pay.checkout_id), payments.setdefault(pay.checkout_id, []), make)
        except DomainError as refusal:
            outcomes.append(refusal)
            continue
        if new:
            fresh.append(payment)
            payments[pay.checkout_id].append(payment)
        free = payment.amount_minor == 0
        state, url = ("captured", "") if free or payment.state == "captured" else (payment.state, payment.pay_url)
        outcomes.append(Started(payment.id, pay.checkout_id, url, state, payment.amount_minor, payment.currency))
    return outcomes, fresh


def _pay(pay: Pay, checkout: Payable | None, payments: Sequence[NewPayment], make: Make) -> tuple[NewPayment, bool]:
    if checkout is None or checkout.buyer_id != pay.buyer_id:
        raise NotFound()
    captured = [payment for payment in payments if payment.state == "captured"]
    if checkout.state == "paid" and captured:
        return captured[-1], False
    if checkout.state != "open" or (checkout.expires_at is not None and checkout.expires_at <= pay.now):
        raise CheckoutOver()
    missing = checkout.total_minor - checkout.received_minor
    for payment in payments:
        asks = (payment.state, payment.amount_minor, payment.currency, payment.gateway)
        if asks == ("started", missing, checkout.currency, pay.gateway if missing else FREE):
            return payment, False
    return make(pay, checkout, missing), True


FREE = "none"

"""What may happen to a case, who may do it, by when, and who bears it: literal tables. Pure.

FIELD.md 3.10: at most five tries a line; silence until the deadline is consent; the platform is called in only after a
refusal, within its days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.problems import DomainError
from renmai.people.accounts.rules import serves

TRIES_MAX = 5
WORDS_MAX = 2000
MEDIA_MAX = 9
ANY = "any"

# state x event x remedy -> state. The remedy is what is being done: the kind asked for, or a refund where an exchange
# has become one (`remedy_of`); "any" stands for all three.
CASE_STATES: dict[tuple[str, str, str], str] = {
    ("with_creator", "take", "refund_only"): "refunded",
    ("with_creator", "take", "return_refund"): "to_return",
    ("with_creator", "pass_on", "any"): "with_supplier",
    ("with_creator", "time", "any"): "with_supplier",
    ("with_creator", "cancel", "any"): "cancelled",
    ("with_creator", "moot", "any"): "closed",
    ("with_creator", "recall", "any"): "refunded",
    ("with_supplier", "approve", "refund_only"): "refunded",
    ("with_supplier", "approve", "return_refund"): "to_return",
    ("with_supplier", "approve", "exchange"): "to_return",
    ("with_supplier", "refuse", "any"): "refused",
    ("with_supplier", "offer", "any"): "offered",
    ("with_supplier", "time", "refund_only"): "refunded",
    ("with_supplier", "time", "return_refund"): "to_return",
    ("with_supplier", "time", "exchange"): "to_return",
    ("with_supplier", "cancel", "any"): "cancelled",
    ("with_supplier", "moot", "any"): "closed",
    ("with_supplier", "recall", "any"): "refunded",
    ("offered", "accept", "any"): "refunded",
    ("offered", "decline", "any"): "refused",
    ("offered", "time", "any"): "refused",
    ("offered", "cancel", "any"): "cancelled",
    ("offered", "moot", "any"): "closed",
    ("offered", "recall", "any"): "refunded",
    ("refused", "call_in", "any"): "with_platform",
    ("refused", "time", "any"): "closed",
    ("refused", "cancel", "any"): "cancelled",
    ("refused", "moot", "any"): "closed",
    ("refused", "recall", "any"): "refunded",
    ("to_return", "send_back", "any"): "returning",
    ("to_return", "time", "any"): "closed",
    ("to_return", "cancel", "any"): "cancelled",
    ("to_return", "moot", "any"): "closed",
    ("to_return", "recall", "any"): "refunded",
    ("returning", "confirm_return", "refund_only"): "refunded",
    ("returning", "confirm_return", "return_refund"): "refunded",
    ("returning", "confirm_return", "exchange"): "to_replace",
    ("returning", "reject_return", "any"): "refused",
    ("returning", "time", "refund_only"): "refunded",
    ("returning", "time", "return_refund"): "refunded",
    ("returning", "time", "exchange"): "to_replace",
    ("returning", "moot", "any"): "closed",
    ("returning", "recall", "any"): "refunded",
    ("to_replace", "send_replacement", "any"): "replacing",
    ("to_replace", "time", "any"): "refunded",
    ("to_replace", "moot", "any"): "closed",
    ("to_replace", "recall", "any"): "refunded",
    ("replacing", "confirm_replacement", "any"): "replaced",
    ("replacing", "report_replacement", "any"): "with_platform",
    ("replacing", "time", "any"): "replaced",
    ("replacing", "moot", "any"): "closed",
    ("replacing", "recall", "any"): "refunded",
    ("with_platform", "decide_refund", "any"): "refunded",
    ("with_platform", "decide_return", "any"): "to_return",
    ("with_platform", "decide_refuse", "any"): "closed",
    ("with_platform", "cancel", "any"): "cancelled",
    ("with_platform", "moot", "any"): "closed",
    ("with_platform", "recall", "any"): "refunded",
}
CASE_ENDS = frozenset({"refunded", "replaced", "cancelled", "closed"})
REMEDIES = ("refund_only", "return_refund", "exchange")

# Who may bring an event about. `house` is time and what follows from elsewhere; `platform` are operators.
EVENT_SIDES: dict[str, tuple[str, ...]] = {
    "take": ("creator",),
    "pass_on": ("creator",),
    "approve": ("supplier",),
    "refuse": ("supplier",),
    "offer": ("supplier",),
    "accept": ("buyer",),
    "decline": ("buyer",),
    "call_in": ("buyer", "creator", "supplier"),
    "send_back": ("buyer",),
    "confirm_return": ("supplier",),
    "reject_return": ("supplier",),
    "send_replacement": ("supplier",),
    "confirm_replacement": ("buyer",),
    "report_replacement": ("buyer",),
    "decide_refund": ("platform",),
    "decide_return": ("platform",),
    "decide_refuse": ("platform",),
    "cancel": ("buyer",),
    "add_words": ("buyer", "creator", "supplier", "platform"),
    "time": ("house",),
    "moot": ("house",),
    "recall": ("house",),
}
DECISIONS = frozenset({"decide_refund", "decide_return", "decide_refuse"})
# What an answer must carry: an amount, a bearer, a parcel's carrier and number, words.
NEEDS: dict[str, frozenset[str]] = {
    "refuse": frozenset({"words"}),
    "offer": frozenset({"amount"}),
    "send_back": frozenset({"parcel"}),
    "reject_return": frozenset({"words"}),
    "send_replacement": frozenset({"parcel"}),
    "report_replacement": frozenset({"words"}),
    "decide_refund": frozenset({"words", "amount", "bearer"}),
    "decide_return": frozenset({"words", "amount", "bearer"}),
    "decide_refuse": frozenset({"words"}),
    "add_words": frozenset({"evidence"}),
}

# Whose answer a state waits for. While it is refused, whoever does not agree may call in the platform.
TURNS: dict[str, tuple[str, ...]] = {
    "with_creator": ("creator",),
    "with_supplier": ("supplier",),
    "offered": ("buyer",),
    "refused": (),
    "with_platform": ("platform",),
    "to_return": ("buyer",),
    "returning": ("supplier",),
    "to_replace": ("supplier",),
    "replacing": ("buyer",),
}

# state -> (the term of its deadline, its unit, whose own term counts before the platform's). Without one: no deadline.
TIMERS: dict[str, tuple[str, str, str]] = {
    "with_creator": ("creator_answer_hours", "hours", "shop"),
    "with_supplier": ("supplier_answer_hours", "hours", "supplier"),
    "offered": ("offer_answer_days", "days", ""),
    "refused": ("call_in_days", "days", ""),
    "to_return": ("return_days", "days", ""),
    "returning": ("return_check_days", "days", "supplier"),
    "to_replace": ("replace_days", "days", "supplier"),
    "replacing": ("receipt_days_most", "days", ""),
}

# What each reason may ask for.
KINDS_OF_REASON: dict[str, tuple[str, ...]] = {
    "withdrawal": ("return_refund",),
    "not_received": ("refund_only",),
    "damaged": REMEDIES,
    "wrong_item": REMEDIES,
    "not_as_described": REMEDIES,
    "poor_quality": REMEDIES,
    "fake": REMEDIES,
    "other": REMEDIES,
}

# Who bears what a supplier agrees to, in words or by silence (docs/decisions/0016). A sale that is undone, or never came
# about, is given back by everyone; faulty goods are their supplier's.
BEARER_BY_REASON: dict[str, str] = {
    "withdrawal": "shared",
    "not_received": "shared",
    "damaged": "supplier",
    "wrong_item": "supplier",
    "not_as_described": "supplier",
    "poor_quality": "supplier",
    "fake": "supplier",
    "other": "shared",
}
BEARERS = ("shared", "creator", "supplier", "platform")


class CaseNotNow(DomainError):
    """Where the case stands does not allow this (any more)."""

    code = "case.not_now"
    status = 409
    message = "This cannot be done while the case is {state}."


class CaseDenied(DomainError):
    """It is another side's turn, or somebody would decide a case of their own."""

    code = "case.denied"
    status = 403
    message = "Somebody else has to do this."


class CaseNotOpen(DomainError):
    """No case can be opened for this line now."""

    code = "case.not_open"
    status = 409
    message = "No case can be opened: {why}."


class CaseAmount(DomainError):
    """An amount of nothing, or beyond what can be given back."""

    code = "case.amount"
    status = 422
    message = "The amount must be between {least_minor} and {most_minor}."


class CaseQuantity(DomainError):
    """More than the buyer got, or none."""

    code = "case.quantity"
    status = 422
    message = "The quantity must be between 1 and {most}."


class CaseIncomplete(DomainError):
    """An answer lacks what it needs: `needs` names it (words, amount, bearer, parcel, evidence, media)."""

    code = "case.incomplete"
    status = 422
    message = "This answer needs more: {needs}."


class ReplacementShort(DomainError):
    """Not enough in stock to replace the goods."""

    code = "case.no_stock"
    status = 409
    message = "Only {left} are in stock. Refill the stock, or let the case become a refund."


def remedy_of(kind: str, agreed_minor: int | None) -> str:
    """Return what is being done: the kind asked for; an exchange for which money was agreed is a return."""
    return "return_refund" if kind == "exchange" and agreed_minor is not None else kind


def next_case_state(state: str, event: str, remedy: str) -> str:
    """Return the state after `event`. Errors: CaseNotNow."""
    after = CASE_STATES.get((state, event, remedy)) or CASE_STATES.get((state, event, ANY))
    if after is None:
        raise CaseNotNow(state=state)
    return after


def events_of(state: str, remedy: str) -> list[str]:
    """Return the events that the table allows in `state`, in its order, then `add_words` while it is open."""
    allowed = [event for at, event, for_ in CASE_STATES if at == state and for_ in {remedy, ANY}]
    return allowed + ([] if state in CASE_ENDS else ["add_words"])


def sides_of(actor: Actor, *, buyer_id: UUID, shop_id: UUID, supplier_id: UUID) -> tuple[str, ...]:
    """Return all that an actor is of a case: buyer, creator, supplier, platform; nothing is a stranger."""
    is_side = {
        "buyer": actor.person_id is not None and actor.person_id == buyer_id,
        "creator": serves(actor, shop_id),
        "supplier": actor.has("supplier", supplier_id),
        "platform": actor.has("operator"),
    }
    return tuple(side for side, holds in is_side.items() if holds)


def may_answer(event: str, sides: tuple[str, ...]) -> bool:
    """Return whether somebody who is all of `sides` may bring an event about; nobody decides a case of their own."""
    own = event in DECISIONS and len(sides) > 1
    return not own and any(side in sides for side in EVENT_SIDES.get(event, ()))


def side_for(event: str, sides: tuple[str, ...]) -> str:
    """Return as which of `sides` (all that the actor is of the case) an event is brought about. Errors: CaseDenied."""
    if not may_answer(event, sides):
        raise CaseDenied()
    return next(side for side in EVENT_SIDES[event] if side in sides)


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What opening a case looks at: the line, its parcel, the cases it had. Money in minor units."""

    line_id: UUID
    kind: str
    quantity: int
    restocked: int
    paid_minor: int
    refunded_minor: int
    withdrawal_days: int
    handed_over_at: datetime | None
    received_at: datetime | None
    tries: int
    open_case: bool

    @property
    def left_minor(self) -> int:
        """Return what can still be refunded."""
        return self.paid_minor - self.refunded_minor

    @property
    def units(self) -> int:
        """Return how many the buyer got."""
        return self.quantity - self.restocked


def worth(quantity: int, *, units: int, bought: int, paid_minor: int, left_minor: int) -> int:
    """Return the most that so many of a line may bring: their part of what was paid for it, within what is left.

    `units` of the `bought` reached the buyer; all of them may bring all that is left.
    """
    return left_minor if quantity >= units else min(paid_minor * quantity // bought, left_minor)


def most_minor(facts: LineFacts, quantity: int) -> int:
    """Return the most that can be asked back for so many of a line, in minor units."""
    return worth(
        quantity,
        units=facts.units,
        bought=facts.quantity,
        paid_minor=facts.paid_minor,
        left_minor=facts.left_minor,
    )


def open_until(facts: LineFacts, reason: str, care_days: int) -> datetime | None:
    """Return until when a case for `reason` may be opened, or None while receipt has not set it.

    Errors: CaseNotOpen when this reason has no time at all.
    """
    if reason == "withdrawal" and facts.withdrawal_days == 0:
        raise CaseNotOpen(why="these goods cannot be sent back without a reason")
    if reason == "not_received" and facts.received_at is not None:
        raise CaseNotOpen(why="it was received")
    days = facts.withdrawal_days if reason == "withdrawal" else care_days
    return None if facts.received_at is None else facts.received_at + timedelta(days=days)


def check_line(facts: LineFacts) -> None:
    """Refuse a line that no case can be opened for, whatever the reason. Errors: CaseNotOpen."""
    if facts.kind != "goods" or facts.paid_minor == 0:
        raise CaseNotOpen(why="only goods that were paid for have cases")
    if facts.handed_over_at is None:
        raise CaseNotOpen(why="it has not been handed over yet")
    if facts.left_minor == 0 or facts.units == 0:
        raise CaseNotOpen(why="all of it was refunded")
    if facts.open_case:
        raise CaseNotOpen(why="one is open already")
    if facts.tries >= TRIES_MAX:
        raise CaseNotOpen(why="five were opened before")


def check_reason(facts: LineFacts, kind: str, reason: str, now: datetime, care_days: int) -> None:
    """Refuse what a reason does not allow, or no longer. Errors: CaseNotOpen."""
    if kind not in KINDS_OF_REASON.get(reason, ()):
        raise CaseNotOpen(why="this reason does not go with what is asked")
    until = open_until(facts, reason, care_days)
    if until is not None and now > until:
        raise CaseNotOpen(why="its time is over")


def checked_amount(facts: LineFacts, quantity: int, amount_minor: int | None) -> int:
    """Return what is asked back: `amount_minor`, or all that so many may bring. Errors: CaseQuantity, CaseAmount."""
    if not 1 <= quantity <= facts.units:
        raise CaseQuantity(most=facts.units)
    most = most_minor(facts, quantity)
    asked = most if amount_minor is None else amount_minor
    if not 1 <= asked <= most:
        raise CaseAmount(least_minor=1, most_minor=most)
    return asked


def first_step(reason: str) -> tuple[str, str]:
    """Return (state, bearer) in which a case begins: with the creator; a withdrawal is granted at once."""
    return ("to_return", "shared") if reason == "withdrawal" else ("with_creator", "")


def deadline(state: str, now: datetime, length: int) -> datetime:
    """Return by when `state` has to be answered; `length` is what its term says, in the unit of `TIMERS`."""
    return now + timedelta(**{TIMERS[state][1]: length})


@dataclass(frozen=True, slots=True)
class Given:
    """What comes with an answer."""

    event: str
    words: str = ""
    amount_minor: int | None = None
    media_ids: tuple[UUID, ...] = ()
    carrier: str = ""
    tracking: str = ""
    bearer: str = ""


def given_with(
    event: str,
    *,
    words: str = "",
    amount_minor: int | None = None,
    media_ids: Sequence[UUID] = (),
    carrier: str = "",
    tracking: str = "",
    bearer: str = "",
) -> Given:
    """Return an answer, cleaned, without what its event has no use for."""
    needs = NEEDS.get(event, frozenset())
    return Given(
        event,
        words.strip()[:WORDS_MAX],
        amount_minor if "amount" in needs else None,
        tuple(dict.fromkeys(media_ids)),
        carrier.strip()[:60] if "parcel" in needs else "",
        tracking.strip()[:80] if "parcel" in needs else "",
        bearer if "bearer" in needs else "",
    )


def agreed_by(event: str, remedy: str, asked_minor: int, amount_minor: int | None) -> int | None:
    """Return the money that `event` agrees to, or None where goods are to be exchanged."""
    if event in {"offer", "decide_refund", "decide_return"}:
        return amount_minor
    return None if remedy == "exchange" else asked_minor


def check_given(given: Given, most: int) -> None:
    """Refuse an answer without what it needs, or with an amount beyond `most`. Errors: CaseIncomplete, CaseAmount."""
    needs = NEEDS.get(given.event, frozenset())
    have = {
        "words": bool(given.words),
        "amount": given.amount_minor is not None,
        "bearer": given.bearer in BEARERS,
        "parcel": bool(given.carrier and given.tracking),
        "evidence": bool(given.words or given.media_ids),
    }
    lacking = sorted(need for need in needs if not have[need])
    if lacking:
        raise CaseIncomplete(needs=", ".join(lacking))
    if "amount" in needs and not 1 <= (given.amount_minor or 0) <= most:
        raise CaseAmount(least_minor=1, most_minor=most)


def agreement(event: str, reason: str, given_bearer: str) -> str:
    """Return who bears what `event` agrees to."""
    if event == "take":
        return "creator"
    if event in {"decide_refund", "decide_return"}:
        return given_bearer
    return BEARER_BY_REASON[reason]

"""What may happen to a payout: a literal table, and the limits of asking for one."""

from __future__ import annotations

from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.problems import DomainError, NotFound
from renmai.money.ledger.rules import account_owner

PAYOUT_STATES: dict[tuple[str, str], str] = {
    ("requested", "approve"): "approved",
    ("requested", "refuse"): "refused",
    ("approved", "send"): "sent",
    ("sent", "send"): "sent",
    ("sent", "pay"): "paid",
    ("sent", "fail"): "failed",
    ("sent", "return"): "returned",
    ("paid", "return"): "returned",
    ("failed", "retry"): "requested",
}
PAYOUT_ENDS = frozenset({"refused", "returned"})
PAYEES = frozenset({"supplier", "creator", "agency", "sharer"})


class PayoutNotNow(DomainError):
    """The state does not allow this (any more)."""

    code = "payout.not_now"
    status = 409
    message = "This cannot be done while the payout is {state}."


class PayoutOutOfRange(DomainError):
    """Less or more than one payout may be."""

    code = "payout.out_of_range"
    status = 422
    message = "A payout must be between {least_minor} and {most_minor}."


class PayoutShort(DomainError):
    """More than the balance holds."""

    code = "payout.short"
    status = 409
    message = "Only {available_minor} can be paid out now."


class OwnPayout(DomainError):
    """Who asked for a payout, or belongs to its payee, may not decide on it."""

    code = "payout.own"
    status = 403
    message = "Someone else must decide on a payout of your own."


class SecondFactorNeeded(DomainError):
    """Money leaves only after a second factor."""

    code = "payout.second_factor_needed"
    status = 403
    message = "Please confirm with your second factor first."


def next_payout_state(state: str, event: str) -> str:
    """Return the state after `event`. Errors: PayoutNotNow."""
    try:
        return PAYOUT_STATES[state, event]
    except KeyError:
        raise PayoutNotNow(state=state) from None


def payee_owner(payee: str) -> tuple[str, UUID]:
    """Return (role, tenant) of an account that can be paid out. Errors: NotFound."""
    try:
        kind, owner = account_owner(payee)
    except ValueError:
        raise NotFound() from None
    if kind not in PAYEES or owner is None or payee != f"{kind}:{owner}":
        raise NotFound()
    return kind, owner


def is_member(actor: Actor, payee: str) -> bool:
    """Return whether the actor belongs to a payee: its money is then not the actor's to decide on."""
    _role, owner = payee_owner(payee)
    return actor.person_id == owner or any(grant.subject_id == owner for grant in actor.grants)


def purse_of(payee: str) -> tuple[str, UUID]:
    """Return (role, tenant) of who may move a payee's money and say whose it is: of a shop, only its owners.

    Errors: NotFound.
    """
    role, owner = payee_owner(payee)
    return ("owner" if role == "creator" else role), owner


def waits_for(state: str, reason: str = "") -> str:
    """Return what a payout that is under way waits for; "" where it waits for nothing.

    `approval` by an operator, `sending` in a moment, `bank`: the provider has it and answers, `retry`: the provider
    did not answer (`reason`) and is asked again, `again`: it failed, and whoever asked may ask again.
    """
    if state == "sent":
        return "retry" if reason else "bank"
    return {"requested": "approval", "approved": "sending", "failed": "again"}.get(state, "")


def cannot_ask(available_minor: int, least_minor: int) -> str:
    """Return why nothing can be paid out of a balance now: `owes`, `below_least`; "" where something can."""
    if available_minor < 0:
        return "owes"
    return "below_least" if available_minor < least_minor else ""


def check_amount(amount_minor: int, *, least_minor: int, most_minor: int, available_minor: int) -> None:
    """Refuse an amount outside the limits or above the balance. Errors: PayoutOutOfRange, PayoutShort."""
    if not least_minor <= amount_minor <= most_minor:
        raise PayoutOutOfRange(least_minor=least_minor, most_minor=most_minor)
    if amount_minor > available_minor:
        raise PayoutShort(available_minor=max(0, available_minor))


def payout_key(payout_id: UUID, round_number: int) -> str:
    """Return the key under which a provider is asked for one round of a payout, and by which its messages name it."""
    return f"{payout_id.hex}-{round_number}"


def read_key(key: str) -> tuple[UUID, int] | None:
    """Return (payout, round) of a key, or None when it is no such key."""
    head, _, tail = key.partition("-")
    try:
        return UUID(hex=head), int(tail)
    except ValueError:
        return None

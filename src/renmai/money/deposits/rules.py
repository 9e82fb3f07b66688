"""What may happen to a deposit and to a request for its return: literal tables, and the refusals."""

from __future__ import annotations

from renmai.kit.problems import DomainError
from renmai.money.ledger.rules import BANK, PLATFORM

# kind -> where the money comes from and goes to: "deposit" is the deposit's account, "payable" the supplier's own.
MOVES: dict[str, tuple[str, str]] = {
    "paid_in": (BANK, "deposit"),
    "from_earnings": ("payable", "deposit"),
    "covered": ("deposit", "payable"),
    "forfeited": ("deposit", PLATFORM),
    "returned": ("deposit", "payable"),
}
DEDUCTIONS = frozenset({"covered", "forfeited"})

RETURN_STATES: dict[tuple[str, str], str] = {
    ("requested", "return"): "returned",
    ("requested", "refuse"): "refused",
    ("requested", "withdraw"): "withdrawn",
}
RETURN_ENDS = frozenset({"returned", "refused", "withdrawn"})
AMOUNT_MINOR_MAX = 10**12


class BadDeposit(DomainError):
    """An amount that is none, or more than there is to take it from."""

    code = "deposit.out_of_range"
    status = 422
    message = "The amount must be above zero and at most {most_minor}."


class ReferenceUsed(DomainError):
    """A bank's reference that was booked for this supplier already: money that came once counts once."""

    code = "deposit.reference_used"
    status = 409
    message = "A payment with the reference {reference} was booked already."


class DeductionUnknown(DomainError):
    """A deduction goes to cover what the supplier owes, or to the platform."""

    code = "deposit.unknown_deduction"
    status = 422
    message = "There is no deduction called {kind}."


class ReturnOpen(DomainError):
    """One request at a time."""

    code = "deposit.return_open"
    status = 409
    message = "You have asked for your deposit already. We answer that first."


class ReturnNotNow(DomainError):
    """The request was answered or withdrawn already."""

    code = "deposit.return_not_now"
    status = 409
    message = "This request is {state} already."


class StillOpen(DomainError):
    """A deposit stays while something is open; `why` lists what: owes, unsettled, needed (by the categories it sells)."""

    code = "deposit.still_open"
    status = 409
    message = "The deposit cannot go back yet: {why}."


def next_return_state(state: str, event: str) -> str:
    """Return the state of a request after `event`. Errors: ReturnNotNow."""
    try:
        return RETURN_STATES[state, event]
    except KeyError:
        raise ReturnNotNow(state=state) from None


def check_amount(amount_minor: int, most_minor: int) -> None:
    """Refuse an amount that is not above zero, or above `most_minor`. Errors: BadDeposit."""
    if not 0 < amount_minor <= most_minor:
        raise BadDeposit(most_minor=max(0, most_minor))


def still_open(*, payable_minor: int, unsettled: bool, left_minor: int, needed_minor: int) -> list[str]:
    """Return what keeps a deposit from going back: the supplier owes, orders are not settled, or too little would be left."""
    owes = ["owes"] if payable_minor < 0 else []
    waits = ["unsettled"] if unsettled else []
    return owes + waits + (["needed"] if left_minor < needed_minor else [])

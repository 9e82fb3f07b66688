"""Names of accounts. An account is a word; its owner's id stands behind a colon where it has one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

ESCROW = "escrow"
UNAPPLIED = "unapplied"
RETURN_DUE = "return_due"
PAYOUT_DUE = "payout_due"
PLATFORM = "platform"
PROVIDER_FEE = "provider_fee"
BAD_DEBT = "bad_debt"
CHARGEBACK = "chargeback"
TAX_DUE = "tax_due"
BANK = "bank"  # what came to the house by its own bank account, past every provider

# Payments that the platform makes itself, to cover what a buyer paid short; they return to where they came from.
HOUSE = "house"


def gateway_account(gateway: str) -> str:
    """Return the account of money that lies at a provider; what the house pays itself is the platform's."""
    return PLATFORM if gateway == HOUSE else f"gateway:{gateway}"


def supplier_account(supplier_id: UUID) -> str:
    """Return a supplier's account."""
    return f"supplier:{supplier_id}"


def deposit_account(supplier_id: UUID) -> str:
    """Return the account on which a supplier's deposit lies."""
    return f"deposit:{supplier_id}"


def creator_account(shop_id: UUID) -> str:
    """Return the account of a creator, by shop."""
    return f"creator:{shop_id}"


def agency_account(agency_id: UUID) -> str:
    """Return an agency's account."""
    return f"agency:{agency_id}"


def sharer_account(person_id: UUID) -> str:
    """Return the account of a person whose links sell."""
    return f"sharer:{person_id}"


def account_owner(account: str) -> tuple[str, UUID | None]:
    """Return (kind, owner id or None) of an account's name."""
    kind, _, owner = account.partition(":")
    return kind, UUID(owner) if len(owner) == 36 else None


@dataclass(frozen=True, slots=True)
class Move:
    """A transfer to be written. `key` makes its cause move money once; `amount_minor` > 0."""

    debit: str
    credit: str
    amount_minor: int
    currency: str
    kind: str
    subject_id: UUID
    key: str
    at: datetime


def move_signed(move: Move) -> Move | None:
    """Return `move` with a negative amount turned around, or None when there is nothing to move."""
    if move.amount_minor > 0:
        return move
    if move.amount_minor == 0:
        return None
    return Move(
        move.credit, move.debit, -move.amount_minor, move.currency, move.kind, move.subject_id, move.key, move.at
    )

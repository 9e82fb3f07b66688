"""Check out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.kit.keys.actions import checked_key, input_hash
from renmai.people.accounts.rules import checked_address
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Place, Receipt, Wanted, check_basket


def place_intent(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    lines: Sequence[Wanted],
    method: str,
    address_id: UUID | None = None,
    address: Mapping[str, str] | None = None,
) -> Place:
    """Return the intent of a checkout, checked as far as it can be without the database.

    Errors: SignInNeeded, KeyMissing, BadBasket, BadAddress.
    """
    buyer_id = require_person(actor)
    check_basket(lines, method)
    checked = checked_address(address) if address is not None else None
    rows = [(line.pick_id, line.sku_id, line.quantity, line.seen_minor) for line in lines]
    digest = input_hash([rows, method, address_id, checked])
    return Place(buyer_id, checked_key(key), digest, tuple(lines), method, now, address_id, checked)


def place_checkout(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    lines: Sequence[Wanted],
    method: str,
    address_id: UUID | None = None,
    address: Mapping[str, str] | None = None,
) -> Receipt:
    """Place one order per shop for all lines, or none; stock is held until the unpaid window ends.

    Args: `key` is the idempotency key, `lines` say which pick, variant and how many, and the price the buyer saw;
    `method` is card, wallet or transfer; the address is one of the buyer's or given.
    Returns the receipt, the first one again for a repeated key.
    Errors: CheckoutRefused (which line, and why), NoAddress, BadBasket, KeyMissing, KeyReused, SignInNeeded, Busy.
    """
    return checkout_lane.submit(
        place_intent(actor=actor, now=now, key=key, lines=lines, method=method, address_id=address_id, address=address)
    )

"""Check out, and cancel before paying."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.keys.actions import checked_key, input_hash
from renmai.kit.problems import NotFound
from renmai.people.accounts.rules import checked_address
from renmai.trade.captures.lane import end_checkouts
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.models import Checkout
from renmai.trade.checkout.rules import Place, Receipt, Wanted, check_basket
from renmai.trade.orders.rules import NotNow


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
        place_intent(
            actor=actor, now=now, key=key, lines=lines, method=method, address_id=address_id, address=address
        )
    )


@transaction.atomic
def cancel_checkout(*, actor: Actor, now: datetime, checkout_id: UUID) -> None:
    """End an unpaid checkout of the actor's and release its stock; again is no error.

    Errors: NotFound, NotNow once anything was paid.
    """
    checkout = Checkout.objects.select_for_update().filter(pk=checkout_id, buyer_id=require_person(actor)).first()
    if checkout is None:
        raise NotFound()
    if checkout.state == "cancelled":
        return
    if checkout.state != "open" or checkout.received_minor:
        raise NotNow(state=checkout.state)
    with connection.cursor() as cursor:
        end_checkouts(cursor, [checkout.id], state="cancelled", now=now)

"""Check out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from renmai.goods.products.exclusions import channel_of
from renmai.kit.access import Actor, require_person
from renmai.kit.keys.actions import checked_key, input_hash
from renmai.people.accounts.rules import checked_address
from renmai.trade.checkout.lane import checkout_lane
from renmai.trade.checkout.rules import Followed, Place, Receipt, Wanted, check_basket, check_promotions
from renmai.trade.promotions.rules import shaped_codes


def place_intent(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    lines: Sequence[Wanted],
    method: str,
    address_id: UUID | None = None,
    address: Mapping[str, str] | None = None,
    coupons: Sequence[str] = (),
    followed: Sequence[Followed] = (),
) -> Place:
    """Return the intent of a checkout, checked as far as it can be without the database.

    Errors: SignInNeeded, KeyMissing, BadBasket, BadAddress.
    """
    buyer_id = require_person(actor)
    check_basket(lines, method)
    codes = shaped_codes(coupons)
    check_promotions(codes, followed)
    checked = checked_address(address) if address is not None else None
    # Not which links were followed: that is where the buyer came from, and may differ when the same form comes again.
    rows = [(line.pick_id, line.sku_id, line.quantity, line.seen_minor, line.drop_id) for line in lines]
    digest = input_hash([rows, method, address_id, checked, sorted(codes)])
    return Place(
        buyer_id, checked_key(key), digest, tuple(lines), method, now, address_id, checked, None, codes, tuple(followed),
        channel_of(actor),
    )  # fmt: skip


def place_checkout(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    lines: Sequence[Wanted],
    method: str,
    address_id: UUID | None = None,
    address: Mapping[str, str] | None = None,
    coupons: Sequence[str] = (),
    followed: Sequence[Followed] = (),
) -> Receipt:
    """Place one order per shop for all lines, or none; stock is held until the unpaid window ends.

    Args: `key` is the idempotency key, `lines` say which pick, variant and how many, and the price the buyer saw;
    `method` is card, wallet or transfer; the address is one of the buyer's or given; `coupons` are codes in any case;
    `followed` are the share links that brought the buyer here.
    Returns the receipt, the first one again for a repeated key.
    Errors: CheckoutRefused (which line, and why), CouponsRefused (which coupon, and why), NoAddress, BadBasket, KeyMissing, KeyReused, SignInNeeded, Busy.
    """
    intent = place_intent(
        actor=actor, now=now, key=key, lines=lines, method=method, address_id=address_id, address=address,
        coupons=coupons, followed=followed,
    )  # fmt: skip
    return checkout_lane.submit(intent)

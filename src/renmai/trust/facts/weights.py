"""How much the buyer behind a fact weighs: rule 1, published. Pure.

A leaf says only the bucket, 0 to 3, and the number of the rule. The bucket is worked out once, when the fact is written,
from what the house knows then; what it was worked out from stays in the house.
"""

from __future__ import annotations

from dataclasses import dataclass

WEIGHT_RULE = 1
WEIGHT_MAX = 3
OLD_DAYS = 30
"""An account this old, or older, is no newcomer's."""
OTHER_SELLERS = 2
"""Who paid at least so many other sellers, unrelated to this one, buys here as anywhere."""

WEIGHT_WORDS: dict[int, str] = {
    0: "Not paid, a seller's own dealing, or the buyer shares an address, phone, payer or device with the seller. Such a fact"
    " is in the log and counts for nothing.",
    1: "Paid and independent of the seller: nothing more is known of the buyer yet; or the buyer shares an address, phone,"
    " payer or device with another buyer of this seller. Those who share one stand under one token: they count as one buyer.",
    2: f"As 1, and the account is at least {OLD_DAYS} days old, or has paid another, unrelated seller before.",
    3: f"As 1, the account is at least {OLD_DAYS} days old, and has paid at least {OTHER_SELLERS} other, unrelated sellers.",
}


@dataclass(frozen=True, slots=True)
class BuyerSignals:
    """What the house knows of a buyer towards one seller when a fact is written.

    `own_dealing`: the buyer is the seller, or one of its people. `shares_with_seller` and `shares_with_buyer`: an address,
    phone, payer or device is also the seller's, or another buyer's of this seller. `other_sellers`: how many sellers
    unrelated to this one the buyer has paid.
    """

    paid: bool
    own_dealing: bool = False
    shares_with_seller: bool = False
    shares_with_buyer: bool = False
    account_days: int = 0
    other_sellers: int = 0


def weight_bucket(signals: BuyerSignals) -> int:
    """Return the bucket, 0 (counts for nothing) to 3, by rule `WEIGHT_RULE` (`WEIGHT_WORDS` says it in words)."""
    if not signals.paid or signals.own_dealing or signals.shares_with_seller:
        return 0
    if signals.shares_with_buyer:
        return 1
    is_old = signals.account_days >= OLD_DAYS
    if is_old and signals.other_sellers >= OTHER_SELLERS:
        return 3
    return 2 if is_old or signals.other_sellers else 1

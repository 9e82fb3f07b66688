"""What a message may be, and how many there may be. Pure."""

from __future__ import annotations

from datetime import datetime

from renmai.kit.fields import Text
from renmai.kit.problems import DomainError

WORDS = {"words": Text(2000, required=True, lines=True)}
MESSAGES_PER_HOUR_MAX = 60  # of one person
ANSWERS_PER_HOUR_MAX = 600  # of one person for shops
TALKS_PER_DAY_MAX = 20  # that one person begins


class TalkBlocked(DomainError):
    """The person lets this shop write nothing."""

    code = "message.blocked"
    status = 409
    message = "This person does not take messages from the shop."


class OwnShop(DomainError):
    """Whoever answers for a shop does not write to it."""

    code = "message.own_shop"
    status = 409
    message = "This is your own shop: you would write to yourself."


class ShopClosed(DomainError):
    """The shop is not open, and nothing was written before."""

    code = "message.shop_closed"
    status = 409
    message = "This shop is not open, so nobody would read it."


def has_unread(wrote_at: datetime | None, read_at: datetime | None) -> bool:
    """Return whether the other side wrote something since this one read."""
    return wrote_at is not None and (read_at is None or read_at < wrote_at)

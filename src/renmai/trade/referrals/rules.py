"""What may be given to who shares a link, and how long a followed link is remembered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from renmai.kit.problems import DomainError

SHARER_BPS_MAX = 9_000
FOLLOWED_MAX = 20


class SharerOutOfRange(DomainError):
    """More than may be given of the creator's part."""

    code = "sharing.share"
    status = 422
    message = "A sharer can be given at most {most_bps} of your part."


def check_sharer(sharer_bps: int) -> None:
    """Refuse a share outside its limits. Errors: SharerOutOfRange."""
    if not 0 <= sharer_bps <= SHARER_BPS_MAX:
        raise SharerOutOfRange(most_bps=SHARER_BPS_MAX)


def remember(followed: Iterable[tuple[str, datetime]], token: str, now: datetime) -> tuple[tuple[str, datetime], ...]:
    """Return what a browser remembers after it followed `token`: each link once, the newest last, 20 at most."""
    kept = tuple(each for each in followed if each[0] != token)
    return (*kept, (token, now))[-FOLLOWED_MAX:]

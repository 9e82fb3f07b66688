"""The links that a browser followed: a signed cookie, which only the server writes and reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from renmai.trade.checkout.rules import Followed
from renmai.trade.referrals.rules import remember

COOKIE = "renmai_followed"
# As long as a link can count at most (the term share_window_days).
KEPT = timedelta(days=90)


def read_followed(request: HttpRequest) -> tuple[Followed, ...]:
    """Return the links this browser followed, oldest first; nothing from a cookie that is not ours, or old."""
    text = request.get_signed_cookie(COOKIE, default="", salt=COOKIE, max_age=KEPT) or ""
    return tuple(_entry(entry) for entry in text.split("~") if entry)


def _entry(text: str) -> Followed:
    token, _, seconds = text.partition(".")
    return Followed(token, datetime.fromtimestamp(int(seconds), UTC))


def keep_followed(request: HttpRequest, response: HttpResponse, token: str, now: datetime) -> None:
    """Remember in the browser that it followed `token` now: scripts cannot read it, other sites cannot send it along."""
    kept = remember([(each.token, each.at) for each in read_followed(request)], token, now)
    response.set_signed_cookie(
        COOKIE,
        "~".join(f"{each}.{int(at.timestamp())}" for each, at in kept),
        salt=COOKIE,
        max_age=KEPT,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )

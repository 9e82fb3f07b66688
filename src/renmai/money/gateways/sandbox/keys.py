"""The two secrets that house and sandbox share, derived from the secret of the installation."""

from __future__ import annotations

import hashlib
import hmac
from functools import cache

from django.conf import settings


def merchant_key() -> bytes:
    """Return the key that signs what the house asks of the sandbox: pages, returns, payouts."""
    return _derived(settings.SECRET_KEY, b"sandbox merchant")


def webhook_key() -> bytes:
    """Return the key that signs what the sandbox tells the house."""
    return _derived(settings.SECRET_KEY, b"sandbox webhook")


@cache
def _derived(secret: str, purpose: bytes) -> bytes:
    return hmac.digest(secret.encode(), purpose, hashlib.sha256)

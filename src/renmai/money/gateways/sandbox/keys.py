"""The two secrets that house and sandbox share, derived from the secret of the installation."""

from __future__ import annotations

from renmai.money.gateways.tokens import derived_key


def merchant_key() -> bytes:
    """Return the key that signs what the house asks of the sandbox: pages, returns, payouts."""
    return derived_key("sandbox merchant")


def webhook_key() -> bytes:
    """Return the key that signs what the sandbox tells the house."""
    return derived_key("sandbox webhook")

"""Which real providers the settings name, and what is wrong with those settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from renmai.config import Config

# Name of a provider -> the settings it needs, all of them; an API address is never needed.
NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "stripe": ("stripe_secret_key", "stripe_webhook_secret"),
        "wechat": (
            "wechat_mchid",
            "wechat_appid",
            "wechat_key_file",
            "wechat_cert_serial",
            "wechat_apiv3_key",
            "wechat_public_key_file",
            "wechat_public_key_id",
        ),
        "alipay": ("alipay_app_id", "alipay_key_file", "alipay_public_key_file"),
    }
)
KNOWN = ("sandbox", *NEEDS)


class KeyFault(Exception):
    """A key that cannot be used; the text names the setting or file and says nothing of what is in it."""


def configured(own: Config) -> list[str]:
    """Return the names of the providers that have all their settings."""
    return [name for name, needs in NEEDS.items() if all(_text(own, each) for each in needs)]


def setting_faults(own: Config) -> list[str]:
    """Return a sentence for each provider that is only half configured, or is named and is not there."""
    return [*_half(own), *_unknown(own, "payment_gateway"), *_unknown(own, "payout_gateway")]


def _half(own: Config) -> list[str]:
    faults = []
    for name, needs in NEEDS.items():
        missing = [each.upper() for each in needs if not _text(own, each)]
        if missing and len(missing) < len(needs):
            faults.append(
                f"the provider {name} is only half configured: set {', '.join(missing)} too, or none of its settings"
            )
    return faults


def _unknown(own: Config, setting: str) -> list[str]:
    name = getattr(own, setting)
    if not name or name == "sandbox" or name in configured(own):
        return []
    if name not in NEEDS:
        return [f"{setting.upper()} is {name!r}: it must be one of {', '.join(KNOWN)}"]
    return [f"{setting.upper()} is {name}, which has not all its settings"]


def _text(own: Config, setting: str) -> str:
    """Return a setting as text; empty when it is not set. Never for a log: it may be a secret."""
    value = getattr(own, setting)
    secret = getattr(value, "get_secret_value", None)
    return str(secret() if secret is not None else value or "")

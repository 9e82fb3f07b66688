"""Words of chargebacks, settlement files and differences."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from renmai.web.operator.words import Word

CHARGEBACKS: dict[str, tuple[str, Word]] = {
    "open": ("bad", gettext_lazy("To be answered")),
    "answered": ("info", gettext_lazy("Answered")),
    "won": ("good", gettext_lazy("Won")),
    "lost": ("", gettext_lazy("Lost")),
    "undecided": ("warn", gettext_lazy("Lost, to decide")),
}

REASONS: dict[str, Word] = {
    "not_received": gettext_lazy("Goods not received"),
    "not_as_described": gettext_lazy("Goods not as described"),
    "fraudulent": gettext_lazy("Payer did not make this payment"),
    "duplicate": gettext_lazy("Paid twice"),
}

GATEWAYS: dict[str, Word] = {
    "sandbox": gettext_lazy("Sandbox"),
    "stripe": "Stripe",
    "wechat": gettext_lazy("WeChat Pay"),
    "alipay": gettext_lazy("Alipay"),
    "house": gettext_lazy("The house"),
}

METHODS: dict[str, Word] = {
    "card": gettext_lazy("Card"),
    "wallet": gettext_lazy("Wallet"),
    "transfer": gettext_lazy("Bank transfer"),
}

BEARERS: dict[str, Word] = {
    "shared": gettext_lazy("Shared: everyone gave back their part"),
    "platform": gettext_lazy("Borne by the platform"),
    "nobody": gettext_lazy("Nothing was left to bear"),
}

DIFFERENCES: dict[str, Word] = {
    "missing_here": gettext_lazy("Not in our books"),
    "missing_there": gettext_lazy("Not in the file"),
    "amount": gettext_lazy("Another amount"),
    "currency": gettext_lazy("Another currency"),
    "twice": gettext_lazy("Listed twice"),
}

DIFFERENCE_STATES: dict[str, tuple[str, Word]] = {
    "open": ("warn", gettext_lazy("Open difference")),
    "explained": ("info", gettext_lazy("Explained")),
    "resolved": ("good", gettext_lazy("Resolved by itself")),
}

MOVEMENTS: dict[str, Word] = {
    "capture": gettext_lazy("Payment captured"),
    "refund": gettext_lazy("Refund"),
    "payout": gettext_lazy("Payout"),
    "payout_returned": gettext_lazy("Payout sent back by the bank"),
    "chargeback": gettext_lazy("Chargeback"),
    "chargeback_won": gettext_lazy("Chargeback won"),
    "fee": gettext_lazy("Provider's fee"),
    "other": gettext_lazy("Other movement"),
}

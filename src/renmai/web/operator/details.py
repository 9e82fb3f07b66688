"""What an event carries, in words: names of its fields, and values as people read them. Ids are left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from renmai.people.standing.rules import TERMS
from renmai.web.moderation_words import REASON_NAMES
from renmai.web.operator.forms import term_words
from renmai.web.operator.shown import amount
from renmai.web.operator.words import TERM_NAMES, Word
from renmai.web.ui.formats import format_percent
from renmai.web.ui.templatetags.ui import state_label

DETAILS_MAX = 200
NAMES: dict[str, Word] = {
    "amount_minor": gettext_lazy("Amount"),
    "balance_minor": gettext_lazy("Balance"),
    "batch": gettext_lazy("Batch"),
    "before_bps": gettext_lazy("Until then"),
    "before_minor": gettext_lazy("Until then"),
    "before_service_bps": gettext_lazy("Until then"),
    "commission_bps": gettext_lazy("Commission"),
    "count": gettext_lazy("Violations"),
    "fees_minor": gettext_lazy("Fees"),
    "fields": gettext_lazy("Fields changed"),
    "freight_minor": gettext_lazy("Freight"),
    "funder": gettext_lazy("Paid for by"),
    "gateway": gettext_lazy("Provider"),
    "handle": gettext_lazy("Address"),
    "name": gettext_lazy("Name"),
    "price_minor": gettext_lazy("Price"),
    "quantity": gettext_lazy("Quantity"),
    "quantity_delta": gettext_lazy("Quantity"),
    "reason": gettext_lazy("Reason"),
    "role": gettext_lazy("Role"),
    "rows": gettext_lazy("Rows"),
    "rules": gettext_lazy("Rules"),
    "score": gettext_lazy("Stars"),
    "service_bps": gettext_lazy("Service fee"),
    "share_bps": gettext_lazy("Share of an agency"),
    "slug": gettext_lazy("Address"),
    "state": gettext_lazy("State"),
    "tracking": gettext_lazy("Tracking number"),
    "value": gettext_lazy("New value"),
    "why": gettext_lazy("Reason"),
    "words": gettext_lazy("Words"),
}
SAID: dict[str, Word] = {
    "creator": gettext_lazy("Creator"),
    "supplier": gettext_lazy("Supplier"),
    "agency": gettext_lazy("Agency"),
    "operator": gettext_lazy("Operator"),
    "platform": gettext_lazy("The platform"),
    "sandbox": gettext_lazy("Sandbox"),
    "refund": gettext_lazy("Refund"),
}


def detail_words(data: Mapping[str, Any]) -> str:
    """Return what an event carries as one short line: those fields that have a name."""
    parts = [_told(name, value, data) for name, value in data.items() if value not in (None, "", [], {})]
    return " · ".join(part for part in parts if part)[:DETAILS_MAX]


def _told(name: str, value: Any, data: Mapping[str, Any]) -> str:
    if name == "term":
        return str(TERM_NAMES.get(value, ""))
    if name == "value" and data.get("term") in TERMS:
        return term_words(TERMS[data["term"]], int(value))
    if name in ("starts_at", "ends_at", "publish_at", "due_at") and (at := parse_datetime(str(value))):
        return date_format(localtime(at), "SHORT_DATETIME_FORMAT")
    if name not in NAMES or isinstance(value, dict):
        return ""
    return _("%(kind)s: %(name)s") % {"kind": NAMES[name], "name": _written(name, value)}


def _written(name: str, value: Any) -> str:
    if name.endswith("_minor"):
        return amount(int(value))
    if name.endswith("_bps"):
        return format_percent(int(value))
    if name == "state":
        return state_label(value)
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(SAID.get(value) or REASON_NAMES.get(value) or value)

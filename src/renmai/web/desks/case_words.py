"""Words of after-sales cases: reasons, kinds, states, steps and sides, each in the reader's language, for every audience."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from renmai.web.desks.words import in_chinese

Word = str | Promise
SOON = timedelta(hours=12)

KINDS: dict[str, Word] = {
    "refund_only": gettext_lazy("Refund only"),
    "return_refund": gettext_lazy("Return and refund"),
    "exchange": gettext_lazy("Exchange"),
}

REASONS: dict[str, Word] = {
    "withdrawal": gettext_lazy("Changed their mind"),
    "not_received": gettext_lazy("It did not arrive"),
    "damaged": gettext_lazy("It arrived damaged"),
    "wrong_item": gettext_lazy("Something else was in the parcel"),
    "not_as_described": gettext_lazy("It is not as described"),
    "poor_quality": gettext_lazy("The quality is poor"),
    "fake": gettext_lazy("It seems not to be genuine"),
    "other": gettext_lazy("Another reason"),
}

# state -> (tone, name)
STATES: dict[str, tuple[str, Word]] = {
    "with_creator": ("warn", gettext_lazy("Creator to answer")),
    "with_supplier": ("warn", gettext_lazy("Supplier to answer")),
    "offered": ("info", gettext_lazy("Offer made")),
    "refused": ("bad", gettext_lazy("Refused")),
    "with_platform": ("warn", gettext_lazy("Platform to decide")),
    "to_return": ("info", gettext_lazy("To be sent back")),
    "returning": ("info", gettext_lazy("On its way back")),
    "to_replace": ("info", gettext_lazy("To be replaced")),
    "replacing": ("info", gettext_lazy("Replacement on its way")),
    "refunded": ("good", gettext_lazy("Refunded")),
    "replaced": ("good", gettext_lazy("Replaced")),
    "cancelled": ("", gettext_lazy("Cancelled")),
    "closed": ("", gettext_lazy("Closed")),
}

# side -> (name, icon)
SIDES: dict[str, tuple[Word, str]] = {
    "buyer": (gettext_lazy("Buyer"), "user"),
    "creator": (gettext_lazy("Creator"), "heart"),
    "supplier": (gettext_lazy("Supplier"), "store"),
    "platform": (gettext_lazy("Platform"), "shield"),
    "house": (gettext_lazy("Time"), "clock"),
}

# event -> (what was done, tone)
EVENTS: dict[str, tuple[Word, str]] = {
    "open": (gettext_lazy("Case opened"), ""),
    "take": (gettext_lazy("Taken on"), "good"),
    "pass_on": (gettext_lazy("Passed on to the supplier"), ""),
    "approve": (gettext_lazy("Agreed"), "good"),
    "refuse": (gettext_lazy("Refused"), "bad"),
    "offer": (gettext_lazy("Offer made"), "info"),
    "accept": (gettext_lazy("Offer taken"), "good"),
    "decline": (gettext_lazy("Offer declined"), "bad"),
    "call_in": (gettext_lazy("Platform called in"), "warn"),
    "send_back": (gettext_lazy("Sent back"), "info"),
    "confirm_return": (gettext_lazy("Return confirmed"), "good"),
    "reject_return": (gettext_lazy("Return rejected"), "bad"),
    "send_replacement": (gettext_lazy("Replacement sent"), "info"),
    "confirm_replacement": (gettext_lazy("Replacement has arrived"), "good"),
    "report_replacement": (gettext_lazy("Replacement reported"), "warn"),
    "decide_refund": (gettext_lazy("Decided: refund"), "good"),
    "decide_return": (gettext_lazy("Decided: refund once it is back"), "good"),
    "decide_refuse": (gettext_lazy("Decided: no refund"), "bad"),
    "cancel": (gettext_lazy("Case taken back"), ""),
    "add_words": (gettext_lazy("Added"), ""),
    "time": (gettext_lazy("The time to answer is over"), "warn"),
    "moot": (gettext_lazy("Refunded in another way"), ""),
    "recall": (gettext_lazy("Recalled and refunded"), "good"),
}

BEARERS: dict[str, Word] = {
    "shared": gettext_lazy("Everyone their part of the sale"),
    "supplier": gettext_lazy("The supplier alone"),
    "creator": gettext_lazy("The creator alone"),
    "platform": gettext_lazy("The platform alone"),
}


def word(words: Mapping[str, Word], key: str) -> str:
    """Return the word for `key`; one that is not listed is shown as it is, with spaces."""
    return str(words.get(key) or key.replace("_", " ").capitalize())


def case_pill(state: str) -> SafeString:
    """Return where a case stands, as a pill."""
    tone, label = STATES[state]
    return format_html('<span class="pill pill--{}">{}</span>', tone or "quiet", label)


def day_and_time(at: datetime) -> str:
    """Return a deadline as people say it: "Tuesday, November 24, 14:00"."""
    local = timezone.localtime(at)
    day, on, hour = (date_format(local, shape) for shape in ("l", "MONTH_DAY_FORMAT", "H:i"))
    return f"{on} {day} {hour}" if in_chinese() else f"{day}, {on}, {hour}"


def time_left(at: datetime, now: datetime) -> str:
    """Return how long there is until `at`: "5 hours left"."""
    minutes = int((at - now).total_seconds() // 60)
    if minutes <= 0:
        return _("Time is over")
    if minutes < 60:
        return ngettext("%(n)d minute left", "%(n)d minutes left", minutes) % {"n": minutes}
    if minutes < 48 * 60:
        return ngettext("%(n)d hour left", "%(n)d hours left", minutes // 60) % {"n": minutes // 60}
    return ngettext("%(n)d day left", "%(n)d days left", minutes // 1440) % {"n": minutes // 1440}


def urgency(at: datetime, now: datetime) -> str:
    """Return how pressing a deadline is: "late", "soon" or nothing."""
    return "late" if at <= now else "soon" if at - now <= SOON else ""

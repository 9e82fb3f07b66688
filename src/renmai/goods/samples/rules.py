"""The life of a sample, who may move it, and what a request and a deliverable may say. Pure. FIELD.md 3.2."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from renmai.kit.fields import Text

OPEN_MAX = 20
CREATOR, SUPPLIER, TIME = "creator", "supplier", "time"

# (state, event) -> state. Approved, the unit is out of stock; rejected or withdrawn after that, it is counted back.
SAMPLE_STATES: dict[tuple[str, str], str] = {
    ("requested", "approve"): "approved",
    ("requested", "reject"): "rejected",
    ("requested", "withdraw"): "withdrawn",
    ("approved", "ship"): "shipped",
    ("approved", "reject"): "rejected",
    ("approved", "withdraw"): "withdrawn",
    ("shipped", "sign"): "signed",
    ("shipped", "sign_by_time"): "signed",
    ("signed", "deliver"): "done",
    ("signed", "sell"): "done",
}
SIDES: Mapping[str, str] = {
    "approve": SUPPLIER, "reject": SUPPLIER, "ship": SUPPLIER,
    "withdraw": CREATOR, "sign": CREATOR, "deliver": CREATOR,
    "sign_by_time": TIME, "sell": TIME,
}  # fmt: skip
# A creator's turn is over in these, and they do not count against the days between two samples of a product.
UNCOUNTED = frozenset({"rejected", "withdrawn"})
OPEN = frozenset({"requested", "approved", "shipped", "signed"})

WORDS: Mapping[str, Text] = {"words": Text(400, required=True, lines=True)}
REASON: Mapping[str, Text] = {"reason": Text(400, required=True, lines=True)}
SHIPPING: Mapping[str, Text] = {"carrier": Text(60, required=True), "tracking": Text(80, required=True)}
URL_CHARS_MAX = 500


def next_state(state: str, event: str) -> str | None:
    """Return where `event` leads from `state`, or None where it cannot happen."""
    return SAMPLE_STATES.get((state, event))


def gives_back(state: str, event: str) -> bool:
    """Return whether the unit that approval took out of stock is counted back by this step."""
    return state == "approved" and event in {"reject", "withdraw"}


def free_at(last_requested_at: datetime, days: int) -> datetime:
    """Return from when a shop may ask for another sample of the same product."""
    return last_requested_at + timedelta(days=days)


def link_fault(url: str) -> str | None:
    """Return why an address cannot be shown as a deliverable ("shape", "not_https", "too_long"), or None.

    https, a host with a name, no sign-in in it; so a click leads where the address says it does.
    """
    if len(url) > URL_CHARS_MAX:
        return "too_long"
    if any(char <= " " or char in '"<>\\^`{|}\x7f' for char in url):
        return "shape"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "shape"
    if parts.scheme != "https":
        return "not_https"
    named = "." in host and not host.startswith(".") and not host.replace(".", "").isdigit() and ":" not in host
    return None if named and "@" not in parts.netloc and port in {None, 443} else "shape"

"""What a supplier says of itself, and where it may stand in screening."""

from __future__ import annotations

from collections.abc import Mapping

from renmai.kit.fields import Text, checked_texts

EMAIL_PATTERN = r"[^@\s]+@[^@\s]+\.[^@\s]+"
FREIGHT_MINOR_MAX = 100_000

# state -> states it may go to. An application that was rejected is handed in again, never approved as it was.
STEPS: Mapping[str, frozenset[str]] = {
    "applied": frozenset({"approved", "rejected"}),
    "rejected": frozenset({"applied"}),
    "approved": frozenset({"suspended"}),
    "suspended": frozenset({"approved"}),
}

PROFILE: Mapping[str, Text] = {
    "name": Text(120, required=True),
    "name_zh": Text(120),
    "story": Text(4000, lines=True),
    "story_zh": Text(4000, lines=True),
    "town": Text(80),
    "country": Text(2, required=True, pattern="[A-Z]{2}", shape="Two capital letters, such as CN (ISO 3166)."),
    "licence_number": Text(80, required=True),
    "contact_email": Text(254, required=True, pattern=EMAIL_PATTERN, shape="This is not an e-mail address."),
}


def may_become(state: str, next_state: str) -> bool:
    """Return whether a supplier in `state` may go to `next_state`."""
    return next_state in STEPS.get(state, frozenset())


def checked_profile(given: Mapping[str, object]) -> dict[str, str]:
    """Return what a supplier says of itself, checked. Errors: Invalid with a sentence per field."""
    return checked_texts(PROFILE, given)

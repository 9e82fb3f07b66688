"""What a brand says of itself, where it may stand in screening, and whether a chain of authorisations holds. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from renmai.kit.fields import Text, checked_texts

PROOFS_MAX = 24
LINKS_MAX = 8
BRANDS_MAX = 50
FOUNDED_LEAST = 1000
SLUG_PATTERN = r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?"

# state -> states it may go to. What was approved goes back to applied when its name, its mark or its chain changes.
STEPS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"applied"}),
    "applied": frozenset({"approved", "rejected"}),
    "rejected": frozenset({"applied"}),
    "approved": frozenset({"applied", "suspended"}),
    "suspended": frozenset({"approved"}),
}
VERDICTS = frozenset({"approved", "rejected", "suspended"})

PROFILE: Mapping[str, Text] = {
    "name": Text(120, required=True),
    "name_zh": Text(120),
    "owner": Text(120, required=True),
    "mark_number": Text(60),
    "story": Text(4000, lines=True),
    "story_zh": Text(4000, lines=True),
    "town": Text(80),
    "country": Text(2, required=True, pattern="[A-Z]{2}", shape="Two capital letters, such as CN (ISO 3166)."),
}
# What screening looked at: an approved brand that changes one of these is looked at again.
SCREENED = frozenset({"name", "name_zh", "owner", "mark_number"})

PROOF: Mapping[str, Text] = {
    "title": Text(160, required=True),
    "title_zh": Text(160),
    "issuer": Text(120),
    "number": Text(80),
}
LINK: Mapping[str, Text] = {"grantor": Text(120, required=True), "grantee": Text(120, required=True)}


@dataclass(frozen=True, slots=True)
class Link:
    """`grantor` allows `grantee` to sell under the mark, until `valid_until_on` (None: for good)."""

    grantor: str
    grantee: str
    valid_until_on: date | None = None


def may_become(state: str, next_state: str) -> bool:
    """Return whether a brand in `state` may go to `next_state`."""
    return next_state in STEPS.get(state, frozenset())


def checked_profile(given: Mapping[str, object]) -> dict[str, str]:
    """Return what a brand says of itself, checked. Errors: Invalid with a sentence per field."""
    return checked_texts(PROFILE, given)


def same_name(one: str, other: str) -> bool:
    """Return whether two names of a firm are the same, whatever their spacing, case and brackets."""
    return _bare(one) == _bare(other) != ""


def _bare(name: str) -> str:
    """Return a name as registers compare it: without spaces and case, full-width brackets as plain ones."""
    plain = name.translate(str.maketrans("\N{FULLWIDTH LEFT PARENTHESIS}\N{FULLWIDTH RIGHT PARENTHESIS}", "()"))
    return re.sub(r"\s+", "", plain).casefold()


def chain_faults(owner: str, supplier_name: str | Collection[str], links: Sequence[Link], today: date) -> list[str]:
    """Return what is wrong with a chain of authorisations, in order of position; empty when it holds.

    It begins with the owner of the mark, each grantee grants the next, it ends at the supplier (any of its names), and
    no link has expired. A supplier that is the owner needs none (FIELD.md 3.12: brand authorisation chain).
    """
    names = [supplier_name] if isinstance(supplier_name, str) else [name for name in supplier_name if name]
    if not links:
        return [] if any(same_name(owner, name) for name in names) else ["no_chain"]
    faults = [] if same_name(links[0].grantor, owner) else ["not_from_owner"]
    if any(not same_name(before.grantee, after.grantor) for before, after in itertools.pairwise(links)):
        faults.append("chain_broken")
    if not any(same_name(links[-1].grantee, name) for name in names):
        faults.append("not_to_supplier")
    if any(link.valid_until_on is not None and link.valid_until_on < today for link in links):
        faults.append("link_expired")
    return faults


def approval_faults(*, supplier_state: str, has_certificate: bool, has_story: bool, chain: Sequence[str]) -> list[str]:
    """Return why a brand may not be approved; empty when it may. `chain` are the faults of its chain."""
    faults = [] if supplier_state == "approved" else ["supplier_not_approved"]
    faults += [] if has_certificate else ["no_certificate"]
    return faults + ([] if has_story else ["no_story"]) + list(chain)

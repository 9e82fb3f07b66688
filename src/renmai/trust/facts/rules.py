"""The kinds of facts, and the one way in which each is written as the bytes of a leaf. Pure.

A leaf is canonical JSON (RFC 8785) that fits the schema of its kind. Bytes in the log stay for ever: a kind is never
changed, it gets a new version beside the old one. Golden files hold the bytes and the schemas still.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from renmai.trust.facts.canonical import canonical
from renmai.trust.facts.schemas import checker
from renmai.trust.facts.weights import WEIGHT_MAX, WEIGHT_RULE

VERSION = 1
LEAF_BYTES_MAX = 4096
DAYS_LATE_MAX = 30
"""A parcel later than this is written as this late."""

Schema = dict[str, Any]

# Base32 (lower case) of 16 bytes; base64url of 16 and of 32 bytes, all without padding. The last character of each
# carries fewer bits, so only some may stand there: one spelling for each value.
PSEUDONYM = r"^[a-z2-7]{25}[aeimquy4]$"
TOKEN = r"^[A-Za-z0-9_-]{21}[AQgw]$"
COMMITMENT = r"^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$"

YES_NO: Schema = {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of fact: whom it may be about, whether a buyer stands behind it, what its `data` holds, in plain words."""

    subjects: tuple[str, ...]
    has_buyer: bool
    data: dict[str, Schema]
    words: str


SUPPLIER, CREATOR = ("supplier",), ("creator",)
BOTH = ("creator", "supplier")

KINDS: dict[str, Kind] = {
    "parcel.handed_over": Kind(
        SUPPLIER,
        True,
        {
            "in_time": YES_NO,
            "days_late": {"type": "integer", "minimum": 0, "maximum": DAYS_LATE_MAX},
            "days_allowed": {"type": "integer", "minimum": 0, "maximum": 365},
        },
        "A parcel was given to a carrier: in the time promised for it, or so many begun days later.",
    ),
    "parcel.delivered": Kind(
        SUPPLIER,
        True,
        {"by_estimate": {"type": ["boolean", "null"]}},
        "A carrier delivered a parcel: by the day that was estimated, or not, or there was no estimate.",
    ),
    "stock.kept": Kind(
        SUPPLIER, True, {"kept": YES_NO}, "What was sold was there and was sent, or was given back for want of stock."
    ),
    "refund.paid": Kind(
        BOTH, True, {"in_time": YES_NO}, "Money that had to go back went back by the day it had to, or later."
    ),
    "recourse.answered": Kind(
        BOTH,
        True,
        {"answered": YES_NO},
        "A buyer asked for help: who was asked answered in time, or let the time pass.",
    ),
    "case.closed": Kind(
        BOTH, True, {"upheld": YES_NO}, "A complaint about this seller was closed: it was right, or it was dismissed."
    ),
    "price.checked": Kind(
        CREATOR,
        True,
        {"within_band": YES_NO},
        "What a buyer paid for a piece was compared with the highest price allowed when it was sold.",
    ),
    "review.verified": Kind(
        BOTH,
        True,
        {"score": {"type": "integer", "minimum": 1, "maximum": 5}},
        "Somebody who bought and paid gave so many stars, 1 to 5.",
    ),
    "screening.decided": Kind(
        SUPPLIER,
        False,
        {"of": {"type": "string", "enum": ["supplier", "product", "brand"]}, "passed": YES_NO},
        "The house looked at the papers of a firm, a product or a brand, and let it in or not.",
    ),
    "product.recalled": Kind(
        SUPPLIER,
        False,
        {"scope": {"type": "string", "enum": ["product", "batch"]}},
        "The house took a product, or a batch of it, back out of every shop.",
    ),
    "show.held": Kind(
        CREATOR,
        False,
        {"outcome": {"type": "string", "enum": ["ended", "stopped"]}},
        "A live show was held: it came to its end, or the house stopped it.",
    ),
    "contract.ended": Kind(
        CREATOR,
        False,
        {"by": {"type": "string", "enum": ["creator", "agency", "house", "term"]}},
        "A contract with an agency ended, and by whom.",
    ),
    "seller.began": Kind(
        BOTH,
        False,
        {
            "role": {"type": "string", "enum": ["creator", "supplier"]},
            "identity": {"type": "string", "pattern": COMMITMENT},
        },
        "Somebody began to sell here, under a commitment to who they are: one seller at a time for each.",
    ),
}


OUTCOMES: dict[str, str] = {
    "parcel.handed_over": "in_time",
    "parcel.delivered": "by_estimate",
    "stock.kept": "kept",
    "refund.paid": "in_time",
    "recourse.answered": "answered",
    "case.closed": "upheld",
    "price.checked": "within_band",
    "review.verified": "score",
    "screening.decided": "passed",
    "product.recalled": "scope",
    "show.held": "outcome",
    "contract.ended": "by",
    "seller.began": "role",
}
"""Kind -> the member of its `data` that facts are counted by: how it came out."""


class BadFact(ValueError):
    """Bytes or members that are no fact: the schema, the canonical form or the size refuses them."""


def _leaf(kind: str) -> Schema:
    known = KINDS[kind]
    members: Schema = {
        "v": {"const": VERSION},
        "kind": {"const": kind},
        "subject": {"type": "string", "pattern": PSEUDONYM},
        "day": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "category": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,50}$"},
        "commitment": {"type": "string", "pattern": COMMITMENT},
        "data": {
            "type": "object",
            "properties": known.data,
            "required": sorted(known.data),
            "additionalProperties": False,
        },
    }
    behind: Schema = {
        "buyer": {"type": "string", "pattern": TOKEN},
        "weight": {"type": "integer", "minimum": 0, "maximum": WEIGHT_MAX},
        "weight_rule": {"const": WEIGHT_RULE},
    }
    if known.has_buyer:
        members |= behind
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"/credit/schemas/{kind}/v{VERSION}.json",
        "title": kind,
        "description": known.words,
        "type": "object",
        "properties": members,
        "required": sorted(set(members) - {"category"}),
        "additionalProperties": False,
    }


SCHEMAS: dict[str, Schema] = {kind: _leaf(kind) for kind in KINDS}
"""Kind -> the JSON schema of its leaf, served at /credit/schemas/<kind>/v1.json."""
CHECKS = {kind: checker(schema) for kind, schema in SCHEMAS.items()}


@dataclass(frozen=True, slots=True)
class Fact:
    """A leaf that was read. `buyer`, `weight` and `weight_rule` are None where no buyer stands behind it."""

    kind: str
    subject: str
    day: date
    commitment: str
    data: dict[str, Any] = field(default_factory=dict)
    category: str | None = None
    buyer: str | None = None
    weight: int | None = None
    weight_rule: int | None = None

    def members(self) -> dict[str, Any]:
        """Return the members of the leaf, as `encode` takes them."""
        named = {
            "v": VERSION,
            "kind": self.kind,
            "subject": self.subject,
            "day": self.day.isoformat(),
            "commitment": self.commitment,
            "data": self.data,
            "category": self.category,
            "buyer": self.buyer,
            "weight": self.weight,
            "weight_rule": self.weight_rule,
        }
        return {name: value for name, value in named.items() if value is not None}


def outcome_of(kind: str, data: Mapping[str, Any]) -> str:
    """Return how a fact came out, as it is counted: "true", "false", a number or a word; "" where it does not say."""
    value = data.get(OUTCOMES.get(kind, ""))
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def encode(members: Mapping[str, Any]) -> bytes:
    """Return the leaf of a fact: canonical JSON by RFC 8785. Errors: BadFact."""
    _check(members)
    leaf = canonical(dict(members))
    if len(leaf) > LEAF_BYTES_MAX:
        raise BadFact("larger than a leaf may be")
    return leaf


def decode(leaf: bytes) -> Fact:
    """Return the fact that these bytes are; only bytes that `encode` would give are one. Errors: BadFact."""
    if len(leaf) > LEAF_BYTES_MAX:
        raise BadFact("larger than a leaf may be")
    try:
        members = json.loads(leaf.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadFact("no JSON") from error
    _check(members)
    # Written again it must be the same bytes: spaces, order of members, a member twice and 1e0 all end here.
    if canonical(members) != leaf:
        raise BadFact("not canonical")
    named = {name: members.get(name) for name in ("category", "buyer", "weight", "weight_rule")}
    day = date.fromisoformat(members["day"])
    return Fact(members["kind"], members["subject"], day, members["commitment"], members["data"], **named)


def _check(members: object) -> None:
    kind = members.get("kind") if isinstance(members, Mapping) else None
    if not isinstance(members, Mapping) or not isinstance(kind, str) or kind not in SCHEMAS:
        raise BadFact("of no known kind")
    if found := CHECKS[kind](dict(members), "fact"):
        raise BadFact(found)

"""The rules as they are published: one object, made of the tables themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from renmai.trust.effects.rules import (
    FAIR_START_DAYS,
    GRAVE,
    LADDER,
    MARGIN,
    NEWCOMER,
    START_OVER,
    TERMS_OF,
    VERSION,
    Change,
)


def as_json() -> dict[str, Any]:
    """Return version, levels from the lowest on, the newcomer's, and the rules by hard facts."""
    return {
        "version": VERSION,
        "margin": MARGIN,
        "terms": {role: list(terms) for role, terms in TERMS_OF.items()},
        "levels": [
            {"name": one.name, "score_from": one.score_from, "changes": _changes(one.changes)} for one in LADDER
        ],
        "newcomer": {
            "changes": _changes(NEWCOMER.changes),
            "fair_start_days": FAIR_START_DAYS,
            "afterwards": _changes([START_OVER]),
        },
        "grave": [
            {
                "name": rule.name, "roles": list(rule.roles), "kind": rule.kind, "data": dict(rule.data),
                "count": rule.count, "days": rule.days, "changes": _changes(rule.changes),
            }
            for rule in GRAVE
        ],
    }  # fmt: skip


def _changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [{"term": one.term, "how": one.how, "amount": one.amount} for one in changes]

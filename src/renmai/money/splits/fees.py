"""The ordered list of fee rules: the first that fits a line holds. What it does not know, or what contradicts, is refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from renmai.kit.money import share
from renmai.kit.problems import DomainError

SCOPES = ("everyone", "shop", "supplier", "category")
FEE_BPS_MAX = 3_000
RULES_MAX = 200
FIELDS = frozenset({"of", "id", "rate_bps", "least_minor", "most_minor"})


class RulesRefused(DomainError):
    """A list of rules that cannot hold: `number` (from 1) says which rule, or 0 for the list."""

    code = "split.rules"
    status = 422
    message = "Rule {number} cannot hold: {why}."


@dataclass(frozen=True, slots=True)
class FeeRule:
    """The platform's fee for what `of` and `id` name: basis points of what is paid (None: the rate of the terms in
    force for the shop), at least and at most so much a unit, in minor units (None: no bound)."""

    of: str
    id: UUID | None = None
    rate_bps: int | None = None
    least_minor: int = 0
    most_minor: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the rule as it is stored."""
        return asdict(self) | {"id": str(self.id) if self.id else None}


@dataclass(frozen=True, slots=True)
class Fee:
    """The platform's fee as it holds for a line: basis points of what is paid, within bounds a unit (minor units)."""

    rate_bps: int
    least_minor: int = 0
    most_minor: int | None = None

    def on(self, paid_minor: int, quantity: int = 1) -> int:
        """Return the fee on what is paid for `quantity` units."""
        fee = max(share(paid_minor, self.rate_bps), self.least_minor * quantity)
        return fee if self.most_minor is None else min(fee, self.most_minor * quantity)


FIRST_RULES = (FeeRule("everyone"),)


def read_fee_rules(rows: Sequence[Mapping[str, Any]]) -> tuple[FeeRule, ...]:
    """Return the rules of a stored or submitted list.

    Refused: an unknown field or scope, a scope without its id or `everyone` with one, a value out of range, the same
    scope twice, a rule behind one for everyone (it could never hold), and a list that does not end with everyone (it
    would leave somebody to a default). Errors: RulesRefused.
    """
    if not 1 <= len(rows) <= RULES_MAX:
        raise RulesRefused(number=0, why=f"between 1 and {RULES_MAX} rules are needed")
    rules = tuple(_rule(number, row) for number, row in enumerate(rows, 1))
    seen: dict[tuple[str, UUID | None], int] = {}
    for number, rule in enumerate(rules, 1):
        if (rule.of, rule.id) in seen:
            raise RulesRefused(number=number, why="it says the same as an earlier rule, or contradicts it")
        seen[rule.of, rule.id] = number
        if rule.of == "everyone" and number < len(rules):
            raise RulesRefused(number=number + 1, why="it stands behind a rule for everyone and could never hold")
    if rules[-1].of != "everyone":
        raise RulesRefused(number=len(rules), why="the last rule must be for everyone")
    return rules


def _rule(number: int, row: Mapping[str, Any]) -> FeeRule:
    unknown = sorted(set(row) - FIELDS)
    if unknown:
        raise RulesRefused(number=number, why=f"there is nothing called {unknown[0]}")
    of = row.get("of")
    if of not in SCOPES:
        raise RulesRefused(number=number, why="it must be for everyone, a shop, a supplier or a category")
    rule = FeeRule(
        of,
        _uuid(number, row.get("id")),
        _whole(number, row.get("rate_bps"), FEE_BPS_MAX),
        _whole(number, row.get("least_minor", 0), 10**9) or 0,
        _whole(number, row.get("most_minor"), 10**9),
    )
    if (rule.of == "everyone") != (rule.id is None):
        raise RulesRefused(number=number, why="it needs to name whom it is for, and only everyone has no name")
    if rule.most_minor is not None and rule.most_minor < rule.least_minor:
        raise RulesRefused(number=number, why="the least fee is above the most")
    return rule


def _uuid(number: int, value: Any) -> UUID | None:
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        raise RulesRefused(number=number, why="whom it is for cannot be read") from None


def _whole(number: int, value: Any, most: int) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise RulesRefused(number=number, why=f"a rate or amount must be a whole number from 0 to {most}")
    return value


def fee_rule_for(rules: Sequence[FeeRule], *, shop_id: UUID, supplier_id: UUID, category_id: UUID) -> FeeRule:
    """Return the first rule that fits a line."""
    named = {"shop": shop_id, "supplier": supplier_id, "category": category_id}
    return next(rule for rule in rules if rule.of == "everyone" or named[rule.of] == rule.id)


def fee_of(rule: FeeRule, terms_bps: int) -> Fee:
    """Return the fee a rule sets; `terms_bps` is the rate of the terms in force, for a rule that names them."""
    return Fee(terms_bps if rule.rate_bps is None else rule.rate_bps, rule.least_minor, rule.most_minor)

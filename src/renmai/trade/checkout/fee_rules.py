"""The list of fee rules, set by an operator: here and not in money, because it must know what the rules name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from renmai.goods.products.models import Category
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor, require_person, require_role
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import Text, checked_texts
from renmai.money.splits.fees import FeeRule, RulesRefused, read_fee_rules
from renmai.money.splits.lane import read_rules
from renmai.money.splits.models import RuleList
from renmai.people.accounts.actions import require_confirmed
from renmai.places.shops.models import Shop

FEE_RULES = UUID("0190a5b0-0000-7000-8000-000000000002")
NAMED: Mapping[str, Any] = {"shop": Shop, "supplier": Supplier, "category": Category}
REASON: dict[str, Text] = {"reason": Text(300, required=True)}
LOCK = "select pg_advisory_xact_lock(hashtextextended('fee rules', 0))"
HISTORY_MAX = 50


@transaction.atomic
def set_fee_rules(*, actor: Actor, now: datetime, rules: Sequence[Mapping[str, Any]], reason: str) -> int:
    """Put a new list of fee rules in force for orders placed from now on; return its version.

    Each rule says `of` (everyone, shop, supplier, category), `id`, `rate_bps` (None: the rate of the terms),
    `least_minor` and `most_minor` a unit. The same list again makes no new version. Two at once wait for each other.
    After: one more version, event fees.set.
    Errors: Forbidden, FactorNeeded (for operators, with a second factor), RulesRefused, Invalid without a reason.
    """
    require_role(actor, "operator")
    require_confirmed(actor)
    why = checked_texts(REASON, {"reason": reason})["reason"]
    checked = read_fee_rules(rules)
    _check_named(checked)
    with connection.cursor() as cursor:
        cursor.execute(LOCK)
        version, before = read_rules(cursor)
    if checked == before:
        return version
    row = RuleList.objects.create(
        version=version + 1, rules=[rule.as_json() for rule in checked], reason=why, by_id=require_person(actor), at=now
    )
    record(Happened("fees.set", FEE_RULES, now, {"version": row.version, "reason": why}, actor.person_id))
    return row.version


def _check_named(rules: Sequence[FeeRule]) -> None:
    """Refuse a rule for something that is not there: it would never hold. Errors: RulesRefused."""
    there = {of: set(table.objects.filter(id__in=_ids(rules, of)).values_list("id", flat=True))
             for of, table in NAMED.items()}  # fmt: skip
    for number, rule in enumerate(rules, 1):
        if rule.of in there and rule.id not in there[rule.of]:
            raise RulesRefused(number=number, why=f"there is no {rule.of} like that")


def _ids(rules: Sequence[FeeRule], of: str) -> list[UUID]:
    return [rule.id for rule in rules if rule.of == of and rule.id is not None]


def access_fee_rules(actor: Actor) -> tuple[int, tuple[FeeRule, ...]]:
    """Return the version and the rules in force, for operators. Errors: Forbidden."""
    require_role(actor, "operator")
    with connection.cursor() as cursor:
        return read_rules(cursor)


def list_fee_history(actor: Actor) -> list[RuleList]:
    """Return the newest versions with who, when and why, newest first. Errors: Forbidden."""
    require_role(actor, "operator")
    return list(RuleList.objects.order_by("-version")[:HISTORY_MAX])


def names_in(rules: Sequence[FeeRule]) -> dict[UUID, Any]:
    """Return id -> the shop, supplier or category that a rule names; a statement for each kind there is."""
    return {
        row_id: row for of, table in NAMED.items() for row_id, row in table.objects.in_bulk(_ids(rules, of)).items()
    }

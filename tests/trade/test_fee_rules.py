"""Setting the list of fee rules: who may, what is refused, and that every version stays written."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from renmai.kit.access import ANONYMOUS
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Forbidden, Invalid, SignInNeeded
from renmai.money.splits.fees import FIRST_RULES, RULES_MAX, FeeRule, RulesRefused
from renmai.money.splits.models import RuleList
from renmai.people.accounts.actions import FactorNeeded
from renmai.trade.checkout.fee_rules import access_fee_rules, list_fee_history, names_in, set_fee_rules
from tests.money.desk import digest
from tests.trade.world import NOW, World, make_world

EVERYONE: dict[str, Any] = {"of": "everyone", "rate_bps": None}


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def category_of(world: World) -> str:
    return str(world.skus["tea"].product.category_id)


def test_a_list_is_a_version_and_the_same_list_is_none(world: World) -> None:
    operator = world.operator
    assert access_fee_rules(operator) == (0, FIRST_RULES)
    assert set_fee_rules(actor=operator, now=NOW, rules=[EVERYONE], reason="Same.") == 0
    rules = [
        {"of": "shop", "id": str(world.shops[0].id), "rate_bps": 100},
        {"of": "supplier", "id": str(world.suppliers[1].id), "rate_bps": 300, "most_minor": 500},
        {"of": "category", "id": category_of(world), "rate_bps": 400, "least_minor": 50},
        EVERYONE,
    ]
    assert set_fee_rules(actor=operator, now=NOW, rules=rules, reason="Tea is thin.") == 1
    assert set_fee_rules(actor=operator, now=NOW, rules=rules, reason="Again.") == 1
    assert set_fee_rules(actor=operator, now=NOW, rules=rules[1:], reason="No shop.") == 2
    version, found = access_fee_rules(operator)
    assert (version, found[0]) == (2, FeeRule("supplier", world.suppliers[1].id, 300, 0, 500))
    assert [(row.version, row.reason) for row in list_fee_history(operator)] == [(2, "No shop."), (1, "Tea is thin.")]
    assert len(RuleList.objects.get(version=1).rules) == 4
    assert Event.objects.filter(kind="fees.set").count() == 2
    assert {row.name for row in names_in(found).values()} == {"Hill", "Home"}


def test_what_cannot_hold_is_refused_and_nothing_changes(world: World) -> None:
    shop = str(world.shops[0].id)
    wrong: list[tuple[list[dict[str, Any]], int]] = [
        ([], 0),
        ([EVERYONE] * (RULES_MAX + 1), 0),
        ([{"of": "shop", "id": shop}], 1),
        ([EVERYONE, {"of": "shop", "id": shop}], 2),
        ([{"of": "shop", "id": shop}, {"of": "shop", "id": shop, "rate_bps": 1}, EVERYONE], 2),
        ([{"of": "town", "id": shop}, EVERYONE], 1),
        ([{"of": "shop"}, EVERYONE], 1),
        ([{"of": "shop", "id": "x"}, EVERYONE], 1),
        ([{"of": "everyone", "id": shop}], 1),
        ([EVERYONE | {"rate_bps": 3001}], 1),
        ([EVERYONE | {"rate_bps": "5"}], 1),
        ([EVERYONE | {"least_minor": 2, "most_minor": 1}], 1),
        ([EVERYONE | {"rate": 5}], 1),
        ([{"of": "shop", "id": str(new_id())}, EVERYONE], 1),
        ([{"of": "shop", "id": shop}, {"of": "supplier", "id": shop}, EVERYONE], 2),
        ([{"of": "category", "id": shop}, EVERYONE], 1),
    ]
    before = digest()
    for rules, number in wrong:
        with pytest.raises(RulesRefused) as caught:
            set_fee_rules(actor=world.operator, now=NOW, rules=rules, reason="x")
        assert caught.value.params["number"] == number, rules
    assert digest() == before


def test_only_a_confirmed_operator_with_a_reason(world: World) -> None:
    rules = [EVERYONE | {"rate_bps": 1}]
    cases: list[tuple[Any, str, type[DomainError]]] = [
        (world.creator(0), "x", Forbidden), (world.supplier(0), "x", Forbidden), (world.buyer, "x", Forbidden),
        (ANONYMOUS, "x", SignInNeeded), (replace(world.operator, confirmed=False), "x", FactorNeeded),
        (world.operator, "  ", Invalid),
    ]  # fmt: skip
    before = digest()
    for actor, reason, kind in cases:
        with pytest.raises(kind) as caught:
            set_fee_rules(actor=actor, now=NOW, rules=rules, reason=reason)
        assert type(caught.value) is kind
    for actor in (world.creator(0), world.buyer):
        with pytest.raises(Forbidden):
            access_fee_rules(actor)
        with pytest.raises(Forbidden):
            list_fee_history(actor)
    assert digest() == before

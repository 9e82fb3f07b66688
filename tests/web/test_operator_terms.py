"""Terms explained: for whom, from when, an example by the rules; and what another value would change, before it does."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from renmai.people.standing.models import Standing
from renmai.people.standing.rules import TERMS
from renmai.web.operator.effects import EFFECTS
from tests.trade.world import NOW, World, make_world
from tests.web.desk_world import key, words_of
from tests.web.operator_world import signed_in
from tests.web.test_operator_house import _operator


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_every_term_is_explained_at_each_of_its_limits() -> None:
    assert sorted(EFFECTS) == sorted(TERMS)
    for name, effect in EFFECTS.items():
        for value in {TERMS[name].least, TERMS[name].default, TERMS[name].most}:
            assert effect.example(value, NOW), name
        assert str(effect.whom) and str(effect.when)


@override("en")
def test_examples_are_worked_by_the_rules() -> None:
    said = {
        name: EFFECTS[name].example(value, NOW)
        for name, value in (
            ("platform_fee_bps", 1234), ("settlement_days", 3), ("creator_answer_hours", 24), ("late_refund_hours", 0),
            ("payout_least_minor", 1000), ("rescreen_rise_bps", 1000), ("tax_withholding", 1), ("tax_withholding", 0),
        )
    }  # fmt: skip
    assert said["platform_fee_bps"] == "Of goods paid ¥100.00 the platform keeps ¥12.34; ¥87.66 is left for the others."
    # Never before the right to withdraw is over.
    assert said["settlement_days"] == EFFECTS["settlement_days"].example(7, NOW)
    assert said["creator_answer_hours"].endswith("is over on 03/02/2026 8 p.m..")
    assert said["late_refund_hours"] == "Never: it is switched off."
    assert said["payout_least_minor"] == "¥10.00 can be paid out, ¥9.99 cannot."
    assert "up to ¥110.00" in said["rescreen_rise_bps"]
    assert said["tax_withholding"] == "Of a first payout of ¥20,000.00 to a person ¥0.00 is withheld."
    # (20,000 - 20 % - 5,000) x 3 %
    assert EFFECTS["tax_withholding"].example(1, NOW).endswith("to a person ¥330.00 is withheld.")


def test_looking_first_changes_nothing(world: World) -> None:
    desk = signed_in(_operator(world))
    words = words_of(desk.get("/operator/terms/platform_fee_bps"))
    assert "the platform keeps ¥5.00" in words and "Orders placed from then on." in words
    seen = words_of(desk.post("/operator/terms/platform_fee_bps", {"key": key(), "value": "8", "preview": "1"}))
    assert "If it were 8%" in seen and "the platform keeps ¥8.00" in seen and "the platform keeps ¥5.00" in seen
    assert not Standing.objects.exists()
    assert desk.post("/operator/terms/platform_fee_bps", {"key": key(), "value": "8"}).status_code == 422
    refused = desk.post("/operator/terms/platform_fee_bps", {"key": key(), "value": "80", "preview": "1"})
    assert refused.status_code == 422 and "If it were" not in words_of(refused)
    desk.post("/operator/terms/platform_fee_bps", {"key": key(), "value": "8", "reason": "Costs"})
    assert Standing.objects.get().value == 800
    chinese = words_of(desk.get("/operator/terms/platform_fee_bps", headers={"Accept-Language": "zh-hans"}))
    assert "平台留取 ¥8.00" in chinese

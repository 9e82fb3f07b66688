"""Facts and scores in words: every kind and every measure is said, in both languages, with its own numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.utils import translation

from renmai.trust.facts.rules import KINDS as SCHEMAS
from renmai.trust.scores.measures import DEDUCTIONS, MEASURES, PARTS
from renmai.trust.scores.rules import Part, market_of, score_of
from renmai.web.credit import drawn, scoring, words


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


SAID = {
    ("parcel.handed_over", "days_late", 0): ("A parcel was handed over in time", "good"),
    ("parcel.handed_over", "days_late", 1): ("A parcel was handed over 1 day late", "bad"),
    ("parcel.handed_over", "days_late", 3): ("A parcel was handed over 3 days late", "bad"),
    ("parcel.delivered", "by_estimate", None): ("A parcel arrived", ""),
    ("stock.kept", "kept", False): ("What was sold was not there", "bad"),
    ("case.closed", "upheld", True): ("A complaint was upheld", "bad"),
    ("review.verified", "score", 5): ("A buyer gave 5 stars of 5", "good"),
    ("review.verified", "score", 3): ("A buyer gave 3 stars of 5", ""),
    ("review.verified", "score", 1): ("A buyer gave 1 star of 5", "bad"),
    ("show.held", "outcome", "stopped"): ("A show was stopped by the platform", "bad"),
    ("product.recalled", "scope", "batch"): ("A batch was recalled", "bad"),
    ("contract.ended", "by", "term"): ("A contract with an agency came to its term", ""),
}


@pytest.mark.parametrize(("kind", "name", "value"), SAID)
def test_a_fact_is_said_with_its_tone(kind: str, name: str, value: object) -> None:
    data = {name: value, "in_time": value == 0}
    assert words.fact_words(kind, data) == SAID[kind, name, value]


def test_every_kind_is_said_and_called_something() -> None:
    assert set(words.WORDS) == set(words.KINDS) == set(SCHEMAS)
    assert words.fact_words("of.tomorrow", {}) == ("of.tomorrow", "")


def test_every_measure_and_deduction_is_said() -> None:
    assert set(scoring.SAID) == set(scoring.ADVICE) == {measure.name for measure in MEASURES}
    assert set(scoring.TAKEN) == {deduction.name for deduction in DEDUCTIONS}
    assert set(scoring.PARTS) == set(PARTS)


def parcel(day: str, *, in_time: bool, buyer: str = "b" * 21 + "A", weight: int = 3) -> dict[str, object]:
    """A fact of a supplier's parcel."""
    data = {"in_time": in_time, "days_late": 0 if in_time else 2, "days_allowed": 2}
    return {"kind": "parcel.handed_over", "day": day, "buyer": buyer, "weight": weight, "data": data}


def test_the_inputs_of_a_part_are_said_in_both_languages() -> None:
    on = date(2026, 3, 1)
    facts = [parcel("2026-02-20", in_time=n != 0, buyer=f"{n:021d}A", weight=3 * (n > 1)) for n in range(12)]
    score = score_of(facts, market=market_of(facts, on), on=on)
    cards = {card.name: card for card in scoring.part_cards(score.parts)}
    assert list(cards) == ["Handing over", "Goods", "Service"]
    assert cards["Handing over"].said == (
        "12 parcels, 1 late. To be expected: 3.4%; usual here: 5.7%. 2 of these count for nothing."
    )
    assert cards["Service"].value is None
    assert cards["Service"].said == "Nothing is known yet: it stands where a newcomer's does."
    assert scoring.advice(score.parts) == [
        "1 of 12 parcels was late. Each weighs half after 60 days and nothing after 360."
    ]
    with translation.override("zh-hans"):
        assert scoring.part_cards(score.parts)[0].said == (
            "12 件包裹，1 件逾时。预计 3.4%，这里通常为 5.7%。其中 2 条不计分。"
        )


def test_complaints_without_a_known_sale_and_deductions_are_said() -> None:
    part = Part("goods", 40, 40, 1000, {"cases_facts": 0, "cases_bad": 1, "recalls": 2})
    assert scoring.part_cards([part])[0].said == "1 complaint upheld in 0 sales. 2 products recalled."


@pytest.mark.parametrize(
    ("value", "said"),
    [(100, "Much better"), (85, "Much better"), (84, "Better"), (70, "As is"), (64, "Worse"), (0, "Much worse")],
)
def test_a_number_means_something(value: int, said: str) -> None:
    assert scoring.meaning(value).startswith(said)


def test_facts_are_drawn_for_every_month_between() -> None:
    days = [(date(2025, 11, 3), "good", 4), (date(2025, 11, 9), "bad", 1), (date(2026, 1, 2), "", 2)]
    chart = str(drawn.facts_chart(days))
    assert [month in chart for month in ("2025-11", "2025-12", "2026-01")] == [True] * 3
    assert chart.count('<td class="num">') == 9
    assert drawn.facts_chart([]) == ""


def test_the_number_is_drawn_up_to_a_hundred_and_only_over_time() -> None:
    until = date(2026, 1, 5)
    assert drawn.history_chart([(date(2026, 1, 1), 70)], until) == ""
    chart = str(drawn.history_chart([(date(2026, 1, 1), 70), (date(2026, 1, 3), 71)], until))
    assert drawn.every_day([(date(2026, 1, 1), 70), (date(2026, 1, 3), 71)], until) == [
        (date(2026, 1, n), 70 if n < 3 else 71) for n in range(1, 6)
    ]
    assert len(drawn.every_day([(date(2025, 1, 1), 70)], until)) == 74
    assert '<div class="chart__y" aria-hidden="true"><span>100</span><span>75</span>' in chart

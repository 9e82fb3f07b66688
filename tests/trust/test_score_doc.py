"""The worked example of docs/score.md is what the code gives, and its tables are the constants."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from renmai.trust.scores.evidence import bad_and_total, decayed, seen
from renmai.trust.scores.market import Market, market_of
from renmai.trust.scores.measures import MEASURES, published
from renmai.trust.scores.rules import LATE, expected_late_ppm, score_of

TEXT = (Path(__file__).parents[2] / "docs" / "score.md").read_text()
ON = date(2026, 11, 23)


def parcel(day: str, buyer: str, weight: int, in_time: bool) -> dict[str, Any]:
    data = {"in_time": in_time, "days_late": int(not in_time), "days_allowed": 3}
    return {"kind": "parcel.handed_over", "day": day, "buyer": buyer, "weight": weight, "data": data}


def test_the_worked_example() -> None:
    facts = [parcel("2026-11-18", f"b{n}", 3, n > 0) for n in range(4)] + [parcel("2026-09-24", "old", 1, True)]
    market = Market(1, ON, {**market_of([], ON).rates_ppm, "late": 60_000})
    assert decayed(5, 60) == 958_333
    assert bad_and_total(LATE, seen(facts, ON)) == (500_000, 2_250_000)
    assert expected_late_ppm(facts, market=market, on=ON) == 129_524
    assert score_of(facts, market=market, on=ON).part("hand_over").value == 33
    for said in ("958,333", "500,000 of 2,250,000", "129,524 ppm", "32.43 - 8.16 = 24.27", "| 33 |"):
        assert said in TEXT, said


def test_the_constants_of_the_page() -> None:
    for measure in MEASURES:
        default, floor = (f"{ppm / 10_000:g} %" for ppm in (measure.default_ppm, measure.floor_ppm))
        row = next(line for line in TEXT.splitlines() if line.startswith(f"| {measure.name} |"))
        assert row.endswith(f"| {measure.prior_facts} | {default} | {floor} | {measure.half_life_days} |"), measure.name
    assert published()["version"] == 1
    assert "/credit/rules/1.json" in TEXT

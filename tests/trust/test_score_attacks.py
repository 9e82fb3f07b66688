"""Attacks on the score, played on Olist's real orders: each defence blunts its attack."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.attacks import play_all
from benchmarks.score_olist import find_olist


@pytest.fixture(scope="module")
def played() -> dict[str, Any]:
    folder = find_olist()
    if folder is None:
        pytest.skip("RENMAI_DATA has no olist")
    return play_all(folder)


def row(played: dict[str, Any], attack: str) -> dict[str, Any]:
    return next(row for row in played["rows"] if row["attack"] == attack)


@pytest.mark.parametrize(
    ("attack", "left_percent"),
    [
        ("brushing, accounts that share a device", 45),
        ("brushing, one account", 45),
        ("brushing, separate accounts, one order each", 60),
        ("brushing, separate accounts, six orders each", 85),
        ("brushing, accounts of a month that bought elsewhere too", 70),
        ("sybil raters who bought nothing", 0),
        ("slander, complaints that are dismissed", 0),
        ("slander, reviews of one star", 75),
    ],
)
def test_an_attack_moves_less_than_it_would(played: dict[str, Any], attack: str, left_percent: int) -> None:
    found = row(played, attack)
    assert found["points_undefended"] != 0
    assert abs(found["points"]) <= abs(found["points_undefended"]) * left_percent / 100
    assert abs(found["rank"]) <= abs(found["rank_undefended"]) * left_percent / 100


def test_to_begin_again_pays_for_few(played: dict[str, Any]) -> None:
    found = played["whitewashing"]
    assert found["newcomer"] < found["middle"] < found["newcomer_without_margin"]
    assert found["pays_percent"] < 40
    assert found["pays_percent_without_margin"] > 90

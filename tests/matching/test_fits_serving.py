"""What the serving model answers with: near products, and what fits a taste, because of what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pytest

from renmai.kit.ids import new_id
from renmai.matching.fits.models import Fit, Near
from renmai.matching.fits.queries import near_of
from renmai.matching.fits.serving import scores_for

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEA, CUP, POT, SHOE, SOCK = sorted(new_id() for _ in range(5))


@dataclass(frozen=True)
class Tasted:
    thing_id: UUID
    weight: float
    thing: str = "product"


def model(rows: dict[UUID, list[tuple[UUID, float]]], state: str = "serving", version: int = 1) -> Fit:
    fit = Fit.objects.create(
        name="buyers", version=version, state=state, rules_version=1, until=NOW, sha256="", size_bytes=0, subjects=1,
        things=len(rows), signals=1, seconds=0.1, fitted_at=NOW,
    )  # fmt: skip
    for product_id, near in rows.items():
        Near.objects.create(
            fit=fit, product_id=product_id, near=[each for each, _ in near], weights=[weight for _, weight in near]
        )
    return fit


ROWS = {TEA: [(CUP, 0.5), (POT, 0.25)], CUP: [(POT, 0.75), (TEA, 0.5)], SHOE: [(SOCK, 1.0), (POT, 0.25)]}


def test_near_products_come_from_the_model_that_serves(db: None) -> None:
    assert near_of("buyers", [TEA]) == {}
    model({TEA: [(SHOE, 1.0)]}, "retired", 1)
    model(ROWS, "serving", 2)
    assert near_of("buyers", [TEA, SOCK]) == {TEA: [(CUP, 0.5), (POT, 0.25)]}
    assert near_of("creators", [TEA]) == {}


def test_a_taste_is_summed_and_says_because_of_what(db: None) -> None:
    model(ROWS)
    assert scores_for("buyers", [Tasted(TEA, 1.0), Tasted(CUP, 2.0)], 10) == [(POT, 1.75, CUP)]
    assert scores_for("buyers", [Tasted(TEA, 1.0), Tasted(SHOE, 1.0)], 10) == [
        (SOCK, 1.0, SHOE), (CUP, 0.5, TEA), (POT, 0.5, TEA),
    ]  # fmt: skip
    assert scores_for("buyers", [Tasted(TEA, 1.0), Tasted(SHOE, 1.0)], 1) == [(SOCK, 1.0, SHOE)]


def test_what_is_near_to_the_disliked_sinks_and_the_disliked_never_comes_back(db: None) -> None:
    model(ROWS)
    assert scores_for("buyers", [Tasted(TEA, 1.0), Tasted(CUP, -1.0)], 10) == []
    assert scores_for("buyers", [Tasted(TEA, 1.0), Tasted(SHOE, -0.5)], 10) == [(CUP, 0.5, TEA), (POT, 0.125, TEA)]


@pytest.mark.parametrize("taste", [[], [Tasted(SOCK, 1.0)], [Tasted(TEA, 1.0, "shop")]])
def test_of_what_it_does_not_know_it_says_nothing(db: None, taste: list[Tasted]) -> None:
    model(ROWS)
    assert scores_for("buyers", taste, 10) == []

"""The engine on larger matrices: memory grows with things, not with their pairs; and Gowalla as published."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.engine import GFCF_GOWALLA, alone

GOWALLA = Path(os.environ.get("RENMAI_DATA", "../shared/data")) / "gowalla"


def test_memory_of_a_fit_grows_no_faster_than_things() -> None:
    """What a process holds above its libraries, four times the market: four times at most, not sixteen."""
    empty, small, large = (alone("growth", size)["peak_mb"] for size in (10, 2_000, 8_000))
    assert large - empty < 4.5 * max(small - empty, 40)


@pytest.mark.proof
@pytest.mark.skipif(not GOWALLA.is_dir(), reason="RENMAI_DATA has no gowalla")
def test_gowalla_is_ranked_as_well_as_the_published_filter() -> None:
    found = alone("gowalla", GOWALLA.resolve())
    assert found["recall_20"] >= GFCF_GOWALLA[0]
    assert found["ndcg_20"] >= GFCF_GOWALLA[1]
    assert found["pairs"] <= 40_981 * 200
    assert found["peak_mb"] < 1_000

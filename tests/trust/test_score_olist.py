"""On real orders, without look-ahead: the table that was given is found again, and the score forecasts better."""

from __future__ import annotations

import pytest

from benchmarks.olist import read_parcels
from benchmarks.score_olist import BASELINE, CHOSEN_BEFORE, OURS, TABLE, Forecasts, find_olist, forecast_all, ours


@pytest.fixture(scope="module")
def done() -> Forecasts:
    folder = find_olist()
    if folder is None:
        pytest.skip("RENMAI_DATA has no olist")
    return forecast_all(read_parcels(folder), {**TABLE, OURS: ours})


def test_the_table_is_found_again(done: Forecasts) -> None:
    assert len(done.parcels) == 11_157
    assert sum(count >= 5 for count in done.known) == 7_662
    given = {
        "running rate": (0.485, 0.3302, 0.0890),
        "raw mean": (0.659, 0.4988, 0.0929),
        "Beta(1,1)": (0.649, 0.3617, 0.1091),
        "Wilson": (0.617, 1.4096, 0.2683),
        "Bayes average, weight 10": (0.676, 0.3109, 0.0852),
        "Bayes average, weight 30": (0.655, 0.3146, 0.0861),
    }
    rows = done.rows()
    for name, figures in given.items():
        assert tuple(rows[name].values()) == pytest.approx(figures, abs=0.001), name


def test_the_score_forecasts_better_than_the_bayes_average(done: Forecasts) -> None:
    rows = done.rows()
    assert round(rows[OURS]["auc"], 3) == 0.684
    assert round(rows[OURS]["log_loss"], 4) == 0.2996
    whole = done.intervals(rounds=100)
    assert whole["auc"][0] > 0
    assert whole["log_loss"][1] < 0


def test_it_does_so_on_what_came_after_its_constants_were_chosen(done: Forecasts) -> None:
    later = done.intervals(rounds=100, since=CHOSEN_BEFORE)
    rows = done.rows(lambda index: done.parcels[index].bought_at >= CHOSEN_BEFORE)
    assert later["auc"][0] > 0
    assert rows[OURS]["log_loss"] < rows[BASELINE]["log_loss"]

"""`renmai simulate`: short histories pass, one seed is one history, and what does not add up is found and shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from renmai.cli.simulate.model import trade
from renmai.cli.simulate.model.house import ModelHouse
from renmai.cli.simulate.plan import Digest, Episode, Step, episodes, shorter
from renmai.cli.simulate.play import MODEL, REAL, breaks, play

ROOT = Path(__file__).parents[2]


def simulate(*args: str, code: int = 0, seconds_max: int = 120) -> dict[str, Any]:
    """Run the command as its own program; return the object of its last line."""
    argv = [sys.executable, "-m", "renmai.cli.main", "simulate", "--json", *args]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=seconds_max, check=False)
    assert done.returncode == code, done.stderr[-4000:]
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_a_short_history_violates_nothing_and_replays_exactly() -> None:
    first, second = (simulate("--steps", "2500", "--seed", "11") for _ in range(2))
    assert first["violations"] == [] and first["steps"] == first["done"] == 2500
    assert first["through_postgresql"] == 250
    assert {**first, "seconds": 0} == {**second, "seconds": 0}


def test_another_seed_is_another_history() -> None:
    one, other = (simulate("--steps", "500", "--seed", seed) for seed in ("1", "2"))
    assert one["digest"] != other["digest"] and one["violations"] == other["violations"] == []


def test_a_stopped_history_goes_on_where_it_was(tmp_path: Path) -> None:
    whole, file = simulate("--steps", "400", "--seed", "3"), tmp_path / "done.json"
    some = simulate("--steps", "400", "--seed", "3", "--resume", str(file), "--minutes", "0", code=3)
    assert some["done"] == 40 and json.loads(file.read_bytes())["episodes"] == 1
    rest = simulate("--steps", "400", "--seed", "3", "--resume", str(file))
    assert {**rest, "seconds": 0} == {**whole, "seconds": 0} and not file.exists()


@pytest.mark.parametrize("steps", [1, 9, 10, 11, 10_000, 25_001, 1_000_000])
def test_at_least_one_step_in_ten_goes_through_postgresql(steps: int) -> None:
    parts = list(episodes(steps, 1))
    assert sum(part.count for part in parts) == steps
    assert 10 * sum(part.count for part in parts if part.real) >= steps


def test_both_houses_know_what_they_are_told() -> None:
    for number in range(3):
        for real, words in ((True, REAL), (False, MODEL)):
            episode = Episode(5, number, real, 500)
            assert episode.steps(words) == episode.steps(words)
            assert {step.word for step in episode.steps(words)} <= set(words)


def test_money_that_is_gone_is_found() -> None:
    house = ModelHouse(trade.place_all)
    for step in Episode(4, 0, False, 400).steps(MODEL):
        house.do(step, MODEL[step.word])
    assert house.check(everything=True) == []
    paid = next(sale for sale in house.store.sales.values() if sale.paid and not sale.row.settled)
    house.store.ledger.held["escrow"] -= 1
    house.store.ledger.escrow[paid.row.id] -= 1
    found = house.check(everything=True)
    assert any("money is not conserved: -1" in each for each in found)
    assert any(f"order {paid.row.id}: escrow holds" in each for each in found)


def test_a_unit_sold_twice_is_found() -> None:
    house = ModelHouse(trade.place_all)
    sku_id, stock = next(iter(house.store.stock.items()))
    stock.sold = stock.received + 1
    assert any(str(sku_id) in each for each in house.check(everything=False))


def test_what_breaks_is_found_and_its_history_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rule of refunds is broken on purpose: what is refunded of a line is no longer what its parts give back."""
    episode = Episode(8, 0, False, 1_500)
    assert play(episode, Digest()) == []
    monkeypatch.setattr("renmai.trade.refunds.lane.reversals", lambda order, chosen: [])
    (found, *_) = play(episode, Digest())
    assert found.startswith("after step ") and "parts" in found
    short = shorter(episode.steps(MODEL), lambda steps: breaks(episode, steps), tries_max=40)
    assert len(short) < 200 and breaks(episode, short)


def test_shortening_keeps_only_what_matters() -> None:
    steps = [Step("step", n, 0, 0) for n in range(64)]
    kept = shorter(steps, lambda some: {3, 40} <= {step.a for step in some}, tries_max=200)
    assert [step.a for step in kept] == [3, 40]

"""`score_olist`: does a seller's past say whether this parcel will be handed over late? On Olist's real orders.

Prequential: a parcel is forecast out of those handed over before it was bought, and of nothing else. Forecast are the
parcels of the unbiased samples. The score's forecast is `expected_late_ppm`, what its part hand-over rests on; beside it
stand the forecasts of the table in docs/score.md.
"""

from __future__ import annotations

import math
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from benchmarks.forecasts import auc, brier, log_loss, paired
from benchmarks.house import report
from benchmarks.olist import Parcel, read_parcels
from renmai.trust.scores.market import Market, Tally, market_from, tally_of
from renmai.trust.scores.rules import LATE, expected_late_ppm, score_of

# Constants were chosen on what was bought before; what came later was not looked at for that.
CHOSEN_BEFORE = datetime(2017, 7, 1)
ROUNDS = 1000
KNOWN = 5


@dataclass(slots=True)
class Past:
    """What is known at a moment: late parcels and parcels, by seller and of all; facts by seller; counts of the market."""

    late: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    count: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    all_late: int = 0
    all_count: int = 0
    facts: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    tally: Tally = field(default_factory=dict)
    market: Market | None = None

    def learn(self, parcel: Parcel) -> None:
        """Add an outcome that is known now."""
        self.late[parcel.seller] += parcel.is_late
        self.count[parcel.seller] += 1
        self.all_late += parcel.is_late
        self.all_count += 1
        fact = parcel.facts()[0]
        self.facts[parcel.seller].append(fact)
        tally_of([(fact, 1)], self.tally)

    def market_on(self, on: date) -> Market:
        """Return the market of a day, worked out once a day."""
        if self.market is None or self.market.on != on:
            self.market = market_from(self.tally, on)
        return self.market


Forecast = Callable[[Past, Parcel], float]


def usual(past: Past, start: float) -> float:
    """Return the market's running rate; `start` before anything is known."""
    return past.all_late / past.all_count if past.all_count else start


def bayes(weight: int, start: float = 1.0) -> Forecast:
    """Return the Bayes average with the running rate weighing as many parcels."""

    def forecast(past: Past, parcel: Parcel) -> float:
        late, count = past.late[parcel.seller], past.count[parcel.seller]
        return (late + weight * usual(past, start)) / (count + weight)

    return forecast


def raw(past: Past, parcel: Parcel) -> float:
    """Return the seller's own rate, the market's when there is none."""
    count = past.count[parcel.seller]
    return past.late[parcel.seller] / count if count else usual(past, 1.0)


def beta(past: Past, parcel: Parcel) -> float:
    """Return the posterior mean from an even prior (Josang)."""
    return (past.late[parcel.seller] + 1) / (past.count[parcel.seller] + 2)


def wilson(past: Past, parcel: Parcel) -> float:
    """Return the upper end of Wilson's 95 % interval."""
    count, z = past.count[parcel.seller], 1.96
    if not count:
        return 1.0
    rate = past.late[parcel.seller] / count
    spread = z * math.sqrt(rate * (1 - rate) / count + z * z / (4 * count * count))
    return (rate + z * z / (2 * count) + spread) / (1 + z * z / count)


def ours(past: Past, parcel: Parcel) -> float:
    """Return the score's own forecast for this parcel."""
    on = parcel.bought_at.date()
    ppm = expected_late_ppm(past.facts[parcel.seller], market=past.market_on(on), on=on)
    return ppm / 1_000_000


def shown(past: Past, parcel: Parcel) -> float:
    """Return how bad the number is that people see: 100 less the value of the part hand-over, a newcomer's when unknown."""
    on = parcel.bought_at.date()
    value = score_of(past.facts[parcel.seller], market=past.market_on(on), on=on).part("hand_over").value
    return (100 - (60 if value is None else value)) / 100


# The rows of the table that was given, where the running rate is 1 until a first parcel is known; then the same Bayes
# average from the score's own published start, which is the harder thing to beat.
TABLE: dict[str, Forecast] = {
    "running rate": lambda past, parcel: usual(past, 1.0),
    "raw mean": raw,
    "Beta(1,1)": beta,
    "Wilson": wilson,
    "Bayes average, weight 10": bayes(10),
    "Bayes average, weight 30": bayes(30),
    "Bayes average, weight 10, from the published start": bayes(10, LATE.default_ppm / 1_000_000),
}
OURS, BASELINE = "score", "Bayes average, weight 10, from the published start"


@dataclass(frozen=True, slots=True)
class Forecasts:
    """Parcels that were forecast, how many of their seller's were known then, and the forecasts by name."""

    parcels: Sequence[Parcel]
    known: Sequence[int]
    by_name: dict[str, list[float]]

    def rows(self, keep: Callable[[int], bool] = lambda index: True) -> dict[str, dict[str, float]]:
        """Return AUC, log loss and Brier by name over the parcels whose index is kept."""
        kept = [index for index in range(len(self.parcels)) if keep(index)]
        outcomes = [self.parcels[index].is_late for index in kept]
        return {name: _measures(outcomes, [all_[index] for index in kept]) for name, all_ in self.by_name.items()}

    def intervals(
        self, *, rounds: int, since: datetime = datetime.min, by_seller: bool = False
    ) -> dict[str, tuple[float, float]]:
        """Return the 95 % intervals of the score less the baseline over what was bought `since`."""
        kept = [index for index, parcel in enumerate(self.parcels) if parcel.bought_at >= since]
        some = [self.parcels[index] for index in kept]
        groups = [parcel.seller if by_seller else parcel.order for parcel in some]
        pair = [[self.by_name[name][index] for index in kept] for name in (OURS, BASELINE)]
        return paired([parcel.is_late for parcel in some], *pair, groups=groups, rounds=rounds)


def _measures(outcomes: Sequence[bool], forecasts: Sequence[float]) -> dict[str, float]:
    return {
        "auc": auc(outcomes, forecasts),
        "log_loss": log_loss(outcomes, forecasts),
        "brier": brier(outcomes, forecasts),
    }


def forecast_all(parcels: Sequence[Parcel], forecasts: dict[str, Forecast]) -> Forecasts:
    """Go through `parcels` in the order they were bought; each is forecast from those handed over before that moment."""
    past, waiting, next_known = Past(), sorted(parcels, key=lambda p: (p.handed_over_at, p.order)), 0
    scored, known = [], []
    by_name: dict[str, list[float]] = {name: [] for name in forecasts}
    for parcel in parcels:
        while next_known < len(waiting) and waiting[next_known].handed_over_at < parcel.bought_at:
            past.learn(waiting[next_known])
            next_known += 1
        if parcel.is_unbiased:
            scored.append(parcel)
            known.append(past.count[parcel.seller])
            for name, forecast in forecasts.items():
                by_name[name].append(forecast(past, parcel))
    return Forecasts(scored, known, by_name)


def find_olist() -> Path | None:
    """Return the folder of Olist's tables, None where this machine has not got them."""
    folder = Path(os.environ.get("RENMAI_DATA", "../shared/data")) / "olist"
    return folder if (folder / "orders.csv.gz").exists() else None


def score_olist(seconds: float) -> None:
    """Report the score's AUC against the Bayes average's, with intervals; skipped without the data."""
    folder = find_olist()
    if folder is None:
        print("score_olist: RENMAI_DATA has no olist", file=sys.stderr)
        return
    done = forecast_all(read_parcels(folder), {**TABLE, OURS: ours, "the number shown": shown})
    rows = done.rows()
    rounds = ROUNDS if seconds >= 10 else ROUNDS // 5
    report(
        name="score_olist",
        value=rows[OURS]["auc"],
        unit="AUC",
        baseline=BASELINE,
        baseline_value=rows[BASELINE]["auc"],
        n=len(done.parcels),
        n_known=sum(count >= KNOWN for count in done.known),
        interval_95=_plain(done.intervals(rounds=rounds)),
        interval_95_later=_plain(done.intervals(rounds=rounds, since=CHOSEN_BEFORE)),
        interval_95_by_seller=_plain(done.intervals(rounds=rounds, by_seller=True)),
        log_loss=round(rows[OURS]["log_loss"], 4),
        baseline_log_loss=round(rows[BASELINE]["log_loss"], 4),
        table=_plain(rows),
        table_known=_plain(done.rows(lambda index: done.known[index] >= KNOWN)),
        table_before=_plain(done.rows(lambda index: done.parcels[index].bought_at < CHOSEN_BEFORE)),
        table_later=_plain(done.rows(lambda index: done.parcels[index].bought_at >= CHOSEN_BEFORE)),
    )


def _plain(found: Any) -> Any:
    if isinstance(found, dict):
        return {name: _plain(value) for name, value in found.items()}
    return [round(value, 4) for value in found] if isinstance(found, tuple) else round(found, 4)

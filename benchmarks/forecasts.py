"""How good probabilities are: area under the curve, log loss, Brier, and paired bootstrap intervals. Plain Python."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Sequence
from itertools import groupby

# A probability is taken to be at least this far from 0 and from 1, as in the table that is reproduced.
CLIP = 1e-4


def auc(outcomes: Sequence[bool], forecasts: Sequence[float], times: Sequence[int] | None = None) -> float:
    """Return how probable it is that of one bad and one good outcome the bad one has the higher forecast (ties: half)."""
    return _auc(sorted(range(len(outcomes)), key=forecasts.__getitem__), outcomes, forecasts, times)


def _auc(
    order: Sequence[int], outcomes: Sequence[bool], forecasts: Sequence[float], times: Sequence[int] | None
) -> float:
    area = bad = good = 0.0
    for _, same in groupby(order, key=forecasts.__getitem__):
        bads = goods = 0
        for index in same:
            count = 1 if times is None else times[index]
            if outcomes[index]:
                bads += count
            else:
                goods += count
        area += bads * (good + goods / 2)
        bad, good = bad + bads, good + goods
    return area / (bad * good)


def losses(outcomes: Sequence[bool], forecasts: Sequence[float]) -> list[float]:
    """Return the log loss of each forecast."""
    clipped = [min(max(p, CLIP), 1 - CLIP) for p in forecasts]
    return [-math.log(p if bad else 1 - p) for bad, p in zip(outcomes, clipped, strict=True)]


def log_loss(outcomes: Sequence[bool], forecasts: Sequence[float]) -> float:
    """Return the mean log loss."""
    return sum(losses(outcomes, forecasts)) / len(outcomes)


def brier(outcomes: Sequence[bool], forecasts: Sequence[float]) -> float:
    """Return the mean squared error."""
    return sum((p - bad) ** 2 for bad, p in zip(outcomes, forecasts, strict=True)) / len(outcomes)


def paired(
    outcomes: Sequence[bool], ours: Sequence[float], theirs: Sequence[float], *, groups: Sequence[str], rounds: int
) -> dict[str, tuple[float, float]]:
    """Return the 95 % intervals of ours less theirs, for AUC and log loss, over `rounds` draws of whole groups.

    Groups of one are the paired bootstrap over orders; groups of a seller's orders also allow for their likeness.
    """
    chance, names = random.Random(1), sorted(set(groups))
    ranks = [sorted(range(len(outcomes)), key=forecasts.__getitem__) for forecasts in (ours, theirs)]
    differences = [a - b for a, b in zip(losses(outcomes, ours), losses(outcomes, theirs), strict=True)]
    areas, logs = [], []
    for _ in range(rounds):
        drawn = Counter(chance.choices(names, k=len(names)))
        times = [drawn[group] for group in groups]
        areas.append(_auc(ranks[0], outcomes, ours, times) - _auc(ranks[1], outcomes, theirs, times))
        logs.append(sum(d * n for d, n in zip(differences, times, strict=True)) / sum(times))
    return {"auc": _middle(areas), "log_loss": _middle(logs)}


def _middle(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    edge = round(0.025 * len(ordered))
    return ordered[edge], ordered[-1 - edge]

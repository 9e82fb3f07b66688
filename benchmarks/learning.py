"""Weights for new goods out of launches of the past: how `engine/cold.py: WEIGHTS` were found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from renmai.matching.engine.cold import FEATURES, WEIGHTS, ColdWeights
from renmai.matching.engine.content import Floats

# Launches of a few weeks are few: weights are drawn to 0 so much (chosen on the bench's first date).
CAUTION = 1.0
# These count against a creator, all others for one; learning does not turn them round.
AGAINST = frozenset({"declined", "returns"})


@dataclass(frozen=True, slots=True)
class Launch:
    """A product of the past as it stood at its launch: creators x `FEATURES`, and the rows of those who then took it."""

    features: Floats
    took: Sequence[int]


def learn(past: Sequence[Launch], *, base: ColdWeights = WEIGHTS, caution: float = CAUTION) -> ColdWeights:
    """Return weights under which those who took the goods of `past` stand high; what never differed keeps `base`'s.

    Maximises the mean log probability that a taker is drawn, each creator with the probability exp(score) / sum. `caution` draws
    all weights, each in units of its feature's spread, to 0. Without any launch the weights are `base`.
    """
    launches = [launch for launch in past if len(launch.took)]
    if not launches:
        return base
    spread = np.concatenate([launch.features for launch in launches]).std(axis=0).astype(np.float64)
    free = np.flatnonzero(spread > 1e-6)
    scaled = [((launch.features[:, free] / spread[free]).astype(np.float32), list(launch.took)) for launch in launches]
    found = minimize(
        _loss,
        np.zeros(len(free)),
        (scaled, caution),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, 0) if FEATURES[place] in AGAINST else (0, None) for place in free],
    )
    values = list(base.values)
    for place, value in zip(free, found.x, strict=True):
        values[place] = float(value / spread[place])
    return ColdWeights(tuple(values))


def _loss(
    weights: NDArray[np.float64], launches: Sequence[tuple[Floats, list[int]]], caution: float
) -> tuple[float, NDArray[np.float64]]:
    """Return the loss and its slope."""
    loss, slope = 0.0, np.zeros_like(weights)
    for rows, took in launches:
        scores = rows @ weights.astype(np.float32)
        odds = np.exp(scores - scores.max())
        loss -= float(scores[took].mean() - scores.max() - np.log(odds.sum()))
        slope -= rows[took].mean(axis=0) - (odds @ rows) / odds.sum()
    count = len(launches)
    return loss / count + caution * float(weights @ weights) / 2, slope / count + caution * weights

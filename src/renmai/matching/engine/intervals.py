"""How sure a figure is: intervals of shares, of differences and of ratios between two groups drawn by lot."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

SURE = 0.95


class Interval(NamedTuple):
    """An estimate with the two ends of its interval, `low` <= `high`."""

    estimate: float
    low: float
    high: float


def wilson(hits: int, total: int, sure: float = SURE) -> Interval:
    """Return the share of `hits` in `total` with Wilson's score interval (JASA 22, 1927); (0, 0, 1) for nothing tried."""
    if total <= 0:
        return Interval(0.0, 0.0, 1.0)
    z, share = float(ndtri((1 + sure) / 2)), hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    reach = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return Interval(share, max(0.0, middle - reach), min(1.0, middle + reach))


def share_difference(hits: int, total: int, other_hits: int, other_total: int, sure: float = SURE) -> Interval:
    """Return the first share less the other with Newcombe's interval (Statistics in Medicine 17, 1998, method 10).

    Each viewer is one trial: count viewers who did it, not how often they did.
    """
    one, other = wilson(hits, total, sure), wilson(other_hits, other_total, sure)
    found = one.estimate - other.estimate
    below = math.hypot(one.estimate - one.low, other.high - other.estimate)
    above = math.hypot(one.high - one.estimate, other.estimate - other.low)
    return Interval(found, found - below, found + above)


def bootstrap(
    values: ArrayLike,
    statistic: Callable[[NDArray[np.float64]], float] = lambda drawn: float(drawn.mean()),
    *,
    rounds: int = 1000,
    seed: int = 1,
    sure: float = SURE,
) -> Interval:
    """Return `statistic` of `values` with the middle of its values over `rounds` draws of as many, with putting back.

    `values`: one a person, of any shape behind the first axis. The same seed gives the same interval. Raises ValueError
    where there is nothing to draw from.
    """
    given = np.asarray(values, dtype=np.float64)
    if not len(given):
        raise ValueError("there is nothing to draw from")
    chance = np.random.default_rng(seed)
    found = [statistic(given[chance.integers(0, len(given), len(given))]) for _ in range(rounds)]
    low, high = np.quantile(found, [(1 - sure) / 2, (1 + sure) / 2])
    return Interval(statistic(given), float(low), float(high))

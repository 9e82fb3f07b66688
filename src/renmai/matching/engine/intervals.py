"""How far a difference may be chance: intervals for shares and means, and whether a draw came out as planned. Pure.

Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998),
method 10; Wilson, JASA 22 (1927); Welch, Biometrika 34 (1947).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from scipy.special import chdtrc, ndtri, stdtrit

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Difference:
    """b less a: as measured, and the interval that holds the true one at the level asked for. low <= value <= high."""

    value: float
    low: float
    high: float


def wilson(successes: int, trials: int, *, level: float = LEVEL) -> tuple[float, float]:
    """Return the score interval of a share, as fractions within 0 and 1. Errors: ValueError for impossible counts."""
    if trials <= 0 or not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials}")
    z = float(ndtri(0.5 + level / 2))
    share, spread = successes / trials, z * z / trials
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / trials + spread / (4 * trials)) / (1 + spread)
    # Rounding must not push a bound past the share that it bounds.
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))


def newcombe(a: int, a_of: int, b: int, b_of: int, *, level: float = LEVEL) -> Difference:
    """Return share b less share a, each `x` of `x_of` independent trials, with the hybrid score interval.

    Holds near 0 and 1 and for small counts, where the usual one claims too much. Errors: ValueError.
    """
    a_low, a_high = wilson(a, a_of, level=level)
    b_low, b_high = wilson(b, b_of, level=level)
    share_a, share_b = a / a_of, b / b_of
    value = share_b - share_a
    return Difference(
        value,
        value - sqrt((share_b - b_low) ** 2 + (a_high - share_a) ** 2),
        value + sqrt((b_high - share_b) ** 2 + (share_a - a_low) ** 2),
    )


def welch(
    a_mean: float, a_variance: float, a_of: int, b_mean: float, b_variance: float, b_of: int, *, level: float = LEVEL
) -> Difference:
    """Return mean b less mean a of independent values with variances of their own, with Welch's t interval.

    `x_variance` is the sample variance of `x_of` >= 2 values. Errors: ValueError for fewer values or a negative variance.
    """
    if a_of < 2 or b_of < 2 or a_variance < 0 or b_variance < 0:
        raise ValueError("two values an arm, and no negative variance")
    value = b_mean - a_mean
    a_part, b_part = a_variance / a_of, b_variance / b_of
    error = sqrt(a_part + b_part)
    if not error:
        return Difference(value, value, value)
    # The degrees of freedom from the parts as fractions: squares of large amounts would lose them.
    a_share, b_share = a_part / (a_part + b_part), b_part / (a_part + b_part)
    freedom = 1 / (a_share**2 / (a_of - 1) + b_share**2 / (b_of - 1))
    half = float(stdtrit(freedom, 0.5 + level / 2)) * error
    return Difference(value, value - half, value + half)


def ratio_p(a: int, b: int, *, share_b: float) -> float:
    """Return how likely a draw with `share_b` (0 < share_b < 1) is to come out as far off as `a` and `b`: chi-square, 1 df."""
    if not 0 < share_b < 1 or a < 0 or b < 0:
        raise ValueError("counts and a share between 0 and 1")
    drawn = a + b
    if not drawn:
        return 1.0
    planned_a, planned_b = drawn * (1 - share_b), drawn * share_b
    return float(chdtrc(1, (a - planned_a) ** 2 / planned_a + (b - planned_b) ** 2 / planned_b))


def ratio_fits(a: int, b: int, *, share_b: float, p_least: float) -> bool:
    """Return whether two counts may be a draw with `share_b`: false says that people were lost or doubled on one side."""
    return ratio_p(a, b, share_b=share_b) >= p_least

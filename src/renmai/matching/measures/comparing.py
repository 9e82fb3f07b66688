"""Two arms compared from counts and sums alone, and whether a draw came out as planned. Pure.

Welch, Biometrika 34 (1947); the difference of shares is the engine's, by Newcombe (1998).
"""

from __future__ import annotations

from math import sqrt

from scipy.special import chdtrc, stdtrit

from renmai.matching.engine.intervals import SURE, Interval, share_difference


def newcombe(a: int, a_of: int, b: int, b_of: int) -> Interval:
    """Return share b less share a, each `x` of `x_of` > 0 viewers, with its interval."""
    return share_difference(b, b_of, a, a_of)


def welch(
    a_mean: float, a_variance: float, a_of: int, b_mean: float, b_variance: float, b_of: int, *, sure: float = SURE
) -> Interval:
    """Return mean b less mean a of independent values with variances of their own, with Welch's interval.

    `x_variance` is the sample variance of `x_of` >= 2 values. Errors: ValueError for fewer values or a negative variance.
    """
    if a_of < 2 or b_of < 2 or a_variance < 0 or b_variance < 0:
        raise ValueError("two values an arm, and no negative variance")
    value = b_mean - a_mean
    a_part, b_part = a_variance / a_of, b_variance / b_of
    error = sqrt(a_part + b_part)
    if not error:
        return Interval(value, value, value)
    # The degrees of freedom from the parts as fractions: squares of large amounts would lose them.
    a_share, b_share = a_part / (a_part + b_part), b_part / (a_part + b_part)
    freedom = 1 / (a_share**2 / (a_of - 1) + b_share**2 / (b_of - 1))
    half = float(stdtrit(freedom, (1 + sure) / 2)) * error
    return Interval(value, value - half, value + half)


def ratio_p(a: int, b: int, *, share_b: float) -> float:
    """Return how likely a draw with `share_b` (0 < share_b < 1) comes out as far off as `a` and `b`: chi-square, 1 df."""
    if not 0 < share_b < 1 or a < 0 or b < 0:
        raise ValueError("counts and a share between 0 and 1")
    drawn = a + b
    if not drawn:
        return 1.0
    planned_a, planned_b = drawn * (1 - share_b), drawn * share_b
    return float(chdtrc(1, (a - planned_a) ** 2 / planned_a + (b - planned_b) ** 2 / planned_b))


def ratio_fits(a: int, b: int, *, share_b: float, p_least: float) -> bool:
    """Return whether two counts may be a draw with `share_b`: false says that viewers were lost or doubled on one side."""
    return ratio_p(a, b, share_b=share_b) >= p_least

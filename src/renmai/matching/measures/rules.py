"""What is measured of a list, for how long, and what an experiment may say. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from renmai.matching.engine.intervals import Interval
from renmai.matching.measures.comparing import newcombe, ratio_fits, welch

WEEKS = 12
# Places are told apart up to here; one more stands for all after them.
PLACES = 24
SALES_SMALL = 20  # fewer make a small creator, and in 30 days a small product
NEW_DAYS = 30
# Lists of creators; the others show products.
OF_CREATORS = frozenset({"home"})
# What a list is for: buyers' lists for orders, creators' lists for picks. The primary metric of every experiment.
GOALS: Mapping[str, str] = {"home": "order", "for_you": "order", "also": "order", "centre": "pick", "inbox": "pick"}
# What comes late to the tables (a batch of outcomes) is waited for before an experiment is worked out.
RESULT_AFTER = timedelta(hours=1)
# Two draws in a thousand go so far from the planned share by chance: then something is wrong with the draw.
RATIO_P_LEAST = 0.001


def week_of(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def weeks_to(today: date, count: int = WEEKS) -> list[date]:
    """Return the Mondays of the last `count` weeks, this one's last."""
    latest = week_of(today)
    return [latest - timedelta(weeks=n) for n in range(count - 1, -1, -1)]


def state_of(*, started_at: datetime, days: int, ended_at: datetime | None, now: datetime) -> str:
    """Return "running", "early" (ended before its days were over: no verdict, ever) or "over"."""
    planned = started_at + timedelta(days=days)
    if ended_at is not None and ended_at < planned:
        return "early"
    return "over" if now >= planned else "running"


@dataclass(frozen=True, slots=True)
class Arm:
    """What one arm came to: people drawn into it, those with the outcome, and what all of them bought (minor units)."""

    viewers: int
    takers: int
    minor: int = 0
    minor_squared: float = 0.0

    @property
    def mean(self) -> float:
        """Return what a viewer bought on average."""
        return self.minor / self.viewers if self.viewers else 0.0

    @property
    def variance(self) -> float:
        """Return the sample variance of what viewers bought."""
        if self.viewers < 2:
            return 0.0
        return max(0.0, (self.minor_squared - self.viewers * self.mean**2) / (self.viewers - 1))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an experiment that ran its days says, b less a, each with its 95 % interval.

    `share`: of viewers with the outcome, as fractions; `revenue`: minor units a viewer, None where the list sells nothing.
    `better`: "a", "b" or "" (no difference can be seen). `drawn_right`: the viewers came out as the shares were planned;
    if not, nothing else here is to be trusted and `better` is "".
    """

    share: Interval
    revenue: Interval | None
    better: str
    drawn_right: bool


def verdict_of(a: Arm, b: Arm, *, share_bps: int) -> Verdict | None:
    """Return what two arms say; None if one of them has no viewer."""
    if not a.viewers or not b.viewers:
        return None
    share = newcombe(a.takers, a.viewers, b.takers, b.viewers)
    sold = a.minor > 0 or b.minor > 0
    enough = a.viewers > 1 and b.viewers > 1
    revenue = welch(a.mean, a.variance, a.viewers, b.mean, b.variance, b.viewers) if sold and enough else None
    right = ratio_fits(a.viewers, b.viewers, share_b=share_bps / 10_000, p_least=RATIO_P_LEAST)
    better = "" if not right or share.low <= 0 <= share.high else "b" if share.low > 0 else "a"
    return Verdict(share, revenue, better, right)


def shares(counts: Sequence[int], of: Sequence[int]) -> list[int]:
    """Return each count as basis points of its whole; 0 of nothing."""
    return [count * 10_000 // whole if whole else 0 for count, whole in zip(counts, of, strict=True)]

"""Which plan holds for a shop, what a pick that is there keeps, and for how long. Decision 0025; FIELD.md 3.2.

A product's *sources* are its open plan and its running plans. What a shop is offered is the best source that names it. A
source that is lowered or withdrawn leaves a promise (`Kept`) to the picks that were there: they keep the better rate until
the notice period is over. So a pick earns, at any moment, the best of what its shop was offered within the notice period,
and neither more than was ever offered nor less than it was told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from renmai.goods.products.rules import COMMISSION_BPS_MAX, service_sound

SHOPS_MAX = 30  # FIELD.md 3.2: promoters of one plan
PRODUCTS_MAX = 20  # FIELD.md 3.2: products of one act
PLAN_DAYS_MAX = 1096
INVITATION_STATES: dict[str, frozenset[str]] = {
    "sent": frozenset({"accepted", "declined", "withdrawn"}),
    "accepted": frozenset(),
    "declined": frozenset(),
    "withdrawn": frozenset(),
}
# The narrower plan holds where two offer the same.
WIDTH = {"open": 0, "targeted": 1, "exclusive": 2}


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """What the creator gets, and the agency beside; in basis points of the line. Compared by the creator's part first."""

    commission_bps: int
    service_bps: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A plan as one shop sees it. `plan_id` None is the open one; `named` says that it holds for this shop."""

    rate: Rate
    plan_id: UUID | None = None
    kind: str = "open"
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    named: bool = True

    def runs(self, at: datetime) -> bool:
        """Return whether it is in force at a moment: from its start on, up to and without its end."""
        return (self.starts_at is None or self.starts_at <= at) and (self.ends_at is None or at < self.ends_at)


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise to the picks there at `at`: this rate (None: margin terms) until `until`, whatever is offered meanwhile."""

    at: datetime
    until: datetime
    rate: Rate | None
    plan_id: UUID | None = None
    kind: str = "open"


@dataclass(frozen=True, slots=True)
class Ground:
    """All that decides what one shop gets for one product. `plans` are not ended; `kept` are those for this shop."""

    open: Rate | None
    margin: bool
    plans: tuple[Source, ...] = ()
    kept: tuple[Kept, ...] = ()

    def exclusive(self, at: datetime) -> Source | None:
        """Return the exclusive plan in force, whoever it names: the open and the targeted ones rest meanwhile."""
        return next((plan for plan in self.plans if plan.kind == "exclusive" and plan.runs(at)), None)

    def margin_offered(self, at: datetime) -> bool:
        """Return whether the shop may set prices of its own: not where somebody else has the product alone."""
        alone = self.exclusive(at)
        return self.margin and (alone is None or alone.named)

    def sources(self, at: datetime) -> list[Source]:
        """Return the plans that hold for the shop at a moment."""
        alone = self.exclusive(at)
        if alone is not None:
            return [alone] if alone.named else []
        targeted = [plan for plan in self.plans if plan.named and plan.kind == "targeted" and plan.runs(at)]
        return targeted + ([Source(self.open)] if self.open is not None else [])


@dataclass(frozen=True, slots=True)
class Held:
    """What a pick gets: its rate and the plan it comes from (None: the open one)."""

    rate: Rate
    plan_id: UUID | None = None
    kind: str = "open"


@dataclass(frozen=True, slots=True)
class Coming:
    """The next change of what a pick gets: from when, and what (None: the pick ends)."""

    at: datetime
    held: Held | None


def offered(ground: Ground, at: datetime) -> Source | None:
    """Return the plan on which a shop can pick now: exclusive for it, else the best of targeted and open, else None."""
    return max(ground.sources(at), key=lambda s: (s.rate, WIDTH[s.kind]), default=None)


def held(ground: Ground, since: datetime, at: datetime) -> Held | None:
    """Return what a pick on commission terms, there since `since`, gets at a moment; None where nothing holds it any more."""
    now = [Held(source.rate, source.plan_id, source.kind) for source in ground.sources(at)]
    still = [Held(k.rate, k.plan_id, k.kind) for k in _promises(ground, since, at) if k.rate is not None]
    return max(now + still, key=lambda h: (h.rate, WIDTH[h.kind]), default=None)


def margin_held(ground: Ground, since: datetime, at: datetime) -> bool:
    """Return whether a pick on margin terms may stay: unless somebody else has the product alone and the notice is over.

    A supplier who allows margin terms no longer ends no pick made on them (as before plans).
    """
    alone = ground.exclusive(at)
    return alone is None or alone.named or any(k.rate is None for k in _promises(ground, since, at))


def _promises(ground: Ground, since: datetime, at: datetime) -> list[Kept]:
    return [kept for kept in ground.kept if since <= kept.at <= at < kept.until]


def coming(ground: Ground, since: datetime, at: datetime) -> Coming | None:
    """Return the next change of what a pick on commission terms gets that is known at `at`, or None."""
    before = held(ground, since, at)
    for moment in _moments(ground, at):
        after = held(ground, since, moment)
        if after != before:
            return Coming(moment, after)
    return None


def margin_ends(ground: Ground, since: datetime, at: datetime) -> datetime | None:
    """Return when a pick on margin terms ends, as far as is known at `at`, or None."""
    return next((moment for moment in _moments(ground, at) if not margin_held(ground, since, moment)), None)


def _moments(ground: Ground, at: datetime) -> list[datetime]:
    """Return the moments after `at` at which anything changes, in order."""
    plans = (moment for plan in ground.plans for moment in (plan.starts_at, plan.ends_at))
    ends: Iterable[datetime | None] = (*plans, *(kept.until for kept in ground.kept))
    return sorted({moment for moment in ends if moment is not None and moment > at})


def kept_until(at: datetime, notice_days: int, *, ends_at: datetime | None = None) -> datetime:
    """Return until when picks keep what is lowered or withdrawn at `at`: the notice, but never past an end known before."""
    until = at + timedelta(days=notice_days)
    return until if ends_at is None else min(until, ends_at)


def lowered(before: Rate | None, after: Rate | None) -> bool:
    """Return whether a change takes something away: nobody waits for more."""
    return before is not None and (after is None or after < before)


def withdrawn_by_exclusive(
    ground: Ground, *, at: datetime, starts_at: datetime, notice_days: int
) -> list[tuple[Source | None, datetime]]:
    """Return what an exclusive plan announced at `at` suspends from `starts_at` on, each with until when picks keep it.

    `ground` is the product as seen by all shops (`named` True); None stands for margin terms.
    """
    least = kept_until(at, notice_days)
    until = max(starts_at, least)
    found: list[tuple[Source | None, datetime]] = [(None, until)]
    for source in ground.sources(at):
        end = until if source.ends_at is None else min(until, source.ends_at)
        found.append((source, end))
    return found


def rate_sound(rate: Rate) -> bool:
    """Return whether a plan's rates may stand: a commission, a service fee of at most 40 %, at most 90 % together."""
    return 0 < rate.commission_bps <= COMMISSION_BPS_MAX and service_sound(rate.commission_bps, rate.service_bps)


def overlap(a: tuple[datetime, datetime | None], b: tuple[datetime, datetime | None]) -> bool:
    """Return whether two periods (start, end; None: for good) share a moment."""
    return (b[1] is None or a[0] < b[1]) and (a[1] is None or b[0] < a[1])


def period_sound(now: datetime, starts_at: datetime, ends_at: datetime | None) -> bool:
    """Return whether a period may be announced at `now`: not begun in the past, its end after its start, not too far away."""
    far = now + timedelta(days=PLAN_DAYS_MAX)
    return now <= starts_at <= far and (ends_at is None or starts_at < ends_at <= far)


def shops_within(named: Sequence[UUID], more: Sequence[UUID]) -> bool:
    """Return whether a plan may name these as well."""
    return 0 < len(set(named) | set(more)) <= SHOPS_MAX

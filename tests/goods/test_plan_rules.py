"""Rules of plans: who is offered what, and what picks keep. A table, and histories against a plain account of the promise."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renmai.goods.plans.rules import (
    INVITATION_STATES,
    Coming,
    Ground,
    Held,
    Kept,
    Rate,
    Source,
    coming,
    held,
    kept_until,
    lowered,
    margin_ends,
    margin_held,
    offered,
    overlap,
    period_sound,
    rate_sound,
    shops_within,
    withdrawn_by_exclusive,
)
from renmai.kit.ids import new_id

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOTICE = 30
A, B = UUID(int=1), UUID(int=2)


def targeted(bps: int, *, named: bool = True, start: int = 0, end: int | None = None, plan: UUID = A) -> Source:
    ends_at = None if end is None else NOW + end * DAY
    return Source(Rate(bps), plan, "targeted", NOW + start * DAY, ends_at, named)


def exclusive(bps: int, *, named: bool = True, start: int = 0, end: int | None = None) -> Source:
    return replace(targeted(bps, named=named, start=start, end=end, plan=B), kind="exclusive")


@pytest.mark.parametrize(
    ("opened", "plans", "kind", "bps", "margin"),
    [
        (None, [], None, None, True),
        (2000, [], "open", 2000, True),
        (2000, [targeted(3000)], "targeted", 3000, True),
        (2000, [targeted(2000)], "targeted", 2000, True),
        (2000, [targeted(3000, named=False)], "open", 2000, True),
        (2000, [targeted(3000, start=1)], "open", 2000, True),
        (2000, [targeted(3000, start=-2, end=0)], "open", 2000, True),
        (2000, [targeted(3000, start=-2, end=1)], "targeted", 3000, True),
        (4000, [targeted(3000)], "open", 4000, True),
        (2000, [targeted(3000), exclusive(5000)], "exclusive", 5000, True),
        (2000, [targeted(3000), exclusive(1000)], "exclusive", 1000, True),
        (2000, [targeted(3000), exclusive(5000, named=False)], None, None, False),
        (2000, [targeted(3000), exclusive(5000, named=False, start=1)], "targeted", 3000, True),
        (None, [exclusive(5000)], "exclusive", 5000, True),
    ],
)
def test_which_plan_holds_for_a_shop(
    opened: int | None, plans: list[Source], kind: str | None, bps: int | None, margin: bool
) -> None:
    ground = Ground(None if opened is None else Rate(opened), True, tuple(plans))
    source = offered(ground, NOW)
    assert (source and source.kind, source and source.rate.commission_bps) == (kind, bps)
    assert ground.margin_offered(NOW) is margin
    assert not replace(ground, margin=False).margin_offered(NOW)


def test_a_lowered_rate_is_kept_for_the_notice_and_then_falls() -> None:
    kept = Kept(NOW, NOW + 30 * DAY, Rate(2000, 300))
    ground = Ground(Rate(1000, 500), True, kept=(kept,))
    picked = NOW - DAY
    assert held(ground, picked, NOW) == Held(Rate(2000, 300))
    assert held(ground, picked, NOW + 30 * DAY - timedelta(seconds=1)) == Held(Rate(2000, 300))
    assert held(ground, picked, NOW + 30 * DAY) == Held(Rate(1000, 500))
    assert coming(ground, picked, NOW) == Coming(NOW + 30 * DAY, Held(Rate(1000, 500)))
    later = NOW + timedelta(seconds=1)
    assert held(ground, later, later) == Held(Rate(1000, 500)) and coming(ground, later, later) is None
    assert held(replace(ground, open=Rate(2500)), picked, NOW) == Held(Rate(2500))
    assert coming(replace(ground, open=None), picked, NOW) == Coming(NOW + 30 * DAY, None)


def test_a_plans_own_end_needs_no_notice() -> None:
    ground = Ground(Rate(1000), True, (targeted(3000, end=5),))
    assert held(ground, NOW, NOW + 4 * DAY) == Held(Rate(3000), A, "targeted")
    assert held(ground, NOW, NOW + 5 * DAY) == Held(Rate(1000))
    assert coming(ground, NOW, NOW) == Coming(NOW + 5 * DAY, Held(Rate(1000)))
    assert kept_until(NOW, 30, ends_at=NOW + 5 * DAY) == NOW + 5 * DAY
    assert kept_until(NOW, 30, ends_at=NOW + 50 * DAY) == kept_until(NOW, 30) == NOW + 30 * DAY
    assert kept_until(NOW, 0) == NOW


def test_margin_terms_rest_while_another_has_the_product_alone() -> None:
    ground = Ground(Rate(1000), True, (exclusive(3000, named=False, end=60),))
    assert not margin_held(ground, NOW - DAY, NOW)
    told = replace(ground, kept=(Kept(NOW, NOW + 30 * DAY, None),))
    assert margin_held(told, NOW - DAY, NOW) and margin_ends(told, NOW - DAY, NOW) == NOW + 30 * DAY
    assert not margin_held(told, NOW - DAY, NOW + 30 * DAY) and margin_held(told, NOW - DAY, NOW + 60 * DAY)
    assert margin_held(Ground(None, False), NOW, NOW) and margin_ends(Ground(None, False), NOW, NOW) is None


def test_an_exclusive_plan_suspends_everything_else() -> None:
    ground = Ground(Rate(1000), True, (targeted(2000, end=10), targeted(2500, start=5, plan=B)))
    found = withdrawn_by_exclusive(ground, at=NOW, starts_at=NOW, notice_days=30)
    assert [(s and s.rate.commission_bps, until) for s, until in found] == [
        (None, NOW + 30 * DAY), (2000, NOW + 10 * DAY), (1000, NOW + 30 * DAY)
    ]  # fmt: skip
    later = withdrawn_by_exclusive(ground, at=NOW, starts_at=NOW + 40 * DAY, notice_days=30)
    assert later[0] == (None, NOW + 40 * DAY)


def test_what_may_stand() -> None:
    sound = [(1, 0), (9000, 0), (5000, 4000), (2000, 300)]
    assert all(rate_sound(Rate(*pair)) for pair in sound)
    assert not any(rate_sound(Rate(*pair)) for pair in [(0, 0), (9001, 0), (5001, 4000), (2000, 4001), (2000, -1)])
    assert lowered(Rate(2000), None) and lowered(Rate(2000), Rate(1999)) and lowered(Rate(2000, 1), Rate(2000))
    assert not lowered(None, Rate(1)) and not lowered(Rate(1), Rate(1)) and not lowered(Rate(1, 5), Rate(2))
    assert period_sound(NOW, NOW, None) and period_sound(NOW, NOW + DAY, NOW + 2 * DAY)
    assert not period_sound(NOW, NOW - DAY, None) and not period_sound(NOW, NOW, NOW)
    assert not period_sound(NOW, NOW, NOW + 1097 * DAY) and not period_sound(NOW, NOW + 1097 * DAY, None)
    thirty = [new_id() for _ in range(30)]
    assert shops_within([], thirty) and shops_within(thirty, thirty[:3])
    assert not shops_within(thirty, [new_id()]) and not shops_within([], [])
    assert overlap((NOW, None), (NOW + DAY, None)) and not overlap((NOW, NOW + DAY), (NOW + DAY, None))
    assert not overlap((NOW + DAY, None), (NOW, NOW + DAY)) and overlap(
        (NOW, NOW + 2 * DAY), (NOW + DAY, NOW + DAY * 9)
    )


def test_every_step_of_an_invitation_is_in_the_table() -> None:
    assert set(INVITATION_STATES) == {"sent", "accepted", "declined", "withdrawn"}
    assert [state for state, after in INVITATION_STATES.items() if after] == ["sent"]


@dataclass
class House:
    """A product and one shop, changed day by day as the actions change it, with an account of what was offered each day."""

    ground: Ground = field(default_factory=lambda: Ground(Rate(2000), True))
    picked: int = 0
    day: int = 0
    seen: list[tuple[int, Source]] = field(default_factory=list)
    rates: list[Held | None] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return NOW + self.day * DAY

    def look(self) -> None:
        """Note the plans that hold for the shop at this moment, the best and those it would fall back to."""
        self.seen += [(self.day, source) for source in self.ground.sources(self.now)]

    def pass_days(self, count: int) -> None:
        for _ in range(count):
            self.look()
            self.rates.append(held(self.ground, NOW + self.picked * DAY, self.now))
            self.day += 1
            plans = tuple(p for p in self.ground.plans if p.ends_at is None or p.ends_at > self.now)
            self.ground = replace(self.ground, plans=plans)

    def keep(self, source: Source, until: datetime) -> None:
        kept = Kept(self.now, until, source.rate, source.plan_id, source.kind)
        self.ground = replace(self.ground, kept=(*self.ground.kept, kept))

    def set_open(self, bps: int | None) -> None:
        rate = None if bps is None else Rate(bps)
        if lowered(self.ground.open, rate) and self.ground.exclusive(self.now) is None and self.ground.open:
            self.keep(Source(self.ground.open), kept_until(self.now, NOTICE))
        self.ground = replace(self.ground, open=rate)

    def make(self, kind: str, bps: int, days: int | None, named: bool) -> None:
        if any(plan.kind == "exclusive" for plan in self.ground.plans):
            return
        if kind == "targeted" and (self.ground.open is None or bps < self.ground.open.commission_bps):
            return
        end = None if days is None else self.now + days * DAY
        if kind == "exclusive":
            found = withdrawn_by_exclusive(self.ground, at=self.now, starts_at=self.now, notice_days=NOTICE)
            for source, until in found:
                if source is not None and source.named:
                    self.keep(source, until)
        plan = Source(Rate(bps), new_id(), kind, self.now, end, named)
        self.ground = replace(self.ground, plans=(*self.ground.plans, plan))

    def change(self, number: int, bps: int | None) -> None:
        if not self.ground.plans:
            return
        plan = self.ground.plans[number % len(self.ground.plans)]
        rate = None if bps is None else Rate(bps)
        if lowered(plan.rate, rate) and any(s.plan_id == plan.plan_id for s in self.ground.sources(self.now)):
            self.keep(plan, kept_until(self.now, NOTICE, ends_at=plan.ends_at))
        rest = tuple(p for p in self.ground.plans if p.plan_id != plan.plan_id)
        self.ground = replace(self.ground, plans=rest if rate is None else (*rest, replace(plan, rate=rate)))


BPS = st.integers(1, 90).map(lambda n: n * 100)
STEPS = st.lists(
    st.tuples(
        st.integers(0, 20),
        st.one_of(
            st.tuples(st.just("open"), st.none() | BPS),
            st.tuples(
                st.just("make"), st.sampled_from(["targeted", "exclusive"]), BPS, st.none() | st.integers(1, 50), st.booleans()
            ),
            st.tuples(st.just("change"), st.integers(0, 3), st.none() | BPS),
        ),
    ),
    max_size=12,
)  # fmt: skip


@given(STEPS, st.integers(0, 60))
@settings(max_examples=300)
def test_no_pick_falls_before_its_notice_is_over_nor_gets_what_was_never_offered(
    steps: list[tuple[int, tuple[object, ...]]], picked: int
) -> None:
    """A day's rate is one that the shop was offered within the notice; and never less than any of these but for dates
    that were known: the end of the plan which gave it."""
    house = House(picked=picked)
    for wait, step in [*steps, (70, ("open", 100))]:
        house.pass_days(wait)
        house.look()
        {"open": house.set_open, "make": house.make, "change": house.change}[str(step[0])](*step[1:])  # type: ignore[operator]
        house.look()
    for day, gets in list(enumerate(house.rates))[picked:]:
        first = max(picked, day - NOTICE)
        seen = [source for on, source in house.seen if first <= on <= day]
        if gets is not None:
            assert gets.rate in {source.rate for source in seen}
        at = NOW + day * DAY
        lasting = [s.rate for s in seen if s.ends_at is None or s.ends_at > at]
        if day - NOTICE == first:  # what was offered that long ago has just had its notice
            lasting = [s.rate for on, s in house.seen if first < on <= day and (s.ends_at is None or s.ends_at > at)]
        assert not lasting or (gets is not None and gets.rate >= max(lasting))

"""The published table of what credit does: monotone in the score, within the limits of terms, without flapping."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.people.standing.rules import TERMS
from renmai.trust.effects.rules import (
    FAIR_START_DAYS,
    GRAVE,
    LADDER,
    LEVELS,
    MARGIN,
    ROLES,
    TERMS_OF,
    WORSE,
    Role,
    Struck,
    Wanted,
    is_worse,
    level_of,
    struck_by,
    wanted,
)
from renmai.trust.effects.steps import EFFECT_ENDS, EFFECT_STATES, Held, steps_for

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NOTICE = timedelta(days=7)
USUAL = {name: TERMS[name].default for name in WORSE}
NAMES = [level.name for level in LADDER]

scores = st.integers(0, 100)
roles = st.sampled_from(ROLES)
levels = st.sampled_from(["", "newcomer", *NAMES])
usuals = st.fixed_dictionaries({name: st.integers(TERMS[name].least, TERMS[name].most) for name in WORSE})


def fact(kind: str, day: date, data: Any = None, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "day": day.isoformat(), "data": dict(data or {}), **more}


def values(role: Role, level: str, usual: dict[str, int], days: int = 0, struck: Any = ()) -> dict[str, int]:
    found = wanted(role, level, days_since_began=days, struck=struck, usual=usual, wait_days_most=90)
    return {term: found[term].value if term in found else usual[term] for term in TERMS_OF[role]}


@given(roles, levels, scores, scores, usuals)
def test_a_higher_score_is_never_worse_off(
    role: Role, before: str, one: int, other: int, usual: dict[str, int]
) -> None:
    low, high = sorted((one, other))
    below = values(role, level_of(low, is_newcomer=False, before=before), usual)
    above = values(role, level_of(high, is_newcomer=False, before=before), usual)
    assert not [term for term in below if is_worse(term, above[term], below[term])]


@given(
    roles,
    st.sampled_from(sorted(LEVELS)),
    st.integers(0, 1000),
    st.lists(st.sampled_from(GRAVE), unique_by=lambda rule: rule.name),
    usuals,
    st.integers(0, 90),
)
def test_every_term_stays_within_its_limits_and_no_rule_asks_less_than_none(
    role: Role, level: str, days: int, rules: Any, usual: dict[str, int], most: int
) -> None:
    hits = [Struck(rule, rule.count, NOW.date()) for rule in rules if role in rule.roles]
    found = wanted(role, level, days_since_began=days, struck=hits, usual=usual, wait_days_most=most)
    calm = wanted(role, level, days_since_began=days, struck=[], usual=usual, wait_days_most=most)
    for term, want in found.items():
        assert TERMS[term].least <= want.value <= TERMS[term].most and want.value != usual[term]
        assert term in TERMS_OF[role]
    for term in TERMS_OF[role]:
        hard = found[term].value if term in found else usual[term]
        assert not is_worse(term, calm[term].value if term in calm else usual[term], hard)
    for term in ("settlement_days", "settlement_days_alliance"):
        if term in found:
            assert found[term].value <= max(most, usual[term])


@given(roles, st.integers(0, 1000), usuals)
def test_to_begin_anew_is_never_better_than_steady_and_its_start_is_bounded(
    role: Role, days: int, usual: dict[str, int]
) -> None:
    new, steady = values(role, "newcomer", usual, days), values(role, "steady", usual)
    assert not [term for term in new if is_worse(term, steady[term], new[term])]
    assert new["exposure"] == (usual["exposure"] if days < FAIR_START_DAYS else min(usual["exposure"], 1))


@given(levels, scores)
def test_a_level_that_was_reached_is_kept_within_the_margin(before: str, score: int) -> None:
    level = level_of(score, is_newcomer=False, before=before)
    assert level_of(score, is_newcomer=False, before=level) == level
    for near in range(max(0, score - MARGIN), score + 1):
        # What falls by no more than the margin from a gate it passed stays where it is.
        if (LEVELS[level].score_from or 0) <= score:
            assert NAMES.index(level_of(near, is_newcomer=False, before=level)) >= NAMES.index(
                level_of(near, is_newcomer=False)
            )
    assert level_of(score, is_newcomer=True, before=before) == "newcomer"


@pytest.mark.parametrize(
    ("score", "before", "level"),
    [
        (80, "", "proven"), (79, "", "steady"), (79, "proven", "proven"), (77, "proven", "proven"), (76, "proven", "steady"),
        (60, "weak", "steady"), (57, "steady", "steady"), (56, "steady", "weak"), (57, "weak", "weak"), (37, "weak", "weak"),
        (36, "weak", "poor"), (39, "", "poor"), (0, "", "poor"), (59, "newcomer", "weak"),
    ],
)  # fmt: skip
def test_the_gates(score: int, before: str, level: str) -> None:
    assert level_of(score, is_newcomer=False, before=before) == level


def test_the_table_at_the_houses_own_defaults() -> None:
    assert values("creator", "proven", USUAL)["settlement_days"] == 5
    assert values("creator", "newcomer", USUAL) == {
        "settlement_days": 14, "settlement_days_alliance": 22, "exposure": 2, "picks_most": 60, "live_allowed": 1,
    }  # fmt: skip
    assert values("supplier", "proven", USUAL) == {
        "settlement_days": 5, "settlement_days_alliance": 8, "exposure": 2, "products_allowed": 1, "deposit_bps": 5_000,
    }  # fmt: skip
    assert values("supplier", "poor", USUAL) == {
        "settlement_days": 21, "settlement_days_alliance": 29, "exposure": 0, "products_allowed": 0, "deposit_bps": 20_000,
    }  # fmt: skip


def test_only_hard_facts_take_shows_away() -> None:
    for level in LEVELS:
        assert values("creator", level, USUAL)["live_allowed"] == 1
    stopped = [fact("show.held", NOW.date(), {"outcome": "stopped"})] * 2
    (hit,) = struck_by("creator", stopped, NOW.date())
    found = wanted("creator", "proven", days_since_began=0, struck=[hit], usual=USUAL, wait_days_most=90)
    assert found["live_allowed"] == Wanted(0, "grave:shows_stopped") and found["live_allowed"].is_grave


@pytest.mark.parametrize("rule", GRAVE, ids=lambda rule: rule.name)
def test_a_grave_rule_counts_its_days_and_nothing_else(rule: Any) -> None:
    on = NOW.date()
    bad = fact(rule.kind, on, rule.data)
    others = [
        fact(rule.kind, on, dict.fromkeys(rule.data)), fact("parcel.delivered", on), fact(rule.kind, on, rule.data, weight=0),
    ]  # fmt: skip
    for role in ROLES:
        names = [hit.rule.name for hit in struck_by(role, [bad] * rule.count + others, on)]
        assert (rule.name in names) == (role in rule.roles)
    assert rule.name not in [hit.rule.name for hit in struck_by(rule.roles[0], [bad] * (rule.count - 1) + others, on)]
    hit = next(hit for hit in struck_by(rule.roles[0], [bad] * rule.count, on) if hit.rule is rule)
    assert hit.until == on + timedelta(days=rule.days)
    last = hit.until - timedelta(days=1)
    assert rule.name in [h.rule.name for h in struck_by(rule.roles[0], [bad] * rule.count, last)]
    assert rule.name not in [h.rule.name for h in struck_by(rule.roles[0], [bad] * rule.count, hit.until)]
    assert struck_by(rule.roles[0], [bad] * rule.count, on - timedelta(days=1)) == []


class Course:
    """A term over time, as the steps make it."""

    def __init__(self) -> None:
        self.held: Held | None = None
        self.announced: Held | None = None
        self.done: list[str] = []

    def go(self, now: datetime, want: Wanted | None, usual: int = 7, at_once: bool = False) -> list[str]:
        steps = steps_for(
            "settlement_days", now=now, usual=usual, want=want, held=self.held, announced=self.announced, notice=NOTICE,
            at_once=at_once,
        )  # fmt: skip
        for step in steps:
            made = Held(step.value, step.cause, step.at)
            if step.do == "announce":
                assert self.announced is None
                self.announced = made
            elif step.do in {"withdraw", "finish"}:
                assert self.announced is not None
                self.announced = None
            elif step.do == "end":
                assert self.held is not None
                self.held = None
            else:
                assert self.held is None
                self.held, self.announced = made, None if step.announced else self.announced
        self.done += [step.do for step in steps]
        return [step.do for step in steps]

    @property
    def value(self) -> int:
        return self.held.value if self.held else 7


WEAK, POOR, PROVEN = Wanted(14, "level:weak"), Wanted(21, "level:poor"), Wanted(5, "level:proven")
GRAVELY = Wanted(14, "grave:cases_ignored")


def day(n: int) -> datetime:
    return NOW + timedelta(days=n)


def test_worse_is_announced_and_better_holds_at_once() -> None:
    course = Course()
    assert course.go(day(0), WEAK) == ["announce"] and course.value == 7
    assert course.go(day(0), WEAK) == []
    assert course.go(day(6), WEAK) == []
    assert course.go(day(7), WEAK) == ["begin"] and course.value == 14
    assert course.go(day(7), WEAK) == []
    assert course.go(day(8), PROVEN) == ["end", "begin"] and course.value == 5
    assert course.go(day(9), None) == ["announce"] and course.value == 5
    assert course.go(day(16), None) == ["end", "finish"] and course.value == 7
    assert course.announced is None


def test_what_recovers_in_time_is_never_felt() -> None:
    course = Course()
    course.go(day(0), WEAK)
    assert course.go(day(5), None) == ["withdraw"] and course.value == 7
    assert course.go(day(7), None) == []


def test_what_is_grave_holds_at_once_and_so_do_a_newcomers_first_terms() -> None:
    course = Course()
    assert course.go(day(0), GRAVELY) == ["begin"] and course.value == 14
    assert course.go(day(1), WEAK) == ["end", "begin"] and course.value == 14  # another reason for the same
    assert Course().go(day(0), WEAK, at_once=True) == ["begin"]


def test_what_gets_worse_still_is_announced_by_itself_and_milder_comes_no_later() -> None:
    course = Course()
    course.go(day(0), WEAK)
    assert course.go(day(3), POOR) == []  # first what was announced
    assert course.go(day(7), POOR) == ["begin"] and course.value == 14
    assert course.go(day(7), POOR) == ["announce"]
    assert course.go(day(14), POOR) == ["end", "begin"] and course.value == 21
    other = Course()
    other.go(day(0), POOR)
    assert other.go(day(2), WEAK) == ["withdraw", "announce"]
    assert other.go(day(7), WEAK) == ["begin"] and other.value == 14


wants = st.sampled_from([None, WEAK, POOR, PROVEN, GRAVELY])


@given(st.lists(st.tuples(st.integers(0, 5), wants), max_size=30))
def test_any_course_converges_and_repeats_nothing(days: list[tuple[int, Wanted | None]]) -> None:
    course, now, said = Course(), NOW, 0
    for passed, want in days:
        now += timedelta(days=passed)
        before = course.value
        course.go(now, want)
        if course.value > before and not (want and want.is_grave):
            # It got worse by level alone: somebody was told a full notice ahead.
            assert "announce" in course.done[said:]
            said = len(course.done)
        while course.go(now, want) not in ([], ["announce"]):
            pass
        assert course.go(now, want) == []
    for _ in range(3):
        now += NOTICE
        while course.go(now, days[-1][1] if days else None):
            pass
    assert course.value == (days[-1][1].value if days and days[-1][1] else 7)


def test_every_state_of_an_effect_is_reached_and_left_or_an_end() -> None:
    reached = {"announced", "in_force"} | set(EFFECT_STATES.values())
    left = {state for state, _ in EFFECT_STATES}
    assert reached - left == EFFECT_ENDS

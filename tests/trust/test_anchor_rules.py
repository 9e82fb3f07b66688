"""What becomes of an anchor by what a node says, and what it offers for gas."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.trust.anchors.rules import (
    ANCHOR_STATES,
    GWEI,
    UNDER_WAY,
    Fees,
    Receipt,
    Seen,
    Step,
    Try,
    fees_now,
    is_due,
    is_missed,
    raised,
    step_of,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=120)
FEES = Fees(3 * GWEI, GWEI)
TRY = Try("0xa", 5, FEES, NOW)
AGAIN = Try("0xb", 5, FEES, NOW)


def test_every_state_leads_somewhere_or_is_the_end() -> None:
    assert set(ANCHOR_STATES) == {"sending", "mined", "final", "failed"}
    assert {state for state, after in ANCHOR_STATES.items() if after} == set(UNDER_WAY)
    for before, after in product(ANCHOR_STATES, repeat=2):
        allowed = before in UNDER_WAY and after != before
        assert (after in ANCHOR_STATES[before]) is allowed


def test_the_step_by_what_the_node_says() -> None:
    good, bad = Receipt("0xa", 100, True), Receipt("0xb", 101, False)
    for nonce, receipts, head, now, step, about in [
        (5, (), 100, NOW, Step.SEND, None),
        (5, (), 100, LATER - timedelta(seconds=1), Step.SEND, None),
        (5, (), 100, LATER, Step.RAISE, None),
        (6, (), 100, LATER, Step.RENEW, None),
        (6, (good,), 100, LATER, Step.MINED, good),
        (6, (good,), 101, NOW, Step.MINED, good),
        (6, (good,), 102, NOW, Step.FINAL, good),
        (6, (bad,), 102, NOW, Step.MINED, bad),
        (6, (bad,), 103, NOW, Step.FAIL, bad),
        (7, (bad, good), 103, NOW, Step.FINAL, good),
    ]:
        seen = Seen(head, nonce, receipts)
        assert step_of([TRY, AGAIN], seen, confirmations=3, now=now) == (step, about)


def test_fees_leave_room_for_the_base_to_double_and_never_pass_the_most() -> None:
    assert fees_now(10 * GWEI, [GWEI, 3 * GWEI, 2 * GWEI], most_wei=100 * GWEI) == Fees(22 * GWEI, 2 * GWEI)
    assert fees_now(10 * GWEI, [], most_wei=100 * GWEI) == Fees(20 * GWEI + GWEI // 100, GWEI // 100)
    assert fees_now(60 * GWEI, [2 * GWEI], most_wei=61 * GWEI) == Fees(61 * GWEI, GWEI)
    assert fees_now(100 * GWEI, [GWEI], most_wei=100 * GWEI) is None


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.integers(1, 10**12), st.integers(1, 10**12))
def test_raised_fees_are_a_tenth_higher_or_nothing(most: int, base: int, tip: int, before: int) -> None:
    old = Fees(before, min(tip, before))
    market = fees_now(base, [tip], most_wei=most)
    new = raised(old, market, most_wei=most)
    if new is None:
        assert before * 1.125 > most - 1
        return
    assert new.max_wei * 10 >= old.max_wei * 11
    assert new.tip_wei * 10 >= old.tip_wei * 11
    assert new.tip_wei <= new.max_wei <= most


@pytest.mark.parametrize(("seconds", "due", "missed"), [(0, False, False), (60, True, False), (120, True, False), (121, True, True)])  # fmt: skip
def test_when_it_is_time_and_when_it_is_missed(seconds: int, due: bool, missed: bool) -> None:
    now = NOW + timedelta(seconds=seconds)
    assert is_due(NOW, every_seconds=60, now=now) is due
    assert is_missed(NOW, every_seconds=60, now=now) is missed


def test_the_first_anchor_is_due_and_nothing_that_waits_is_missed() -> None:
    assert is_due(None, every_seconds=60, now=NOW)
    assert not is_missed(None, every_seconds=60, now=NOW)

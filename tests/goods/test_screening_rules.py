"""The rules of screening as tables: where a point stands, what a decision finds, until when it holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from renmai.goods.screening.rules import (
    FOUND,
    Paper,
    Point,
    check_due_at,
    deposit_faults,
    findings_of,
    last_good_day,
    paper_faults,
    point_state,
)
from renmai.kit.ids import new_id

TODAY = date(2026, 3, 1)


def days(count: int) -> date:
    return TODAY + timedelta(days=count)


# handed in, valid until, the requirement's valid_days -> state today, last good day
STATES: list[tuple[date | None, date | None, int | None, str, date | None]] = [
    (None, None, None, "missing", None),
    (None, None, 30, "missing", None),
    (days(0), None, None, "shown", None),
    (days(-4000), None, None, "shown", None),
    (days(0), days(0), None, "shown", days(0)),
    (days(-9), days(1), None, "shown", days(1)),
    (days(-9), days(-1), None, "expired", days(-1)),
    (days(-30), None, 30, "shown", days(0)),
    (days(-31), None, 30, "expired", days(-1)),
    (days(0), None, 1, "shown", days(1)),
    # A document's own date goes before the bound, either way.
    (days(-400), days(5), 365, "shown", days(5)),
    (days(0), days(-1), 365, "expired", days(-1)),
]


@pytest.mark.parametrize(("handed_in_on", "until", "valid_days", "state", "last"), STATES)
def test_where_a_point_stands(
    handed_in_on: date | None, until: date | None, valid_days: int | None, state: str, last: date | None
) -> None:
    paper = Paper(handed_in_on, until) if handed_in_on else None
    assert point_state(paper, valid_days, TODAY) == state
    assert (last_good_day(paper, valid_days) if paper else None) == last


def point(state: str, *, required: bool = True) -> Point:
    return Point(new_id(), f"code-{state}", state, state, required, state)


# required, state, waived -> fault
FAULTS = [
    (True, "missing", False, ["papers_missing"]),
    (True, "missing", True, []),
    (True, "expired", False, ["papers_expired"]),
    (True, "expired", True, []),
    (True, "shown", False, []),
    (False, "missing", False, []),
    (False, "expired", False, ["papers_expired"]),
    (False, "expired", True, []),
    (False, "shown", False, []),
]


@pytest.mark.parametrize(("required", "state", "waived", "faults"), FAULTS)
def test_what_keeps_an_approval(required: bool, state: str, waived: bool, faults: list[str]) -> None:
    one = point(state, required=required)
    assert paper_faults([one], {one.id} if waived else ()) == faults


def test_faults_are_named_once_each() -> None:
    points = [point("missing"), point("missing"), point("expired"), point("shown")]
    assert paper_faults(points) == ["papers_missing", "papers_expired"]


# state, verdict, whether there is a remark -> what the decision found
FINDINGS = [
    ("shown", "approved", False, "shown"),
    ("shown", "approved", True, "shown"),
    ("missing", "approved", True, "waived"),
    ("expired", "checked", True, "waived"),
    ("missing", "approved", False, "missing"),
    ("expired", "suspended", False, "expired"),
    ("shown", "rejected", True, "refused"),
    ("missing", "rejected", True, "refused"),
    ("shown", "suspended", True, "refused"),
    ("shown", "lapsed", False, "shown"),
]


@pytest.mark.parametrize(("state", "verdict", "remarked", "found"), FINDINGS)
def test_what_a_decision_finds(state: str, verdict: str, remarked: bool, found: str) -> None:
    one = point(state)
    remarks: dict[UUID, str] = {one.id: "why"} if remarked else {}
    (finding,) = findings_of([one], verdict, remarks)
    said = "why" if found in {"waived", "refused"} else ""
    assert finding == {"code": one.code, "title": state, "title_zh": state, "found": found, "reason": said}
    assert found in FOUND


def test_the_next_check_is_half_a_year_on_or_the_day_after_a_document_ends() -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    due = check_due_at(now, 180, [], "Asia/Shanghai")
    assert due == now + timedelta(days=180)
    assert check_due_at(now, 180, [days(400)], "Asia/Shanghai") == due
    soon = check_due_at(now, 180, [days(400), days(10), days(20)], "Asia/Shanghai")
    assert soon == datetime(2026, 3, 11, 16, tzinfo=UTC)  # 12 March, midnight in Shanghai


@pytest.mark.parametrize(("held", "needed", "faults"), [(0, 0, []), (5, 5, []), (4, 5, ["deposit_short"]), (9, 5, [])])
def test_the_deposit_must_be_there(held: int, needed: int, faults: list[str]) -> None:
    assert deposit_faults(held, needed) == faults

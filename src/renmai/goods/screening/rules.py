"""What must be so before a supplier, a product or a brand is approved, and until when that holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from renmai.goods.products.rules import band_fault

SUBJECTS = ("supplier", "product", "brand")
SUPPLIER_VERDICTS = frozenset({"approved", "rejected", "suspended"})
PRODUCT_VERDICTS = frozenset({"approved", "rejected"})
FOUND = ("shown", "missing", "expired", "refused", "waived")
PASSING = frozenset({"approved", "checked"})
REASON_CHARS_MAX = 500
# How long before a check is due the supplier's people are told of it. How long after is a term: recheck_grace_days.
WARN_DAYS = 14
Band = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Paper:
    """What a point's newest document says of itself: when it was handed in, its last good day if it has one."""

    handed_in_on: date
    valid_until_on: date | None = None


def last_good_day(paper: Paper, valid_days: int | None) -> date | None:
    """Return the last day on which a document counts; None when it counts for ever.

    Its own date of expiry goes first; `valid_days` (from the day it was handed in) bounds one that says none.
    """
    if paper.valid_until_on is not None:
        return paper.valid_until_on
    return None if valid_days is None else paper.handed_in_on + timedelta(days=valid_days)


def point_state(paper: Paper | None, valid_days: int | None, today: date) -> str:
    """Return where a point of a checklist stands today: missing, shown or expired."""
    if paper is None:
        return "missing"
    last = last_good_day(paper, valid_days)
    return "expired" if last is not None and last < today else "shown"


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a checklist as a decision weighs it; `state` is of `point_state`."""

    id: UUID
    code: str
    title: str
    title_zh: str
    required: bool
    state: str


def findings_of(points: Sequence[Point], verdict: str, remarks: Mapping[UUID, str]) -> list[dict[str, str]]:
    """Return what a decision found at each point.

    `remarks` gives a reason by point: why it is waived where the verdict passes, why it is refused where it does not.
    A remark on a point that is in order waives nothing.
    """
    return [_finding(point, verdict, remarks.get(point.id, "")) for point in points]


def _finding(point: Point, verdict: str, remark: str) -> dict[str, str]:
    found, reason = point.state, ""
    if remark and verdict not in PASSING:
        found, reason = "refused", remark
    elif remark and point.state != "shown":
        found, reason = "waived", remark
    return {"code": point.code, "title": point.title, "title_zh": point.title_zh, "found": found, "reason": reason}


def paper_faults(points: Sequence[Point], waived: Iterable[UUID] = ()) -> list[str]:
    """Return papers_missing where a required point shows nothing, papers_expired where any point shows what expired."""
    left = [point for point in points if point.id not in set(waived)]
    missing = any(point.required and point.state == "missing" for point in left)
    expired = any(point.state == "expired" for point in left)
    return ["papers_missing"] * missing + ["papers_expired"] * expired


def supplier_faults(verdict: str, evidence_count: int) -> list[str]:
    """Return why the verdict on a supplier may not be given: approval needs at least one document of evidence."""
    return ["no_evidence"] if verdict == "approved" and evidence_count == 0 else []


def deposit_faults(deposit_minor: int, needed_minor: int) -> list[str]:
    """Return deposit_short where less lies in deposit than the categories that are sold need (minor units)."""
    return ["deposit_short"] if deposit_minor < needed_minor else []


def product_faults(supplier_state: str, bands: Sequence[Band], cap_bps: int) -> list[str]:
    """Return why a product may not be approved; empty when it may.

    `bands` holds (supply, floor, price) in minor units of each active variant.
    """
    faults = [] if supplier_state == "approved" else ["supplier_not_approved"]
    if not bands:
        faults.append("nothing_to_sell")
    wrong = {
        band_fault(supply_minor=supply, floor_minor=floor, price_minor=price, cap_bps=cap_bps)
        for supply, floor, price in bands
    }
    return faults + sorted(fault for fault in wrong if fault)


def is_check_due(state: str, due_at: datetime | None, now: datetime) -> bool:
    """Return whether an operator may confirm a check: what is approved, from 14 days before it is due."""
    return state == "approved" and due_at is not None and due_at <= now + timedelta(days=WARN_DAYS)


def check_due_at(now: datetime, recheck_days: int, good_until: Iterable[date], zone: str) -> datetime:
    """Return when what is approved now is to be checked again: in `recheck_days`, or the day after a document's last.

    网络交易监督管理办法 Art. 24: a platform verifies again, every six months at the latest, who sells on it. `zone` is the
    installation's (an IANA name), in which days begin.
    """
    ends = [datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)) for day in good_until]
    return min([now + timedelta(days=recheck_days), *ends])

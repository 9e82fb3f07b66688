"""From a seller's score and hard facts to its terms: the published table, version by version. Pure.

docs/effects.md and the page /credit/rules say the same; a test compares them. A new version is a new number here.
Bands follow the published gates of marketplaces (a growth stage of its own, a floor, a top; 70 is like the market), with a margin in which a
level that was reached is kept, so that terms do not flap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from renmai.people.standing.rules import TERMS

VERSION = 1
MARGIN = 3
"""So many points below the gate of a level who has reached it still keeps it."""
ELSEWHERE_KNOWN_FROM = 5
"""With so many points for a record in another house (docs/passport.md) a seller is no newcomer here."""
FAIR_START_DAYS = 60
"""So long a newcomer is shown like everyone, whoever comes; afterwards behind those who have a record."""

Role = Literal["creator", "supplier"]
ROLES: tuple[Role, ...] = ("creator", "supplier")
How = Literal["plus", "most", "bps"]

# Which way a term gets worse for the seller: +1 when it grows.
WORSE: Mapping[str, int] = {
    "settlement_days": 1, "settlement_days_alliance": 1, "exposure": -1, "picks_most": -1, "products_allowed": -1,
    "deposit_bps": 1, "live_allowed": -1,
}  # fmt: skip
TERMS_OF: Mapping[Role, tuple[str, ...]] = {
    "creator": ("settlement_days", "settlement_days_alliance", "exposure", "picks_most", "live_allowed"),
    "supplier": ("settlement_days", "settlement_days_alliance", "exposure", "products_allowed", "deposit_bps"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a term: `plus` adds to the house's own value, `bps` is so many of it, `most` never more than that."""

    term: str
    how: How
    amount: int


@dataclass(frozen=True, slots=True)
class Level:
    """A level of credit: from which score on (None: not by a score), and what it changes."""

    name: str
    score_from: int | None
    changes: tuple[Change, ...]


def _days(plus: int, alliance_plus: int) -> tuple[Change, ...]:
    return Change("settlement_days", "plus", plus), Change("settlement_days_alliance", "plus", alliance_plus)


# From the lowest to the highest; who is on a lower one is never better off. Steady is the house as it is for everyone.
LADDER: tuple[Level, ...] = (
    Level(
        "poor", 0,
        (*_days(14, 14), Change("exposure", "most", 0), Change("picks_most", "most", 60), Change("products_allowed", "most", 0),
         Change("deposit_bps", "bps", 20_000)),
    ),
    Level(
        "weak", 40,
        (*_days(7, 7), Change("exposure", "most", 1), Change("picks_most", "most", 200), Change("deposit_bps", "bps", 15_000)),
    ),
    Level("steady", 60, ()),
    Level("proven", 80, (*_days(-2, -7), Change("deposit_bps", "bps", 5_000))),
)  # fmt: skip
NEWCOMER = Level("newcomer", None, (*_days(7, 7), Change("picks_most", "most", 60)))
START_OVER = Change("exposure", "most", 1)
"""What a newcomer's fair start turns into when it is over and there is no record yet."""
LEVELS: Mapping[str, Level] = {level.name: level for level in (*LADDER, NEWCOMER)}


@dataclass(frozen=True, slots=True)
class Grave:
    """A rule by hard facts: so many of a kind within so many days change terms at once, whatever the score says."""

    name: str
    roles: tuple[Role, ...]
    kind: str
    data: Mapping[str, Any]
    count: int
    days: int
    changes: tuple[Change, ...]


GRAVE: tuple[Grave, ...] = (
    Grave(
        "recalled", ("supplier",), "product.recalled", {"scope": "product"}, 1, 30,
        (Change("exposure", "most", 1), Change("deposit_bps", "bps", 15_000)),
    ),
    Grave(
        "recalled_often", ("supplier",), "product.recalled", {"scope": "product"}, 3, 90,
        (Change("exposure", "most", 0), Change("products_allowed", "most", 0)),
    ),
    Grave(
        "screening_failed", ("supplier",), "screening.decided", {"passed": False}, 3, 30,
        (Change("products_allowed", "most", 0),),
    ),
    Grave(
        "cases_ignored", ("creator", "supplier"), "recourse.answered", {"answered": False}, 3, 60,
        (*_days(7, 7), Change("exposure", "most", 1)),
    ),
    Grave("shows_stopped", ("creator",), "show.held", {"outcome": "stopped"}, 2, 60, (Change("live_allowed", "most", 0),)),
)  # fmt: skip
GRAVE_BY_NAME: Mapping[str, Grave] = {rule.name: rule for rule in GRAVE}
GRAVE_DAYS_MAX = max(rule.days for rule in GRAVE)


Fact = Mapping[str, Any]
"""A fact in the shape of the log's leaf: kind, day, data, and a weight where a buyer stands behind it."""


@dataclass(frozen=True, slots=True)
class Struck:
    """A grave rule that holds: by how many facts and which (where they carry an id), and the first day on which they no
    longer suffice if nothing new happens."""

    rule: Grave
    count: int
    until: date
    fact_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a term is to be and why: `cause` names a level ("level:weak") or a grave rule ("grave:recalled")."""

    value: int
    cause: str

    @property
    def is_grave(self) -> bool:
        """Return whether hard facts ask it, which hold at once."""
        return self.cause.startswith("grave:")


def level_of(score: int, *, is_newcomer: bool, before: str = "") -> str:
    """Return the level for a score of 0 to 100; `before` is the level so far, kept within MARGIN below its gate."""
    if is_newcomer:
        return NEWCOMER.name
    names = [level.name for level in LADDER]
    held = names.index(before) if before in names else -1
    gates = [(level.score_from or 0) - (MARGIN if n <= held else 0) for n, level in enumerate(LADDER)]
    return next(level.name for level, gate in zip(reversed(LADDER), reversed(gates), strict=True) if score >= gate)


def struck_by(role: Role, facts: Iterable[Fact], on: date) -> list[Struck]:
    """Return the grave rules that hold on a day, in the order of the table.

    Facts of later days do not count, nor those of buyers without weight: nobody is struck by a ring of accounts.
    """
    known = [fact for fact in facts if fact.get("weight") != 0]
    found = []
    for rule in (rule for rule in GRAVE if role in rule.roles):
        since = on - timedelta(days=rule.days)
        counted = [fact for fact in known if _fits(rule, fact) and since < date.fromisoformat(fact["day"]) <= on]
        if len(counted) >= rule.count:
            days = sorted((date.fromisoformat(fact["day"]) for fact in counted), reverse=True)
            ids = tuple(str(fact["id"]) for fact in counted if "id" in fact)
            found.append(Struck(rule, len(days), days[rule.count - 1] + timedelta(days=rule.days), ids))
    return found


def _fits(rule: Grave, fact: Fact) -> bool:
    return bool(fact["kind"] == rule.kind and all(fact["data"].get(name) == value for name, value in rule.data.items()))


def changed(change: Change, usual: int, *, wait_days_most: int) -> int:
    """Return the value of a term after a change of the house's `usual` one, within the limits of the term.

    What makes a seller wait stays within `wait_days_most`, the longest that the providers of payments hold money.
    """
    term = TERMS[change.term]
    if change.how == "plus":
        most = max(usual, min(term.most, wait_days_most))
        return max(term.least, min(most, usual + change.amount))
    if change.how == "bps":
        return max(term.least, min(term.most, usual * change.amount // 10_000))
    return max(term.least, min(usual, change.amount))


def wanted(
    role: Role, level: str, *, days_since_began: int, struck: Sequence[Struck], usual: Mapping[str, int], wait_days_most: int
) -> dict[str, Wanted]:  # fmt: skip
    """Return term -> what it is to be, for those that are not to be as usual. Where several ask, the hardest holds.

    `usual` has the house's own value of every term of the role.
    """
    asked = [(change, f"level:{level}") for change in LEVELS[level].changes]
    if level == NEWCOMER.name and days_since_began >= FAIR_START_DAYS:
        asked.append((START_OVER, "level:newcomer"))
    asked += [(change, f"grave:{hit.rule.name}") for hit in struck for change in hit.rule.changes]
    found: dict[str, Wanted] = {}
    for change, cause in asked:
        if change.term not in TERMS_OF[role]:
            continue
        value = changed(change, usual[change.term], wait_days_most=wait_days_most)
        known = found.get(change.term)
        # A grave rule that asks no more than the level does is not what changed anything.
        if known is None or is_worse(change.term, value, known.value):
            found[change.term] = Wanted(value, cause)
    return {term: want for term, want in found.items() if want.value != usual[term]}


def is_worse(term: str, value: int, than: int) -> bool:
    """Return whether `value` is worse for the seller than another value of the term."""
    return (value - than) * WORSE[term] > 0

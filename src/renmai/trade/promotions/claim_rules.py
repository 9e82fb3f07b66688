"""Claims: many ask for units of a drop in the same second; strictly in order, each gets a plain answer. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Invalid, NotFound
from renmai.trade.promotions.drop_rules import HOLD, DropNow, Waiter, drop_fault


class ClaimRefused(DomainError):
    """No units for this claim: `why` is drop_not_yet, drop_over, drop_limit, sold_out or first_paid; `left` could be had."""

    code = "drop.claim_refused"
    status = 409
    message = "No units could be kept for you: {why}."


@dataclass(frozen=True, slots=True)
class Claim:
    """A buyer asks for units of a drop; `now` is when the house heard it."""

    drop_id: UUID
    buyer_id: UUID
    quantity: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """Units are kept for the buyer until then, and become an order by placing. `repeated`: they were kept before."""

    drop_id: UUID
    quantity: int
    until: datetime
    repeated: bool = False

    def as_json(self) -> dict[str, object]:
        """Return it as the doors say it."""
        return {"drop_id": str(self.drop_id), "quantity": self.quantity, "until": self.until.isoformat()}


@dataclass(slots=True)
class ClaimsKnown:
    """What the decision needs: drops under lock, what buyers have bought, who waits already, which drops have a line.

    `kept` and `lapsed` fill as it decides: what is newly kept, and whose time was over before they claimed again.
    """

    drops: Mapping[UUID, DropNow]
    bought: Mapping[tuple[UUID, UUID], int]
    waiting: dict[tuple[UUID, UUID], Waiter]
    lines: Collection[UUID]
    kept: list[Waiter] = field(default_factory=list)
    lapsed: list[Waiter] = field(default_factory=list)


def decide_claims(claims: Sequence[Claim], known: ClaimsKnown) -> list[Kept | Exception]:
    """Decide claims in their order; return what is kept or a refusal for each. Changes the drops."""
    outcomes: list[Kept | Exception] = []
    for claim in claims:
        try:
            outcomes.append(_decide(claim, known))
        except DomainError as refusal:
            outcomes.append(refusal)
    return outcomes


def _decide(claim: Claim, known: ClaimsKnown) -> Kept:
    drop = known.drops.get(claim.drop_id)
    if drop is None:
        raise NotFound()
    if claim.quantity < 1:
        raise Invalid(fields={"quantity": "at least 1"})
    place = (claim.drop_id, claim.buyer_id)
    mine = known.waiting.get(place)
    if mine is not None and mine.offered_until is not None:
        if mine.holds(claim.now):
            return Kept(drop.id, mine.quantity, mine.offered_until, repeated=True)
        drop.offered -= mine.quantity
        known.lapsed.append(known.waiting.pop(place))
        mine = None
    why, left = _fault(claim, drop, known.bought.get(place, 0), lined=mine is not None or drop.id in known.lines)
    if why:
        raise ClaimRefused(why=why, left=left)
    until = min(claim.now + timedelta(minutes=drop.hold_minutes), drop.ends_at)
    waiter = Waiter(new_id(), drop.id, claim.buyer_id, claim.quantity, until)
    drop.offered += claim.quantity
    known.waiting[place] = waiter
    known.kept.append(waiter)
    return Kept(drop.id, claim.quantity, until)


def _fault(claim: Claim, drop: DropNow, bought: int, *, lined: bool) -> tuple[str, int]:
    """Return why not, or "". Where people wait in line (the buyer among them, perhaps), nobody claims past them."""
    fault = drop_fault(drop, quantity=claim.quantity, bought=bought, offer=None, now=claim.now)
    if fault is not None and fault[0] != "sold_out":
        return fault
    if drop.policy != HOLD:
        return "first_paid", 0
    if lined:
        return "sold_out", 0
    return fault or ("", 0)

"""The claim lane: the rush on a drop, many claims in one transaction, in order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, append
from renmai.kit.lane import Lane
from renmai.kit.pauses import at
from renmai.trade.promotions.claim_rules import Claim, ClaimsKnown, Kept, decide_claims
from renmai.trade.promotions.drop_lane import end_waiting, read_bought, read_drops, read_waiting, write_drops
from renmai.trade.promotions.drop_rules import Waiter

LINES = """
select id from unnest(%s::uuid[]) as w (id)
where exists (select from trade_dropwaiter d where d.drop_id = w.id and d.ended_at is null and d.offered_until is null)
"""
KEEP = """
insert into trade_dropwaiter (id, drop_id, buyer_id, quantity, at, offered_until, ended_how)
select i, d, b, q, a, u, '' from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::int[], %s::timestamptz[], %s::timestamptz[])
  as v (i, d, b, q, a, u)
"""


def claim_intent(*, actor: Actor, now: datetime, drop_id: UUID, quantity: int = 1) -> Claim:
    """Return the lane's intent for the actor's claim, heard at `now`. Errors: SignInNeeded."""
    return Claim(drop_id, require_person(actor), quantity, now)


def claim_batch(cursor: Any, claims: Sequence[Claim]) -> Sequence[Kept | Exception]:
    """Decide a batch of claims in the cursor's transaction; what is kept or a refusal each, in order.

    The rows of the drops are locked, so several processes are as exact as one. A claim needs no key: units are kept once
    for a buyer, and a claim that comes again gets the same answer while they are kept.
    """
    drops = read_drops(cursor, (claim.drop_id for claim in claims), lock=True)
    known = _read(cursor, claims, drops)
    outcomes = decide_claims(claims, known)
    if known.kept or known.lapsed:
        with cursor.connection.pipeline():
            end_waiting(cursor, [(w.id, w.offered_until or claims[0].now, "lapsed") for w in known.lapsed])
            _keep(cursor, known.kept, {(claim.drop_id, claim.buyer_id): claim.now for claim in claims})
            write_drops(cursor, drops.values())
    at("claim.written")
    return outcomes


def _read(cursor: Any, claims: Sequence[Claim], drops: dict[UUID, Any]) -> ClaimsKnown:
    if not drops:
        return ClaimsKnown({}, {}, {}, ())
    buyers = {claim.buyer_id for claim in claims}
    bought = read_bought(cursor, drops, buyers)
    waiting = read_waiting(cursor, drops, buyers)
    cursor.execute(LINES, (sorted(drops),))
    mine = {(waiter.drop_id, waiter.buyer_id): waiter for line in waiting.values() for waiter in line}
    return ClaimsKnown(drops, bought, mine, {row[0] for row in cursor.fetchall()})


def _keep(cursor: Any, kept: Sequence[Waiter], heard: dict[tuple[UUID, UUID], datetime]) -> None:
    if not kept:
        return
    at_times = [heard[waiter.drop_id, waiter.buyer_id] for waiter in kept]
    cursor.execute(
        KEEP,
        (
            [w.id for w in kept], [w.drop_id for w in kept], [w.buyer_id for w in kept], [w.quantity for w in kept],
            at_times, [w.offered_until for w in kept],
        ),
    )  # fmt: skip
    append(
        cursor,
        [
            Happened("drop.claimed", w.drop_id, when, {"quantity": w.quantity}, w.buyer_id)
            for w, when in zip(kept, at_times, strict=True)
        ],
    )


claim_lane: Lane[Claim, Kept] = Lane("claim", claim_batch, batch_max=1024, queue_max=65_536)

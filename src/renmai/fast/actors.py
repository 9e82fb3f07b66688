"""Who a bearer token is, for `fast`: read in batches, kept for five seconds.

So a revoked token or role counts here within five seconds (docs/decisions/0005). A process also counts calls per token
and minute; the exact limits of the API, across processes, are the Django door's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.lane import Lane
from renmai.kit.problems import SignInNeeded, TooMany
from renmai.people.accounts.queries import actors_by_token

KEEP_SECONDS = 5.0
KEPT_MAX = 50_000
CALLS_PER_MINUTE_MAX = 6_000


def token_batch(cursor: Any, secrets: Sequence[str]) -> Sequence[Actor | Exception]:
    """Return the actor of each token, or SignInNeeded."""
    actors = actors_by_token(cursor, set(secrets), now=clock.now())
    return [actors.get(secret) or SignInNeeded() for secret in secrets]


token_lane: Lane[str, Actor] = Lane("token", token_batch)


@dataclass(slots=True)
class _Kept:
    actor: Actor
    until: float
    minute: int = 0
    calls: int = 0


class Actors:
    """The tokens this process has seen lately."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    async def of(self, secret: str, at: float) -> Actor:
        """Return the actor of `secret` at the monotonic time `at` (seconds). Errors: SignInNeeded, TooMany, Busy."""
        kept = self._kept.get(secret)
        if kept is None or kept.until <= at:
            before = kept
            actor = await token_lane.asubmit(secret)
            if len(self._kept) >= KEPT_MAX:
                self._kept.clear()
            kept = self._kept[secret] = _Kept(actor, at + KEEP_SECONDS)
            if before is not None:
                kept.minute, kept.calls = before.minute, before.calls
        self._count(kept, at)
        return kept.actor

    @staticmethod
    def _count(kept: _Kept, at: float) -> None:
        minute = int(at // 60)
        if kept.minute != minute:
            kept.minute, kept.calls = minute, 0
        kept.calls += 1
        if kept.calls > CALLS_PER_MINUTE_MAX:
            raise TooMany(seconds=60 - int(at % 60))

"""Open cases, answer them, and let time answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor
from renmai.trade.care.models import Case


def open_case(
    *,
    actor: Actor,
    now: datetime,
    key: str | None,
    order_id: UUID,
    line_id: UUID,
    kind: str,
    reason: str,
    quantity: int,
    amount_minor: int | None = None,
    words: str = "",
    media_ids: Sequence[UUID] = (),
) -> Case:
    """Open a case for so many of one line (its buyer). The settlement clock stops until it ends.

    Without an amount all that so many may bring is asked back. A withdrawal is granted at once and goes to `to_return`;
    anything else goes to the creator first. The same key and input give the same case.
    Errors: NotFound, SignInNeeded, KeyMissing, KeyReused, CaseNotOpen, CaseAmount, CaseIncomplete (media, words).
    """
    raise NotImplementedError


def answer_case(
    *,
    actor: Actor,
    now: datetime,
    case_id: UUID,
    event: str,
    words: str = "",
    amount_minor: int | None = None,
    media_ids: Sequence[UUID] = (),
    carrier: str = "",
    tracking: str = "",
    bearer: str = "",
    goods_back: bool = False,
) -> Case:
    """Bring about one event of `rules.CASE_STATES` that is the actor's to bring about (`rules.EVENT_SIDES`).

    `decide_refund` with `goods_back` is `decide_return`. The same answer again changes nothing and gives the case as it
    stands. What time has decided before is decided first.
    Errors: NotFound (a stranger), SignInNeeded, CaseDenied, CaseNotNow, CaseIncomplete, CaseAmount, ReplacementShort,
    RefundTooMuch.
    """
    raise NotImplementedError


def sweep_cases(*, now: datetime, limit: int = 200) -> int:
    """Let time answer every case whose deadline has passed, and close those whose line was refunded elsewhere.

    Each in a transaction of its own; one that cannot be moved is logged and holds back no other. Return how many moved.
    """
    raise NotImplementedError

"""Keep reviews."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from renmai.kit.access import Actor, require_person
from renmai.trust.reviews.lane import Opinion, review_lane


def keep_review(*, actor: Actor, now: datetime, order_id: UUID, score: int, title: str = "", text: str = "") -> UUID:
    """Keep what the buyer says of an order that was paid for, once; return the review's id.

    Args: `score` is 1 (worst) to 5. After: event `review.kept`.
    Errors: SignInNeeded, NotFound (not the actor's order), BadReview, NotBought, ReviewedAlready, Busy.
    """
    require_person(actor)
    return review_lane.submit(Opinion(order_id, score, title, text, actor, now))

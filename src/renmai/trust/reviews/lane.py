"""The review lane: what buyers say of orders they paid for, each order once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened, append
from renmai.kit.ids import new_id
from renmai.kit.lane import Lane
from renmai.kit.problems import DomainError, NotFound

SCORES = range(1, 6)
TITLE_MAX, TEXT_MAX = 120, 5_000

ORDERS = """
select o.id, o.shop_id, o.buyer_id, o.paid_at is not null, exists (select 1 from trust_review r where r.order_id = o.id)
from trade_order o where o.id = any(%s)
"""
INSERT = """
insert into trust_review (id, order_id, shop_id, score, title, text, at)
select * from unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::smallint[], %s::text[], %s::text[], %s::timestamptz[])
"""


class BadReview(DomainError):
    """A score that is none, or more words than are kept."""

    code = "review.bad"
    status = 422
    message = "A review is a score from 1 to 5 and at most {text_max} characters."


class NotBought(DomainError):
    """Only an order that was paid for can be reviewed."""

    code = "review.not_bought"
    status = 409
    message = "Only an order that was paid for can be reviewed."


class ReviewedAlready(DomainError):
    """An order is reviewed once."""

    code = "review.already"
    status = 409
    message = "This order was reviewed before."


@dataclass(frozen=True, slots=True)
class Opinion:
    """The intent of the review lane."""

    order_id: UUID
    score: int
    title: str
    text: str
    actor: Actor
    now: datetime


@dataclass(slots=True)
class _Bought:
    shop_id: UUID
    buyer_id: UUID
    paid: bool
    reviewed: bool


def review_batch(cursor: Any, opinions: Sequence[Opinion]) -> Sequence[UUID | Exception]:
    """Keep a batch of reviews in the cursor's transaction; the review's id or a refusal each, in order."""
    cursor.execute(ORDERS, ([opinion.order_id for opinion in opinions],))
    orders = {row[0]: _Bought(*row[1:]) for row in cursor.fetchall()}
    outcomes: list[UUID | Exception] = []
    kept: list[tuple[UUID, UUID, Opinion]] = []
    for opinion in opinions:
        try:
            review = (new_id(), _accepted(opinion, orders.get(opinion.order_id)), opinion)
        except DomainError as refusal:
            outcomes.append(refusal)
            continue
        kept.append(review)
        outcomes.append(review[0])
    if kept:
        _write(cursor, kept)
    return outcomes


def _accepted(opinion: Opinion, order: _Bought | None) -> UUID:
    """Return the shop that is spoken of. Errors: NotFound (not the actor's order), BadReview, NotBought, ReviewedAlready."""
    if order is None or opinion.actor.person_id != order.buyer_id:
        raise NotFound()
    if opinion.score not in SCORES or len(opinion.title) > TITLE_MAX or len(opinion.text) > TEXT_MAX:
        raise BadReview(text_max=TEXT_MAX)
    if not order.paid:
        raise NotBought()
    if order.reviewed:
        raise ReviewedAlready()
    order.reviewed = True
    return order.shop_id


def _write(cursor: Any, kept: Sequence[tuple[UUID, UUID, Opinion]]) -> None:
    cursor.execute(
        INSERT,
        (
            [review_id for review_id, _, _ in kept],
            [o.order_id for _, _, o in kept],
            [shop_id for _, shop_id, _ in kept],
            [o.score for _, _, o in kept],
            [o.title for _, _, o in kept],
            [o.text for _, _, o in kept],
            [o.now for _, _, o in kept],
        ),
    )
    append(
        cursor,
        [
            Happened(
                "review.kept",
                o.order_id,
                o.now,
                {"review_id": review_id, "shop_id": shop_id, "score": o.score},
                o.actor.person_id,
            )
            for review_id, shop_id, o in kept
        ],
    )


review_lane: Lane[Opinion, UUID] = Lane("review", review_batch)

"""What sellers say to reviews: one answer of each side, labelled as theirs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.problems import DomainError, NotFound
from renmai.people.notices.actions import Told, tell
from renmai.trust.reviews.models import Review, ReviewAnswer
from renmai.trust.reviews.queries import require_side
from renmai.trust.reviews.rules import ANSWER, ANSWER_CHANGE_WITHIN


class AnsweredAlready(DomainError):
    """A side answers once, and may change its answer for a day."""

    code = "review.answered"
    status = 409
    message = "This side has answered, and an answer can be changed for a day only."


@transaction.atomic
def answer_review(*, actor: Actor, now: datetime, review_id: UUID, side: str, words: str) -> ReviewAnswer:
    """Answer a review as its "creator" or its "supplier", or change that answer within a day.

    After: event review.answered; the first time a notice to the writer.
    Errors: SignInNeeded, NotFound (also to others), Invalid, AnsweredAlready.
    """
    person_id = require_person(actor)
    review = Review.objects.select_for_update().filter(id=review_id, hidden_at=None).first()
    if review is None:
        raise NotFound()
    require_side(actor, review, side)
    text = checked_texts(ANSWER, {"words": words})["words"]
    answer = ReviewAnswer.objects.filter(review=review, side=side).first()
    if answer is None:
        answer = ReviewAnswer.objects.create(review=review, side=side, by_id=person_id, words=text, at=now)
        _tell_writer(review, side, now)
    elif now - answer.at > ANSWER_CHANGE_WITHIN:
        raise AnsweredAlready()
    else:
        answer.words, answer.by_id, answer.changed_at = text, person_id, now
        answer.save(update_fields=["words", "by_id", "changed_at"])
    record(Happened("review.answered", review.id, now, {"side": side}, person_id))
    return answer


def _tell_writer(review: Review, side: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        tell(cursor, [Told(review.buyer_id, f"review.answered_{side}", now, f"/reviews/{review.id}")])

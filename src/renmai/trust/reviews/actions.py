"""Keep reviews, change one, add to one, vote for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from renmai.kit.access import Actor, require_person
from renmai.kit.events.actions import Happened, record
from renmai.kit.fields import checked_texts
from renmai.kit.limits.actions import count_try
from renmai.kit.problems import DomainError, NotFound
from renmai.trust.reviews.lane import Opinion, checked_words, mark_due, picture_owners, review_lane
from renmai.trust.reviews.models import Review, ReviewAskDeclined, ReviewPicture, ReviewVersion, ReviewVote
from renmai.trust.reviews.rules import CHANGE_WITHIN, MORE, MORE_WITHIN, VOTES_PER_HOUR_MAX, rank_at


class ChangedAlready(DomainError):
    """A review is changed once."""

    code = "review.changed_already"
    status = 409
    message = "A review can be changed once, and this one was."


class TooLateToChange(DomainError):
    """The days to change or to add something are over."""

    code = "review.too_late"
    status = 409
    message = "The {days} days for this are over."


class AddedAlready(DomainError):
    """Something is added once."""

    code = "review.added_already"
    status = 409
    message = "You added something to this review before."


class OwnReview(DomainError):
    """Nobody finds their own review helpful, nor that of their own shop or goods."""

    code = "review.own"
    status = 409
    message = "You cannot vote for your own review."


def keep_review(
    *,
    actor: Actor,
    now: datetime,
    line_id: UUID,
    score: int,
    words: str = "",
    picture_ids: Sequence[UUID] = (),
    named: bool = False,
) -> UUID:
    """Keep what the buyer says of a line of an order that arrived, once a product of the order; return the review's id.

    Args: `score` is 1 (worst) to 5; `picture_ids` pictures of the actor's own. After: event `review.kept`, notices to the
    shop's people and the supplier's, the shop is due to be weighed.
    Errors: SignInNeeded, NotFound (not the actor's order), BadReview, Invalid, NotBought, NotArrived, ReviewedAlready, Busy.
    """
    require_person(actor)
    return review_lane.submit(Opinion(line_id, score, words, actor, now, tuple(picture_ids), named))


@transaction.atomic
def change_review(
    *,
    actor: Actor,
    now: datetime,
    review_id: UUID,
    score: int,
    words: str,
    picture_ids: Sequence[UUID] = (),
    named: bool = False,
) -> Review:
    """Change one's review, once within 30 days; what it said before is kept beside it.

    After: event review.changed. Errors: SignInNeeded, NotFound, BadReview, Invalid, ChangedAlready, TooLateToChange.
    """
    said = _own(actor, review_id, lock=False)
    with connection.cursor() as cursor:
        mark_due(cursor, [(said.shop_id, said.supplier_id, said.buyer_id, now)])
    review = _own(actor, review_id)
    if review.changed_at is not None:
        raise ChangedAlready()
    if now - review.at > CHANGE_WITHIN:
        raise TooLateToChange(days=CHANGE_WITHIN.days)
    before = list(review.pictures.order_by("position").values_list("media_id", flat=True))
    with connection.cursor() as cursor:
        owners = picture_owners(cursor, list(picture_ids))
    own = {media_id for media_id, owner_id in owners.items() if owner_id == review.buyer_id}
    text = checked_words(score, words, picture_ids, own)
    ReviewVersion.objects.create(
        review=review, score=review.score, words=review.words, media_ids=[str(each) for each in before], at=review.at
    )
    data = {"product_id": review.product_id, "shop_id": review.shop_id, "score": score, "score_before": review.score}
    review.score, review.words, review.named, review.changed_at = score, text, named, now
    review.save(update_fields=["score", "words", "named", "changed_at"])
    review.pictures.all().delete()
    places = enumerate(dict.fromkeys(picture_ids))
    ReviewPicture.objects.bulk_create(ReviewPicture(review=review, position=n, media_id=each) for n, each in places)
    record(Happened("review.changed", review.id, now, data, actor.person_id))
    return review


@transaction.atomic
def add_to_review(*, actor: Actor, now: datetime, review_id: UUID, words: str) -> Review:
    """Add to one's review, once, what use has shown. After: event review.added_to.

    Errors: SignInNeeded, NotFound, Invalid, AddedAlready, TooLateToChange.
    """
    review = _own(actor, review_id)
    text = checked_texts(MORE, {"words": words})["words"]
    if review.more_at is not None:
        raise AddedAlready()
    if now - review.at > MORE_WITHIN:
        raise TooLateToChange(days=MORE_WITHIN.days)
    review.more, review.more_at = text, now
    review.save(update_fields=["more", "more_at"])
    record(Happened("review.added_to", review.id, now, {"product_id": review.product_id}, actor.person_id))
    return review


def _own(actor: Actor, review_id: UUID, *, lock: bool = True) -> Review:
    """Return one's own review, locked. What is taken down stays as it was judged: not found."""
    person_id = require_person(actor)
    rows = Review.objects.select_for_update() if lock else Review.objects
    review = rows.filter(id=review_id, buyer_id=person_id, hidden_at=None).first()
    if review is None:
        raise NotFound()
    return review


@transaction.atomic
def vote_helpful(*, actor: Actor, now: datetime, review_id: UUID, helpful: bool) -> int:
    """Find a review helpful, or no longer; again changes nothing. Return how many do.

    Errors: SignInNeeded, NotFound (none, or taken down), OwnReview, TooMany.
    """
    person_id = require_person(actor)
    review = Review.objects.select_for_update().filter(id=review_id, hidden_at=None).first()
    if review is None:
        raise NotFound()
    sellers = {review.shop_id, review.supplier_id} - {None}
    if person_id == review.buyer_id or any(grant.subject_id in sellers for grant in actor.grants):
        raise OwnReview()
    count_try(name="vote", who=str(person_id), tries_max=VOTES_PER_HOUR_MAX, window_seconds=3600, now=now)
    if helpful:
        vote = {"review": review, "person_id": person_id}
        changed = int(ReviewVote.objects.get_or_create(**vote, defaults={"at": now})[1])
    else:
        changed = -ReviewVote.objects.filter(review=review, person_id=person_id).delete()[0]
    if changed:
        review.helpful += changed
        review.rank_at = rank_at(at=review.at, helpful=review.helpful, weight_bps=review.weight_bps)
        review.save(update_fields=["helpful", "rank_at"])
        record(Happened("review.voted", review.id, now, {"helpful": helpful}, person_id))
    return review.helpful


@transaction.atomic
def decline_asking(*, actor: Actor, now: datetime, declined: bool) -> None:
    """Say that one does not want to be asked for reviews, or may be again. Errors: SignInNeeded."""
    person_id = require_person(actor)
    if declined:
        ReviewAskDeclined.objects.get_or_create(person_id=person_id, defaults={"at": now})
    else:
        ReviewAskDeclined.objects.filter(person_id=person_id).delete()

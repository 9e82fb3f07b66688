"""Reviews: by the buyer of a paid order, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from renmai.kit.access import ANONYMOUS, SYSTEM
from renmai.kit.events.models import Event
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.trust.reviews.actions import keep_review
from renmai.trust.reviews.lane import BadReview, NotBought, Opinion, ReviewedAlready, review_lane
from renmai.trust.reviews.models import Review
from tests.trade.test_invariants import pay, place
from tests.trade.world import NOW, World, make_world


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def test_the_buyer_of_a_paid_order_says_once_what_it_was(world: World) -> None:
    receipt = place(world, "order-0001", mug=1)
    order_id, shop_id, _ = receipt.orders[0]
    with pytest.raises(NotBought):
        keep_review(actor=world.buyer, now=NOW, order_id=order_id, score=5)
    assert not Review.objects.exists()
    pay(receipt)
    review_id = keep_review(actor=world.buyer, now=NOW + timedelta(days=3), order_id=order_id, score=4, title="Good")
    kept = Review.objects.get()
    assert (kept.id, kept.order_id, kept.shop_id, kept.score, kept.title) == (review_id, order_id, shop_id, 4, "Good")
    assert Event.objects.get(kind="review.kept").data == {
        "review_id": str(review_id),
        "shop_id": str(shop_id),
        "score": 4,
    }
    with pytest.raises(ReviewedAlready):
        keep_review(actor=world.buyer, now=NOW, order_id=order_id, score=1)
    assert Review.objects.get().score == 4


def test_nobody_else_reviews_it(world: World) -> None:
    receipt = place(world, "order-0001", mug=1)
    pay(receipt)
    order_id = receipt.orders[0][0]
    for actor in (world.creator(0), world.supplier(0), world.operator, SYSTEM):
        with pytest.raises((NotFound, SignInNeeded)):
            keep_review(actor=actor, now=NOW, order_id=order_id, score=5)
    with pytest.raises(SignInNeeded):
        keep_review(actor=ANONYMOUS, now=NOW, order_id=order_id, score=5)
    assert not Review.objects.exists()


@pytest.mark.parametrize("wrong", [{"score": 0}, {"score": 6}, {"title": "x" * 121}, {"text": "x" * 5001}])
def test_what_is_no_review_is_refused(world: World, wrong: dict[str, object]) -> None:
    receipt = place(world, "order-0001", mug=1)
    pay(receipt)
    fields: dict[str, object] = {"score": 3, **wrong}
    with pytest.raises(BadReview):
        keep_review(actor=world.buyer, now=NOW, order_id=receipt.orders[0][0], **fields)  # type: ignore[arg-type]
    assert not Review.objects.exists()


def test_of_two_in_one_batch_the_first_stays(world: World) -> None:
    receipt = place(world, "order-0001", mug=1)
    pay(receipt)
    order_id = receipt.orders[0][0]
    first, second = review_lane.run([Opinion(order_id, score, "", "", world.buyer, NOW) for score in (2, 5)])
    assert isinstance(second, ReviewedAlready)
    assert (Review.objects.get().id, Review.objects.get().score) == (first, 2)

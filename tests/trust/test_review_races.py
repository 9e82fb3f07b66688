"""Reviews are weighed again while their writers change them: nobody waits for one another in a ring, no change is missed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier, BrokenBarrierError
from uuid import UUID

import pytest
from django.db import connection, transaction

from renmai.kit.access import Actor
from renmai.kit.events.actions import Happened
from renmai.kit.ids import new_id
from renmai.trust.reviews.actions import change_review
from renmai.trust.reviews.erasing import forget_reviews
from renmai.trust.reviews.models import Review, ReviewVersion, WeighingDue
from renmai.trust.reviews.sweep import sweep_weights
from tests.trade.world import NOW, person

ROUNDS = 10
LATER = NOW + timedelta(hours=1)
Rival = Callable[[Actor, list[UUID]], object]


@pytest.fixture
def writer(house: None) -> Actor:
    """Somebody who reviewed what one supplier sells in three shops, twice each."""
    somebody, supplier_id = person("writer@example.org"), new_id()
    for shop_id in [new_id() for _ in range(3)] * 2:
        Review.objects.create(
            order_id=new_id(), line_id=new_id(), product_id=new_id(), supplier_id=supplier_id, shop_id=shop_id,
            buyer_id=somebody.id, score=4, at=NOW,
        )  # fmt: skip
    return Actor(somebody.id)


def made_due() -> None:
    """Every review can be changed once more, and is to be weighed and to be written."""
    ReviewVersion.objects.all().delete()
    Review.objects.update(changed_at=None, weighing_version=0, weight_bps=0)
    shops = set(Review.objects.values_list("shop_id", flat=True))
    WeighingDue.objects.bulk_create([WeighingDue(shop_id=each, at=NOW) for each in shops], ignore_conflicts=True)


def change(writer: Actor, reviews: list[UUID]) -> None:
    for review_id in reviews:
        change_review(actor=writer, now=LATER, review_id=review_id, score=1, words="It broke.")


def forget(writer: Actor, _reviews: list[UUID]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        forget_reviews(cursor, [Happened("person.erased", writer.person_id or new_id(), NOW)])


def weigh(_writer: Actor, _reviews: list[UUID]) -> None:
    sweep_weights(now=LATER)


@pytest.mark.parametrize("rivals", [(weigh, weigh, change), (weigh, change, forget)])
def test_nobody_waits_in_a_ring(writer: Actor, rivals: tuple[Rival, ...]) -> None:
    reviews = list(Review.objects.order_by("-id").values_list("id", flat=True))
    start = Barrier(len(rivals), action=made_due, timeout=20)

    def rounds(rival: Rival) -> None:
        try:
            for _ in range(ROUNDS):
                start.wait()
                rival(writer, reviews)
        except BrokenBarrierError:
            return  # another says why
        except BaseException:
            start.abort()
            raise
        finally:
            connection.close()

    with ThreadPoolExecutor(len(rivals)) as pool:
        for done in [pool.submit(rounds, rival) for rival in rivals]:
            done.result()
    sweep_weights(now=LATER)
    assert not WeighingDue.objects.exists()
    assert set(Review.objects.values_list("weighing_version", flat=True)) == {1}


def test_what_is_changed_meanwhile_is_weighed_after_it(writer: Actor) -> None:
    made_due()
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        change(writer, list(Review.objects.values_list("id", flat=True)[:1]))

        def elsewhere() -> int:
            try:
                return sweep_weights(now=LATER)
            finally:
                connection.close()

        assert pool.submit(elsewhere).result(10) == 0
    assert WeighingDue.objects.count() == 3
    assert sweep_weights(now=LATER) == 6

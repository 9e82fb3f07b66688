"""Reviews: of what arrived, by its buyer, once; changed once, added to once, answered, voted for, taken down, forgotten."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from importlib import import_module
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connection

from renmai.kit.access import ANONYMOUS, SYSTEM, Actor
from renmai.kit.events.actions import deliver_all
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.lane import stop_lanes
from renmai.kit.media.actions import store_picture
from renmai.kit.problems import DomainError, Invalid, NotFound, SignInNeeded
from renmai.matching.search.actions import refresh_all
from renmai.matching.search.models import Card
from renmai.people.accounts.models import Membership
from renmai.people.moderation.actions import lift_takedown, report_thing, take_down
from renmai.people.notices.models import Notice
from renmai.people.standing.actions import set_term
from renmai.trade.orders.models import Order, OrderLine, Parcel
from renmai.trust.reviews.actions import (
    AddedAlready,
    ChangedAlready,
    OwnReview,
    TooLateToChange,
    add_to_review,
    change_review,
    decline_asking,
    keep_review,
    vote_helpful,
)
from renmai.trust.reviews.answers import AnsweredAlready, answer_review
from renmai.trust.reviews.asking import sweep_asks
from renmai.trust.reviews.lane import BadReview, NotArrived, NotBought, Opinion, ReviewedAlready, review_lane
from renmai.trust.reviews.models import Review, ReviewAsk, ReviewVersion, ReviewVote
from renmai.trust.reviews.sweep import sweep_weights
from tests.trade.test_invariants import pay, place
from tests.trade.world import NOW, World, make_world, person
from tests.web.desk_world import a_picture

DAY = timedelta(days=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def arrived(world: World, key: str = "order-0001", **wanted: int) -> Order:
    """A paid order of the world's buyer that was received."""
    receipt = place(world, key, **(wanted or {"mug": 1}))
    pay(receipt)
    Order.objects.filter(id=receipt.orders[0][0]).update(state="received", received_at=NOW)
    return Order.objects.get(id=receipt.orders[0][0])


def line_of(order: Order) -> OrderLine:
    return OrderLine.objects.filter(order=order, kind="goods").order_by("id")[0]


def reviewed(world: World, score: int = 4, words: str = "Good") -> Review:
    line = line_of(arrived(world))
    return Review.objects.get(id=keep_review(actor=world.buyer, now=NOW, line_id=line.id, score=score, words=words))


def refused(refusal: type[DomainError], **given: object) -> None:
    with pytest.raises(refusal):
        keep_review(**given)  # type: ignore[arg-type]
    assert not Review.objects.exists()


def test_the_buyer_of_what_arrived_says_once_what_it_was(world: World) -> None:
    receipt = place(world, "order-0001", mug=1)
    line = OrderLine.objects.get(order_id=receipt.orders[0][0], kind="goods")
    refused(NotBought, actor=world.buyer, now=NOW, line_id=line.id, score=5)
    pay(receipt)
    refused(NotArrived, actor=world.buyer, now=NOW, line_id=line.id, score=5)
    Parcel.objects.filter(order_id=receipt.orders[0][0]).update(state="delivered")
    at = NOW + 3 * DAY
    review_id = keep_review(actor=world.buyer, now=at, line_id=line.id, score=4, words=" Good ", named=True)
    kept = Review.objects.get()
    mug = world.picks["mug"]
    assert (kept.id, kept.order_id, kept.line_id, kept.shop_id) == (review_id, line.order_id, line.id, mug.shop_id)
    assert (kept.product_id, kept.supplier_id, kept.buyer_id) == (
        mug.product_id,
        line.supplier_id,
        world.buyer.person_id,
    )
    assert (kept.score, kept.words, kept.named, kept.at, kept.rank_at) == (4, "Good", True, at, at)
    event = Event.objects.get(kind="review.kept")
    assert event.subject_id == line.order_id and event.data == {
        "review_id": str(review_id), "line_id": str(line.id), "product_id": str(mug.product_id),
        "supplier_id": str(line.supplier_id), "shop_id": str(mug.shop_id), "score": 4,
    }  # fmt: skip
    with pytest.raises(ReviewedAlready):
        keep_review(actor=world.buyer, now=at, line_id=line.id, score=1)
    assert Review.objects.get().score == 4


def test_goods_that_were_given_back_whole_and_freight_are_not_reviewed(world: World) -> None:
    order = arrived(world)
    line = line_of(order)
    freight = OrderLine.objects.get(order=order, kind="freight")
    refused(NotBought, actor=world.buyer, now=NOW, line_id=freight.id, score=1)
    OrderLine.objects.filter(id=line.id).update(refunded_minor=line.paid_minor)
    refused(NotBought, actor=world.buyer, now=NOW, line_id=line.id, score=1)
    OrderLine.objects.filter(id=line.id).update(refunded_minor=line.paid_minor - 1)
    assert keep_review(actor=world.buyer, now=NOW, line_id=line.id, score=1)


def test_nobody_else_reviews_it(world: World) -> None:
    line = line_of(arrived(world))
    for actor in (world.creator(0), world.supplier(0), world.operator, SYSTEM):
        with pytest.raises((NotFound, SignInNeeded)):
            keep_review(actor=actor, now=NOW, line_id=line.id, score=5)
    refused(SignInNeeded, actor=ANONYMOUS, now=NOW, line_id=line.id, score=5)
    refused(NotFound, actor=world.buyer, now=NOW, line_id=new_id(), score=5)


@pytest.mark.parametrize("wrong", [{"score": 0}, {"score": 6}, {"words": "x" * 2001}])
def test_what_is_no_review_is_refused(world: World, wrong: dict[str, object]) -> None:
    fields: dict[str, object] = {"score": 3, **wrong}
    refused(BadReview, actor=world.buyer, now=NOW, line_id=line_of(arrived(world)).id, **fields)


def test_pictures_are_the_writers_own_and_at_most_six(world: World) -> None:
    line = line_of(arrived(world))
    colours = ("red", "blue", "green", "white", "black", "grey", "pink")
    mine = [store_picture(data=a_picture(c).getvalue(), name="a.png", actor=world.buyer, now=NOW).id for c in colours]
    other = store_picture(data=a_picture("red").getvalue(), name="b.png", actor=world.creator(0), now=NOW).id
    given = {"actor": world.buyer, "now": NOW, "line_id": line.id, "score": 5}
    for pictures in (mine, [other], [new_id()]):
        refused(BadReview, **given, picture_ids=pictures)
    keep_review(**given, picture_ids=[mine[2], mine[0], mine[2]])  # type: ignore[arg-type]
    kept = Review.objects.get().pictures.order_by("position").values_list("position", "media_id")
    assert list(kept) == [(0, mine[2]), (1, mine[0])]


def test_of_two_at_once_one_stays(world: World) -> None:
    line = line_of(arrived(world))
    first, second = review_lane.run([Opinion(line.id, score, "", world.buyer, NOW) for score in (2, 5)])
    assert isinstance(second, ReviewedAlready)
    assert (Review.objects.get().id, Review.objects.get().score) == (first, 2)
    Review.objects.all().delete()

    def keep(score: int) -> object:
        return review_lane.run([Opinion(line.id, score, "", world.buyer, NOW)])[0]

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(keep, (1, 2, 3, 4)))
    stop_lanes()
    assert sum(isinstance(outcome, UUID) for outcome in outcomes) == 1 == Review.objects.count()


def test_one_product_of_an_order_once_and_another_by_itself(world: World) -> None:
    order = arrived(world, mug=1, tea=1)
    mug, tea = OrderLine.objects.filter(order=order, kind="goods").order_by("id")
    for line in (mug, tea):
        keep_review(actor=world.buyer, now=NOW, line_id=line.id, score=5)
    OrderLine.objects.filter(id=tea.id).update(sku_id=mug.sku_id)  # a second line of the same product
    with pytest.raises(ReviewedAlready):
        Review.objects.filter(line_id=tea.id).delete()
        keep_review(actor=world.buyer, now=NOW, line_id=tea.id, score=5)


def test_it_is_changed_once_within_days_and_what_it_said_is_kept(world: World) -> None:
    review = reviewed(world, 2, "Broken?")
    given = {"actor": world.buyer, "review_id": review.id, "score": 5, "words": "It was not."}
    with pytest.raises(TooLateToChange):
        change_review(now=NOW + 31 * DAY, **given)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        change_review(now=NOW, **{**given, "actor": world.creator(0)})  # type: ignore[arg-type]
    with pytest.raises(BadReview):
        change_review(now=NOW, **{**given, "score": 9})  # type: ignore[arg-type]
    assert not ReviewVersion.objects.exists()
    change_review(now=NOW + DAY, **given)  # type: ignore[arg-type]
    with pytest.raises(ChangedAlready):
        change_review(now=NOW + DAY, **given)  # type: ignore[arg-type]
    review.refresh_from_db()
    assert (review.score, review.words, review.at, review.changed_at) == (5, "It was not.", NOW, NOW + DAY)
    before = ReviewVersion.objects.get()
    assert (before.score, before.words, before.at) == (2, "Broken?", NOW)
    assert Event.objects.get(kind="review.changed").data["score_before"] == 2


def test_something_is_added_once_after_use(world: World) -> None:
    review = reviewed(world)
    given = {"actor": world.buyer, "review_id": review.id}
    for refusal, more in (
        (Invalid, {"now": NOW, "words": " "}),
        (TooLateToChange, {"now": NOW + 181 * DAY, "words": "x"}),
    ):
        with pytest.raises(refusal):
            add_to_review(**given, **more)  # type: ignore[arg-type]
    add_to_review(**given, now=NOW + 90 * DAY, words="Still whole.")  # type: ignore[arg-type]
    with pytest.raises(AddedAlready):
        add_to_review(**given, now=NOW + 91 * DAY, words="And on.")  # type: ignore[arg-type]
    review.refresh_from_db()
    assert (review.more, review.more_at) == ("Still whole.", NOW + 90 * DAY)


def test_each_side_answers_once_and_may_change_it_for_a_day(world: World) -> None:
    review = reviewed(world)
    say = {"now": NOW, "review_id": review.id, "words": "Thank you."}
    answer_review(actor=world.creator(0), side="creator", **say)  # type: ignore[arg-type]
    answer_review(actor=world.supplier(0), side="supplier", **say)  # type: ignore[arg-type]
    wrong = ((world.creator(1), "creator"), (world.supplier(1), "supplier"), (world.buyer, "creator"),
             (world.operator, "supplier"), (world.creator(0), "supplier"), (world.creator(0), "house"))  # fmt: skip
    for actor, side in wrong:
        with pytest.raises(NotFound):
            answer_review(actor=actor, side=side, **{**say, "words": "No."})  # type: ignore[arg-type]
    answer_review(actor=world.creator(0), side="creator", **{**say, "now": NOW + DAY, "words": "Thanks!"})  # type: ignore[arg-type]
    with pytest.raises(AnsweredAlready):
        answer_review(actor=world.creator(0), side="creator", **{**say, "now": NOW + DAY + DAY / 24})  # type: ignore[arg-type]
    said = review.answers.order_by("side").values_list("side", "words", "changed_at")
    assert list(said) == [("creator", "Thanks!", NOW + DAY), ("supplier", "Thank you.", None)]
    told = Notice.objects.filter(person_id=review.buyer_id, kind__startswith="review.").values_list("kind", "href")
    href = f"/reviews/{review.id}"
    assert sorted(told) == [("review.answered_creator", href), ("review.answered_supplier", href)]


def test_people_vote_once_and_not_for_their_own(world: World) -> None:
    review = reviewed(world)
    fan = Actor(person("fan@example.org").id)
    vote = {"now": NOW, "review_id": review.id, "helpful": True}
    for own in (world.buyer, world.creator(0), world.supplier(0)):
        with pytest.raises(OwnReview):
            vote_helpful(actor=own, **vote)  # type: ignore[arg-type]
    with pytest.raises(SignInNeeded):
        vote_helpful(actor=ANONYMOUS, **vote)  # type: ignore[arg-type]
    assert not ReviewVote.objects.exists()
    assert [vote_helpful(actor=fan, **vote) for _ in range(2)] == [1, 1]  # type: ignore[arg-type]
    review.refresh_from_db()
    assert (review.helpful, review.rank_at) == (1, NOW + 60 * DAY)
    assert [vote_helpful(actor=fan, **{**vote, "helpful": False}) for _ in range(2)] == [0, 0]  # type: ignore[arg-type]
    review.refresh_from_db()
    assert (review.helpful, review.rank_at, ReviewVote.objects.count()) == (0, NOW, 0)


def test_votes_at_once_are_all_counted(world: World) -> None:
    review = reviewed(world)
    fans = [Actor(person(f"fan{n}@example.org").id) for n in range(6)]

    def vote(fan: Actor) -> int:
        try:
            return vote_helpful(actor=fan, now=NOW, review_id=review.id, helpful=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(vote, fans)) == [1, 2, 3, 4, 5, 6]
    review.refresh_from_db()
    assert review.helpful == 6 == ReviewVote.objects.count()


def test_what_is_taken_down_is_hidden_with_a_reason_and_can_come_back(world: World) -> None:
    review = reviewed(world)
    thing = {"subject_kind": "review", "subject_id": review.id, "owner_id": review.buyer_id, "reason": "abuse"}
    report_thing(actor=world.creator(0), now=NOW, **thing, words="Rude.")  # type: ignore[arg-type]
    row = take_down(actor=world.operator, now=NOW, **thing, title="Mug", words="Insults the maker.")  # type: ignore[arg-type]
    review.refresh_from_db()
    assert review.hidden_at == NOW
    with pytest.raises(NotFound):
        change_review(actor=world.buyer, now=NOW, review_id=review.id, score=1, words="")
    assert Event.objects.get(kind="review.hidden").data["hidden"] is True
    lift_takedown(actor=world.operator, now=NOW, takedown_id=row.id, words="It does not.")
    review.refresh_from_db()
    assert review.hidden_at is None


def test_a_buyer_is_asked_once_and_not_who_declined(world: World) -> None:
    order = arrived(world)
    other = arrived(world, "order-0002")
    Event.objects.create(kind="order.received", subject_id=order.id, at=NOW, data={})
    Event.objects.create(kind="order.received", subject_id=other.id, at=NOW, data={})
    deliver_all(now=NOW)
    assert ReviewAsk.objects.count() == 2
    keep_review(actor=world.buyer, now=NOW, line_id=line_of(other).id, score=5)
    assert sweep_asks(now=NOW + 6 * DAY) == 0
    assert sweep_asks(now=NOW + 7 * DAY) == 2
    assert sweep_asks(now=NOW + 8 * DAY) == 0
    told = Notice.objects.filter(kind="review.asked")
    assert [(n.person_id, n.href) for n in told] == [(order.buyer_id, f"/orders/{order.id}/reviews")]
    third = arrived(world, "order-0003")
    ReviewAsk.objects.create(order_id=third.id, buyer_id=third.buyer_id, ask_at=NOW)
    decline_asking(actor=world.buyer, now=NOW, declined=True)
    set_term(actor=SYSTEM, now=NOW, term="review_ask_days", value=0, reason="Nobody.")
    assert sweep_asks(now=NOW + 9 * DAY) == 0
    set_term(actor=SYSTEM, now=NOW, term="review_ask_days", value=1, reason="Again.")
    assert sweep_asks(now=NOW + 9 * DAY) == 1
    assert Notice.objects.filter(kind="review.asked").count() == 1


def test_a_sweep_weighs_what_is_due_and_says_why(world: World) -> None:
    review = reviewed(world, 5)
    Membership.objects.create(
        person_id=review.buyer_id, role="creator", subject_id=review.shop_id, part="content", created_at=NOW
    )
    Review.objects.filter(id=review.id).update(at=NOW + 30 * DAY)
    assert sweep_weights(now=NOW + 31 * DAY) == 1
    review.refresh_from_db()
    assert (review.weight_bps, review.reasons, review.weighing_version) == (0, [{"code": "own", "n": 0}], 1)
    event = Event.objects.get(kind="review.weighed")
    assert (event.subject_id, event.data["weight_bps"], event.data["weight_before_bps"]) == (review.id, 0, 10_000)
    assert sweep_weights(now=NOW + 31 * DAY) == 0
    Membership.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute("insert into trust_weighingdue values (%s, now())", (review.shop_id,))
    assert sweep_weights(now=NOW + 31 * DAY) == 1
    review.refresh_from_db()
    assert (review.weight_bps, review.reasons) == (10_000, [])


def test_reviews_of_orders_become_reviews_of_their_dearest_line(world: World) -> None:
    """The statements of the migration, on the columns it finds."""
    order = arrived(world, mug=1, tea=1)
    soap = arrived(world, "order-0002", soap=2)
    dearest = OrderLine.objects.filter(order=order, kind="goods").order_by("-paid_minor")[0]
    old = {order.id: ("Lovely", "Twice."), soap.id: ("", "")}
    migration = import_module("renmai.trust.migrations.0006_reviews_of_lines")
    with connection.cursor() as cursor:
        cursor.execute("alter table trust_review add title text, add text text, alter buyer_id drop not null")
        try:
            for order_id, (title, text) in [*old.items(), (new_id(), ("Whose?", ""))]:
                cursor.execute(
                    "insert into trust_review (id, order_id, shop_id, score, words, title, text, at) values (%s, %s, %s, 4, '', %s, %s, %s)",
                    (new_id(), order_id, order.shop_id, title, text, NOW),
                )
            for statement in (migration.MOVE, migration.ORPHANS, migration.DUE):
                cursor.execute(statement)
        finally:
            cursor.execute("delete from trust_review where buyer_id is null")
            cursor.execute("alter table trust_review drop title, drop text, alter buyer_id set not null")
    moved = {r.order_id: r for r in Review.objects.all()}
    assert set(moved) == {order.id, soap.id}
    first = moved[order.id]
    assert (first.line_id, first.supplier_id, first.words) == (dearest.id, dearest.supplier_id, "Lovely\nTwice.")
    assert (first.product_id, first.buyer_id, first.rank_at) == (world.picks["tea"].product_id, order.buyer_id, NOW)
    assert (moved[soap.id].product_id, moved[soap.id].words) == (world.picks["soap"].product_id, "")
    assert apps.get_model("trust", "WeighingDue").objects.get().shop_id == order.shop_id


def test_cards_of_the_pool_take_the_mean_as_it_counts(world: World) -> None:
    review = reviewed(world, 5)
    product_id = review.product_id
    Review.objects.create(
        order_id=new_id(), line_id=new_id(), product_id=product_id, shop_id=review.shop_id, buyer_id=new_id(), score=1, at=NOW,
        weight_bps=0,
    )  # fmt: skip
    refresh_all(now=NOW)
    card = Card.objects.get(product_id=product_id)
    assert (card.rating_x100, card.rating_count) == (500, 2)

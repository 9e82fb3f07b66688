"""Whom friends trust: only friends see it, only of who chose to show it, and only what the rule says."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.ids import new_id
from renmai.people.follows.actions import follow, show_trust, unfollow
from renmai.trade.care.models import Case, CaseEntry
from renmai.trade.orders.models import Order
from renmai.trust.reviews.models import Review
from renmai.trust.trusted.queries import Record, Trust, read_record, trusted_by_friends
from tests.trade.world import NOW, World, make_world, person

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db


def friends(one: Actor, other: Actor, *, shown: bool = True) -> None:
    """Make them friends; the second shows whom they trust."""
    assert one.person_id and other.person_id
    follow(actor=one, now=NOW, person_id=other.person_id)
    follow(actor=other, now=NOW, person_id=one.person_id)
    show_trust(actor=other, now=NOW, shown=shown)


def bought(buyer: Actor, shop_id: UUID, at: datetime, state: str = "received") -> Order:
    received = at + DAY if state in {"received", "settled"} else None
    return Order.objects.create(
        checkout_id=new_id(), shop_id=shop_id, buyer_id=buyer.person_id, state=state, currency="CNY", goods_minor=1,
        freight_minor=0, total_minor=1, placed_at=at, paid_at=at, received_at=received,
    )  # fmt: skip


def review(order: Order, score: int) -> Review:
    whose = {"order_id": order.id, "shop_id": order.shop_id, "buyer_id": order.buyer_id}
    return Review.objects.create(**whose, score=score, at=NOW + 3 * DAY)


def case(order: Order, state: str, reason: str = "damaged", *, answered: bool = True) -> Case:
    ended = state in {"refunded", "replaced", "cancelled", "closed"}
    made = Case.objects.create(
        order_id=order.id, line_id=new_id(), shop_id=order.shop_id, supplier_id=new_id(), buyer_id=order.buyer_id, number=1,
        key=new_id().hex, input_hash=b"", kind="refund_only", reason=reason, quantity=1, currency="CNY", asked_minor=1,
        state=state, opened_at=NOW, closed_at=NOW if ended else None,
    )  # fmt: skip
    if answered:
        CaseEntry.objects.create(case=made, side="creator", event="accept", state=state, at=NOW)
    return made


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def gu(world: World) -> Actor:
    """The friend."""
    return Actor(person("gu@example.org").id)


def test_bought_again_is_trust_and_once_is_not(world: World, gu: Actor) -> None:
    friends(world.buyer, gu)
    lin = world.shops[0].id
    bought(gu, lin, NOW)
    bought(gu, lin, NOW + timedelta(hours=2), "settled")
    assert trusted_by_friends(world.buyer) == []  # the same day
    bought(gu, lin, NOW + DAY, "paid")
    assert trusted_by_friends(world.buyer) == []  # not received
    bought(gu, lin, NOW + DAY)
    assert trusted_by_friends(world.buyer) == [Trust(lin, gu.person_id, "gu", 3, None, NOW + 2 * DAY)]
    assert trusted_by_friends(world.buyer, shop_ids=[world.shops[1].id]) == []
    assert len(trusted_by_friends(world.buyer, shop_ids=[lin])) == 1


@pytest.mark.parametrize(
    ("score", "state", "reason", "trusted"),
    [
        (5, None, "", True),
        (4, None, "", True),
        (3, None, "", False),
        (5, "refunded", "damaged", False),
        (5, "replaced", "damaged", False),
        (5, "closed", "damaged", True),
        (5, "with_creator", "damaged", True),
        (5, "refunded", "withdrawal", True),
    ],
)
def test_a_good_review_without_an_upheld_case_is_trust(
    world: World, gu: Actor, score: int, state: str | None, reason: str, trusted: bool
) -> None:
    friends(world.buyer, gu)
    order = bought(gu, world.shops[0].id, NOW)
    review(order, score)
    if state:
        case(order, state, reason)
    found = trusted_by_friends(world.buyer)
    assert [(one.shop_id, one.orders, one.score) for one in found] == (
        [(world.shops[0].id, 0, score)] if trusted else []
    )


def test_it_is_shown_to_friends_only_and_by_choice_only(world: World, gu: Actor) -> None:
    friends(world.buyer, gu, shown=False)
    review(bought(gu, world.shops[0].id, NOW), 5)
    stranger, admirer = Actor(person("he@example.org").id), Actor(person("xu@example.org").id)
    assert gu.person_id
    follow(actor=admirer, now=NOW, person_id=gu.person_id)
    assert trusted_by_friends(world.buyer) == []
    show_trust(actor=gu, now=NOW, shown=True)
    assert len(trusted_by_friends(world.buyer)) == 1
    for other in (stranger, admirer, gu, ANONYMOUS):
        assert trusted_by_friends(other) == []
    unfollow(actor=gu, now=NOW, person_id=world.buyer.person_id)  # type: ignore[arg-type]
    assert trusted_by_friends(world.buyer) == []


def test_a_closed_or_hidden_shop_and_ones_own_are_not_named(world: World, gu: Actor) -> None:
    lin = world.creator(0)
    friends(world.buyer, gu)
    friends(lin, gu)
    review(bought(gu, world.shops[0].id, NOW), 5)
    assert trusted_by_friends(lin) == [] and len(trusted_by_friends(world.buyer)) == 1
    for field, value in (("open", False), ("hidden_at", NOW)):
        shop = world.shops[0]
        before = getattr(shop, field)
        setattr(shop, field, value)
        shop.save()
        assert trusted_by_friends(world.buyer) == []
        setattr(shop, field, before)
        shop.save()


def test_the_record_counts_reviews_and_answers(world: World, gu: Actor) -> None:
    lin = world.shops[0].id
    assert read_record(lin) == Record(0, 0, None, 0, 0, 0)
    orders = [bought(gu, lin, NOW + n * DAY) for n in range(4)]
    for order, score in zip(orders, (5, 5, 4, 2), strict=True):
        review(order, score)
    case(orders[0], "refunded")
    case(orders[1], "closed")
    case(orders[2], "with_creator", answered=False)
    case(orders[3], "refunded", "withdrawal")
    assert read_record(lin) == Record(4, 0, 400, 3, 2, 1)
    Review.objects.filter(order_id=orders[3].id).update(weight_bps=0)
    Review.objects.filter(order_id=orders[2].id).update(hidden_at=NOW)
    assert read_record(lin) == Record(3, 1, 500, 3, 2, 1)


@pytest.mark.parametrize("count", [3, 30])
def test_it_takes_one_statement(world: World, count: int) -> None:
    for n in range(count):
        other = Actor(person(f"p{n}@example.org").id)
        friends(world.buyer, other)
        review(bought(other, world.shops[n % 2].id, NOW), 5)
    with CaptureQueriesContext(connection) as seen:
        assert len(trusted_by_friends(world.buyer)) == count
    assert len(seen) == 1

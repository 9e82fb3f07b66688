"""Claims: the rush on a drop. In order, each answered, exactly as many kept as there are, nobody beyond the limit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound, SignInNeeded
from renmai.trade.promotions.claim_lane import claim_intent, claim_lane
from renmai.trade.promotions.claim_rules import Claim, ClaimRefused, ClaimsKnown, Kept, decide_claims
from renmai.trade.promotions.drop_actions import join_waitlist, sweep_drops
from renmai.trade.promotions.drop_rules import DropNow
from renmai.trade.promotions.models import Drop, DropWaiter
from tests.trade.promoting import buyers, drop, place, wanted
from tests.trade.racers import violations
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world

MINUTE = timedelta(minutes=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def claim(actor: Actor, made: Drop, quantity: int = 1, at: datetime = NOW) -> Kept:
    return claim_lane.submit(claim_intent(actor=actor, now=at, drop_id=made.id, quantity=quantity))


def refused(actor: Actor, made: Drop, quantity: int = 1, at: datetime = NOW) -> tuple[str, int]:
    rows = DropWaiter.objects.count()
    with pytest.raises(ClaimRefused) as refusal:
        claim(actor, made, quantity, at)
    assert DropWaiter.objects.count() == rows
    return refusal.value.params["why"], refusal.value.params["left"]


def units(made: Drop) -> tuple[int, int]:
    made.refresh_from_db()
    return made.taken, made.offered


def test_a_claim_keeps_units_that_become_an_order_by_placing(world: World) -> None:
    made = drop(world, quantity=2, hold_minutes=5)
    kept = claim(world.buyer, made)
    assert (kept.quantity, kept.until, kept.repeated) == (1, NOW + 5 * MINUTE, False)
    assert units(made) == (0, 1)
    assert claim(world.buyer, made, at=NOW + MINUTE) == Kept(made.id, 1, NOW + 5 * MINUTE, repeated=True)
    assert DropWaiter.objects.count() == Event.objects.filter(kind="drop.claimed").count() == 1
    place(world, wanted(world, "mug", of=made))
    assert units(made) == (1, 0) and DropWaiter.objects.get().ended_how == "taken"
    assert refused(world.buyer, made) == ("drop_limit", 0) and violations() == []


def test_who_may_not_claim_is_told_why(world: World) -> None:
    made = drop(world, quantity=3, per_buyer_max=2, starts_at=NOW, ends_at=NOW + MINUTE)
    one, two = (actor for actor, _ in buyers(2))
    assert refused(one, made, at=NOW - timedelta(microseconds=1)) == ("drop_not_yet", 0)
    assert refused(one, made, at=NOW + MINUTE) == ("drop_over", 0)
    assert refused(one, made, 3) == ("drop_limit", 2)
    claim(one, made, 2)
    assert refused(two, made, 2) == ("sold_out", 1)
    claim(two, made)
    assert units(made) == (0, 3)
    with pytest.raises(SignInNeeded):
        claim(ANONYMOUS, made)
    with pytest.raises(NotFound):
        claim_lane.submit(claim_intent(actor=one, now=NOW, drop_id=new_id()))
    first_paid = drop(world, "tea", quantity=1, policy="first_paid", price_minor=world.skus["tea"].price_minor)
    assert refused(one, first_paid) == ("first_paid", 0)


def test_nobody_claims_past_those_in_line(world: World) -> None:
    made = drop(world, quantity=1, hold_minutes=5)
    one, two, three = (actor for actor, _ in buyers(3))
    claim(one, made)
    join_waitlist(actor=two, now=NOW, drop_id=made.id)
    late = NOW + 6 * MINUTE
    assert refused(three, made, at=late) == ("sold_out", 0)
    sweep_drops(now=late)
    assert claim(two, made, at=late).repeated  # what was offered in line is what is kept
    assert refused(one, made, at=late) == ("sold_out", 0)
    assert units(made) == (0, 1)


def test_who_let_units_lapse_may_claim_again(world: World) -> None:
    made = drop(world, quantity=1, hold_minutes=5)
    claim(world.buyer, made)
    again = claim(world.buyer, made, at=NOW + 6 * MINUTE)
    assert not again.repeated and again.until == NOW + 11 * MINUTE and units(made) == (0, 1)
    assert sorted(DropWaiter.objects.values_list("ended_how", flat=True)) == ["", "lapsed"]


def test_a_rush_keeps_exactly_what_there_is(world: World) -> None:
    made = drop(world, quantity=7)
    people = [actor for actor, _ in buyers(40)]

    def rush(actor: Actor) -> str:
        try:
            claim(actor, made)
        except ClaimRefused as refusal:
            return str(refusal.params["why"])
        return "kept"

    waiting = [together(partial(rush, actor)) for actor in people for _ in range(2)]
    answers = [answer() for answer in waiting]
    assert units(made) == (0, 7) and DropWaiter.objects.filter(ended_at=None).count() == 7
    assert sorted(set(answers)) == ["kept", "sold_out"] and 7 <= answers.count("kept") <= 14


people = st.integers(0, 5)
asked = st.lists(st.tuples(people, st.integers(-1, 3), st.integers(-2, 70)), max_size=30)
START, IDS = datetime(2026, 1, 1, tzinfo=UTC), [UUID(int=n + 1) for n in range(6)]


@given(
    asked,
    st.integers(0, 8),
    st.integers(1, 3),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
    st.lists(st.integers(1, 6), max_size=30),
)
def test_claims_in_any_order_and_batches_are_as_by_hand(
    rows: Sequence[tuple[int, int, int]], quantity: int, most: int, bought: Sequence[int], cuts: Sequence[int]
) -> None:
    made = DropNow(
        UUID(int=99), IDS[0], IDS[0], IDS[0], 100, quantity, 0, 0, most, "hold", 5, START, START + 60 * MINUTE, None
    )
    claims = [
        Claim(made.id, IDS[who], units, START + minute * MINUTE)
        for who, units, minute in sorted(rows, key=lambda r: r[2])
    ]
    outcomes = in_batches(claims, made, {(made.id, IDS[n]): bought[n] for n in range(6)}, cuts)
    left, kept = quantity, {}
    for asks, outcome in zip(claims, outcomes, strict=True):
        mine = kept.get(asks.buyer_id)
        if asks.quantity >= 1 and mine is not None and asks.now < mine[1]:
            assert outcome == Kept(made.id, *mine, repeated=True)
            continue
        if asks.quantity >= 1:
            left += kept.pop(asks.buyer_id, (0,))[0]
        on = START <= asks.now < START + 60 * MINUTE
        within = bought[IDS.index(asks.buyer_id)] + asks.quantity <= most
        may = on and within and 1 <= asks.quantity <= left
        assert isinstance(outcome, Kept) is may
        if may:
            left -= asks.quantity
            kept[asks.buyer_id] = (asks.quantity, min(asks.now + 5 * MINUTE, made.ends_at))
        assert 0 <= left <= quantity
    assert made.offered == quantity - left


def in_batches(
    claims: Sequence[Claim], drop: DropNow, bought: dict[tuple[UUID, UUID], int], cuts: Sequence[int]
) -> list[Kept | Exception]:
    """Decide claims in batches of the sizes of `cuts`; each batch knows what a transaction would read anew."""
    sizes, outcomes, held = iter(cuts), [], {}
    while len(outcomes) < len(claims):
        some = claims[len(outcomes) : len(outcomes) + next(sizes, 30)]
        known = ClaimsKnown({drop.id: drop}, bought, dict(held), ())
        outcomes += decide_claims(some, known)
        held = known.waiting
    return outcomes

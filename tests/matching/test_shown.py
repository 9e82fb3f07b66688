"""What was shown is recorded once, and what came of it goes to the latest showing, once; experiments are an operator's."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renmai.kit.access import SYSTEM, Actor
from renmai.kit.events.actions import deliver_all
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import Forbidden, NotFound
from renmai.matching.shown import rules
from renmai.matching.shown.actions import note_acts, note_outcomes, record_showing, sweep_showings
from renmai.matching.shown.experiments import (
    BadExperiment,
    ExperimentRuns,
    arm_of,
    end_experiment,
    start_experiment,
)
from renmai.matching.shown.lane import Act, acts_lane
from renmai.matching.shown.models import Experiment, Outcome, Showing, ShownList
from renmai.matching.signals.actions import Noted, choose_without
from renmai.matching.signals.models import Signal, SignalKind, SignalThing
from renmai.people.accounts.models import Person
from renmai.people.erasure.actions import erase_person
from tests.trade.test_one_sale import pay, place
from tests.trade.world import NOW, World, make_world

HOME, CENTRE = ShownList.HOME, ShownList.CENTRE
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def buyer_of(world: World) -> UUID:
    assert world.buyer.person_id is not None
    return world.buyer.person_id


def show(world: World, *things: UUID, at: datetime = NOW, first: int = 0) -> UUID | None:
    return record_showing(list=HOME, viewer_id=buyer_of(world), ranker="people", things=things, first=first, now=at)


def view(world: World, name: str, at: datetime, kind: SignalKind = SignalKind.VIEW) -> Noted:
    pick = world.picks[name]
    return Noted(buyer_of(world), kind, SignalThing.PRODUCT, pick.product_id, at, 1, pick.shop_id)


def outcomes() -> set[tuple[object, ...]]:
    return set(Outcome.objects.values_list("showing_id", "thing_id", "position", "kind", "amount_minor", "at"))


def note(*acts: Noted) -> None:
    with connection.cursor() as cursor:
        note_outcomes(cursor, acts)


def test_the_same_again_within_ten_minutes_is_the_same_showing(world: World) -> None:
    a, b = new_id(), new_id()
    first = show(world, a, b)
    assert first is not None and show(world, a, b, at=NOW + 9 * MINUTE) == first
    assert show(world, b, a) not in (None, first)
    assert show(world, a, b, at=NOW + 11 * MINUTE) not in (None, first)
    assert Showing.objects.count() == 3
    assert show(world) is None


def test_nothing_is_recorded_of_who_is_without_erased_closed_or_nobody(world: World) -> None:
    choose_without(actor=world.buyer, now=NOW, subject_id=buyer_of(world), without=True)
    assert show(world, new_id()) is None
    shop = world.shops[0]
    given = {"list": CENTRE, "ranker": "fit", "things": [new_id()], "first": 0, "now": NOW}
    assert record_showing(viewer_id=shop.id, **given) is not None  # type: ignore[arg-type]
    shop.open = False
    shop.save()
    other = world.shops[1].owner_id
    Person.objects.filter(id=other).update(erased_at=NOW, email=None, name="")
    for viewer, list_ in ((shop.id, CENTRE), (other, HOME), (new_id(), HOME), (new_id(), CENTRE)):
        assert record_showing(viewer_id=viewer, **{**given, "list": list_}) is None  # type: ignore[arg-type]
    assert Showing.objects.count() == 1


def test_an_act_goes_to_the_latest_showing_of_the_thing_and_once(world: World) -> None:
    mug, tea = world.picks["mug"].product_id, world.picks["tea"].product_id
    early = show(world, mug, tea)
    late = show(world, tea, new_id(), mug, at=NOW + 30 * MINUTE, first=24)
    note(
        view(world, "mug", NOW + 20 * MINUTE), view(world, "tea", NOW + 40 * MINUTE), view(world, "mug", NOW + 7 * DAY)
    )
    note(view(world, "mug", NOW + DAY))
    assert outcomes() == {
        (early, mug, 0, "view", 0, NOW + 20 * MINUTE),
        (late, tea, 24, "view", 0, NOW + 40 * MINUTE),
        (late, mug, 26, "view", 0, NOW + DAY),
    }


def test_before_it_was_shown_and_after_seven_days_nothing_came_of_it(world: World) -> None:
    show(world, world.picks["mug"].product_id)
    note(view(world, "mug", NOW - MINUTE), view(world, "mug", NOW + 7 * DAY), view(world, "soap", NOW + MINUTE))
    assert not outcomes()


def test_what_was_bought_of_a_person_who_was_shown_is_theirs_with_its_amount(world: World) -> None:
    showing = show(world, world.shops[1].id, world.shops[0].id)
    pay(place(world, mug=2, tea=1))
    deliver_all(now=NOW)
    row = Outcome.objects.get()
    assert (row.showing_id, row.thing_id, row.position, row.kind) == (showing, world.shops[0].id, 1, "order")
    assert row.amount_minor == 2 * 6000 + 8800


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_in_any_order_and_however_often_the_same_came_of_it(world: World, data: st.DataObject) -> None:
    Outcome.objects.all().delete()
    Showing.objects.all().delete()
    things = [world.picks[name].product_id for name in ("mug", "tea")]
    for hour in (0, 5, 30):
        show(world, *things, at=NOW + timedelta(hours=hour))
    kinds = st.sampled_from([SignalKind.VIEW, SignalKind.CART])
    one = st.builds(
        lambda name, hour, kind: view(world, name, NOW + timedelta(hours=hour, minutes=1), kind),
        st.sampled_from(["mug", "tea"]), st.integers(0, 200), kinds,
    )  # fmt: skip
    acts = data.draw(st.lists(one, min_size=1, max_size=8))
    note(*acts)
    once = outcomes()
    Outcome.objects.all().delete()
    for act in data.draw(st.permutations([*acts, *acts])):
        note(act)
    assert outcomes() == once
    assert len({row[:2] + row[3:4] for row in once}) == len(once)


def test_dealings_of_ones_own_are_nothing_that_came_of_it(world: World) -> None:
    world.shops[0].owner_id = buyer_of(world)
    world.shops[0].save()
    show(world, world.picks["mug"].product_id)
    assert note_acts(None, [view(world, "mug", NOW + MINUTE)], now=NOW + MINUTE) == []
    assert not outcomes()


def test_looking_and_the_cart_go_through_the_lane(world: World) -> None:
    showing = show(world, world.picks["mug"].product_id)
    person_id, pick_id = buyer_of(world), world.picks["mug"].id
    for act in (
        Act(person_id, SignalKind.VIEW, NOW, pick_id), Act(person_id, SignalKind.VIEW, NOW, pick_id),
        Act(person_id, SignalKind.DWELL, NOW, pick_id, None, 40), Act(person_id, SignalKind.CART, NOW, pick_id),
        Act(person_id, SignalKind.VIEW, NOW, None, world.shops[1].id), Act(person_id, SignalKind.VIEW, NOW, new_id()),
    ):  # fmt: skip
        assert acts_lane.post(act)
    acts_lane.stop()
    found = Signal.objects.values_list("kind", "thing", "thing_id", "shop_id", "amount")
    mug = (world.picks["mug"].product_id, world.shops[0].id)
    assert set(found) == {
        ("view", "product", *mug, 2), ("dwell", "product", *mug, 40), ("cart", "product", *mug, 1),
        ("view", "shop", world.shops[1].id, None, 1),
    }  # fmt: skip
    assert set(Outcome.objects.values_list("showing_id", "kind")) == {(showing, k) for k in ("view", "dwell", "cart")}


def test_an_erased_person_and_their_shops_leave_no_showing(world: World) -> None:
    owner, shop = world.shops[0].owner_id, world.shops[0].id
    given = {"ranker": "x", "things": [world.picks["soap"].product_id], "first": 0, "now": NOW}
    record_showing(list=HOME, viewer_id=owner, **given)  # type: ignore[arg-type]
    record_showing(list=CENTRE, viewer_id=shop, **given)  # type: ignore[arg-type]
    kept = show(world, world.picks["soap"].product_id)
    for subject, kind in ((owner, SignalKind.VIEW), (shop, SignalKind.DECLINE), (buyer_of(world), SignalKind.VIEW)):
        note_acts(
            None,
            [Noted(subject, kind, SignalThing.PRODUCT, world.picks["soap"].product_id, NOW + MINUTE)],
            now=NOW + MINUTE,
        )
    choose_without(actor=Actor(owner), now=NOW, subject_id=owner, without=True)
    assert (Signal.objects.count(), Outcome.objects.count()) == (3, 3)
    erase_person(actor=SYSTEM, now=NOW + DAY, person_id=owner)
    deliver_all(now=NOW + DAY)
    assert [row.id for row in Showing.objects.all()] == [kept]
    assert [row.showing_id for row in Outcome.objects.all()] == [kept]
    assert {row.subject_id for row in Signal.objects.all()} == {buyer_of(world)}


def test_old_showings_go_with_what_came_of_them(world: World) -> None:
    show(world, world.picks["mug"].product_id)
    note(view(world, "mug", NOW + MINUTE))
    young = show(world, world.picks["mug"].product_id, at=NOW + DAY)
    assert sweep_showings(now=NOW + rules.RETENTION + MINUTE) == 1
    assert [row.id for row in Showing.objects.all()] == [young] and not outcomes()


def test_experiments_are_an_operators_one_a_list_and_every_deed_is_kept(world: World) -> None:
    for actor, refusal in ((world.buyer, Forbidden), (world.creator(0), Forbidden)):
        with pytest.raises(refusal):
            start_experiment(actor=actor, now=NOW, list=HOME, a="people", b="newest")
    bad = [("people", "people", 5000, 14), ("people", "fit", 5000, 14), ("people", "newest", 0, 14),
           ("people", "newest", 10_000, 14), ("people", "newest", 5000, 0), ("people", "newest", 5000, 91)]  # fmt: skip
    for a, b, share, days in bad:
        with pytest.raises(BadExperiment):
            start_experiment(actor=world.operator, now=NOW, list=HOME, a=a, b=b, share_bps=share, days=days)
    with pytest.raises(BadExperiment):
        start_experiment(actor=world.operator, now=NOW, list=ShownList.INBOX, a="people", b="newest")
    assert not Experiment.objects.exists()
    made = start_experiment(actor=world.operator, now=NOW, list=HOME, a="people", b="newest")
    with pytest.raises(ExperimentRuns):
        start_experiment(actor=world.operator, now=NOW, list=HOME, a="newest", b="people")
    start_experiment(actor=world.operator, now=NOW, list=CENTRE, a="fit", b="quality")
    running = Experiment.objects.filter(list=HOME, ended_at=None)
    assert running.get() == made
    with pytest.raises(Forbidden):
        end_experiment(actor=world.buyer, now=NOW, experiment_id=made.id)
    with pytest.raises(NotFound):
        end_experiment(actor=world.operator, now=NOW, experiment_id=new_id())
    for later in (DAY, 2 * DAY):
        assert end_experiment(actor=world.operator, now=NOW + later, experiment_id=made.id).ended_at == NOW + DAY
    assert not running.exists()
    told = Event.objects.filter(kind__startswith="experiment.").order_by("at", "id")
    assert [(e.kind, e.actor_id) for e in told] == [
        ("experiment.started", world.operator.person_id), ("experiment.started", world.operator.person_id),
        ("experiment.ended", world.operator.person_id),
    ]  # fmt: skip


def test_the_lot_is_fair_lasting_and_each_experiments_own() -> None:
    viewers = [new_id() for _ in range(4_000)]
    one, other = (Experiment(id=new_id(), share_bps=3_000) for _ in range(2))
    drawn = [arm_of(one, viewer) for viewer in viewers]
    assert drawn == [arm_of(one, viewer) for viewer in viewers]
    assert 0.26 < drawn.count("b") / len(viewers) < 0.34
    both = sum(a == b == "b" for a, b in zip(drawn, (arm_of(other, v) for v in viewers), strict=True))
    assert 0.06 < both / len(viewers) < 0.12

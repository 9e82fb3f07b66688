"""Shows: planned, checked, announced, begun, explained and ended; what happens is a line of the room."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from renmai.kit.access import ANONYMOUS, Actor
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError, Invalid, NotFound, SignInNeeded
from renmai.places.live.actions import (
    Plan,
    ShowGoodsUnknown,
    Slot,
    add_to_show,
    announce_show,
    answer_point,
    cancel_show,
    change_show,
    plan_show,
    remind_me,
    take_out_of_show,
    write_run,
)
from renmai.places.live.models import Explained, Show, ShowReminder
from renmai.places.live.queries import access_show, list_live_shows, list_open_points, list_planned_shows, list_replays
from renmai.places.live.rules import (
    POINTS,
    SHOW_STATES,
    BadShow,
    ChecklistOpen,
    ShowNotNow,
    kept_until,
    next_show_state,
)
from renmai.places.live.stage_actions import (
    AlreadyLive,
    begin_show,
    draw_curtain,
    end_show,
    explain,
    pin,
    sweep_shows,
)
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.models import RoomHead, RoomLine, Silence
from renmai.places.talk.rules import NothingSaid, RoomClosed, Silenced
from tests.trade.promoting import buyers
from tests.trade.threads import together
from tests.trade.world import NOW, World, make_world

HOUR = timedelta(hours=1)


@pytest.fixture
def world(house: None) -> World:
    return make_world()


def planned(world: World, **fields: Any) -> Show:
    """A show of shop 0 in an hour, with two segments."""
    plan = Plan(**{"title": "Tea at noon", "starts_at": NOW + HOUR, "minutes": 60, **fields})
    show = plan_show(actor=world.creator(0), now=NOW, shop_id=world.shops[0].id, plan=plan)
    write_run(actor=world.creator(0), now=NOW, show_id=show.id, slots=[Slot(pick.id) for pick in goods(world)])
    return show


def goods(world: World) -> list[Any]:
    return [pick for pick in world.picks.values() if pick.shop_id == world.shops[0].id][:2]


def checked(world: World, show: Show) -> None:
    for point in POINTS:
        answer_point(actor=world.creator(0), now=NOW, show_id=show.id, point=point.name)


def live(world: World) -> Show:
    show = planned(world)
    checked(world, show)
    announce_show(actor=world.creator(0), now=NOW, show_id=show.id)
    return begin_show(actor=world.creator(0), now=NOW + HOUR, show_id=show.id)


def lines(show: Show) -> list[tuple[int, str]]:
    return list(RoomLine.objects.filter(show=show).order_by("number").values_list("number", "kind"))


def test_a_show_from_plan_to_replay(world: World) -> None:
    creator, show = world.creator(0), planned(world)
    with pytest.raises(NotFound):
        access_show(world.buyer, show.id)
    announce_show(actor=creator, now=NOW, show_id=show.id)
    assert access_show(world.buyer, show.id).own is False and [s.id for s in list_planned_shows(now=NOW)] == [show.id]
    with pytest.raises(ChecklistOpen) as refusal:
        begin_show(actor=creator, now=NOW + HOUR, show_id=show.id)
    assert refusal.value.params["left"] == len(POINTS)
    checked(world, show)
    with pytest.raises(BadShow):
        begin_show(actor=creator, now=NOW - timedelta(seconds=1), show_id=show.id)
    began = begin_show(actor=creator, now=NOW + HOUR, show_id=show.id)
    assert begin_show(actor=creator, now=NOW + 2 * HOUR, show_id=show.id).began_at == began.began_at
    one, two = (segment.id for segment in access_show(ANONYMOUS, show.id).segments)
    explain(actor=creator, now=NOW + HOUR, show_id=show.id, segment_id=one)
    explain(actor=creator, now=NOW + HOUR, show_id=show.id, segment_id=one)
    explain(actor=creator, now=NOW + HOUR + timedelta(minutes=5), show_id=show.id, segment_id=two)
    now_shown = access_show(ANONYMOUS, show.id).explaining
    assert now_shown is not None and now_shown.id == two
    pin(actor=creator, now=NOW + HOUR, show_id=show.id, words=" Free freight today ")
    draw_curtain(actor=creator, now=NOW + HOUR, show_id=show.id, closed=True)
    draw_curtain(actor=creator, now=NOW + HOUR, show_id=show.id, closed=True)
    end_show(actor=creator, now=NOW + 2 * HOUR, show_id=show.id)
    end_show(actor=creator, now=NOW + 3 * HOUR, show_id=show.id)
    spans = list(Explained.objects.order_by("began_at").values_list("segment_id", "began_at", "ended_at"))
    assert spans == [
        (one, NOW + HOUR, NOW + HOUR + timedelta(minutes=5)),
        (two, NOW + HOUR + timedelta(minutes=5), NOW + 2 * HOUR),
    ]
    kinds = ["began", "explaining", "explaining", "pinned", "covered", "ended"]
    assert lines(show) == list(enumerate(kinds, 1))
    show.refresh_from_db()
    assert show.kept_until == date(NOW.year + 3, NOW.month, NOW.day) and list_live_shows() == []
    assert [each.id for each in list_replays(world.shops[0].id)] == [show.id]


@pytest.mark.parametrize("state", sorted({state for state, _ in SHOW_STATES} | {"ended", "cancelled"}))
@pytest.mark.parametrize("event", sorted({event for _, event in SHOW_STATES}))
def test_every_step_of_the_table_and_no_other(state: str, event: str) -> None:
    if (state, event) in SHOW_STATES:
        assert next_show_state(state, event) == SHOW_STATES[state, event]
        return
    with pytest.raises(ShowNotNow):
        next_show_state(state, event)


def test_other_goods_or_prices_reopen_the_points_about_them(world: World) -> None:
    show = planned(world)
    checked(world, show)
    segments = access_show(world.creator(0), show.id).segments
    assert list_open_points(show, segments) == []
    again = [Slot(s.pick_id, id=s.id, hook="Smell this") for s in reversed(segments)]
    kept = write_run(actor=world.creator(0), now=NOW, show_id=show.id, slots=again)
    assert [s.id for s in kept] == [s.id for s in reversed(segments)] and list_open_points(show, kept) == []
    sku = world.skus["mug"]
    dearer = [Slot(goods(world)[0].id, sku_id=_sku(world, goods(world)[0]), show_price_minor=5000, set_aside=3)]
    kept = write_run(actor=world.creator(0), now=NOW, show_id=show.id, slots=dearer)
    assert list_open_points(show, kept) == [point.name for point in POINTS if point.of_goods]
    assert sku is not None and show.segments.count() == 1


def _sku(world: World, pick: Any) -> UUID:
    return next(sku.id for sku in world.skus.values() if sku.product_id == pick.product_id)


@pytest.mark.parametrize(
    ("slots", "error"),
    [
        (lambda w: [Slot(new_id())], ShowGoodsUnknown),
        (lambda w: [Slot(next(p.id for p in w.picks.values() if p.shop_id != w.shops[0].id))], ShowGoodsUnknown),
        (lambda w: [Slot(goods(w)[0].id, sku_id=new_id())], ShowGoodsUnknown),
        (lambda w: [Slot(goods(w)[0].id, minutes=0)], BadShow),
        (lambda w: [Slot(goods(w)[0].id, set_aside=1)], BadShow),
        (lambda w: [Slot(goods(w)[0].id, show_price_minor=100)], BadShow),
        (lambda w: [Slot(goods(w)[0].id, hook="x" * 121)], Invalid),
        (lambda w: [Slot(goods(w)[0].id)] * 61, BadShow),
    ],
    ids=range(8),
)
def test_a_bad_run_of_show_changes_nothing(world: World, slots: Any, error: type[DomainError]) -> None:
    show = planned(world)
    before = list(show.segments.order_by("position").values())
    with pytest.raises(error):
        write_run(actor=world.creator(0), now=NOW, show_id=show.id, slots=slots(world))
    assert list(show.segments.order_by("position").values()) == before


@pytest.mark.parametrize(
    "fields",
    [{"title": " "}, {"title": "x" * 81}, {"minutes": 0}, {"minutes": 721}, {"starts_at": NOW - HOUR},
     {"starts_at": NOW + timedelta(days=181)}, {"cover_id": new_id()}, {"circle_id": new_id()}],
    ids=range(8),
)  # fmt: skip
def test_a_bad_plan_makes_no_show(world: World, fields: dict[str, Any]) -> None:
    with pytest.raises((Invalid, BadShow)):
        planned(world, **fields)
    assert not Show.objects.exists() and not Event.objects.filter(kind="show.made").exists()


def test_only_its_people_act_in_a_show(world: World) -> None:
    show = live(world)
    stranger = world.buyer
    acts: list[Any] = [
        lambda who: write_run(actor=who, now=NOW, show_id=show.id, slots=[]),
        lambda who: explain(actor=who, now=NOW, show_id=show.id, segment_id=None),
        lambda who: draw_curtain(actor=who, now=NOW, show_id=show.id, closed=True),
        lambda who: end_show(actor=who, now=NOW, show_id=show.id),
        lambda who: add_to_show(actor=who, now=NOW, show_id=show.id, person_id=stranger.person_id, part="host"),
        lambda who: change_show(actor=who, now=NOW, show_id=show.id, plan=Plan("x", NOW, 5)),
        lambda who: cancel_show(actor=who, now=NOW, show_id=show.id),
    ]
    count = Event.objects.count()
    for act in acts:
        with pytest.raises(NotFound):
            act(stranger)
        with pytest.raises(SignInNeeded):
            act(ANONYMOUS)
    assert Event.objects.count() == count
    assert stranger.person_id is not None
    add_to_show(actor=world.creator(0), now=NOW, show_id=show.id, person_id=stranger.person_id, part="moderator")
    pin(actor=stranger, now=NOW, show_id=show.id, words="Welcome")
    for act in acts[1:4]:
        with pytest.raises(NotFound):
            act(stranger)
    take_out_of_show(actor=world.creator(0), now=NOW, show_id=show.id, person_id=stranger.person_id)
    with pytest.raises(NotFound):
        pin(actor=stranger, now=NOW, show_id=show.id, words="Again")


def test_one_show_of_a_shop_is_on_and_none_for_ever(world: World) -> None:
    first = live(world)
    second = planned(world)
    checked(world, second)
    with pytest.raises(AlreadyLive):
        begin_show(actor=world.creator(0), now=NOW + HOUR, show_id=second.id)
    assert sweep_shows(now=NOW + 12 * HOUR) == 0 and sweep_shows(now=NOW + 13 * HOUR) == 1
    first.refresh_from_db()
    assert (first.state, first.ended_how) == ("ended", "too_long")
    assert begin_show(actor=world.creator(0), now=NOW + 13 * HOUR, show_id=second.id).state == "live"


def test_a_reminder_is_asked_for_once_and_may_be_taken_back(world: World) -> None:
    show = planned(world)
    announce_show(actor=world.creator(0), now=NOW, show_id=show.id)
    for _ in range(2):
        remind_me(actor=world.buyer, now=NOW, show_id=show.id)
    assert ShowReminder.objects.count() == Event.objects.filter(kind="show.reminder_set").count() == 1
    for _ in range(2):
        remind_me(actor=world.buyer, now=NOW, show_id=show.id, wanted=False)
    assert not ShowReminder.objects.exists() and Event.objects.filter(kind="show.reminder_taken_back").count() == 1


def test_kept_three_years_also_from_a_leap_day() -> None:
    assert kept_until(date(2026, 3, 1)) == date(2029, 3, 1) and kept_until(date(2028, 2, 29)) == date(2031, 3, 1)


def test_many_speak_at_once_and_every_number_is_there_once(world: World) -> None:
    show = live(world)
    people = [actor for actor, _ in buyers(8)]

    def speak(actor: Actor) -> list[int]:
        assert actor.person_id is not None
        return [
            talk_lane.submit(said(show_id=show.id, person_id=actor.person_id, name="b", words=f" {n}  ! ", now=NOW))
            for n in range(5)
        ]

    waiting = [together(lambda actor=actor: speak(actor)) for actor in people]  # type: ignore[misc]
    numbers = sorted(number for answer in waiting for number in answer())
    assert numbers == list(range(2, 42)) and RoomHead.objects.get().last_number == 41
    assert RoomLine.objects.filter(kind="said", words="0 !").count() == 8


def test_who_may_not_speak_is_refused_and_the_others_are_not(world: World) -> None:
    show = live(world)
    (one, _), (two, _) = buyers(2)
    assert one.person_id and two.person_id
    Silence.objects.create(
        show=show, person_id=one.person_id, by_id=world.creator(0).person_id, at=NOW, until=NOW + HOUR
    )
    who, when = {"one": one.person_id, "two": two.person_id}, {"in time": NOW, "after": NOW + HOUR}

    def line(name: str, at: str, words: str = "Hello", show_id: UUID = show.id) -> Any:
        return said(show_id=show_id, person_id=who[name], name=name, words=words, now=when[at])

    outcomes = talk_lane.run([line("one", "in time"), line("two", "in time"), line("two", "in time", " "),
                              line("two", "in time", "x" * 201), line("two", "in time", show_id=new_id())])  # fmt: skip
    assert [type(o) for o in outcomes] == [Silenced, int, NothingSaid, NothingSaid, RoomClosed]
    assert isinstance(talk_lane.submit(line("one", "after")), int)
    end_show(actor=world.creator(0), now=NOW + 2 * HOUR, show_id=show.id)
    with pytest.raises(RoomClosed):
        talk_lane.submit(line("two", "after"))
    assert [kind for _, kind in lines(show)] == ["began", "said", "said", "ended"]

"""The look of a shop and the order of its picks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renmai.kit import clock
from renmai.kit.events.models import Event
from renmai.kit.ids import new_id
from renmai.kit.problems import NotFound
from renmai.places.shops.models import Pick
from renmai.places.shops.ordering import WAYS, NoSuchMove, arrange_picks, arranged, move_picks, moved, order_picks
from renmai.places.shops.queries import list_shop_picks
from renmai.places.shops.theme import ACCENTS, SECTIONS
from renmai.places.shops.theming import NoSuchAccent, NoSuchSection, change_theme
from tests.trade.world import World, make_world


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@given(st.lists(st.uuids(), unique=True, max_size=12), st.data())
def test_moving_loses_nothing_and_keeps_order_among_the_moved(order: list[object], data: st.DataObject) -> None:
    chosen = set(data.draw(st.lists(st.sampled_from(order), unique=True))) if order else set()
    for way in WAYS:
        after = moved(order, chosen, way)  # type: ignore[arg-type]
        assert sorted(map(str, after)) == sorted(map(str, order))
        assert [each for each in after if each in chosen] == [each for each in order if each in chosen]
        assert [each for each in after if each not in chosen] == [each for each in order if each not in chosen]
        steps = [after.index(each) - order.index(each) for each in chosen]  # type: ignore[arg-type]
        assert all(step <= 0 for step in steps) if way in {"up", "top"} else all(step >= 0 for step in steps)
        if way in {"up", "down"}:
            assert all(abs(step) <= 1 for step in steps)


def test_one_goes_up_and_many_to_the_top() -> None:
    a, b, c, d = (new_id() for _ in range(4))
    assert moved([a, b, c, d], {c}, "up") == [a, c, b, d]
    assert moved([a, b, c, d], {a, b}, "up") == [a, b, c, d]
    assert moved([a, b, c, d], {b, c}, "down") == [a, d, b, c]
    assert moved([a, b, c, d], {b, d}, "top") == [b, d, a, c]
    assert moved([a, b, c, d], {a, c}, "bottom") == [b, d, a, c]


def test_a_page_of_a_longer_list_keeps_its_places() -> None:
    a, b, c, d, e = (new_id() for _ in range(5))
    assert arranged([a, b, c, d, e], [d, b]) == [a, d, c, b, e]
    assert arranged([a, b, c], [c, a, b]) == [c, a, b]


def test_dragged_picks_trade_places_and_nobody_elses(world: World) -> None:
    shop, lin, now = world.shops[0], world.creator(0), clock.now()
    before = [row["id"] for row in list_shop_picks(shop.id, limit=50, also_unsold=True)]
    wanted = [before[-1], *before[1:-1], before[0]]
    assert arrange_picks(actor=lin, now=now, shop_id=shop.id, pick_ids=[before[-1], new_id(), before[0]]) == wanted
    for nothing in ([], [new_id()]):
        with pytest.raises(NoSuchMove):
            arrange_picks(actor=lin, now=now, shop_id=shop.id, pick_ids=nothing)
    with pytest.raises(NotFound):
        arrange_picks(actor=world.creator(1), now=now, shop_id=shop.id, pick_ids=before)
    assert [row["id"] for row in list_shop_picks(shop.id, limit=50, also_unsold=True)] == wanted


def test_the_shop_shows_its_picks_in_the_order_given(world: World) -> None:
    shop, lin, now = world.shops[0], world.creator(0), clock.now()
    before = [row["id"] for row in list_shop_picks(shop.id, limit=50, also_unsold=True)]
    assert len(before) >= 2
    order_picks(actor=lin, now=now, shop_id=shop.id, pick_ids=[before[-1]])
    wanted = [before[-1], *before[:-1]]
    assert [row["id"] for row in list_shop_picks(shop.id, limit=50, also_unsold=True)] == wanted
    move_picks(actor=lin, now=now, shop_id=shop.id, pick_ids=[before[-1]], way="down")
    assert [row["id"] for row in list_shop_picks(shop.id, limit=50, also_unsold=True)][1] == before[-1]
    move_picks(actor=lin, now=now, shop_id=shop.id, pick_ids=[before[-1]], way="up")
    move_picks(actor=lin, now=now, shop_id=shop.id, pick_ids=[before[-1]], way="up")
    assert Event.objects.filter(kind="shop.picks_ordered", subject_id=shop.id).count() == 3


def test_moves_that_are_none(world: World) -> None:
    lin, now = world.creator(0), clock.now()
    foreign = Pick.objects.exclude(shop=world.shops[0]).first()
    positions = list(Pick.objects.order_by("id").values_list("id", "position"))
    ids = [foreign.id if foreign else new_id()]
    with pytest.raises(NoSuchMove):
        move_picks(actor=lin, now=now, shop_id=world.shops[0].id, pick_ids=ids, way="top")
    with pytest.raises(NoSuchMove):
        move_picks(actor=lin, now=now, shop_id=world.shops[0].id, pick_ids=[world.picks["mug"].id], way="sideways")
    with pytest.raises(NotFound):
        order_picks(actor=world.creator(1), now=now, shop_id=world.shops[0].id, pick_ids=[world.picks["mug"].id])
    assert list(Pick.objects.order_by("id").values_list("id", "position")) == positions


def test_a_look_is_chosen(world: World) -> None:
    shop, lin, now = world.shops[0], world.creator(0), clock.now()
    change_theme(actor=lin, now=now, shop_id=shop.id, accent="lake", sections=["picks"], ai_persona=True)
    change_theme(actor=lin, now=now, shop_id=shop.id, accent="lake", sections=["picks"], ai_persona=True)
    shop.refresh_from_db()
    assert (shop.accent, shop.sections, shop.ai_persona) == ("lake", ["picks", "live", "posts", "about"], True)
    (event,) = Event.objects.filter(kind="shop.changed", subject_id=shop.id)
    assert event.data == {"fields": ["accent", "ai_persona", "sections"]}
    with pytest.raises(NoSuchAccent):
        change_theme(actor=lin, now=now, shop_id=shop.id, accent="pink")
    with pytest.raises(NoSuchSection):
        change_theme(actor=lin, now=now, shop_id=shop.id, sections=["shelf"])
    with pytest.raises(NotFound):
        change_theme(actor=world.creator(1), now=now, shop_id=shop.id, accent="")
    with pytest.raises(TypeError):
        change_theme(actor=lin, now=now, shop_id=shop.id, name="Mine")
    shop.refresh_from_db()
    assert shop.accent == "lake" and "lake" in ACCENTS and set(shop.sections) == set(SECTIONS)

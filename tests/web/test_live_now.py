"""Where people meet shows: at the door, on a person's page, in the search; what is on, what comes, what was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from renmai.kit import clock
from renmai.kit.events.actions import Happened
from renmai.kit.ids import new_id
from renmai.matching.finds.actions import keep_findable
from renmai.places.live.actions import Plan, announce_show, plan_show
from renmai.places.live.models import Show
from renmai.places.live.stage_actions import end_show
from renmai.places.shops.models import Pick
from renmai.places.talk.models import Presence
from renmai.trade.promotions.models import Drop
from renmai.web.buyer.live import people_live
from tests.places.stage import on_air
from tests.trade.world import World, make_world
from tests.web.desk_world import statements, words_of


@pytest.fixture
def world(house: None) -> World:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    return make_world()


def coming(world: World, shop: int, **ahead: float) -> Show:
    creator, now = world.creator(shop), clock.now()
    plan = Plan(f"Show {ahead}", now + timedelta(**ahead), 60)
    show = plan_show(actor=creator, now=now, shop_id=world.shops[shop].id, plan=plan)
    return announce_show(actor=creator, now=now, show_id=show.id)


def over(world: World, times: int) -> list[Show]:
    shows = [Show(
        shop=world.shops[0], host_id=world.shops[0].owner_id, title=f"Was {n}", starts_at=clock.now(), minutes=5, state="ended",
        began_at=clock.now() - timedelta(days=n + 1), ended_at=clock.now() - timedelta(days=n), created_at=clock.now(),
        changed_at=clock.now(),
    ) for n in range(times)]  # fmt: skip
    return Show.objects.bulk_create(shows)


def test_who_is_live_stands_first_at_the_door(world: World) -> None:
    show = on_air(world)
    Presence.objects.create(process_id=new_id(), show=show, viewers=41, at=clock.now())
    Presence.objects.create(process_id=new_id(), show=show, viewers=1, at=clock.now())
    Presence.objects.create(process_id=new_id(), show=show, viewers=9, at=clock.now() - timedelta(minutes=5))
    answer = Client().get("/")
    said, html = words_of(answer), answer.content.decode()
    assert "42 watch" in said and "Tea at noon" in said and "Explained right now" in said
    assert f'href="/live/{show.id}"' in html
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    assert f"/live/{show.id}" not in Client().get("/").content.decode()


def test_a_drop_in_a_show_leads_into_its_room(world: World) -> None:
    show, pick, sku = on_air(world), world.picks["mug"], world.skus["mug"]
    assert pick.shop_id == show.shop_id
    now = clock.now()
    drop = Drop.objects.create(
        shop_id=pick.shop_id, pick_id=pick.id, sku_id=sku.id, price_minor=6000, quantity=5, policy="hold", starts_at=now,
        ends_at=now + timedelta(hours=1), created_by_id=show.host_id, created_at=now, show_id=show.id, segment_id=show.stage_segment_id,
    )  # fmt: skip
    (live,) = people_live(now=clock.now())
    assert (live.kind, live.href, live.price_minor, live.free) == ("show", f"/live/{show.id}", 6000, 5)
    Drop.objects.filter(id=drop.id).update(show_id=None, segment_id=None)
    (live,) = people_live(now=clock.now())
    assert (live.kind, live.href, live.currency) == ("show", f"/live/{show.id}", "")
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    assert [(each.kind, each.href) for each in people_live(now=clock.now())] == [("drop", f"/drops/{drop.id}")]


def test_what_comes_next_is_each_person_once_and_soon(world: World) -> None:
    first, _second, other = coming(world, 0, hours=1), coming(world, 0, hours=3), coming(world, 1, hours=2)
    far = coming(world, 1, days=30)
    late = coming(world, 1, hours=1)
    Show.objects.filter(id=late.id).update(starts_at=clock.now() - timedelta(hours=3))
    html = Client().get("/").content.decode()
    assert html.index(f"/live/{first.id}") < html.index(f"/live/{other.id}")
    assert all(f"/live/{each.id}" not in html for each in (_second, far, late))
    person = Client().get(f"/@{world.shops[0].handle}").content.decode()
    assert f"/live/{first.id}" in person and f"/live/{_second.id}" in person


def test_replays_stand_on_the_person_and_all_of_them_on_their_page(world: World) -> None:
    shows = over(world, 14)
    Show.objects.filter(id=shows[0].id).update(replay_open=False)
    handle = world.shops[0].handle
    html = Client().get(f"/@{handle}").content.decode()
    assert [n for n in range(14) if f"/live/{shows[n].id}" in html] == [1, 2, 3, 4, 5, 6]
    page = Client().get(f"/@{handle}/shows")
    found = [n for n in range(14) if f"/live/{shows[n].id}" in page.content.decode()]
    assert found == list(range(1, 13)) and page.context["next_cursor"]
    rest = Client().get(f"/@{handle}/shows?cursor={page.context['next_cursor']}").content.decode()
    assert [n for n in range(14) if f"/live/{shows[n].id}" in rest] == [13]
    assert Client().get("/@nobody-at-all/shows").status_code == 404


def test_the_door_and_the_person_cost_the_same_with_more_shows(world: World) -> None:
    on_air(world)
    over(world, 1)
    pages = ("/", f"/@{world.shops[0].handle}", f"/@{world.shops[0].handle}/shows")
    coming(world, 0, hours=1)
    before = [statements(Client(), page) for page in pages]
    over(world, 5)
    for hours in (2, 3):
        coming(world, 1, hours=hours)
    second = Show.objects.get(state="live")
    pick = Pick.objects.filter(shop_id=world.shops[1].id)[0]
    other = coming(world, 1, hours=1)
    segment = other.segments.create(position=0, pick=pick)
    Show.objects.filter(id=other.id).update(state="live", began_at=second.began_at, stage_segment_id=segment.id)
    assert [statements(Client(), page) for page in pages] == before


def test_the_search_says_who_is_live(world: World) -> None:
    shop = world.shops[0]
    keep_findable(Happened("shop.opened", shop.id, clock.now()))
    before = Client().get(f"/search?q={shop.handle}").content.decode()
    assert "person-card" in before and "person-card__live" not in before
    on_air(world)
    assert "person-card__live" in Client().get(f"/search?q={shop.handle}").content.decode()

"""A live room as buyers meet it: its page in every state, the pass to speak there, and buying over the film."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.people.accounts.actions import add_membership
from renmai.people.accounts.models import Person
from renmai.people.moderation.actions import take_down
from renmai.people.moderation.models import Report
from renmai.places.live.actions import Plan, plan_show
from renmai.places.live.models import Segment, Show
from renmai.places.live.stage_actions import end_show
from renmai.places.talk.actions import draw_bag, raise_bag, silence
from renmai.places.talk.lane import said, talk_lane
from renmai.places.talk.passes import read_pass
from renmai.trade.orders.models import Order, OrderLine
from renmai.trade.promotions.claim_lane import claim_intent, claim_lane
from renmai.trade.promotions.models import Drop
from tests.places.stage import on_air
from tests.trade.promoting import buyers, coupon, drop
from tests.trade.world import World, make_world
from tests.web.desk_world import statements
from tests.web.operator_world import signed_in


@pytest.fixture
def world(house: None) -> World:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    return make_world()


def page(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, response.status_code
    return unescape(response.content.decode())


def buyer(world: World) -> Client:
    return signed_in(Person.objects.get(id=world.buyer.person_id))


def about(text: str) -> Any:
    found = re.search(r'<script id="room-about" type="application/json">(.*?)</script>', text)
    assert found
    return json.loads(found[1])


def test_the_room_while_it_is_on_and_after(world: World) -> None:
    show = on_air(world)
    segment = show.segments.get()
    text = page(Client(), f"/live/{show.id}")
    told = about(text)
    assert (told["show"], told["state"], told["signed"]) == (str(show.id), "live", False)
    assert (told["segment"], told["hosts"]) == (str(segment.id), [str(show.host_id)])
    assert "Tea at noon" in text and "<video" in text and "Advertising" in text and "Sign in to talk" in text
    assert f'href="/checkout?pick={segment.pick_id}&segment={segment.id}"' in text and "data-say" not in text
    assert "data-say" in page(buyer(world), f"/live/{show.id}") and "Made with AI" not in text
    Show.objects.filter(id=show.id).update(ai_made=True)
    assert "Made with AI" in page(Client(), f"/live/{show.id}")
    end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    over = page(Client(), f"/live/{show.id}")
    assert "Replay" in over and "data-at=" in over and "data-say" not in over and about(over)["state"] == "ended"
    Show.objects.filter(id=show.id).update(replay_open=False)
    closed = page(Client(), f"/live/{show.id}")
    assert "<video" not in closed and "There is no film of this show to be seen." in closed
    Show.objects.filter(id=show.id).update(hidden_at=clock.now())
    assert [Client().get(f"/live/{show.id}{part}").status_code for part in ("", "/goods", "/bag")] == [404] * 3


def test_the_room_asks_the_same_number_of_questions_whatever_is_shown(world: World) -> None:
    show = on_air(world)
    few = [
        statements(Client(), f"/live/{show.id}"),
        statements(buyer(world), f"/live/{show.id}"),
    ]
    picks = [pick for pick in world.picks.values() if pick.shop_id == world.shops[0].id]
    for place in range(1, 12):
        Segment.objects.create(show=show, position=place, pick_id=picks[place % len(picks)].id)
    many = [
        statements(Client(), f"/live/{show.id}"),
        statements(buyer(world), f"/live/{show.id}"),
    ]
    assert few == many and many[0] <= 11


def test_a_pass_says_who_comes_and_holds_for_this_room_only(world: World) -> None:
    show = on_air(world)
    Person.objects.filter(id=world.buyer.person_id).update(name="Mei")
    answer: Any = buyer(world).post(f"/live/{show.id}/pass")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    held = read_pass(answer.json()["pass"], show_id=show.id, now=clock.now())
    assert (held.person_id, held.name, held.keeps_order) == (world.buyer.person_id, "Mei", False)
    add_membership(actor=SYSTEM, now=clock.now(), person_id=show.host_id, role="creator", subject_id=show.shop_id)
    host = signed_in(Person.objects.get(id=show.host_id)).post(f"/live/{show.id}/pass").json()["pass"]
    assert read_pass(host, show_id=show.id, now=clock.now()).keeps_order
    draft = plan_show(
        actor=world.creator(0), now=clock.now(), shop_id=world.shops[0].id, plan=Plan("x", clock.now(), 5)
    )
    assert buyer(world).post(f"/live/{draft.id}/pass").status_code == 404
    assert Client().post(f"/live/{show.id}/pass")["Location"].startswith("/sign-in")
    csrf = Client(enforce_csrf_checks=True)
    csrf.cookies = buyer(world).cookies
    assert csrf.post(f"/live/{show.id}/pass").status_code == 403
    silence(actor=world.creator(0), now=clock.now(), show_id=show.id, person_id=held.person_id, removed=True)
    assert buyer(world).post(f"/live/{show.id}/pass").json() == {"pass": None}


def fields(text: str) -> dict[str, list[str]]:
    """What the sheet would send as it stands."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        chosen = 'type="radio"' not in tag and 'type="checkbox"' not in tag or "checked" in tag
        if name and chosen and name[1] != "csrfmiddlewaretoken":
            found.setdefault(name[1], []).append(value[1] if value else "")
    return found


def test_a_buyer_with_an_address_buys_over_the_film_by_one_press(world: World) -> None:
    show = on_air(world)
    segment, client = show.segments.get(), buyer(world)
    address = f"/checkout?pick={segment.pick_id}&segment={segment.id}&in={show.id}"
    sheet = page(client, address, **{"HX-Request": "true"})
    assert "<html" not in sheet and "data-in-room" in sheet and Order.objects.count() == 0
    given = fields(sheet)
    more = client.post("/checkout", given | {"quantity": "2", "do": "count"}, headers={"HX-Request": "true"})
    given = fields(unescape(more.content.decode()))
    paying = unescape(client.post("/checkout", given, headers={"HX-Request": "true"}).content.decode())
    assert "data-pay" in paying and "Waiting for the payment" in paying
    line = OrderLine.objects.select_related("order").get(kind="goods")
    assert (line.quantity, line.segment_id, line.order.buyer_id) == (2, segment.id, world.buyer.person_id)
    again = client.post("/checkout", given, headers={"HX-Request": "true"})
    assert Order.objects.count() == 1 and again.status_code == 200
    standing = page(client, f"/checkouts/{line.order.checkout_id}?in={show.id}", **{"HX-Request": "true"})
    assert f"in={show.id}" in standing and "<html" not in standing


def test_units_that_were_claimed_are_bought_in_the_same_sheet(world: World) -> None:
    show, now = on_air(world), clock.now()
    made = drop(world, quantity=1, now=now, starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(hours=1))
    Drop.objects.filter(id=made.id).update(segment_id=show.segments.get().id, show_id=show.id)
    claim_lane.submit(claim_intent(actor=world.buyer, now=now, drop_id=made.id))
    address = f"/checkout?drop={made.id}&quantity=1&in={show.id}"
    given = fields(page(buyer(world), address))
    answer = buyer(world).post("/checkout", given)
    assert "data-pay" in answer.content.decode() and OrderLine.objects.get(kind="goods").drop_id == made.id
    (other, _), *_ = buyers(1)
    late = page(signed_in(Person.objects.get(id=other.person_id)), address)
    assert "data-in-room" not in late and "data-sheet-close" in late


def test_the_lucky_bag_tells_each_how_it_went_for_them(world: World) -> None:
    show, now = on_air(world), clock.now()
    prize = coupon(world, "LUCKY", funder="creator")
    bag = raise_bag(
        actor=world.creator(0), now=now, show_id=show.id, word="tea", coupon_id=prize.id, winners_max=1, seconds=30
    )
    assert 'Say "tea"' in page(buyer(world), f"/live/{show.id}/bag")
    assert "Sign in to take part" in page(Client(), f"/live/{show.id}/bag")
    buyer_id = world.buyer.person_id
    assert buyer_id is not None
    talk_lane.submit(said(show_id=show.id, person_id=buyer_id, name="Mei", words="tea", now=now))
    draw_bag(bag_id=bag.id, now=now + timedelta(seconds=31))
    won = page(buyer(world), f"/live/{show.id}/bag")
    assert "You won!" in won and "LUCKY" in won
    assert page(Client(), f"/live/{show.id}/bag").strip() == ""


def test_a_show_and_what_is_said_in_it_can_be_reported_and_taken_down(world: World) -> None:
    show, (other, _) = on_air(world), buyers(1)[0]
    assert other.person_id is not None
    number = talk_lane.submit(
        said(show_id=show.id, person_id=other.person_id, name="Bo", words="Rude", now=clock.now())
    )
    client = buyer(world)
    form = page(client, f"/report/show/{show.id}?line={number}")
    assert f"{number}: Rude" in form
    sent = fields(form) | {"reason": "abuse", "words": f"{number}: Rude"}
    assert client.post(f"/report/show/{show.id}", sent)["Location"] == f"/live/{show.id}"
    report = Report.objects.get()
    assert (report.subject_kind, report.subject_id, report.words) == ("show", show.id, f"{number}: Rude")
    owner = world.shops[0].owner_id
    take_down(
        actor=world.operator, now=clock.now(), subject_kind="show", subject_id=show.id, owner_id=owner,
        title=show.title, reason="abuse", words="No.",
    )  # fmt: skip
    assert client.get(f"/live/{show.id}").status_code == 404
    assert client.get(f"/report/show/{show.id}").status_code == 404

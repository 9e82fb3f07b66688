"""A show before it is on, as others meet it: its page, reminders and notices, the calendar, links and previews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image

from renmai.kit import clock
from renmai.kit.access import require_person
from renmai.kit.events.actions import deliver_all
from renmai.people.accounts.models import Membership, Person
from renmai.people.follows.models import Follow
from renmai.people.notices.models import Notice
from renmai.places.live.actions import (
    Plan,
    Slot,
    add_to_show,
    announce_show,
    answer_point,
    cancel_show,
    change_show,
    plan_show,
    take_out_of_show,
    write_run,
)
from renmai.places.live.models import CoHost, Show, ShowReminder
from renmai.places.live.rules import POINTS
from renmai.places.live.stage_actions import begin_show
from renmai.trade.referrals.models import Click, ShareLink
from renmai.web.buyer.calendars import calendar_of
from renmai.web.notices import say_notice
from tests.trade.world import World, make_world, person
from tests.web.desk_world import statements, words_of
from tests.web.operator_world import signed_in

HOUR = timedelta(hours=1)


@pytest.fixture
def world(house: None) -> World:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    return make_world()


def plan(**changed: Any) -> Plan:
    return Plan(
        **{"title": "Tea at four", "starts_at": clock.now() + HOUR, "minutes": 60, "about": "Three teas.", **changed}
    )


def planned(world: World, *, announced: bool = True, picks: int = 1) -> Show:
    creator, now = world.creator(0), clock.now()
    show = plan_show(actor=creator, now=now, shop_id=world.shops[0].id, plan=plan())
    mine = [pick for pick in world.picks.values() if pick.shop_id == world.shops[0].id][:picks]
    slots = [Slot(pick.id, hook=f"Hook {n}", talking_points="Only for me") for n, pick in enumerate(mine)]
    write_run(actor=creator, now=now, show_id=show.id, slots=slots)
    return announce_show(actor=creator, now=now, show_id=show.id) if announced else show


def buyer(world: World) -> Client:
    return signed_in(Person.objects.get(id=require_person(world.buyer)))


def kinds() -> list[tuple[Any, str]]:
    deliver_all(now=clock.now())
    return list(Notice.objects.filter(kind__startswith="show.").order_by("id").values_list("person_id", "kind"))


def test_the_page_of_a_plan(world: World) -> None:
    show = planned(world, announced=False)
    assert Client().get(f"/live/{show.id}").status_code == 404
    host = Person.objects.get(id=show.host_id)
    Membership.objects.create(person=host, role="creator", subject_id=show.shop_id, created_at=clock.now())
    own = signed_in(host)
    assert "Only you see this" in words_of(own.get(f"/live/{show.id}"))
    announce_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    answer = Client().get(f"/live/{show.id}")
    said, html = words_of(answer), answer.content.decode()
    assert "Tea at four" in said and "Hook 0" in said and "Remind me" in said and "Advertising" in said
    assert "Only for me" not in said and f'data-countdown="{int(show.starts_at.timestamp())}"' in html
    assert '"@type":"Event"' in html and f'/live/{show.id}"><meta property="og:locale"' in html
    cancel_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    said = words_of(Client().get(f"/live/{show.id}"))
    assert "This show was called off." in said and "Remind me" not in said


def test_its_page_costs_the_same_however_much_is_shown(world: World) -> None:
    one, two = planned(world), planned(world, picks=2)
    client = buyer(world)
    assert statements(client, f"/live/{one.id}") == statements(client, f"/live/{two.id}")


def test_who_asked_is_told_once_when_it_begins(world: World) -> None:
    show, client = planned(world), buyer(world)
    assert Client().post(f"/live/{show.id}/reminder")["Location"].startswith("/sign-in")
    client.post(f"/live/{show.id}/reminder")
    client.post(f"/live/{show.id}/reminder")
    assert ShowReminder.objects.count() == 1
    assert "You are told when it begins" in words_of(client.get(f"/live/{show.id}"))
    piece = client.post(f"/live/{show.id}/reminder", {"do": "forget"}, headers={"HX-Request": "true"})
    assert "Remind me" in words_of(piece) and not ShowReminder.objects.exists()
    client.post(f"/live/{show.id}/reminder")
    for point in POINTS:
        answer_point(actor=world.creator(0), now=clock.now(), show_id=show.id, point=point.name)
    begin_show(actor=world.creator(0), now=show.starts_at, show_id=show.id)
    assert kinds() == [(world.buyer.person_id, "show.began")]
    assert kinds() == [(world.buyer.person_id, "show.began")]
    reminder, notice = ShowReminder.objects.get(), Notice.objects.get(kind="show.began")
    assert (reminder.told_at, notice.href, notice.mail) == (show.starts_at, f"/live/{show.id}", True)
    assert say_notice(notice).title.endswith("is live now: Tea at four.")


def test_followers_hear_of_the_plan_and_who_waits_of_its_changes(world: World) -> None:
    fan, show = person("fan@example.org"), planned(world, announced=False)
    Follow.objects.create(follower_id=fan.id, followed_id=world.shops[0].owner_id, at=clock.now())
    announce_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    assert kinds() == [(fan.id, "show.announced")]
    buyer(world).post(f"/live/{show.id}/reminder")
    change_show(
        actor=world.creator(0), now=clock.now(), show_id=show.id, plan=plan(starts_at=show.starts_at, about="Four.")
    )
    assert len(kinds()) == 1
    change_show(actor=world.creator(0), now=clock.now(), show_id=show.id, plan=plan(starts_at=show.starts_at + HOUR))
    cancel_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    told = kinds()
    assert told[1:] == [(world.buyer.person_id, "show.cancelled")], "moved, then called off before it was delivered"


def test_a_show_of_a_closed_shop_tells_nobody(world: World) -> None:
    fan, show = person("fan@example.org"), planned(world, announced=False)
    Follow.objects.create(follower_id=fan.id, followed_id=world.shops[0].owner_id, at=clock.now())
    announce_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    type(world.shops[0]).objects.filter(id=world.shops[0].id).update(open=False)
    assert kinds() == []


def test_who_is_added_is_told_and_may_lay_it_down(world: World) -> None:
    show, other = planned(world), world.shops[1].owner_id
    add_to_show(actor=world.creator(0), now=clock.now(), show_id=show.id, person_id=other, part="host")
    assert kinds() == [(other, "show.host")]
    assert "Together with" in words_of(Client().get(f"/live/{show.id}"))
    take_out_of_show(actor=world.creator(1), now=clock.now(), show_id=show.id, person_id=other)
    assert not CoHost.objects.exists()


def test_the_calendar_has_it(world: World) -> None:
    show = planned(world)
    answer = Client().get(f"/live/{show.id}/calendar.ics")
    text = answer.content.decode()
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert f"DTSTART:{show.starts_at.astimezone(UTC):%Y%m%dT%H%M%SZ}\r\n" in text and "STATUS:CONFIRMED" in text
    draft = planned(world, announced=False)
    assert Client().get(f"/live/{draft.id}/calendar.ics").status_code == 404


def test_a_calendar_line_is_folded_between_characters() -> None:
    at = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
    text = calendar_of(
        uid="1@renmai", title="茶" * 60, words="a,b;c\\d\ne", url="https://example.org/live/1", host="Lin", starts_at=at,
        minutes=90, changed_at=at, called_off=True,
    )  # fmt: skip
    lines = text.split("\r\n")
    assert all(len(line.encode()) <= 75 for line in lines) and "STATUS:CANCELLED" in lines
    whole = text.replace("\r\n ", "")
    assert (
        "SUMMARY:Lin: " + "茶" * 60 in whole
        and "DESCRIPTION:a\\,b\\;c\\\\d\\ne" in whole
        and "DTEND:20261124T133000Z" in whole
    )


def test_a_link_to_a_show_names_who_shared_it(world: World) -> None:
    show, friend = planned(world), signed_in(person("friend@example.org"))
    answer = friend.post("/links", {"kind": "show", "subject": str(show.id)})
    link = ShareLink.objects.get()
    assert answer["Location"] == f"/links/{link.token}" and len(link.token) == 12
    assert (link.subject_kind, link.subject_id, link.shop_id) == ("show", show.id, world.shops[0].id)
    client = Client(headers={"user-agent": "Mozilla/5.0"})
    assert client.get(f"/s/{link.token}")["Location"] == f"/live/{show.id}"
    assert list(Click.objects.values_list("link_id", "kind")) == [(link.id, "content")]
    for language in ("en", "zh"):
        drawn = Client().get(f"/s/{link.token}/poster-{language}.webp")
        assert Image.open(BytesIO(drawn.content)).width == 750
    assert "Tea at four" in words_of(friend.get("/links"))
    draft = planned(world, announced=False)
    friend.post("/links", {"kind": "show", "subject": str(draft.id)})
    assert ShareLink.objects.count() == 1
    cancel_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
    assert client.get(f"/s/{link.token}")["Location"] == f"/@{world.shops[0].handle}"
    assert Client().get(f"/s/{link.token}/poster-en.webp").status_code == 200

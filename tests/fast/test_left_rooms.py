"""Lines of a live room that must end, and what one may not do on them however one asks."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from renmai.kit import clock
from renmai.kit.ids import new_id
from renmai.people.accounts.models import Person
from renmai.places.live.models import Show
from renmai.places.talk.actions import draw_bag, raise_bag, silence, sweep_presences
from renmai.places.talk.models import BagEntry, Presence, RoomLine
from renmai.trade.promotions.models import DropWaiter
from tests.fast.door import Fast
from tests.fast.test_rooms import ends, seat, ticket
from tests.places.stage import on_air
from tests.trade.promoting import buyers, coupon
from tests.trade.world import World


def owned() -> int:
    """How many drops are owned by processes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_locks where locktype = 'advisory' and objsubid = 2 and classid = 1685221232"
        )
        return int(cursor.fetchone()[0])


def test_a_line_ends_for_who_was_taken_out_whose_account_is_closed_and_when_the_show_is_taken_down(
    world: World, fast: Fast
) -> None:
    show = on_air(world)
    (rude, _), (shut, _), (calm, _) = buyers(3)
    tickets = [ticket(show, who) for who in (rude, shut, calm)]
    assert rude.person_id is not None and shut.person_id is not None
    with (
        seat(fast, show.id, pass_=tickets[0]) as one,
        seat(fast, show.id, pass_=tickets[1]) as two,
        seat(fast, show.id, pass_=tickets[2]) as three,
        seat(fast, show.id) as guest,
    ):
        for line in (one, two, three, guest):
            line.next("state")
        silence(
            actor=world.creator(0),
            now=clock.now(),
            show_id=show.id,
            person_id=rude.person_id,
            removed=True,
            minutes=1,
        )
        Person.objects.filter(id=shut.person_id).update(is_active=False)
        assert ends(one) == ends(two) == "room.removed"
        three.send("say", words="Still here", ref="1")
        guest.words("Still here")
        Show.objects.filter(id=show.id).update(hidden_at=clock.now())
        assert ends(three) == ends(guest) == "not_found"
    assert RoomLine.objects.filter(kind="said").count() == 1


def test_odd_words_and_numbers_end_nobody_elses_line(world: World, fast: Fast) -> None:
    show = on_air(world)
    with seat(fast, show.id, pass_=ticket(show, world.buyer)) as line, seat(fast, show.id) as guest:
        line.next("state")
        guest.next("state")
        line.send("say", words="\x00\u202e Tea\x07 please \x00", ref="1")
        assert line.next("done")["ref"] == "1"
        line.send("say", words="\x00\x00", ref="2")
        assert line.next("refused")["code"] == "room.words"
        line.line.send('{"kind":"like","count":1e999}')
        assert ends(line) == "room.bad_message"
        assert guest.words("Tea please")["name"] == "Mei"


def test_many_lines_give_nobody_more_leave_to_speak(world: World, fast: Fast) -> None:
    show = on_air(world)
    with (
        seat(fast, show.id, pass_=ticket(show, world.buyer)) as one,
        seat(fast, show.id, pass_=ticket(show, world.buyer)) as two,
    ):
        for number in range(4):
            for line in (one, two):
                line.send("say", words=f"again {number}", ref=str(number))
        for line in (one, two):
            line.next("refused")
    assert RoomLine.objects.filter(kind="said").count() == 5


def test_a_claim_on_a_drop_that_is_not_here_makes_nobody_its_owner(world: World, fast: Fast) -> None:
    show = on_air(world)
    with seat(fast, show.id, pass_=ticket(show, world.buyer)) as line:
        line.next("state")
        for number in range(3):
            line.send("claim", drop_id=str(new_id()), ref=str(number))
            assert line.next("refused")["code"] == "not_found"
        assert owned() == 0 and not DropWaiter.objects.exists()


def test_a_bag_is_not_won_by_the_house_nor_by_words_that_were_taken_out(world: World) -> None:
    show, now = on_air(world), clock.now()
    (fair, _), (rude, _) = buyers(2)
    bag = raise_bag(
        actor=world.creator(0),
        now=now,
        show_id=show.id,
        word="Tea",
        coupon_id=coupon(world).id,
        winners_max=9,
        seconds=60,
    )
    for number, who in enumerate((world.creator(0), rude, fair), 10):
        RoomLine.objects.create(show=show, number=number, kind="said", person_id=who.person_id, words="Tea", at=now)
    RoomLine.objects.filter(number=11).update(hidden_at=now)
    assert draw_bag(bag_id=bag.id, now=now + timedelta(seconds=61)) == [fair.person_id]
    assert list(BagEntry.objects.values_list("person_id", flat=True)) == [fair.person_id]


def test_what_processes_of_yesterday_said_goes(world: World) -> None:
    show, now = on_air(world), clock.now()
    for hours in (0, 2):
        Presence.objects.create(process_id=new_id(), show=show, viewers=3, at=now - timedelta(hours=hours))
    assert sweep_presences(now=now) == 1 and Presence.objects.get().at == now

"""A live room through `fast`: who comes in, what they see and say, what they miss and catch up with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.places.live.actions import Plan, plan_show
from renmai.places.live.models import Show
from renmai.places.live.stage_actions import end_show, explain
from renmai.places.talk.actions import hide_line
from renmai.places.talk.models import RoomLine
from renmai.places.talk.passes import make_pass
from renmai.trade.promotions.models import DropWaiter
from tests.fast.door import ORIGIN, Fast
from tests.places.stage import on_air
from tests.trade.promoting import buyers, drop
from tests.trade.world import World


class Seat:
    """One viewer's line."""

    def __init__(self, line: ClientConnection) -> None:
        self.line = line

    def send(self, kind: str, **fields: Any) -> None:
        self.line.send(json.dumps({"kind": kind, **fields}))

    def next(self, kind: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
        """The next message of a kind that fits; others are passed over."""
        for _ in range(200):
            message = json.loads(self.line.recv(timeout=10))
            if message["kind"] == kind and fits(message):
                return message
        raise AssertionError(f"no {kind}")

    def words(self, words: str) -> Any:
        """The line that says so."""
        told = self.next("lines", lambda m: any(line.get("words") == words for line in m["lines"]))
        return next(line for line in told["lines"] if line.get("words") == words)


def ticket(show: Show, actor: Actor | None, *, seconds_ago: int = 0, name: str = "Mei") -> str:
    if actor is None or actor.person_id is None:
        return ""
    at = clock.now() - timedelta(seconds=seconds_ago)
    return make_pass(show_id=show.id, person_id=actor.person_id, name=name, keeps_order=False, now=at)


@contextmanager
def seat(
    fast: Fast, show_id: UUID, *, pass_: str = "", after: int = 0, origin: str = ORIGIN, hello: bool = True
) -> Iterator[Seat]:
    with connect(f"ws://127.0.0.1:{fast.port}/live/{show_id}/room", origin=origin, open_timeout=10) as line:  # type: ignore[arg-type]
        found = Seat(line)
        if hello:
            found.send("hello", **{"pass": pass_, "after": after})
        yield found


def test_people_talk_and_those_who_come_later_catch_up(world: World, fast: Fast) -> None:
    show = on_air(world)
    with seat(fast, show.id, pass_=ticket(show, world.buyer)) as mei, seat(fast, show.id) as guest:
        state = mei.next("state")
        assert state["state"] == "live" and state["title"] == "Tea at noon" and state["you"]["name"] == "Mei"
        assert UUID(state["segment_id"]) == show.stage_segment_id and guest.next("state")["you"] is None
        mei.send("say", words=" Is it  sweet? ", ref="a1")
        assert mei.next("done")["ref"] == "a1"
        heard = guest.words("Is it sweet?")
        assert heard["name"] == "Mei" and heard["number"] == 3
        guest.send("say", words="Hello", ref="b1")
        assert guest.next("refused")["code"] == "sign_in_needed"
        guest.send("like", count=3)
        assert guest.next("counts", lambda m: m["likes"] == 3)["viewers"] == 2
    with seat(fast, show.id, after=2) as late:
        assert [line["number"] for line in late.next("lines")["lines"]] == [3]
    assert list(RoomLine.objects.filter(kind="said").values_list("words", flat=True)) == ["Is it sweet?"]


def test_what_happens_in_the_show_reaches_the_room(world: World, fast: Fast) -> None:
    show = on_air(world)
    with seat(fast, show.id) as guest:
        guest.next("state")
        explain(actor=world.creator(0), now=clock.now(), show_id=show.id, segment_id=None)
        assert guest.next("state", lambda m: m["segment_id"] is None)["state"] == "live"
        end_show(actor=world.creator(0), now=clock.now(), show_id=show.id)
        assert guest.next("state", lambda m: m["state"] == "ended")["number"] >= 3


def test_units_are_claimed_on_the_line(world: World, fast: Fast) -> None:
    show = on_air(world)
    now = clock.now()
    times = {"now": now, "starts_at": now - timedelta(minutes=1), "ends_at": now + timedelta(hours=1)}
    made = drop(world, quantity=1, segment_id=show.stage_segment_id, **times)
    (one, _), (two, _) = buyers(2)
    with seat(fast, show.id, pass_=ticket(show, one)) as first, seat(fast, show.id, pass_=ticket(show, two)) as second:
        assert first.next("state")["drops"][0]["free"] == 1
        second.next("state")
        first.send("claim", drop_id=str(made.id), ref="c")
        kept = first.next("kept")
        assert (kept["ref"], kept["quantity"], kept["drop_id"]) == ("c", 1, str(made.id))
        second.send("claim", drop_id=str(made.id), ref="d")
        refused = second.next("refused")
        assert (refused["ref"], refused["code"], refused["params"]["why"]) == ("d", "drop.claim_refused", "sold_out")
        assert second.next("counts", lambda m: m["drops"][0]["free"] == 0)
    assert DropWaiter.objects.get().buyer_id == one.person_id


def ends(seat: Seat) -> str:
    """How the door ends a line: the code it says."""
    code = ""
    with pytest.raises(ConnectionClosed):
        while True:
            code = json.loads(seat.line.recv(timeout=10)).get("code", code)
    return code


def test_who_may_not_come_in_is_told_so(world: World, fast: Fast) -> None:
    show, other = on_air(world), new_id()
    hidden = plan_show(
        actor=world.creator(0), now=clock.now(), shop_id=world.shops[0].id, plan=Plan("x", clock.now(), 5)
    )
    for origin in ("http://evil.example", "null"):
        with pytest.raises(InvalidStatus), seat(fast, show.id, origin=origin):
            pass
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{fast.port}/elsewhere", origin=ORIGIN):  # type: ignore[arg-type]
        pass
    late = ticket(show, world.buyer, seconds_ago=61)
    foreign = make_pass(show_id=other, person_id=other, name="x", keeps_order=True, now=clock.now())
    good = ticket(show, world.buyer)
    for pass_ in (late, foreign, good[:-3] + "AAA", "x", "x.y", ".", good + "."):
        with seat(fast, show.id, pass_=pass_) as line:
            assert ends(line) == "room.bad_pass", pass_
    for show_id in (other, hidden.id):
        with seat(fast, show_id) as line:
            assert ends(line) == "not_found"


def test_a_message_nobody_knows_ends_the_line(world: World, fast: Fast) -> None:
    show = on_air(world)
    odd = (
        "", "{}", "[]", "x" * 5000, '{"kind":"nothing"}', '{"kind":"say"}', '{"kind":"claim","drop_id":"x"}', '{"kind":5}',
    )  # fmt: skip
    for frame in odd:
        with seat(fast, show.id, hello=False) as line:
            line.line.send(frame)
            assert ends(line) == "room.bad_message", frame
        with seat(fast, show.id) as line:
            line.next("state")
            line.line.send(frame)
            assert ends(line) == "room.bad_message", frame


def test_who_speaks_too_fast_is_slowed(world: World, fast: Fast) -> None:
    show = on_air(world)
    with seat(fast, show.id, pass_=ticket(show, world.buyer)) as line:
        for number in range(8):
            line.send("say", words=f"again {number}", ref=str(number))
        codes = [line.next("refused")["code"] for _ in range(3)]
    assert set(codes) == {"too_many"} and RoomLine.objects.filter(kind="said").count() == 5


def test_words_taken_out_are_told_by_their_number_and_the_room_goes_on(world: World, fast: Fast) -> None:
    show = on_air(world)
    with seat(fast, show.id, pass_=ticket(show, world.buyer)) as mei, seat(fast, show.id) as guest:
        mei.next("state")
        guest.next("state")
        mei.send("say", words="Bad words", ref="1")
        number = guest.words("Bad words")["number"]
        hide_line(actor=world.creator(0), now=clock.now(), show_id=show.id, number=number)
        told = guest.next("lines", lambda m: m["lines"][-1]["kind"] == "hidden")["lines"][-1]
        assert (told["line"], told["number"]) == (number, number + 1)
        mei.send("say", words="Good words", ref="2")
        assert guest.words("Good words")["number"] == number + 2

"""The lines of rooms under pressure: slow readers, many at once, an end by signal, and what the log says of them."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from benchmarks.crowd import seat_crowd
from renmai.config import config
from renmai.fast.rooms.door import Door
from renmai.kit import clock
from renmai.places.live.models import Show
from renmai.places.talk.lane import said, talk_lane
from tests.fast.door import ORIGIN, Fast, serving_fast
from tests.fast.test_rooms import Seat, ends, seat, ticket
from tests.places.stage import on_air
from tests.trade.promoting import drop
from tests.trade.world import World, make_world

CROWD = 300


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@contextmanager
def deaf(fast: Fast, show: Show) -> Iterator[Seat]:
    """A viewer who comes in and does not read."""
    plug = socket.socket()
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plug.connect(("127.0.0.1", fast.port))
    url = f"ws://127.0.0.1:{fast.port}/live/{show.id}/room"
    with connect(url, sock=plug, origin=ORIGIN, max_queue=1, ping_interval=None, close_timeout=1) as line:  # type: ignore[arg-type]
        seated = Seat(line)
        seated.send("hello")
        yield seated


def test_a_slow_reader_is_dropped_and_not_waited_for(world: World) -> None:
    show = on_air(world)
    assert world.buyer.person_id is not None
    with serving_fast() as fast, seat(fast, show.id) as reader, deaf(fast, show) as slow:
        reader.next("counts", lambda m: m["viewers"] == 2)
        words = [said(show_id=show.id, person_id=world.buyer.person_id, name="Mei", words="茶" * 190 + str(n), now=clock.now())
                 for n in range(800)]  # fmt: skip
        numbers = talk_lane.run(words)
        heard: list[int] = []
        while not heard or heard[-1] < int(str(numbers[-1])):
            heard += [line["number"] for line in reader.next("lines")["lines"]]
        assert reader.next("counts", lambda m: m["viewers"] == 1)["kind"] == "counts"  # the slow one has gone
        with pytest.raises(ConnectionClosed):
            while True:
                slow.line.recv(timeout=5)
        reader.send("like", count=1)
        assert reader.next("counts", lambda m: m["likes"] == 1)


def test_a_full_house_goes_at_once_and_the_log_names_nobody(world: World, tmp_path: Path) -> None:
    show, log, now = on_air(world), tmp_path / "fast.log", clock.now()
    times = {"now": now, "starts_at": now, "ends_at": now + timedelta(hours=1)}
    made = drop(world, segment_id=show.stage_segment_id, **times)
    pass_ = ticket(show, world.buyer, name="Lin Mei")
    with serving_fast(log) as fast:
        with seat(fast, show.id, pass_=pass_) as line:
            line.send("say", words="call me at teatime", ref="a")
            line.next("done")
            line.send("claim", drop_id=str(made.id), ref="b")
            assert line.next("kept")["quantity"] == 1
        with seat(fast, show.id, pass_=pass_ + "x") as line:
            assert ends(line) == "room.bad_pass"

        async def stand() -> float:
            crowd = await seat_crowd(fast.port, show.id, ORIGIN, [pass_] + [""] * (CROWD - 1), lambda *_: None)
            code, seconds = await asyncio.to_thread(fast.stop)
            assert code in (0, -15) and len(crowd) == CROWD
            return seconds

        assert asyncio.run(stand()) < 8
    text = log.read_text()
    assert text  # it did say something
    for private in ("127.0.0.1", "Lin Mei", "teatime", pass_, pass_[:24], str(world.buyer.person_id)):
        assert private not in text


def scope(origin: str, peer: str) -> dict[str, object]:
    return {"headers": [(b"origin", origin.encode())], "client": (peer, 5)}


def test_an_address_may_have_so_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    own, door = config().pages_origin, Door()
    monkeypatch.setattr(config(), "lines_per_address", 2)
    with ExitStack() as open_lines:
        opened = [open_lines.enter_context(door.open(scope(own, "192.0.2.1"))) for _ in range(4)]
        assert opened == [True, True, False, False]
        assert open_lines.enter_context(door.open(scope(own, "192.0.2.2")))
        assert [open_lines.enter_context(door.open(scope(own, "127.0.0.1"))) for _ in range(3)] == [True] * 3
        assert not open_lines.enter_context(door.open(scope("http://evil.example", "192.0.2.3")))
    with door.open(scope(own, "192.0.2.1")) as may:
        assert may  # those that ended count no more
    assert json.dumps(list(door._open)) == "[]"

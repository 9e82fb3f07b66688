"""Two `fast` processes and one drop: one of them owns it, the other hands claims over and takes it when the owner dies."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.places.live.models import Show
from renmai.places.talk.passes import make_pass
from renmai.trade.promotions.models import Drop, DropWaiter
from tests.fast.door import ORIGIN, Fast, serving_fast
from tests.places.stage import on_air
from tests.trade.promoting import buyers, drop
from tests.trade.world import World, make_world

UNITS, PEOPLE = 15, 60


@pytest.fixture
def world(house: None) -> World:
    return make_world()


@pytest.fixture
def two(world: World) -> Iterator[tuple[Fast, Fast]]:
    with serving_fast() as one, serving_fast() as other:
        yield one, other


def raised(world: World, show: Show, quantity: int = UNITS) -> Drop:
    now = clock.now()
    times = {"now": now, "starts_at": now, "ends_at": now + timedelta(hours=1)}
    return drop(world, quantity=quantity, segment_id=show.stage_segment_id, **times)


def owner_port() -> list[int]:
    """The ports of who owns drops now, as the database knows them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select a.application_name from pg_locks l join pg_stat_activity a using (pid) where l.locktype = 'advisory'"
            " and a.application_name like 'renmai-claims %'"
        )
        return [int(row[0].rpartition(":")[2]) for row in cursor.fetchall()]


class Buyer:
    """Somebody who claims until there is an answer: at a door that went away they come in by another."""

    def __init__(self, actor: Actor, show: Show, doors: tuple[Fast, Fast]) -> None:
        assert actor.person_id is not None
        self.id, self.show_id, self.doors = actor.person_id, show.id, list(doors)
        self.answers: list[dict[str, Any]] = []

    async def claim(self, drop_id: UUID, gate: asyncio.Event, seated: asyncio.Semaphore) -> None:
        """Be seated, wait for the gate, claim, and claim again where the line ends first."""
        for _ in range(20):
            try:
                await self._claim(self.doors[0].port, drop_id, gate, seated)
                return
            except (ConnectionClosed, OSError):
                self.doors.reverse()

    async def _claim(self, port: int, drop_id: UUID, gate: asyncio.Event, seated: asyncio.Semaphore) -> None:
        ticket = make_pass(show_id=self.show_id, person_id=self.id, name="B", keeps_order=False, now=clock.now())
        async with connect(f"ws://127.0.0.1:{port}/live/{self.show_id}/room", origin=ORIGIN) as line:  # type: ignore[arg-type]
            await line.send(json.dumps({"kind": "hello", "pass": ticket}))
            await line.recv()
            seated.release()
            await gate.wait()
            await line.send(json.dumps({"kind": "claim", "drop_id": str(drop_id), "ref": "c"}))
            while True:
                told = json.loads(await line.recv())
                if told["kind"] in ("kept", "refused"):
                    self.answers.append(told)
                    return


async def rush(people: list[Buyer], drop_id: UUID, *, kill: Fast | None = None, after: int = 0) -> None:
    """Let everybody claim at once; kill a process as soon as some have their answer."""
    gate, seated = asyncio.Event(), asyncio.Semaphore(0)
    tasks = [asyncio.create_task(each.claim(drop_id, gate, seated)) for each in people]
    for _ in people:
        await asyncio.wait_for(seated.acquire(), 30)
    gate.set()
    while kill is not None and sum(bool(each.answers) for each in people) < after:
        await asyncio.sleep(0.001)
    if kill is not None:
        kill.process.kill()
        kill.process.wait()
    await asyncio.wait_for(asyncio.gather(*tasks), 60)


def seats(show: Show, two: tuple[Fast, Fast]) -> list[Buyer]:
    """People at both doors, by turns."""
    doors = (two, two[::-1])
    return [Buyer(actor, show, doors[n % 2]) for n, (actor, _) in enumerate(buyers(PEOPLE))]


def check(people: list[Buyer], made: Drop, units: int = UNITS) -> None:
    """Exactly the units there are were kept, for those who were told so, once each, in the order of their arrival."""
    kept = list(DropWaiter.objects.filter(drop=made, ended_at=None).order_by("id"))
    told = {each.id for each in people for answer in each.answers if answer["kind"] == "kept"}
    assert {waiter.buyer_id for waiter in kept} == told and len(kept) == len(told) == units
    assert all(each.answers for each in people)
    refusals = {a["params"]["why"] for each in people for a in each.answers if a["kind"] == "refused"}
    assert refusals == {"sold_out"}
    assert [waiter.at for waiter in kept] == sorted(waiter.at for waiter in kept)
    made.refresh_from_db()
    assert (made.taken, made.offered) == (0, units)


def test_claims_of_two_processes_stand_in_one_line(world: World, two: tuple[Fast, Fast]) -> None:
    show = on_air(world)
    made, people = raised(world, show), seats(show, two)
    asyncio.run(rush(people, made.id))
    check(people, made)
    assert len(owner_port()) == 1  # both claimed, one owns


def test_another_takes_over_when_the_owner_is_killed(world: World, two: tuple[Fast, Fast]) -> None:
    show = on_air(world)
    people = seats(show, two)
    made = raised(world, show)
    asyncio.run(rush(people[:1], made.id))  # whose door is the first process, which owns the drop from now on
    (before,) = owner_port()
    asyncio.run(rush(people, made.id, kill=two[0], after=5))
    check(people, made)
    (now,) = owner_port()
    assert now != before
    # Who asks again, at the door that is left, is told the same.
    lucky = next(each for each in people if each.answers[-1]["kind"] == "kept")
    lucky.doors = [two[1], two[1]]
    asyncio.run(rush([lucky], made.id))
    assert lucky.answers[-1]["until"] == lucky.answers[0]["until"]
    check(people, made)


@pytest.mark.proof
def test_nothing_that_was_answered_is_lost_in_ten_rushes_that_kill_the_owner(house: None) -> None:
    world, chance = make_world(stock=10_000), random.Random(1)
    show = on_air(world)
    actors = [actor for actor, _ in buyers(1000)]
    for _ in range(10):
        with serving_fast() as one, serving_fast() as other:
            doors = ((one, other), (other, one))
            people = [Buyer(actor, show, doors[n % 2]) for n, actor in enumerate(actors)]
            made = raised(world, show, 500)
            asyncio.run(rush(people[:1], made.id))
            asyncio.run(rush(people, made.id, kill=one, after=chance.randint(2, 900)))
            check(people, made, 500)
            asyncio.run(rush(people, made.id))  # whoever asks again is told the same, and nobody gets more
            check(people, made, 500)

"""One show of the demo from begin to end: its run-of-show goes round, people talk, drops are raised and bought."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from renmai.cli.demo.history import pay
from renmai.cli.demo.on_air.acting import acted
from renmai.cli.demo.on_air.camera import Camera
from renmai.cli.demo.on_air.guests import Guest, Seat
from renmai.cli.demo.on_air.script import BAG_WORD, COMING, GLAD, MISSED, Scene
from renmai.cli.demo.on_air.stage import Staged
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError
from renmai.places.live.models import Segment, Show, ShowState
from renmai.places.live.stage_actions import explain, pin
from renmai.places.streams.engines import add_camera
from renmai.places.talk.actions import raise_bag
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import Wanted
from renmai.trade.promotions.models import Coupon, Drop
from renmai.trade.promotions.show_drops import raise_drop

log = logging.getLogger("renmai.demo")
SHOW_SECONDS, ALONE_SECONDS = 3600, 6 * 3600
"""A show ends after an hour and the next begins; one that nobody of outside watches goes on for longer."""
TO_START_SECONDS, DROP_MINUTES = 15, 2
BUYERS_MAX = 2


class Evening:
    """A show that is on. `turns` are the scenes still to come; it ends by itself or by its host's hand."""

    def __init__(self, *, stage: Staged, host: Actor, guests: Sequence[Guest], fast: str, origin: str) -> None:
        self.stage, self.host, self.fast = stage, host, fast
        self.seats = [Seat(guest, stage.show.id, fast, origin, self._hears) for guest in guests]
        self.bought: set[UUID] = set()
        self.coming: set[asyncio.Task[None]] = set()
        self.seen = False

    @property
    def watched(self) -> bool:
        """Whether somebody is in the room who is not of the demo."""
        here = [seat for seat in self.seats if seat.line is not None]
        there = max((int(seat.state.get("viewers", 0)) for seat in here), default=0) > len(here)
        self.seen = self.seen or there
        return there

    async def hold(self) -> None:
        """Hold the show until its time is over or it is not on any more."""
        _, key = await acted(lambda: add_camera(actor=self.host, now=clock.now(), show_id=self._id, engine="browser"))
        camera = Camera(fast=self.fast, show_id=self._id, key=key, watched=lambda: self.watched)
        tasks = [
            asyncio.create_task(work) for work in (camera.film(), self._go_round(), self._talk(), *self._sitting())
        ]
        try:
            began = time.monotonic()
            while time.monotonic() - began < (SHOW_SECONDS if self.seen else ALONE_SECONDS):
                await asyncio.wait(tasks, timeout=3, return_when=asyncio.FIRST_EXCEPTION)
                for task in tasks:
                    if task.done():
                        task.result()
                if not await acted(self._is_on):
                    return
        finally:
            for task in (*tasks, *self.coming):
                task.cancel()
            await asyncio.gather(*tasks, *self.coming, return_exceptions=True)

    @property
    def _id(self) -> UUID:
        return self.stage.show.id

    def _is_on(self) -> bool:
        return Show.objects.filter(id=self._id, state=ShowState.LIVE).exists()

    def _sitting(self) -> list[Any]:
        return [seat.sit() for seat in self.seats]

    async def _try(self, act: Callable[[], object]) -> None:
        """Do something that the house may refuse: its host may have ended the show, or the stock be gone."""
        try:
            await acted(act)
        except DomainError as refusal:
            log.info("the demo's show goes on without: %s", refusal)

    # the run-of-show

    async def _go_round(self) -> None:
        turn = 0
        while self.stage.segments:
            segment, scene = self.stage.segments[turn % len(self.stage.segments)]
            await self._scene(segment, scene, bag=turn % 3 == 2)
            turn += 1

    async def _scene(self, segment: Segment, scene: Scene, *, bag: bool) -> None:
        """Explain a thing for its minutes; a third in, what is dropped of it is raised; towards the end perhaps a bag."""
        third = scene.minutes * 20
        await self._try(lambda: explain(actor=self.host, now=clock.now(), show_id=self._id, segment_id=segment.id))
        await self._try(lambda: pin(actor=self.host, now=clock.now(), show_id=self._id, words=scene.pinned))
        await asyncio.sleep(third)
        if segment.show_price_minor:
            await self._try(lambda: self._raise(segment))
        await asyncio.sleep(third)
        if bag:
            await self._try(self._bag)
        await asyncio.sleep(third)

    def _raise(self, segment: Segment) -> Drop:
        return raise_drop(
            actor=self.host, now=clock.now(), key=new_id().hex, segment_id=segment.id, seconds_to_start=TO_START_SECONDS,
            minutes=DROP_MINUTES, hold_minutes=2,
        )  # fmt: skip

    def _bag(self) -> None:
        coupon = Coupon.objects.filter(code="FRIENDS", stopped_at=None).first()
        if coupon is not None:
            raise_bag(
                actor=self.host, now=clock.now(), show_id=self._id, word=BAG_WORD, coupon_id=coupon.id, winners_max=2,
                seconds=45,
            )  # fmt: skip

    # what people do

    async def _talk(self) -> None:
        """Somebody says something every few seconds, about what is being explained or on coming in."""
        said: list[str] = []
        while True:
            await asyncio.sleep(random.uniform(4, 11))
            seat = random.choice(self.seats)
            about = next(
                (scene for segment, scene in self.stage.segments if str(segment.id) == seat.state.get("segment_id")),
                None,
            )
            choice = [
                words
                for words in (*(about.said if about else ()), *COMING[: 3 if about else None])
                if words not in said[-14:]
            ]
            if choice:
                said.append(random.choice(choice))
                await seat.tell("say", words=said[-1], ref="s")
            await random.choice(self.seats).tell("like", count=random.randint(1, 6))

    def _hears(self, seat: Seat, told: dict[str, Any]) -> None:
        """React to what happens: a drop is claimed when it starts, a bag's word is said, what is kept is bought."""
        if told["kind"] == "kept":
            self._soon(0.5, lambda: self._kept(seat, told))
        elif told["kind"] == "refused" and told["code"] == "drop.claim_refused" and random.random() < 0.3:
            self._soon(1, lambda: seat.tell("say", words=random.choice(MISSED), ref="m"))
        for line in told.get("lines", ()) if told["kind"] == "lines" else ():
            if line["kind"] == "drop" and random.random() < 0.7:
                self._soon(TO_START_SECONDS + random.uniform(0.3, 12), lambda: self._claim(seat))
            elif line["kind"] == "bag" and random.random() < 0.6:
                self._soon(random.uniform(3, 30), lambda: seat.tell("say", words=BAG_WORD, ref="b"))

    def _soon(self, seconds: float, act: Callable[[], Any]) -> None:
        async def later() -> None:
            await asyncio.sleep(seconds)
            await act()

        task = asyncio.create_task(later())
        self.coming.add(task)
        task.add_done_callback(self.coming.discard)

    async def _claim(self, seat: Seat) -> None:
        drops = [drop for drop in seat.state.get("drops", ()) if drop.get("free")]
        if drops:
            await seat.tell("claim", drop_id=drops[-1]["id"], quantity=1, ref="c")

    async def _kept(self, seat: Seat, told: dict[str, Any]) -> None:
        """Buy what was kept, so many of a drop and, where nobody looks, one at most; the others let it go."""
        drop_id = UUID(told["drop_id"])
        await seat.tell("say", words=random.choice(GLAD), ref="g")
        if drop_id in self.bought:
            return
        if not self.watched or random.random() < 0.5:
            self.bought.add(drop_id)
        await self._try(lambda: self._buy(seat.guest, drop_id, int(told["quantity"])))

    def _buy(self, guest: Guest, drop_id: UUID, quantity: int) -> None:
        drop, now = Drop.objects.get(id=drop_id), clock.now()
        wanted = Wanted(drop.pick_id, drop.sku_id, quantity, drop_id=drop_id)
        receipt = place_checkout(
            actor=guest.actor, now=now, key=new_id().hex, lines=[wanted], method="wallet", address_id=guest.address_id
        )
        pay(guest.actor, receipt, now + timedelta(milliseconds=1))

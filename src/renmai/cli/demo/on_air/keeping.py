"""Keep a show of the demo on: one after the other, for as long as the demo runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from datetime import timedelta
from uuid import UUID

import httpx
from django.db import OperationalError

from renmai.cli.demo import content
from renmai.cli.demo.on_air.acting import acted
from renmai.cli.demo.on_air.evening import Evening
from renmai.cli.demo.on_air.guests import Guest
from renmai.cli.demo.on_air.reel import COVER
from renmai.cli.demo.on_air.script import ABOUT, HOST, RUN, TITLE
from renmai.cli.demo.on_air.stage import Staged, low_stock, open_show, staged
from renmai.config import config
from renmai.goods.products.actions import change_stock
from renmai.kit import clock
from renmai.kit.access import SYSTEM, Actor
from renmai.kit.media.actions import store_picture
from renmai.kit.problems import DomainError
from renmai.people.accounts.models import Address, Person
from renmai.people.accounts.queries import actor_of
from renmai.places.live.models import Show, ShowState
from renmai.places.live.stage_actions import end_show
from renmai.places.shops.models import Shop

log = logging.getLogger("renmai.demo")
GUESTS = 7
QUIET = timedelta(minutes=10)
"""How long the shop is left alone after somebody ended the show by hand: its host may want to go live themselves."""
STALE = timedelta(hours=6)
LOOK_SECONDS = 5
STOCK_LEAST, STOCK_MORE = 40, 200
TIME_UP = "time_up"


def hold_shows() -> None:
    """Hold show after show until SIGTERM. One that was on when the demo stopped goes on with a new take."""
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_until_stopped())


async def _until_stopped() -> None:
    task = asyncio.current_task()
    assert task is not None
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, task.cancel)
    own = config()
    fast = f"http://{own.host}:{own.port + 1}"
    await _answers(fast)
    while True:
        try:
            await _one(fast, own.pages_origin)
        except (DomainError, httpx.HTTPError, OperationalError):
            log.exception("the demo's show begins again")
        await asyncio.sleep(LOOK_SECONDS)


async def _answers(fast: str) -> None:
    """Wait until `fast` is there."""
    async with httpx.AsyncClient(timeout=5) as line:
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if (await line.get(f"{fast}/readyz")).is_success:
                    return
            await asyncio.sleep(0.3)


async def _one(fast: str, origin: str) -> None:
    stage = await acted(_stage)
    if stage is not None:
        host, guests = await acted(lambda: _host(stage.show.shop)), await acted(_guests)
        evening = Evening(stage=stage, host=host, guests=guests, fast=fast, origin=origin)
        await evening.hold()
        await acted(lambda: _end(stage.show.id))


def _stage() -> Staged | None:
    """Return the show to hold: the one that is on, or a new one; None while the shop's host wants it for themselves."""
    shop, now = Shop.objects.get(handle=HOST), clock.now()
    shown = Show.objects.select_related("shop").filter(shop=shop)
    live = shown.filter(state=ShowState.LIVE).first()
    if live is not None and (live.about != ABOUT or now - (live.began_at or now) < STALE):
        return staged(live, RUN) if live.about == ABOUT else None
    if live is not None:
        _end(live.id)
    if shown.filter(ended_how="by_host", ended_at__gt=now - QUIET).exists():
        return None
    _stock_up()
    host = _host(shop)
    cover = store_picture(data=COVER.read_bytes(), name="cover.webp", actor=host, now=now)
    return open_show(actor=host, shop=shop, title=TITLE, scenes=RUN, now=now, cover_id=cover.id)


def _host(shop: Shop) -> Actor:
    return actor_of(Person.objects.get(id=shop.owner_id))


def _guests() -> list[Guest]:
    """Return some of the demo's buyers; not the one whose login is the demo's: what they do is the reader's."""
    emails = [f"{buyer.key}@demo.renmai" for buyer in content.BUYERS[1 : GUESTS + 1]]
    people = Person.objects.filter(email__in=emails).order_by("email")
    addresses = dict(Address.objects.filter(person__in=people).values_list("person_id", "id"))
    return [Guest(actor_of(person), person.name, addresses[person.id]) for person in people if person.id in addresses]


def _stock_up() -> None:
    """Let the makers bring more of what shows have sold."""
    for sku in low_stock([scene.product for scene in RUN], STOCK_LEAST):
        change_stock(actor=SYSTEM, now=clock.now(), sku_id=sku.id, quantity_delta=STOCK_MORE, reason="New batch")


def _end(show_id: UUID) -> None:
    """End a show whose time is up; one that its host ended stays as it is."""
    end_show(actor=SYSTEM, now=clock.now(), show_id=show_id, how=TIME_UP)

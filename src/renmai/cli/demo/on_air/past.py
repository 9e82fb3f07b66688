"""Shows of the demo that are over: filmed, talked in, bought in, cut into clips; at times that lie behind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from renmai.cli.demo.history import pay
from renmai.cli.demo.on_air.reel import COVER, reel
from renmai.cli.demo.on_air.script import COMING, HOST, RUN, Scene
from renmai.cli.demo.on_air.stage import Staged, open_show
from renmai.cli.demo.world import World
from renmai.kit.access import Actor, require_person
from renmai.kit.media.actions import store_picture
from renmai.people.accounts.models import Person
from renmai.places.live.models import Segment, Show, ViewersAt
from renmai.places.live.stage_actions import end_show, explain, pin
from renmai.places.shops.models import Shop
from renmai.places.streams.actions import begin_take, checked_fragment, cut_clips, keep_intent
from renmai.places.streams.engines import add_camera
from renmai.places.streams.lane import film_lane
from renmai.places.talk.lane import said, talk_lane
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import Receipt, Wanted
from renmai.trade.orders.models import Parcel
from renmai.trade.parcels.actions import hand_over
from renmai.trade.promotions.claim_lane import claim_intent, claim_lane
from renmai.trade.promotions.drop_actions import sweep_drops
from renmai.trade.promotions.show_drops import raise_drop

# Title, how long ago it began, which scenes, how long each of them was explained.
SHOWS: tuple[tuple[str, timedelta, tuple[Scene, ...], int], ...] = (
    ("Two teas before spring 春天前的两款茶", timedelta(days=5, hours=3), RUN[0:3:2], 40),
    ("Pots and cups, poured a hundred times 倒了一百次的壶", timedelta(days=1, hours=4), RUN[1:4], 40),
)
VIEWERS = (9, 24, 41, 38, 30)
SECOND = timedelta(seconds=1)


def remember_shows(world: World, now: datetime) -> None:
    """Hold the shows of the past one after the other."""
    shop, (_, host) = Shop.objects.get(handle=HOST), world.shops[HOST]
    names: dict[UUID, str] = dict(Person.objects.filter(email__endswith="@demo.renmai").values_list("id", "name"))
    for title, ago, scenes, seconds in SHOWS:
        began = now - ago
        cover = store_picture(data=COVER.read_bytes(), name="cover.webp", actor=host, now=began)
        stage = open_show(actor=host, shop=shop, title=title, scenes=scenes, now=began, minutes=20, cover_id=cover.id)
        _film(host, stage.show, began, seconds * len(stage.segments) + 4)
        for place, (segment, scene) in enumerate(stage.segments):
            _explain(world, host, names, stage, segment, scene, began + (2 + place * seconds) * SECOND)
        ended = began + (seconds * len(stage.segments) + 5) * SECOND
        _watch(stage.show, began, ended)
        end_show(actor=host, now=ended, show_id=stage.show.id)
        sweep_drops(now=ended + timedelta(minutes=15))
        cut_clips(show_id=stage.show.id, now=ended + SECOND)


def _film(host: Actor, show: Show, began: datetime, seconds: int) -> None:
    """Send the film in as a camera would have: a take, and a piece a second."""
    _, key = add_camera(actor=host, now=began, show_id=show.id, engine="browser")
    take = begin_take(engine="browser", key=key, now=began, head=reel().head.data)
    for number in range(seconds):
        film, sha256 = checked_fragment(reel().head, reel().piece(number))
        at = began + (number + 1) * SECOND
        film_lane.submit(
            keep_intent(show_id=show.id, take=take.number, number=number + 1, film=film, sha256=sha256, now=at)
        )


def _explain(
    world: World, host: Actor, names: dict[UUID, str], stage: Staged, segment: Segment, scene: Scene, at: datetime
) -> None:
    """Explain a thing, talk about it, raise its drop and let three people claim it and two of them buy."""
    show_id, people = stage.show.id, [buyer for buyer, _ in world.buyers]
    explain(actor=host, now=at, show_id=show_id, segment_id=segment.id)
    pin(actor=host, now=at, show_id=show_id, words=scene.pinned)
    for place, words in enumerate((*scene.said, COMING[segment.position])):
        who = require_person(people[(place + segment.position) % len(people)])
        line = said(show_id=show_id, person_id=who, name=names[who], words=words, now=at + (2 + place * 3) * SECOND)
        talk_lane.submit(line)
    if segment.show_price_minor:
        _sell(world, host, segment, at + 10 * SECOND)


def _sell(world: World, host: Actor, segment: Segment, at: datetime) -> None:
    drop = raise_drop(
        actor=host, now=at, key=f"demo-past-{segment.id}", segment_id=segment.id, seconds_to_start=5, minutes=5
    )
    buyers: Sequence[tuple[Actor, UUID]] = world.buyers[1:4]
    for place, (buyer, address_id) in enumerate(buyers):
        when = at + (6 + place) * SECOND
        claim_lane.submit(claim_intent(actor=buyer, now=when, drop_id=drop.id))
        if place == 2:
            continue
        receipt = place_checkout(
            actor=buyer, now=when + SECOND, key=f"demo-past-{segment.id}-{place}", method="wallet", address_id=address_id,
            lines=[Wanted(drop.pick_id, drop.sku_id, 1, drop_id=drop.id)],
        )  # fmt: skip
        pay(buyer, receipt, when + 5 * SECOND)
        _send(world, receipt, when + timedelta(hours=20))


def _send(world: World, receipt: Receipt, at: datetime) -> None:
    """Let the makers hand over what was sold in the show, in time."""
    makers = {supplier_id: actor for supplier_id, actor in world.suppliers.values()}
    orders = [order_id for order_id, _, _ in receipt.orders]
    for parcel in Parcel.objects.filter(order_id__in=orders, state="waiting").order_by("id"):
        number = f"SF{parcel.id.int % 10**12}"
        hand_over(actor=makers[parcel.supplier_id], now=at, parcel_id=parcel.id, carrier="SF Express", tracking=number)


def _came(place: int) -> int:
    """Return how many came in a minute: as many as there are more than before, and two for those who left."""
    before = VIEWERS[(place - 1) % len(VIEWERS)] if place else 0
    return max(0, VIEWERS[place % len(VIEWERS)] - before) + 2


def _watch(show: Show, began: datetime, ended: datetime) -> None:
    """Write how many watched in each minute, as `fast` writes it."""
    first = began.replace(second=0, microsecond=0)
    minutes = [first + timedelta(minutes=place) for place in range(int((ended - first).total_seconds() // 60) + 1)]
    ViewersAt.objects.bulk_create(
        ViewersAt(show=show, minute=minute, most=VIEWERS[place % len(VIEWERS)], came=_came(place))
        for place, minute in enumerate(minutes)
    )

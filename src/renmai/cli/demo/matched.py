"""Matching in the demo world: three weeks of what people were shown and did, two experiments, goods told to creators, a model.

Everything goes the way it goes in a house that is open: lists are ordered and recorded, acts are noted, sweeps run at the
time as it would have passed. Only who looks at what is invented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from django.db import connection, transaction

from renmai.cli.demo import content
from renmai.cli.demo.history import pay
from renmai.cli.demo.world import World
from renmai.goods.products.models import Product, Sku
from renmai.kit.access import require_person
from renmai.kit.events.actions import Happened, list_past
from renmai.matching.feed.actions import order_for, record_shown
from renmai.matching.fits.actions import ask_fit
from renmai.matching.fits.models import ModelName
from renmai.matching.fits.runs import work_runs
from renmai.matching.measures.actions import end_due, sweep_measures
from renmai.matching.push.actions import decline, note_looked
from renmai.matching.push.finding import mark_push, sweep_pushes
from renmai.matching.push.models import Push
from renmai.matching.push.outcomes import DEED_KINDS, note_deed
from renmai.matching.search.actions import refresh_all
from renmai.matching.shown.actions import note_acts, record_showing
from renmai.matching.shown.experiments import start_experiment
from renmai.matching.shown.models import ShownList
from renmai.matching.shown.reactions import KINDS as SIGNAL_KINDS
from renmai.matching.shown.reactions import keep_order_signals, keep_signal
from renmai.matching.signals.actions import Noted
from renmai.matching.signals.models import SignalKind, SignalThing
from renmai.matching.signals.sources import ORDER_KINDS
from renmai.places.shops.actions import pick_product
from renmai.trade.checkout.actions import place_checkout
from renmai.trade.checkout.rules import Wanted

DAY = timedelta(days=1)
LOOKING_DAYS = (20, 15, 10, 5, 2)
HOME_TRIAL, CENTRE_TRIAL = (21, 14), (4, 14)  # begun how many days ago, for how many
TOLD_DAYS = (12, 8, 4, 1)
ROWS = 24
# Counting waits until nothing can be written any more with an identifier of so long ago.
COUNTED_AFTER = timedelta(minutes=10)
WORD = "It was suggested to me, I tried it for a week, and it stays."
WORD_ZH = "系统推给我的，试用了一周，留下了。"
SOLD_PIECES = (2, 1, 1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Something that can be looked at: a product in a shop."""

    product_id: UUID
    shop_id: UUID


def match(world: World, now: datetime) -> None:
    """Let people look around for three weeks, creators be told of goods and answer, and a model be fitted of it."""
    refresh_all(now=now)  # the selection centre lists cards
    _react(SIGNAL_KINDS, now)
    start_experiment(
        actor=world.operator, now=now - HOME_TRIAL[0] * DAY, list=ShownList.HOME, a="people", b="newest", days=HOME_TRIAL[1]
    )  # fmt: skip
    viewers, tastes, chance = _viewers(world), _tastes(world), Random(41)
    goods = list(Product.objects.filter(state="approved").order_by("approved_at", "handle"))
    for ago in range(LOOKING_DAYS[0], 0, -1):
        at = now - ago * DAY
        end_due(now=at)
        if ago == CENTRE_TRIAL[0]:
            start_experiment(
                actor=world.operator, now=at, list=ShownList.CENTRE, a="fit", b="quality", days=CENTRE_TRIAL[1]
            )
        if ago in LOOKING_DAYS:
            _look_around(world, viewers, tastes, chance, at)
        if ago in TOLD_DAYS:
            turn = TOLD_DAYS.index(ago)
            _tell(world, goods[turn :: len(TOLD_DAYS)], at)
    _answer(world, now)
    _react(DEED_KINDS, now)
    with transaction.atomic(), connection.cursor() as cursor:
        keep_order_signals(cursor, list_past(ORDER_KINDS, since=now - LOOKING_DAYS[0] * DAY))


def learn(world: World, now: datetime) -> None:
    """Fit a model of each name, and count everything that was shown."""
    for name in ModelName.values:
        ask_fit(actor=world.operator, now=now, name=name)
        work_runs(now=now, clock=lambda: now)
    sweep_measures(now=now + COUNTED_AFTER)


def _react(kinds: Iterable[str], now: datetime) -> None:
    """Bring matching as far as its own reactions would; delivered once more by the house, they change nothing."""
    for event in list_past(kinds, since=now - 365 * DAY):
        if event.kind in SIGNAL_KINDS:
            with transaction.atomic():
                keep_signal(event, now)
        if event.kind in DEED_KINDS:
            note_deed(event)


def _viewers(world: World) -> list[UUID]:
    """Return everybody who looks around: buyers, and creators and suppliers, who look at others."""
    actors = [actor for actor, _address in world.buyers]
    actors += [actor for _, actor in (*world.shops.values(), *world.suppliers.values())]
    return [require_person(actor) for actor in actors]


def _tastes(world: World) -> list[list[Shelf]]:
    """Return what is there to look at, by category, in the order of the content."""
    category = {product.key: product.category for product in content.PRODUCTS}
    found: dict[str, list[Shelf]] = {}
    for handle, key in world.picks:
        found.setdefault(category[key], []).append(Shelf(world.products[key], world.shops[handle][0]))
    return [shelves for shelves in found.values() if len({shelf.product_id for shelf in shelves}) > 2]


def _look_around(world: World, viewers: list[UUID], tastes: list[list[Shelf]], chance: Random, at: datetime) -> None:
    """Let everybody open the home and look at some things to their taste, and every shop the selection centre."""
    acts: list[Noted] = []
    for n, viewer_id in enumerate(viewers):
        when = at + timedelta(minutes=7 * n)
        order = order_for("home", viewer_id, now=when)
        record_shown(order, order.things[:ROWS], first=0, now=when)
        taste = tastes[n % len(tastes)]
        for turn, shelf in enumerate(chance.sample(taste, min(3, len(taste)))):
            later = when + timedelta(minutes=2 + turn)
            acts += _acts(viewer_id, shelf, later, chance)
    with transaction.atomic(), connection.cursor() as cursor:
        note_acts(cursor, acts, now=max(act.at for act in acts))
    for n, (shop_id, _actor) in enumerate(world.shops.values()):
        when = at + timedelta(minutes=11 * n)
        order = order_for("centre", shop_id, now=when)
        record_shown(order, order.things[:ROWS], first=0, now=when)


def _acts(viewer_id: UUID, shelf: Shelf, at: datetime, chance: Random) -> list[Noted]:
    def noted(kind: SignalKind, amount: int = 1) -> Noted:
        return Noted(viewer_id, kind, SignalThing.PRODUCT, shelf.product_id, at, amount, shelf.shop_id)

    acts = [noted(SignalKind.VIEW), noted(SignalKind.DWELL, chance.randrange(8, 180))]
    return [*acts, noted(SignalKind.CART)] if chance.random() < 0.2 else acts


def _tell(world: World, goods: list[Product], at: datetime) -> None:
    """Find whom some of the goods fit and tell them; a few hours later most of them look into their inboxes."""
    for product in goods:
        mark_push(Happened("product.approved", product.id, product.approved_at or at))
    sweep_pushes(now=at)
    later = at + timedelta(hours=3)
    for n, (shop_id, actor) in enumerate(world.shops.values()):
        told = list(Push.objects.filter(shop_id=shop_id, told_at=at).order_by("-score"))
        if told and n % 4 != 3:
            note_looked(actor=actor, now=later, shop_id=shop_id, push_ids=[push.id for push in told[: 4 - n % 2]])
            record_showing(
                list=ShownList.INBOX, viewer_id=shop_id, ranker="cold", things=[push.product_id for push in told], first=0,
                now=later,
            )  # fmt: skip


def _answer(world: World, now: datetime) -> None:
    """The first creator declines one of what they were told; the next ones each pick one, which sells."""
    (first_id, first), *others = world.shops.values()
    push = Push.objects.filter(shop_id=first_id, looked_at__isnull=False).order_by("told_at", "score").first()
    if push is not None:
        decline(actor=first, now=now - 2 * DAY, shop_id=first_id, product_id=push.product_id, why="price")
    priced = Product.objects.filter(commission_bps__isnull=False).values("id")
    own = next(iter(world.suppliers.values()))[0]  # the supplier who signs in to the demo has something to read
    answering = [shop for shop in others if Push.objects.filter(shop_id=shop[0], looked_at__isnull=False).exists()]
    for number, ((shop_id, creator), pieces) in enumerate(zip(answering, SOLD_PIECES, strict=False)):
        told = Push.objects.filter(shop_id=shop_id, looked_at__isnull=False, picked_at=None, product_id__in=priced)
        push = min(told, key=lambda one: (one.supplier_id != own, one.told_at, -one.score), default=None)
        if push is None:
            continue
        pick = pick_product(
            actor=creator, now=now - 2 * DAY, shop_id=shop_id, product_id=push.product_id, term="commission", word=WORD,
            word_zh=WORD_ZH,
        )  # fmt: skip
        _buy(world, number, pick.id, push.product_id, pieces, now - timedelta(hours=9 - number))


def _buy(world: World, number: int, pick_id: UUID, product_id: UUID, pieces: int, at: datetime) -> None:
    buyer, address_id = world.buyers[5 + number]
    sku = Sku.objects.filter(product_id=product_id, active=True).order_by("position").first()
    if sku is not None:
        receipt = place_checkout(
            actor=buyer, now=at, key=f"demo-told-{number}", lines=[Wanted(pick_id, sku.id, pieces)], method="card",
            address_id=address_id,
        )  # fmt: skip
        pay(buyer, receipt, at + timedelta(minutes=2))

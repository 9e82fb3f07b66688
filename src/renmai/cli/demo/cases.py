"""After-sales in the demo world: a handful of cases in different states, each told by the people who are in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from django.db.models import F
from PIL import Image, ImageDraw

from renmai.cli.demo import content, draw
from renmai.cli.demo.world import World
from renmai.goods.products.models import Sku
from renmai.kit.access import Actor
from renmai.kit.media.actions import store_document
from renmai.trade.care.actions import answer_case, open_case
from renmai.trade.care.queries import line_facts
from renmai.trade.care.rules import LineFacts
from renmai.trade.orders.models import OrderLine

PICTURE_PX = 800
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Turn:
    """One answer: who gives it, so many hours after the case was opened."""

    hours: int
    side: str
    event: str
    words: str = ""
    given: dict[str, Any] = field(default_factory=dict)
    part_bps: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """A case: how long ago it was opened, why, and what was said since. `whose` is the login that should see it."""

    hours_ago: int
    kind: str
    reason: str
    words: str
    turns: tuple[Turn, ...] = ()
    whose: str = ""
    pictures: int = 1


PARCEL = {"carrier": "SF Express", "tracking": "SF1442009876"}
STORIES = (
    Story(3, "refund_only", "damaged", "The lid has a chip on the inside. It came in its box, the box is whole.", whose="creator"),
    Story(
        7, "return_refund", "not_as_described", "写的是明前，叶底却偏老，香气也淡。和去年买的差得有点多。",
        (Turn(2, "creator", "pass_on", "我也泡了一杯对比，请茶园看看是不是批次不同。"),), whose="supplier",
    ),
    Story(
        70, "refund_only", "poor_quality", "It smells of cardboard, the leaves as much as the lid. I opened it the day it came.",
        (
            Turn(5, "creator", "pass_on", "The maker knows this batch better than I do."),
            Turn(30, "supplier", "refuse", "We tasted the same batch again today and find nothing. It may have stood open."),
            Turn(50, "buyer", "call_in", "It was closed all the time. The seal is in the second picture."),
        ), whose="supplier", pictures=2,
    ),
    Story(
        30, "refund_only", "wrong_item", "订的是大号，收到的是小号。留着也能用，退点差价就行。",
        (Turn(3, "creator", "pass_on"), Turn(9, "supplier", "offer", "差价退给您，再多补一点。", part_bps=4000)),
    ),
    Story(
        20, "return_refund", "withdrawal", "",
        (Turn(6, "supplier", "add_words", "请寄到：园前路 4 号，收货组收。"),), pictures=0,
    ),
    Story(
        60, "exchange", "damaged", "It arrived with a torn seal. I would rather have a whole one than the money.",
        (
            Turn(4, "creator", "pass_on", "Such a pity. They will know what to do."),
            Turn(10, "supplier", "approve", "Please send it to 4 Garden Road, goods in. We have another one."),
            Turn(26, "buyer", "send_back", "", PARCEL),
        ), whose="supplier",
    ),
    Story(
        200, "refund_only", "other", "The gift card that should be in the box is missing.",
        (Turn(8, "creator", "take", "That was my mistake in the description. I put it right."),), whose="creator", pictures=0,
    ),
)  # fmt: skip


def open_cases(world: World, now: datetime) -> None:
    """Open and answer the cases of `STORIES` on lines of the demo's history; a story without a fitting line is left out."""
    taken: set[UUID] = set()
    for story in STORIES:
        at = now - story.hours_ago * HOUR
        facts = next(_fitting(world, story, at, taken), None)
        if facts is not None:
            taken.add(facts.line_id)
            _tell(world, story, OrderLine.objects.select_related("order").get(pk=facts.line_id), at)


def _fitting(world: World, story: Story, at: datetime, taken: set[UUID]) -> Iterator[LineFacts]:
    lines = OrderLine.objects.filter(kind="goods", refunded_minor=0, order__paid_at__lt=at).exclude(id__in=taken)
    if story.whose == "creator":
        lines = lines.filter(order__shop_id=next(iter(world.shops.values()))[0])
    elif story.whose == "supplier":
        lines = lines.filter(supplier_id=next(iter(world.suppliers.values()))[0])
    lines = lines.filter(order__received_at__lt=at, order__refunded_minor=0)
    for line in lines.annotate(received_at=F("order__received_at")).order_by("-received_at", "id"):
        (facts,) = line_facts([line])
        days = facts.withdrawal_days if story.reason == "withdrawal" else 30
        if facts.received_at and facts.received_at < at < facts.received_at + timedelta(days=days):
            yield facts


def _tell(world: World, story: Story, line: OrderLine, at: datetime) -> None:
    sides = _sides(world, line)
    pictures = [_picture(world, line, number, sides["buyer"], at) for number in range(story.pictures)]
    case = open_case(
        actor=sides["buyer"], now=at, key=f"demo-case-{line.id}", order_id=line.order_id, line_id=line.id,
        kind=story.kind, reason=story.reason, quantity=1, words=story.words, media_ids=pictures,
    )  # fmt: skip
    for turn in story.turns:
        amount = case.asked_minor * turn.part_bps // 10_000 or None
        answer_case(
            actor=sides[turn.side], now=at + turn.hours * HOUR, case_id=case.id, event=turn.event, words=turn.words,
            amount_minor=amount, **turn.given,
        )  # fmt: skip


def _sides(world: World, line: OrderLine) -> dict[str, Actor]:
    buyers = {actor.person_id: actor for actor, _address in world.buyers}
    return {
        "buyer": buyers[line.order.buyer_id],
        "creator": dict(world.shops.values())[line.order.shop_id],
        "supplier": dict(world.suppliers.values())[line.supplier_id],  # type: ignore[index]
    }


def _picture(world: World, line: OrderLine, number: int, buyer: Actor, at: datetime) -> UUID:
    """Store what a buyer's phone saw: the thing on another table, with a crack through it."""
    assert line.sku_id
    product_id = Sku.objects.values_list("product_id", flat=True).get(pk=line.sku_id)
    key = next(key for key, each in world.products.items() if each == product_id)
    product = next(each for each in content.PRODUCTS if each.key == key)
    drawn = draw.draw_product(product.kind, product.palette, product.seed + 50 + number, PICTURE_PX)
    picture = Image.open(io.BytesIO(drawn)).convert("RGB")
    _crack(picture, Random(f"{line.id}:{number}"))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return store_document(data=out.getvalue(), name=f"photo-{number + 1}.jpg", actor=buyer, now=at).id


def _crack(picture: Image.Image, chance: Random) -> None:
    x, y = PICTURE_PX * 0.42, PICTURE_PX * 0.45
    points = [(x, y)]
    for _ in range(9):
        x, y = x + chance.uniform(2, 26), y + chance.uniform(8, 26)
        points.append((x, y))
    ImageDraw.Draw(picture).line(points, fill=(52, 40, 34), width=4, joint="curve")

"""Read pushes: a shop's inbox, and what came of a supplier's goods. Who declined, the shop alone can read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from renmai.goods.plans.models import Plan, PlanShop
from renmai.goods.plans.offers import ShopOffer, offers_for
from renmai.goods.products.models import Product
from renmai.goods.products.queries import access_own_product
from renmai.kit.access import Actor, require_role
from renmai.kit.paging import BadCursor, cursor_of, parts_of
from renmai.matching.push.fitting import FittingShop, find_creators
from renmai.matching.push.models import Inbox, Push
from renmai.matching.push.rules import public_reasons, size_band
from renmai.matching.search.queries import read_cards
from renmai.people.accounts.rules import CONTENT
from renmai.places.shops.queries import access_content_shop

LIMIT_MAX = 50
COUNT_MAX = 99
CREATORS_MAX = 24
Kept = Literal["open", "picked", "declined"]
# (day it was told, its score, its id) of the last one seen
Place = tuple[date, float, UUID]
SUPPLIER = """
with goods as (
  select p.id, p.title, p.title_zh, p.cover_id, p.approved_at from goods_product p
  where p.supplier_id = %(supplier)s and p.approved_at is not null
    and (%(at)s::timestamptz is null or (p.approved_at, p.id) < (%(at)s::timestamptz, %(last)s::uuid))
  order by p.approved_at desc, p.id desc limit %(limit)s
)
select g.*, count(m.told_at), count(m.looked_at), count(m.sampled_at), count(m.picked_at),
       coalesce(sum(m.sold_pieces), 0)::bigint, coalesce(sum(m.sold_minor), 0)::bigint
from goods g left join matching_push m on m.product_id = g.id and m.told_at is not null
group by g.id, g.title, g.title_zh, g.cover_id, g.approved_at order by g.approved_at desc, g.id desc
"""
SUPPLIER_COLUMNS = (
    "id", "title", "title_zh", "cover_id", "approved_at", "told", "looked", "sampled", "picked", "sold_pieces", "sold_minor",
)  # fmt: skip
SHOWN_SHOPS = """
select s.id, s.handle, s.name, s.name_zh, s.words, s.words_zh, s.face_id, s.ai_persona,
       (select count(*) from (select 1 from people_follow f where f.followed_id = s.owner_id limit 100001) n),
       exists (select 1 from goods_invitation i where i.product_id = %s and i.shop_id = s.id and i.state = 'sent')
from places_shop s where s.id = any(%s) and s.open and s.hidden_at is null and s.exposure > 0
"""
SHOP_COLUMNS = ("id", "handle", "name", "name_zh", "words", "words_zh", "face_id", "ai_persona", "followers", "invited")


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A push with its product's card (matching/search: SHOWN) and what the shop is offered for it now."""

    push: Push
    card: dict[str, Any]
    offer: ShopOffer


@dataclass(frozen=True, slots=True)
class InboxPage:
    """A page of an inbox; `next` is where the next one begins, None at the end. `unseen`: what of it is not noted as seen."""

    rows: list[InboxRow]
    next: Place | None
    unseen: list[UUID]


@dataclass(frozen=True, slots=True)
class FittingCreator:
    """A shop that would fit a product: what is public of it, why, and its followers as a band (from, to or None)."""

    shop: dict[str, Any]
    reasons: list[list[str | int]]
    followers: tuple[int, int | None]


def list_inbox(
    actor: Actor, shop_id: UUID, *, now: datetime, kept: Kept = "open", after: Place | None = None, limit: int = 24
) -> InboxPage:
    """Return what the shop was told, newest day first, within a day the best first; goods it cannot pick now are left out.

    Errors: SignInNeeded, NotFound.
    """
    access_content_shop(actor, shop_id)
    most = max(1, min(limit, LIMIT_MAX))
    found = Push.objects.filter(_stands(), shop_id=shop_id, told_on__isnull=False).filter(_kept(kept))
    if after is not None:
        on, score, last = after
        earlier = Q(told_on=on, score__lt=score) | Q(told_on=on, score=score, id__lt=last)
        found = found.filter(Q(told_on__lte=on) & (Q(told_on__lt=on) | earlier))
    pushes = list(found.order_by("-told_on", "-score", "-id")[: most + 1])
    following = _place(pushes[most - 1]) if len(pushes) > most else None
    unseen = [push.id for push in pushes[:most] if push.looked_at is None]
    return InboxPage(_dressed(actor, shop_id, pushes[:most], now), following, unseen)


def _kept(kept: Kept) -> Q:
    if kept == "declined":
        return Q(declined_at__isnull=False)
    return Q(declined_at=None, picked_at__isnull=kept == "open")


def _stands() -> Q:
    """Return what keeps a push in its inbox: goods in the pool, that nobody else has alone."""
    goods = Product.objects.filter(id=OuterRef("product_id"), state="approved", supplier__state="approved")
    named = PlanShop.objects.filter(plan_id=OuterRef("id"), shop_id=OuterRef(OuterRef("shop_id")), removed_at=None)
    alone = Plan.objects.filter(
        ~Exists(named), product_id=OuterRef("product_id"), kind="exclusive", begun_at__isnull=False, ended_at=None
    )
    return Q(Exists(goods)) & ~Q(Exists(alone))


def cursor_for(place: Place, first: int = 0) -> str:
    """Return a place in the inbox, and how many stand before it, as text for an address."""
    return cursor_of(place[0].isoformat(), repr(place[1]), place[2], first)


def place_of(cursor: str | None) -> tuple[Place | None, int]:
    """Return the place that `cursor_for` wrote; (None, 0) for none. Errors: BadCursor."""
    parts = parts_of(cursor, 4)
    if parts is None:
        return None, 0
    try:
        return (date.fromisoformat(parts[0]), float(parts[1]), UUID(parts[2])), max(0, min(int(parts[3]), 100_000))
    except ValueError:
        raise BadCursor() from None


def _place(push: Push) -> Place:
    assert push.told_on is not None
    return push.told_on, push.score, push.id


def _dressed(actor: Actor, shop_id: UUID, pushes: list[Push], now: datetime) -> list[InboxRow]:
    ids = [push.product_id for push in pushes]
    cards = {card["id"]: card for card in read_cards(actor, ids)}
    with connection.cursor() as cursor:
        offers = offers_for(cursor, shop_id, cards, now=now)
    return [
        InboxRow(push, cards[push.product_id], offer)
        for push in pushes
        if (offer := offers.get(push.product_id)) is not None and not offer.not_for_you
    ]


def count_unseen(actor: Actor) -> int:
    """Return how many pushes wait unseen for the shops whose goods the actor looks after, at most 99; one statement."""
    shops = [*actor.subjects("creator"), *actor.subjects(CONTENT)]
    if not shops:
        return 0
    rows = Push.objects.filter(
        _stands(), shop_id__in=shops, told_on__isnull=False, looked_at=None, declined_at=None, picked_at=None
    )
    return rows[:COUNT_MAX].count()


def wants_pushes(actor: Actor, shop_id: UUID) -> bool:
    """Return whether the shop is told of new goods that fit it. Errors: SignInNeeded, NotFound."""
    access_content_shop(actor, shop_id)
    return not Inbox.objects.filter(shop_id=shop_id, off=True).exists()


def list_pushes(
    actor: Actor, supplier_id: UUID, *, after: tuple[datetime, UUID] | None = None, limit: int = 24
) -> list[dict[str, Any]]:
    """Return a supplier's goods, the last approved first, each with how many shops were told of it and what came of that.

    Never who, and never how many declined. `after` is (approved_at, id) of the last one seen. One statement.
    Errors: SignInNeeded, NotFound.
    """
    require_role(actor, "supplier", supplier_id)
    at, last = after or (None, None)
    params = {"supplier": supplier_id, "at": at, "last": last, "limit": max(1, min(limit, LIMIT_MAX))}
    with connection.cursor() as cursor:
        cursor.execute(SUPPLIER, params)
        return [dict(zip(SUPPLIER_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


def list_creators_for(
    actor: Actor, product_id: UUID, *, now: datetime, limit: int = CREATORS_MAX
) -> list[FittingCreator]:
    """Return creators whom a product would fit, the best first, for its supplier: by public facts only.

    Whoever was told of it, declined it or wants no pushes stands where they would without. Errors: SignInNeeded, NotFound.
    """
    access_own_product(actor, product_id)
    found = find_creators(product_id, now=now, limit=max(1, min(limit, CREATORS_MAX)))
    shops = _shops(product_id, found)
    return [
        FittingCreator(shops[each.shop_id], public_reasons(each.reasons), size_band(shops[each.shop_id]["followers"]))
        for each in found
        if each.shop_id in shops
    ]


def _shops(product_id: UUID, found: list[FittingShop]) -> dict[UUID, dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(SHOWN_SHOPS, (product_id, [each.shop_id for each in found]))
        return {row[0]: dict(zip(SHOP_COLUMNS, row, strict=True)) for row in cursor.fetchall()}

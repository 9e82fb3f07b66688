"""Read shops and picks: the public pages, one's own, and what a pick would earn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.models import Q

from renmai.goods.plans.offers import ShopOffer, offers_for
from renmai.goods.products.queries import access_product, list_pictures, list_skus
from renmai.goods.products.serving import SERVING_JOINS, SERVING_LEFT
from renmai.kit.access import Actor, Grant, require_any
from renmai.kit.problems import NotFound
from renmai.money.splits.queries import Fees
from renmai.people.accounts.rules import for_content, for_team
from renmai.places.shops.models import Pick, Shop
from renmai.places.shops.rules import Band, Quote, Variant, quote

LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
LAST_ID = UUID(int=(1 << 128) - 1)
NOBODY = UUID(int=0)  # whom no plan names


@dataclass(frozen=True, slots=True)
class Offer:
    """What picking a product would mean: whether the term is offered, and a quote per variant on sale.

    `fee_bps` is what the platform keeps; `commission_bps` the rate that the shop is offered, None where there is none.
    `plan` says which plan that is, when it ends, and whether somebody else has the product alone.
    """

    product_id: UUID
    term: str
    offered: bool
    fee_bps: int
    commission_bps: int | None
    quotes: list[Quote]
    plan: ShopOffer


def quote_pick(
    actor: Actor,
    product_id: UUID,
    term: str,
    prices: Mapping[UUID, int] | None = None,
    *,
    now: datetime,
    shop_id: UUID | None = None,
    pick: Pick | None = None,
) -> Offer:
    """Return what each sale would earn on `term` at `prices` (minor units by sku id; suggested prices otherwise).

    On commission terms the supplier's price counts, whatever `prices` says. The platform's fee is that of `shop_id`
    where it has its own, and the rate that of the plan that holds for it at `now` (without a shop: the open one).
    `pick` is one that the shop has: on its own term it needs no offer and has its own rate. Errors: NotFound, SignInNeeded.
    """
    product = access_product(actor, product_id)
    fee = Fees(shop_id).fee(supplier_id=product.supplier_id, category_id=product.category_id)
    margin = term == "margin"
    with connection.cursor() as cursor:
        plan = offers_for(cursor, shop_id or NOBODY, [product_id], now=now)[product_id]
    offered = plan.margin if margin else term == "commission" and plan.commission_bps is not None
    own = (prices or {}) if margin else {}
    variants = [_variant(row, product.category.cap_multiple_bps) for row in list_skus(product_id)]
    rate = plan.commission_bps
    if pick is not None and pick.term == term:
        offered, rate = True, pick.commission_bps if term == "commission" else rate
    quotes = [
        quote(v, term="margin" if margin else "commission", price_minor=own.get(v.sku_id, v.band.price_minor),
              fee=fee, commission_bps=rate or 0)
        for v in variants
    ]  # fmt: skip
    return Offer(product_id, term, offered, fee.rate_bps, rate, quotes, plan)


def _variant(row: Mapping[str, Any], cap_bps: int) -> Variant:
    band = Band(row["supply_price_minor"], row["floor_price_minor"], row["price_minor"], cap_bps)
    return Variant(row["id"], band, row["left"], row["options"], row["options_zh"])


def access_own_shop(actor: Actor, shop_id: UUID) -> Shop:
    """Return a shop the actor runs (as owner or manager). Errors: NotFound, SignInNeeded."""
    return _shop_for(actor, shop_id, (Grant("creator", shop_id),))


def access_content_shop(actor: Actor, shop_id: UUID) -> Shop:
    """Return a shop whose words and goods the actor looks after. Errors: NotFound, SignInNeeded."""
    return _shop_for(actor, shop_id, for_content(shop_id))


def access_team_shop(actor: Actor, shop_id: UUID) -> Shop:
    """Return a shop of whose team the actor is, in whatever part. Errors: NotFound, SignInNeeded."""
    return _shop_for(actor, shop_id, for_team(shop_id))


def _shop_for(actor: Actor, shop_id: UUID, grants: Sequence[Grant]) -> Shop:
    require_any(actor, grants)
    shop = Shop.objects.filter(id=shop_id).first()
    if shop is None:
        raise NotFound()
    return shop


def access_own_pick(actor: Actor, pick_id: UUID) -> Pick:
    """Return a pick of a shop whose goods the actor looks after. Errors: NotFound, SignInNeeded."""
    pick = Pick.objects.filter(id=pick_id).first()
    require_any(actor, for_content(pick.shop_id) if pick else ())
    if pick is None:
        raise NotFound()
    return pick


def list_own_shops(actor: Actor, roles: Sequence[str] = ("creator",)) -> list[Shop]:
    """Return the shops in which the actor holds one of `roles`, oldest first."""
    ids = {shop_id for role in roles for shop_id in actor.subjects(role)}
    return list(Shop.objects.filter(id__in=ids).order_by("id"))


def access_shop(handle: str) -> Shop:
    """Return an open shop by its handle, for everyone. Errors: NotFound."""
    shop = Shop.objects.filter(handle=handle.strip().lower(), open=True, hidden_at=None).first()
    if shop is None:
        raise NotFound()
    return shop


def handle_taken(handle: str) -> bool:
    """Return whether a shop has this handle, open or closed (handles are public: no actor is asked)."""
    return Shop.objects.filter(handle=handle.strip().lower()).exists()


SHOPS_SQL = """
select sh.id, sh.handle, sh.name, sh.name_zh, sh.words, sh.words_zh, sh.face_id, sh.cover_id, sh.ai_persona, sh.created_at,
       a.picks
from places_shop sh
cross join lateral (select count(*) as picks from places_pick k where k.shop_id = sh.id and k.removed_at is null) a
where sh.open and sh.hidden_at is null and sh.exposure > 0 and {place}
order by {order}
limit %s::int
"""
SHOP_COLUMNS = (
    "id", "handle", "name", "name_zh", "words", "words_zh", "face_id", "cover_id", "ai_persona", "created_at", "picks",
)  # fmt: skip


def list_shops(*, after: UUID | None = None, limit: int = 24) -> list[dict[str, Any]]:
    """Return open shops, newest first, each with its person's words and number of picks; one statement."""
    sql = SHOPS_SQL.format(place="sh.id < %s::uuid", order="sh.id desc")
    return _rows(sql, (after or LAST_ID, _limited(limit)), SHOP_COLUMNS)


def list_fullest_shops(*, after: tuple[int, UUID] | None = None, limit: int = 24) -> list[dict[str, Any]]:
    """Return open shops by number of picks; `after` is (picks, id) of the last one seen; one statement."""
    sql = SHOPS_SQL.format(place="(a.picks, sh.id) < (%s::bigint, %s::uuid)", order="a.picks desc, sh.id desc")
    return _rows(sql, (*(after or (2**62, LAST_ID)), _limited(limit)), SHOP_COLUMNS)


# What a pick costs: the creator's own price on margin terms, the supplier's on commission terms. A variant without a
# price of the creator's is not for sale in that shop.
PICK_ROWS = f"""
select k.id, k.product_id, k.term, k.word, k.word_zh, k.position, k.created_at, p.title, p.title_zh, p.cover_id,
       c.slug, c.name, c.name_zh, su.name, su.name_zh,
       a.price_from_minor, a.multiple_bps, a.currency, a.remaining,
       p.state = 'approved' and su.state = 'approved' and a.skus > 0
from places_pick k
join goods_product p on p.id = k.product_id
join goods_supplier su on su.id = p.supplier_id
join goods_category c on c.id = p.category_id
cross join lateral (
  select min(x.price) as price_from_minor, min(s.currency) as currency, count(*) as skus,
         max((x.price * 10000 + s.supply_price_minor - 1) / s.supply_price_minor) as multiple_bps,
         coalesce(sum({SERVING_LEFT}), 0)::bigint as remaining
  from goods_sku s
  {SERVING_JOINS}
  left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
  cross join lateral (select case when k.term = 'margin' then pp.price_minor else s.price_minor end as price) x
  where s.product_id = p.id and s.active and s.recall_id is null and x.price is not null
) a
"""
PICKS_SQL = f"""
{PICK_ROWS}
where k.shop_id = %s and k.removed_at is null and (k.position, k.id) > (%s::int, %s::uuid)
  and (%s::boolean or (p.state = 'approved' and su.state = 'approved' and a.skus > 0))
order by k.position, k.id
limit %s::int
"""
PICK_COLUMNS = (
    "id", "product_id", "term", "word", "word_zh", "position", "created_at", "title", "title_zh", "cover_id",
    "category", "category_name", "category_name_zh", "supplier_name", "supplier_name_zh",
    "price_from_minor", "multiple_bps", "currency", "left", "sold_now",
)  # fmt: skip


def list_shop_picks(
    shop_id: UUID, *, after: tuple[int, UUID] | None = None, limit: int = 24, also_unsold: bool = False
) -> list[dict[str, Any]]:
    """Return the picks of a shop in its order, for the public page; one statement.

    `after` is (position, id) of the last one seen; `also_unsold` keeps those that cannot be bought now (for the
    shop's own people); `multiple_bps` is the highest of the variants.
    """
    return _rows(PICKS_SQL, (shop_id, *(after or (-1, UUID(int=0))), also_unsold, _limited(limit)), PICK_COLUMNS)


def picks_by_id(pick_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return pick -> its row (PICK_COLUMNS) for those that are in their shop still, sold now or not; one statement."""
    sql = f"{PICK_ROWS} where k.id = any(%s) and k.removed_at is null"
    return {row["id"]: row for row in _rows(sql, (list(pick_ids),), PICK_COLUMNS)}


PICK_SQL = """
select k.id, k.shop_id, k.product_id, k.term, k.word, k.word_zh, k.created_at,
       sh.handle, sh.name, sh.name_zh, sh.face_id, sh.words, sh.words_zh,
       p.title, p.title_zh, p.body, p.body_zh, p.cover_id, c.slug, c.name, c.name_zh, c.withdrawal_days,
       c.cap_multiple_bps, su.id, su.name, su.name_zh, su.town, su.freight_minor, coalesce(p.hand_over_hours, su.hand_over_hours),
       p.category_id, p.excluded_regions::text, p.excluded_channels::text, sh.ai_persona, sh.owner_id
from places_pick k
join places_shop sh on sh.id = k.shop_id and sh.open and sh.hidden_at is null
join goods_product p on p.id = k.product_id and p.state = 'approved'
join goods_supplier su on su.id = p.supplier_id and su.state = 'approved'
join goods_category c on c.id = p.category_id
where k.id = %s and k.removed_at is null
"""
PAGE_COLUMNS = (
    "id", "shop_id", "product_id", "term", "word", "word_zh", "created_at",
    "shop_handle", "shop_name", "shop_name_zh", "face_id", "shop_words", "shop_words_zh",
    "title", "title_zh", "body", "body_zh", "cover_id", "category", "category_name", "category_name_zh",
    "withdrawal_days", "cap_multiple_bps", "supplier_id", "supplier_name", "supplier_name_zh", "supplier_town",
    "freight_minor", "hand_over_hours", "category_id", "excluded_regions", "excluded_channels", "ai_persona",
    "owner_id",
)  # fmt: skip
PICK_SKUS_SQL = f"""
select s.id, s.options, s.options_zh, x.price, s.supply_price_minor,
       (x.price * 10000 + s.supply_price_minor - 1) / s.supply_price_minor, s.currency, {SERVING_LEFT},
       coalesce(vs.freight_minor, su.freight_minor),
       coalesce(vp.hand_over_hours, vs.hand_over_hours, p.hand_over_hours, su.hand_over_hours)
from places_pick k
join goods_product p on p.id = k.product_id
join goods_supplier su on su.id = p.supplier_id
join goods_sku s on s.product_id = k.product_id and s.active and s.recall_id is null
{SERVING_JOINS}
left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
cross join lateral (select case when k.term = 'margin' then pp.price_minor else s.price_minor end as price) x
where k.id = %s and x.price is not null
order by s.position, s.id
"""
PICK_SKU_COLUMNS = (
    "id", "options", "options_zh", "price_minor", "supply_price_minor", "multiple_bps", "currency", "left",
    "freight_minor", "hand_over_hours",
)  # fmt: skip


def access_pick_page(pick_id: UUID) -> dict[str, Any]:
    """Return one pick for everyone: person, word, product, "skus" (price, multiple, left) and "pictures".

    Three statements. Errors: NotFound when it is not, or no longer, for sale.
    """
    found = _rows(PICK_SQL, (pick_id,), PAGE_COLUMNS)
    if not found:
        raise NotFound()
    for name in ("excluded_regions", "excluded_channels"):
        found[0][name] = orjson.loads(found[0][name])
    skus = _rows(PICK_SKUS_SQL, (pick_id,), PICK_SKU_COLUMNS)
    for sku in skus:
        sku["options"], sku["options_zh"] = orjson.loads(sku["options"]), orjson.loads(sku["options_zh"])
    return {**found[0], "skus": skus, "pictures": list_pictures(found[0]["product_id"])}


def _limited(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))


def _rows(sql: str, params: tuple[Any, ...], columns: tuple[str, ...]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


SHOP_SKUS_SQL = f"""
select k.id, s.id, p.title, p.title_zh, s.options, s.options_zh, k.term, x.price, s.supply_price_minor, s.floor_price_minor,
       s.currency, {SERVING_LEFT}
from places_pick k
join goods_product p on p.id = k.product_id and p.state = 'approved'
join goods_supplier su on su.id = p.supplier_id and su.state = 'approved'
join goods_sku s on s.product_id = p.id and s.active and s.recall_id is null
{SERVING_JOINS}
left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = s.id
cross join lateral (select case when k.term = 'margin' then pp.price_minor else s.price_minor end as price) x
where k.shop_id = %s and k.removed_at is null and x.price is not null
order by k.position, k.id, s.position, s.id limit %s::int
"""
SHOP_SKU_COLUMNS = (
    "pick_id", "sku_id", "title", "title_zh", "options", "options_zh", "term", "price_minor", "supply_price_minor",
    "floor_price_minor", "currency", "left",
)  # fmt: skip
SHOP_SKUS_MAX = 500


def list_shop_skus(actor: Actor, shop_id: UUID) -> list[dict[str, Any]]:
    """Return every variant a shop sells now with its price and what is left, for who looks after its goods; at most 500,
    one statement.

    Errors: NotFound, SignInNeeded.
    """
    require_any(actor, (*for_content(shop_id), Grant("operator")))
    return list_skus_of_shop(shop_id)


def list_skus_of_shop(shop_id: UUID) -> list[dict[str, Any]]:
    """Return the same for whoever has checked who asks: of a show also those who present it for another shop."""
    rows = _rows(SHOP_SKUS_SQL, (shop_id, SHOP_SKUS_MAX), SHOP_SKU_COLUMNS)
    for row in rows:
        row["options"], row["options_zh"] = orjson.loads(row["options"]), orjson.loads(row["options_zh"])
    return rows


def shops_with_pick(product_id: UUID, *, since: datetime) -> list[UUID]:
    """Return the shops that have a product now, or had it at `since` or later, in a stable order."""
    standing = Q(removed_at=None) | Q(removed_at__gte=since)
    return sorted(set(Pick.objects.filter(standing, product_id=product_id).values_list("shop_id", flat=True)))

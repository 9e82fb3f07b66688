"""Who fits a product: creators ranked by the engine, narrowed to those who may pick it at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from renmai.goods.plans.lane import read_standing
from renmai.goods.plans.offers import offer_of
from renmai.goods.products.exclusions import SHOP, sold_in
from renmai.matching.engine.because import reasons_of
from renmai.matching.engine.cold import FEATURES, features, parts_of
from renmai.matching.engine.content import ProductContent
from renmai.matching.push.profiles import Profiles, contents_of, profiles_at
from renmai.matching.push.rules import MAKER_REST, TOLD_MOST, choose, lot_of
from renmai.people.standing.queries import read_terms
from renmai.people.standing.rules import in_force

# A product as it stands: whether it can be picked at all, and how its supplier is shown.
STANDS = """
select p.supplier_id, su.exposure, p.excluded_channels
from goods_product p join goods_supplier su on su.id = p.supplier_id
where p.id = %s and p.state = 'approved' and su.state = 'approved' and exists (
  select 1 from goods_sku v join goods_stock t on t.sku_id = v.id
  where v.product_id = p.id and v.active and v.recall_id is null and t.received - t.sold - t.held - t.set_aside > 0)
"""
# Who is not asked: who has the product or was found for it, wants no pushes or no profile, rests from this maker, or belongs to it.
NOT_ASKED = """
select shop_id from places_pick where product_id = %(product)s and removed_at is null
union select shop_id from matching_push where product_id = %(product)s
union select shop_id from matching_inbox where off
union select subject_id from matching_profile where without
union select shop_id from matching_push where supplier_id = %(maker)s and declined_why = 'maker' and declined_at > %(rest)s
"""
OWN = """
select s.id from places_shop s join people_membership m on m.person_id = s.owner_id
where m.role = 'supplier' and m.subject_id = %s
"""
HELD = """
select s.id, (select count(*) from places_pick k where k.shop_id = s.id and k.removed_at is null)
from places_shop s where s.id = any(%s) and s.open
"""
SEEN = "select id from places_shop where open and hidden_at is null and exposure > 0 and id = any(%s)"
# What content says, without how busy a shop is, what it costs and how often things come back.
CONTENT = tuple(
    FEATURES.index(name)
    for name in (
        "near",
        "near_recent",
        "wide",
        "taken_with",
        "category",
        "supplier",
        "followers",
        "interests",
        "posts",
        "declined",
    )
)
# A decline of what was pushed says more than one past launch not taken, from which the weight was learnt.
DECLINE_TELLS = 2.0
DECLINED = FEATURES.index("declined")
# A supplier's list must not tell what followers bought, nor who declined: neither counts there.
PRIVATE = tuple(FEATURES.index(name) for name in ("followers", "interests", "declined"))


@dataclass(frozen=True, slots=True)
class FittingShop:
    """A shop that a product fits: its score, why as codes and numbers, and its place from 1."""

    shop_id: UUID
    score: float
    reasons: list[list[str | int]]
    rank: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What a product's push must keep to."""

    supplier_id: UUID
    most: int


def stands(cursor: Any, product_id: UUID) -> Standing | None:
    """Return how many a product may be told to; None where nobody can pick it now (state, supplier, stock, channels)."""
    cursor.execute(STANDS, (product_id,))
    row = cursor.fetchone()
    if row is None or not (sold_in(row[2], SHOP) or sold_in(row[2], "live")):
        return None
    return Standing(row[0], TOLD_MOST.get(row[1], 0))


def find_fitting(product_id: UUID, *, now: datetime, told: int = 0) -> list[FittingShop]:
    """Return the shops that are to be told of a product, the best first; `told` were found before.

    Only open shops that may pick it now, do not have it, and want pushes.
    """
    with connection.cursor() as cursor:
        standing = stands(cursor, product_id)
        content = contents_of(cursor, [product_id], now).get(product_id)
        if standing is None or content is None or told >= standing.most:
            return []
        kept = profiles_at(now)
        cursor.execute(NOT_ASKED, {"product": product_id, "maker": standing.supplier_id, "rest": now - MAKER_REST})
        away = {row[0] for row in cursor.fetchall()}
        cursor.execute(OWN, (standing.supplier_id,))
        away |= {row[0] for row in cursor.fetchall()}
        rows = _offered(cursor, kept, product_id, away, now)
        return _ranked(cursor, kept, product_id, content, rows, standing.most - told, private=True, now=now)


def find_creators(product_id: UUID, *, now: datetime, limit: int) -> list[FittingShop]:
    """Return the shops that would fit a product, for its supplier: by what is public of them, whoever was told or declined."""
    with connection.cursor() as cursor:
        content = contents_of(cursor, [product_id], now).get(product_id)
        if content is None:
            return []
        kept = profiles_at(now)
        cursor.execute("select shop_id from places_pick where product_id = %s and removed_at is null", (product_id,))
        away = {row[0] for row in cursor.fetchall()}
        cursor.execute(SEEN, (list(kept.shops),))
        seen = {row[0] for row in cursor.fetchall()} - away
        rows = np.asarray([at for at, shop_id in enumerate(kept.shops) if shop_id in seen], np.int32)
        return _ranked(cursor, kept, product_id, content, rows, limit, private=False, now=now)


def _offered(cursor: Any, kept: Profiles, product_id: UUID, away: set[UUID], now: datetime) -> NDArray[np.int32]:
    """Return the rows of the shops that are offered the product on some term now."""
    ground = read_standing(cursor, [product_id])[product_id]
    shops = [(at, shop_id) for at, shop_id in enumerate(kept.shops) if shop_id not in away]
    if ground.plans or ground.kept:
        offers = ((at, offer_of(product_id, ground.for_shop(shop_id), now)) for at, shop_id in shops)
        found = [at for at, offer in offers if _can_pick(offer.margin, offer.commission_bps, offer.not_for_you)]
    else:
        everyone = offer_of(product_id, ground.for_all(), now)
        can = _can_pick(everyone.margin, everyone.commission_bps, everyone.not_for_you)
        found = [at for at, _ in shops] if can else []
    return np.asarray(found, np.int32)


def _can_pick(margin: bool, commission_bps: int | None, not_for_you: bool) -> bool:
    return not not_for_you and (margin or commission_bps is not None)


def _ranked(
    cursor: Any, kept: Profiles, product_id: UUID, content: ProductContent, rows: NDArray[np.int32], most: int, *,
    private: bool, now: datetime,
) -> list[FittingShop]:  # fmt: skip
    """Return the best of `rows`; without `private` nothing counts that only the shop itself may know."""
    if not len(rows) or not kept.creators.catalogue.goods:
        return []
    creators = kept.creators
    near = creators.catalogue.near([content])
    found = features([content], creators, near=near, rows=rows)[0]
    if private:
        found[:, DECLINED] = DECLINE_TELLS * np.log1p((kept.declined(cursor, now)[rows] @ near.T).toarray().ravel())
    else:
        found[:, PRIVATE] = 0
    parts = parts_of(found)
    scores, fits = parts.sum(axis=1), parts[:, CONTENT].sum(axis=1)
    lots = [
        lot_of(product_id, kept.shops[row]) if new else 0 for row, new in zip(rows, creators.is_new[rows], strict=True)
    ]
    # Some more than wanted: who has as many picks as credit allows drops out below.
    order = choose(scores.tolist(), fits.tolist(), creators.is_new[rows].tolist(), lots, most + 50)
    shops = [kept.shops[rows[at]] for at in order]
    free = with_room(cursor, shops)
    chosen = [(at, shop_id) for at, shop_id in zip(order, shops, strict=True) if shop_id in free][:most]
    return [
        FittingShop(
            shop_id, float(scores[at]),
            [[*reason] for reason in reasons_of(content, int(rows[at]), creators, near, dict(zip(FEATURES, parts[at], strict=True)))],
            rank,
        )
        for rank, (at, shop_id) in enumerate(chosen, 1)
    ]  # fmt: skip


def with_room(cursor: Any, shop_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these shops are open and may have one more pick (term picks_most); two statements."""
    cursor.execute(HELD, (list(shop_ids),))
    held = dict(cursor.fetchall())
    terms = read_terms(cursor, held)
    return {shop_id for shop_id, count in held.items() if count < in_force(terms, "picks_most", shop_id)}

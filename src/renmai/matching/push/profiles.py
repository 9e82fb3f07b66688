"""What is known of all creators, as matrices, kept in the process: who fits a new product is read from them.

Made again at most once a minute, between two products, and only when something happened; sales and followers, which are much to read, every ten
minutes. Words are cut once for each text. What must be true to the moment (who may pick, who declined) is not kept here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from django.db import connection
from scipy.sparse import csr_matrix

from renmai.config import config
from renmai.kit.ids import first_id
from renmai.matching.engine.content import Catalogue, Floats, ProductContent, sparse
from renmai.matching.engine.creators import CreatorProfiles, Taken
from renmai.matching.search.words import text_words, title_words

KEPT_FOR, HEAVY_FOR = timedelta(minutes=1), timedelta(minutes=10)
LOOKED_BACK, SAID_BACK = timedelta(days=365), timedelta(days=180)
SHOPS_MAX, GOODS_MAX, PICKS_MAX = 50_000, 20_000, 1_000_000
FOLLOWS_MAX, BOUGHT_MAX, POSTS_MAX, DECLINES_MAX = 1_000_000, 1_000_000, 50_000, 200_000
BODY_SIGNS = 600
TEXTS_MAX = 200_000

SHOPS = "select id, owner_id from places_shop where open order by id desc limit %s"
GOODS = """
select p.id, p.title, p.title_zh, left(p.body, %(signs)s), left(p.body_zh, %(signs)s), p.category_id, p.supplier_id, p.attributes,
       coalesce(p.approved_at, p.created_at), s.price, c.returns_bps
from {goods} p
cross join lateral (select min(v.price_minor) as price from goods_sku v where v.product_id = p.id and v.active) s
left join (
  select supplier_id, category_id, avg(returns_bps)::int as returns_bps from matching_card where supplier_id = any(%(makers)s)
  group by supplier_id, category_id
) c on c.supplier_id = p.supplier_id and c.category_id = p.category_id
where s.price is not null
"""
ALL_GOODS = GOODS.format(
    goods="(select * from goods_product where state = 'approved' order by approved_at desc, id desc limit %(most)s)"
)
SOME_GOODS = GOODS.format(goods="(select * from goods_product where id = any(%(ids)s))")
PICKS = "select shop_id, product_id, created_at from places_pick where id > %s order by id desc limit %s"
SALES = """
select o.shop_id, v.product_id, sum(l.quantity)::bigint, sum(l.paid_minor - l.refunded_minor)::bigint, max(o.placed_at)
from trade_orderline l join trade_order o on o.id = l.order_id join goods_sku v on v.id = l.sku_id
where l.id > %s and l.kind = 'goods' and o.paid_at is not null and l.refunded_minor < l.paid_minor
group by o.shop_id, v.product_id
"""
BOUGHT = """
select subject_id, thing_id from matching_signal where kind = 'order' and thing = 'product' and at > %s order by at desc limit %s
"""
FOLLOWS = """
select s.id, f.follower_id from people_follow f join places_shop s on s.owner_id = f.followed_id and s.open
where f.follower_id = any(%s) order by f.id desc limit %s
"""
POSTS = """
select shop_id, title, left(body, %s) from places_post
where state = 'published' and hidden_at is null and published_at > %s order by published_at desc limit %s
"""
DECLINES = """
select subject_id, thing_id, extract(epoch from %s - at)::float / 86400 from matching_signal
where kind = 'decline' and at > %s order by at desc limit %s
"""
MARK = "select (select id from kit_event order by id desc limit 1), %s::uuid is null or exists (select 1 from kit_event where id = %s)"
DECLINE_HALF_DAYS = 90.0


@dataclass(frozen=True)
class Profiles:
    """The creators' matrices; `shops` are their rows, by `place`. `mark` is the newest event when they were made."""

    shops: Sequence[UUID]
    place: dict[UUID, int]
    creators: CreatorProfiles
    mark: UUID | None
    made_at: datetime

    def declined(self, cursor: Any, now: datetime) -> csr_matrix:
        """Return creators x products: what each declined, as it is now; halved every ninety days."""
        cursor.execute(DECLINES, (now, now - LOOKED_BACK, DECLINES_MAX))
        goods = self.creators.catalogue.places
        rows = [
            (self.place[s], goods[str(p)], days)
            for s, p, days in cursor.fetchall()
            if s in self.place and str(p) in goods
        ]
        weights = np.exp2(-np.asarray([days for _, _, days in rows], np.float32) / DECLINE_HALF_DAYS)
        return sparse([r[0] for r in rows], [r[1] for r in rows], weights, (len(self.shops), len(goods)))


@dataclass(frozen=True)
class _Heavy:
    sales: list[tuple[UUID, UUID, int, int, datetime]]
    bought: list[tuple[UUID, UUID]]
    follows: list[tuple[UUID, UUID]]
    at: datetime


_lock = threading.Lock()
_kept: Profiles | None = None
_heavy: _Heavy | None = None
_texts: dict[tuple[str, ...], tuple[str, ...]] = {}


def profiles_at(now: datetime) -> Profiles:
    """Return the creators' profiles, at most ten minutes old; one thread makes them, the others wait for it.

    A product waits for them in a process that has none yet; `freshen_profiles` makes them anew while nothing waits.
    """
    return _profiles(now, HEAVY_FOR)


def freshen_profiles(now: datetime) -> None:
    """Make the profiles anew if something happened and they are more than a minute old."""
    _profiles(now, KEPT_FOR)


def _profiles(now: datetime, oldest: timedelta) -> Profiles:
    global _kept
    with _lock, connection.cursor() as cursor:
        mark = _kept.mark if _kept else None
        cursor.execute(MARK, (mark, mark))
        newest, same_house = cursor.fetchone()
        if not (same_house and _kept is not None and _kept.mark is not None):
            forget_profiles()
        if _kept is None or (newest != _kept.mark and abs(now - _kept.made_at) >= oldest):
            _kept = _make(cursor, newest, now)
        return _kept


def forget_profiles() -> None:
    """Drop what is kept, so that it is made anew when it is next asked for."""
    global _kept, _heavy
    _kept = _heavy = None


def contents_of(cursor: Any, product_ids: Iterable[UUID], now: datetime) -> dict[UUID, ProductContent]:
    """Return the content of these products as it is now; those without a variant on sale are left out."""
    ids = list(product_ids)
    cursor.execute("select distinct supplier_id from goods_product where id = any(%s)", (ids,))
    makers = [row[0] for row in cursor.fetchall()]
    cursor.execute(SOME_GOODS, {"ids": ids, "signs": BODY_SIGNS, "makers": makers})
    return {row[0]: _content(row, now) for row in cursor.fetchall()}


def _make(cursor: Any, mark: UUID | None, now: datetime) -> Profiles:
    cursor.execute(SHOPS, (SHOPS_MAX,))
    shops = [row[0] for row in cursor.fetchall()]
    place = {shop_id: at for at, shop_id in enumerate(shops)}
    cursor.execute(ALL_GOODS, {"most": GOODS_MAX, "signs": BODY_SIGNS, "makers": []})
    goods = [_content(row, now) for row in cursor.fetchall()]
    catalogue = Catalogue.of(goods)
    heavy = _read_heavy(cursor, now)
    cursor.execute(PICKS, (first_id(now - LOOKED_BACK), PICKS_MAX))
    acts = [*cursor.fetchall(), *((s, p, at) for s, p, _, _, at in heavy.sales)]
    taken = [
        (place[s], catalogue.places[str(p)], (now - at).total_seconds() / 86_400)
        for s, p, at in acts
        if s in place and str(p) in catalogue.places
    ]
    shape = (len(shops), len(goods))
    sold = [
        (place[s], catalogue.places[str(p)], n, minor)
        for s, p, n, minor, _ in heavy.sales
        if s in place and str(p) in catalogue.places
    ]
    at_shop, at_goods = [row[0] for row in sold], [row[1] for row in sold]
    followed, bought = _audience(heavy, place, catalogue)
    creators = CreatorProfiles(
        catalogue=catalogue, count=len(shops), taken=_taken(taken), followed=followed, bought=bought,
        pieces=sparse(at_shop, at_goods, [float(row[2]) for row in sold], shape),
        takings_minor=sparse(at_shop, at_goods, [float(row[3]) for row in sold], shape),
        posts=_posts(cursor, place, now), currency=config().currency,
    )  # fmt: skip
    return Profiles(shops, place, creators, mark, now)


def _taken(rows: Sequence[tuple[int, int, float]]) -> Taken:
    return Taken(
        np.asarray([row[0] for row in rows], np.int32),
        np.asarray([row[1] for row in rows], np.int32),
        np.asarray([max(row[2], 0) for row in rows], np.float32),
    )


def _read_heavy(cursor: Any, now: datetime) -> _Heavy:
    global _heavy
    if _heavy is None or abs(now - _heavy.at) >= HEAVY_FOR:
        cursor.execute(SALES, (first_id(now - SAID_BACK),))
        sales = cursor.fetchall()
        cursor.execute(BOUGHT, (now - SAID_BACK, BOUGHT_MAX))
        bought = cursor.fetchall()
        cursor.execute(FOLLOWS, (list({row[0] for row in bought}), FOLLOWS_MAX))
        _heavy = _Heavy(sales, bought, cursor.fetchall(), now)
    return _heavy


def _audience(heavy: _Heavy, place: dict[UUID, int], catalogue: Catalogue) -> tuple[csr_matrix, csr_matrix]:
    """Return creators x people (who follows whom) and people x products (who bought what), each 1."""
    people: dict[UUID, int] = {}
    pairs = {
        (people.setdefault(who, len(people)), catalogue.places[str(p)])
        for who, p in heavy.bought
        if str(p) in catalogue.places
    }
    ties = {(place[shop_id], people[who]) for shop_id, who in heavy.follows if shop_id in place and who in people}
    return (
        _ones(sorted(ties), (len(place), len(people))),
        _ones(sorted(pairs), (len(people), len(catalogue.goods))),
    )


def _ones(pairs: Sequence[tuple[int, int]], shape: tuple[int, int]) -> csr_matrix:
    ones: Floats = np.ones(len(pairs), np.float32)
    return sparse([row for row, _ in pairs], [column for _, column in pairs], ones, shape)


def _posts(cursor: Any, place: dict[UUID, int], now: datetime) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in place]
    cursor.execute(POSTS, (BODY_SIGNS, now - SAID_BACK, POSTS_MAX))
    for shop_id, title, body in cursor.fetchall():
        if shop_id in place:
            found[place[shop_id]] += _tokens((title,), (body,))
    return found


def _content(row: Sequence[Any], now: datetime) -> ProductContent:
    product_id, title, title_zh, body, body_zh, category_id, supplier_id, attributes, approved_at, price, returns = row
    return ProductContent(
        id=str(product_id),
        words=_tokens((title, title_zh), (body, body_zh)),
        category=(str(category_id),),
        price_minor=price,
        attributes=tuple(sorted(f"{name}={value}" for name, value in _loads(attributes).items())),
        supplier=str(supplier_id),
        returns_bps=returns,
        age_days=max((now - approved_at).total_seconds() / 86_400, 0),
    )


def _loads(data: Any) -> dict[str, Any]:
    return dict(orjson.loads(data) if isinstance(data, str | bytes) else data)


def _tokens(titles: Sequence[str], texts: Sequence[str]) -> tuple[str, ...]:
    """Return the words of a text, those of titles twice (they say more); cut once and kept."""
    key = (*titles, "", *texts)
    if key not in _texts:
        if len(_texts) >= TEXTS_MAX:
            _texts.clear()
        heads = set().union(*map(title_words, titles))
        _texts[key] = (*sorted(heads), *sorted(heads.union(*map(text_words, texts))))
    return _texts[key]

"""What is known of all creators, as matrices, kept in the process: who fits a new product is read from them.

Made again at most once a minute, in a thread of its own, and only when something happened and goods were pushed lately; sales and
followers, which are much to read, every ten minutes. Words are cut once for each text. What must be true to the moment (who may
pick, who declined) is not kept here.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import orjson
from django.db import connection
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from renmai.config import config
from renmai.kit.ids import first_id
from renmai.matching.engine.content import Catalogue, Floats, ProductContent, sparse
from renmai.matching.engine.creators import CreatorProfiles, Taken
from renmai.matching.push.outcomes import NOT_ONES_OWN
from renmai.matching.search.words import text_words, title_words

KEPT_FOR, HEAVY_FOR = timedelta(minutes=1), timedelta(minutes=10)
# Where nothing was pushed for so long, nothing is made ahead.
LATELY = timedelta(hours=1)
ROWS_AT_ONCE = 20_000
LOOKED_BACK, SAID_BACK = timedelta(days=365), timedelta(days=180)
SHOPS_MAX, GOODS_MAX, PICKS_MAX, SALES_MAX = 50_000, 20_000, 1_000_000, 1_000_000
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
# Days since, in numbers, so that no row is turned into a time.
PICKS = """
select shop_id, product_id, extract(epoch from %s - created_at)::float / 86400, removed_at is null
from places_pick where id > %s order by id desc limit %s
"""
# Of the newest lines. What a shop's own people or its maker's bought says nothing of its buyers.
SALES = f"""
select o.shop_id, v.product_id, extract(epoch from %s - max(o.placed_at))::float / 86400, sum(l.quantity)::float8,
       sum(l.paid_minor - l.refunded_minor)::float8
from (select * from trade_orderline where id > %s and kind = 'goods' order by id desc limit %s) l
join trade_order o on o.id = l.order_id join goods_sku v on v.id = l.sku_id join goods_product p on p.id = v.product_id
where o.paid_at is not null and l.refunded_minor < l.paid_minor and {NOT_ONES_OWN}
group by o.shop_id, v.product_id
"""
BOUGHT = """
select s.subject_id, s.thing_id from matching_signal s where s.kind = 'order' and s.thing = 'product' and s.at > %s
and not exists (select from matching_profile f where f.subject_id = s.subject_id and f.without)
order by s.at desc limit %s
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
PUSHED = "select exists (select from matching_push where id > %s)"
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


class _Ids:
    """Things met while reading, numbered from 0 in the order of meeting: what is kept of a row are numbers."""

    def __init__(self) -> None:
        self.numbers: dict[UUID, int] = {}

    def number(self, one: UUID) -> int:
        return self.numbers.setdefault(one, len(self.numbers))

    def places(self, place: Mapping[UUID, int]) -> NDArray[np.int32]:
        """Return number -> place; -1 for who has none."""
        return np.asarray([place.get(one, -1) for one in self.numbers], np.int32)


@dataclass(frozen=True, slots=True)
class _Rows:
    """What was read of pairs: the numbers of both sides, and beside each pair its figures."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    figures: Floats

    def placed(self, left: NDArray[np.int32], right: NDArray[np.int32]) -> _Rows:
        """Return the pairs that have places on both sides, by these."""
        rows, columns = left[self.left], right[self.right]
        here = (rows >= 0) & (columns >= 0)
        return _Rows(rows[here], columns[here], self.figures[here])


def _read(cursor: Any, left: _Ids, right: _Ids, figures: int) -> _Rows:
    """Return the rows that the cursor has: two ids and so many figures each; a row is dropped as soon as it is in numbers."""
    parts = list(_parts(cursor, left, right, figures))
    if not parts:
        return _Rows(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros((0, figures), np.float32))
    return _Rows(*(np.concatenate([part[at] for part in parts]) for at in range(3)))


def _parts(
    cursor: Any, left: _Ids, right: _Ids, figures: int
) -> Iterator[tuple[NDArray[np.int32], NDArray[np.int32], Floats]]:
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        yield (
            np.asarray([left.number(row[0]) for row in rows], np.int32),
            np.asarray([right.number(row[1]) for row in rows], np.int32),
            np.asarray([row[2:] for row in rows], np.float32).reshape(len(rows), figures),
        )


@dataclass(frozen=True)
class _Heavy:
    """Sales (days ago, pieces, takings), who bought what and who follows whom, in numbers of `shops`, `goods` and `people`."""

    shops: _Ids
    goods: _Ids
    people: _Ids
    sales: _Rows
    bought: _Rows
    follows: _Rows
    at: datetime


# Held while profiles are made; who finds some that are good enough does not wait for newer ones.
_lock = threading.Lock()
_kept: Profiles | None = None
_heavy: _Heavy | None = None
_texts: dict[tuple[str, ...], tuple[str, ...]] = {}


def profiles_at(now: datetime) -> Profiles:
    """Return the creators' profiles, at most ten minutes old; one thread makes them, who has none good enough waits for it.

    `freshen_profiles` makes them anew ahead of the goods.
    """
    return _profiles(now, HEAVY_FOR)


def freshen_profiles(now: datetime) -> bool:
    """Make the profiles anew if something happened, they are more than a minute old and goods were pushed within the hour.

    Return whether goods were pushed within the hour.
    """
    with connection.cursor() as cursor:
        cursor.execute(PUSHED, (first_id(now - LATELY),))
        pushed = bool(cursor.fetchone()[0])
    if pushed:
        _profiles(now, KEPT_FOR)
    return pushed


def _profiles(now: datetime, oldest: timedelta) -> Profiles:
    global _kept
    with connection.cursor() as cursor:
        kept, _ = _good(cursor, now, oldest)
        if kept is not None:
            return kept
        with _lock:
            kept, newest = _good(cursor, now, oldest)
            if kept is None:
                kept = _kept = _make(cursor, newest, now)
            return kept


def _good(cursor: Any, now: datetime, oldest: timedelta) -> tuple[Profiles | None, UUID | None]:
    """Return what is kept, if it is young enough or nothing happened since, and the newest event."""
    kept = _kept
    mark = kept.mark if kept else None
    cursor.execute(MARK, (mark, mark))
    newest, same_house = cursor.fetchone()
    if kept is None or mark is None or not same_house:
        forget_profiles()
        return None, newest
    return (kept if newest == mark or abs(now - kept.made_at) < oldest else None), newest


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
    on_sale = {UUID(each): at for each, at in catalogue.places.items()}
    heavy = _read_heavy(cursor, now)
    picks, live = _picks(cursor, place, on_sale, now)
    at_shop, at_goods = heavy.shops.places(place), heavy.goods.places(on_sale)
    sold = heavy.sales.placed(at_shop, at_goods)
    since = np.float32((now - heavy.at).total_seconds() / 86_400)
    people = np.arange(len(heavy.people.numbers), dtype=np.int32)
    followed, bought = heavy.follows.placed(at_shop, people), heavy.bought.placed(people, at_goods)
    shape, followers = (len(shops), len(goods)), len(people)
    creators = CreatorProfiles(
        catalogue=catalogue, count=len(shops),
        taken=Taken(
            np.concatenate([picks.left, sold.left]), np.concatenate([picks.right, sold.right]),
            np.maximum(np.concatenate([picks.figures[:, 0], sold.figures[:, 0] + since]), 0),
        ),
        picked=_ones(live.left, live.right, shape),
        followed=_ones(followed.left, followed.right, (len(shops), followers)),
        bought=_ones(bought.left, bought.right, (followers, len(goods))),
        pieces=sparse(sold.left, sold.right, sold.figures[:, 1], shape),
        takings_minor=sparse(sold.left, sold.right, sold.figures[:, 2], shape),
        posts=_posts(cursor, place, now), currency=config().currency,
    )  # fmt: skip
    return Profiles(shops, place, creators, mark, now)


def _picks(cursor: Any, place: Mapping[UUID, int], on_sale: Mapping[UUID, int], now: datetime) -> tuple[_Rows, _Rows]:
    """Return all picks of the last year, by places, and those of them that stand."""
    cursor.execute(PICKS, (now, first_id(now - LOOKED_BACK), PICKS_MAX))
    shops, goods = _Ids(), _Ids()
    picks = _read(cursor, shops, goods, 2).placed(shops.places(place), goods.places(on_sale))
    stands = picks.figures[:, 1] > 0
    return picks, _Rows(picks.left[stands], picks.right[stands], picks.figures[stands])


def _read_heavy(cursor: Any, now: datetime) -> _Heavy:
    global _heavy
    if _heavy is None or abs(now - _heavy.at) >= HEAVY_FOR:
        shops, goods, people = _Ids(), _Ids(), _Ids()
        cursor.execute(SALES, (now, first_id(now - SAID_BACK), SALES_MAX))
        sales = _read(cursor, shops, goods, 3)
        cursor.execute(BOUGHT, (now - SAID_BACK, BOUGHT_MAX))
        bought = _read(cursor, people, goods, 0)
        cursor.execute(FOLLOWS, (list(people.numbers), FOLLOWS_MAX))
        _heavy = _Heavy(shops, goods, people, sales, bought, _read(cursor, shops, people, 0), now)
    return _heavy


def _ones(rows: NDArray[np.int32], columns: NDArray[np.int32], shape: tuple[int, int]) -> csr_matrix:
    """Return 1 for each pair, however often it was read."""
    found = sparse(rows, columns, np.ones(len(rows), np.float32), shape)
    found.data[:] = 1
    return found


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

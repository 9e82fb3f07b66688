"""Find, filter and sort the pool. Cards find; what is shown and what may be shown at all is read live.

A search is a small program (`searching`) that asks for statements and is given their rows, so that a page, the API and `fast`,
each with a connection of its own kind, run the very same one. At most seven statements, and two more for each time that
products found have just left the pool. Statements that only find (`Statement.finds`) read cards, which are some seconds old
anyway: whoever runs them may keep their rows for as long. What is shown is read live, always.

How it stays fast: what few cards fit (at most HITS_MAX) is gathered through GIN and sorted; what more fit is read in the order
of an index until the page is full. Both look at some thousands of small rows at most. A question that more cards than that
mention somewhere is answered by those that have it in the title.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.goods.products.queries import require_pool
from renmai.kit.access import Actor
from renmai.kit.paging import BadCursor, cursor_of, moment_of, parts_of
from renmai.matching.search.rules import SORTS, Ask, facets_asked, narrow_query
from renmai.matching.search.words import (
    QUESTION_MAX,
    WORDS_MAX,
    Asked,
    asked_words,
    is_han,
    is_word,
    likest,
    query_of,
    runs,
    shapes,
    swapped,
)

LIMIT_MAX = 100
COUNT_MAX = 1_000
HITS_MAX = 2_000
LIKE_MAX = 20
LEAST = -(2**62)
SLACK = 8  # products found beyond a page, for those that left the pool a moment ago

LIVE = """
cross join lateral (
  select f.title, f.title_zh, f.cover_id, f.category_id, f.supplier_id, f.brand_id, f.commission_bps, f.margin_allowed
  from goods_product f where f.id = c.product_id and f.state = 'approved' limit 1
) p
cross join lateral (
  select f.id, f.name, f.name_zh from goods_supplier f where f.id = p.supplier_id and f.state = 'approved' limit 1
) su
cross join lateral (select f.* from goods_category f where f.id = p.category_id limit 1) g
left join lateral (
  select f.slug, f.name, f.name_zh from goods_brand f where f.id = p.brand_id and f.state = 'approved' limit 1
) b on true
cross join lateral (
  select min(s.supply_price_minor) as supply_price_from_minor, min(s.price_minor) as price_from_minor,
         (array_agg(s.supply_price_minor order by s.price_minor, s.supply_price_minor desc))[1] as supply_there,
         max((s.price_minor * 10000 + s.supply_price_minor - 1) / s.supply_price_minor) as multiple_bps,
         min(s.currency) as currency, count(*) as sku_count,
         sum(t.received - t.sold - t.held - t.set_aside)::bigint as "left"
  from goods_sku s join goods_stock t on t.sku_id = s.id
  where s.product_id = c.product_id and s.active and s.recall_id is null
) a
"""
# name -> expression; the first twenty are those of the plain listing (goods/products/queries.py).
SHOWN = {
    "id": "c.product_id", "title": "p.title", "title_zh": "p.title_zh", "cover_id": "p.cover_id",
    "approved_at": "c.approved_at", "commission_bps": "p.commission_bps", "margin_allowed": "p.margin_allowed",
    "category": "g.slug", "category_name": "g.name", "category_name_zh": "g.name_zh",
    "cap_multiple_bps": "g.cap_multiple_bps", "supplier_id": "su.id", "supplier_name": "su.name",
    "supplier_name_zh": "su.name_zh", "supply_price_from_minor": "a.supply_price_from_minor",
    "price_from_minor": "a.price_from_minor", "multiple_bps": "a.multiple_bps", "currency": "a.currency",
    "sku_count": "a.sku_count", "left": 'a."left"', "category_id": "p.category_id", "supply_there_minor": "a.supply_there",
    "brand_id": "c.brand_id", "brand": "b.slug", "brand_name": "b.name", "brand_name_zh": "b.name_zh",
    "earn_minor": "c.earn_minor", "earn_term": "c.earn_term", "hand_over_hours": "c.hand_over_hours",
    "sample": 'c.sample and a."left" > 0', "targeted": "c.targeted", "exclusive": "c.exclusive",
    "rating_x100": "c.rating_x100", "rating_count": "c.rating_count", "sold_30_days": "c.sold_30_days",
    "returns_bps": "c.returns_bps", "late_bps": "c.late_bps", "shops": "c.shops",
}  # fmt: skip
COLUMNS = (*SHOWN, "key")
_EXPRESSIONS = ", ".join(SHOWN.values())
KEPT = "product_id, approved_at, earn_minor, multiple_bps, sold_30_days, rated, quality"
# What is exactly asked; GIN has narrowed it already where it can. Every parameter twice: None asks nothing.
EXACT = """
(%s::text is null or c.category_id = (select f.id from goods_category f where f.slug = %s::text))
and (%s::uuid is null or c.brand_id = %s::uuid) and (%s::uuid is null or c.supplier_id = %s::uuid)
and (%s::text is null or (%s::text = 'margin' and c.margin_allowed) or (%s::text = 'commission' and c.commission_bps is not null))
and (%s::bigint is null or c.earn_minor >= %s::bigint) and (%s::int is null or c.multiple_bps <= %s::int)
and (%s::int is null or c.hand_over_hours <= %s::int) and (%s::int is null or c.rating_x100 >= %s::int)
and (%s::timestamptz is null or c.approved_at >= %s::timestamptz) and (not %s::boolean or c.sample)
"""
IN_STOCK = '(not %s::boolean or c."left" > 0)'
# The same after GIN, which has narrowed by the facets of both already: their own indexes, of which half the cards may fit,
# would only be read in vain.
NARROWED = EXACT.replace("c.earn_minor >=", "c.earn_minor + 0 >=").replace("c.multiple_bps <=", "c.multiple_bps + 0 <=")
COUNT = f"""
select count(*) from (
  select 1 from matching_card c where {{match}} and {NARROWED} and {IN_STOCK} limit %s::int
) f
"""
FOUND = "select n, exists (select 1 from matching_card c where c.words @@ f.q::tsquery) from unnest(%s::text[]) with ordinality f (q, n)"
LIKE = """
select f.n, w.word, w.cards from unnest(%s::text[], %s::text[], %s::text[]) with ordinality f (asked, near, shapes, n)
cross join lateral (
  (select k.word, k.cards from matching_word k where f.shapes = '' and k.word %% f.asked
   order by similarity(k.word, f.asked) desc, k.cards desc, k.word limit %s::int)
  union
  (select k.word, k.cards from matching_word k where k.word = any(string_to_array(f.near, ' ')))
  union
  (select k.word, k.cards from matching_word k where f.shapes <> '' and k.word like any(string_to_array(f.shapes, ' '))
   order by k.cards desc, k.word limit %s::int)
) w
"""
# how cards are matched -> the condition. Only "@@" can go through GIN: where the order of an index is to lead, the
# function behind it is called by name: of an operator the planner believes that few rows fit, and it would read them all.
MATCHES = {
    "gin": "c.words @@ %s::tsquery",
    "all": "true",
    "title": "ts_match_vq(c.title_words, %s::tsquery)",
    "word": "ts_match_vq(c.words, %s::tsquery)",
}
TYPES = {"approved_at": "timestamptz", "quality": "bigint", "rank": "bigint"}


def _order_sql(sort: str, match: str, cap_bps: int) -> str:
    """Return the statement that reads in the order of an index until there are enough; with `cap_bps`, of a partial one."""
    column, ascending = SORTS[sort]
    sign, way = (">", "asc") if ascending else ("<", "desc")
    # Written out, not a parameter: only so does the planner know that the partial index has every card asked for.
    cap = f" and c.multiple_bps <= {cap_bps}" if cap_bps else ""
    return (
        f"select c.product_id, c.{column} from matching_card c where {MATCHES[match]} and {EXACT} and {IN_STOCK}{cap}"
        f" and (c.{column}, c.product_id) {sign} (%s::{TYPES.get(column, 'bigint')}, %s::uuid)"
        f" order by c.{column} {way}, c.product_id {way} limit %s::int"
    )


def _hits_sql(sort: str) -> str:
    """Return the statement that gathers what GIN finds and sorts it; by relevance the titles come first."""
    column, ascending = SORTS[sort]
    sign, way = (">", "asc") if ascending else ("<", "desc")
    key = "c.rank" if sort == "relevance" else f"c.{column}"
    return (
        f"with hits as materialized (select {KEPT}, (case when %s <> '' and c.title_words @@ %s::tsquery then 1000000 else 0 end)"
        f" + c.quality as rank from matching_card c where {MATCHES['gin']} and {NARROWED} and {IN_STOCK})"
        f" select c.product_id, {key} from hits c where ({key}, c.product_id) {sign} (%s::{TYPES.get(column, 'bigint')}, %s::uuid)"
        f" order by {key} {way}, c.product_id {way} limit %s::int"
    )


LIVE_SQL = f"""
select {_EXPRESSIONS} from unnest(%s::uuid[]) with ordinality asked (id, place)
join matching_card c on c.product_id = asked.id {LIVE}
where a.sku_count > 0 and (not %s::boolean or a."left" > 0) order by asked.place
"""
HITS_SQL = {sort: _hits_sql(sort) for sort in SORTS}
# "Earns most" and "at most so many times the supply price" pull apart: of the cards in the order of what they earn, those far
# down would be read before a page is full. For usual caps there is an index of their own (models.Card).
CAPS_BPS = (15_000, 20_000, 25_000)
ORDER_SQL = {
    (sort, match, cap): _order_sql(sort, match, cap)
    for sort in SORTS
    for match in ("all", "title", "word")
    for cap in ((0, *CAPS_BPS) if sort == "earning" else (0,))
}
COUNT_SQL = {match: COUNT.format(match=MATCHES[match]) for match in ("gin", "all")}


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement a search asks for. It `finds` when it reads nothing but cards: its rows may be kept for some seconds."""

    sql: str
    params: Sequence[Any]
    finds: bool = True


Rows = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of what was found. `count` (of the first page only) is at most COUNT_MAX + 1, which stands for more.

    `instead` is the question as it was understood where a word of it is nowhere; rows have COLUMNS.
    """

    rows: list[dict[str, Any]]
    next_cursor: str | None
    count: int | None = None
    instead: str | None = None


Searching = Generator[Statement, Rows, Found]


@dataclass(frozen=True, slots=True)
class Way:
    """How cards are found: the words meant, whether only in titles, and whether so few fit that they are gathered."""

    words: tuple[Asked, ...]
    titles: bool
    gathered: bool

    @property
    def letter(self) -> str:
        """Return it as one letter for a cursor."""
        return {(False, False): "o", (False, True): "h", (True, False): "t", (True, True): "g"}[
            self.titles, self.gathered
        ]


WAYS = {"o": (False, False), "h": (False, True), "t": (True, False), "g": (True, True)}
Place = tuple[Any, UUID]


def sort_of(ask: Ask) -> str:
    """Return the order that is meant: what was asked, else relevance with words and newest without."""
    if ask.sort is None or (ask.sort == "relevance" and not ask.words):
        return "relevance" if ask.words else "newest"
    return ask.sort


def searching(ask: Ask, *, after: str | None = None, limit: int = 24) -> Searching:
    """Yield statements, take their rows, return the page. Errors: BadCursor."""
    sort, limit = sort_of(ask), max(1, min(limit, LIMIT_MAX))
    count: int | None = None
    instead: str | None = None
    if after:
        way, place = _continued(after, sort)
    else:
        place = _first(sort)
        way, count = yield from _find_way(ask, ask.words)
        if ask.words and not count:
            meant = yield from _mended(ask)
            if meant != ask.words:
                way, count = yield from _find_way(ask, meant)
                instead = " ".join(word.text for word in meant) if count else None
    found = yield from _shown(ask, way, sort, place, limit + 1)
    following = _cursor(sort, way, found[limit - 1]) if len(found) > limit else None
    return Found(found[:limit], following, count if count is None else min(count, COUNT_MAX + 1), instead)


def _shown(
    ask: Ask, way: Way, sort: str, place: Place, wanted: int
) -> Generator[Statement, Rows, list[dict[str, Any]]]:
    """Return up to `wanted` rows as they are now: find a few more cards, look at their products, go on if some are gone."""
    found: list[dict[str, Any]] = []
    while True:
        cards = yield _page(ask, way, sort, place, wanted + SLACK)
        rows = yield Statement(LIVE_SQL, ([row[0] for row in cards], ask.in_stock), finds=False)
        keys = {product_id: key for product_id, key in cards}
        found += [dict(zip(COLUMNS, (*row, keys[row[0]]), strict=True)) for row in rows]
        if len(found) >= wanted or len(cards) < wanted + SLACK:
            return found[:wanted]
        place = (cards[-1][1], cards[-1][0])


def _find_way(ask: Ask, words: tuple[Asked, ...]) -> Generator[Statement, Rows, tuple[Way, int]]:
    facets = facets_asked(ask)
    query = narrow_query(words, facets)
    if not query:
        rows = yield Statement(COUNT_SQL["all"], (*_exact(ask), ask.in_stock, COUNT_MAX + 1))
        return Way(words, False, False), rows[0][0]
    rows = yield _counting(ask, query)
    count = int(rows[0][0])
    if count <= HITS_MAX or not words:
        return Way(words, False, count <= HITS_MAX), count
    rows = yield _counting(ask, narrow_query(words, facets, "^"))
    titles = int(rows[0][0])
    return (Way(words, True, titles <= HITS_MAX), titles) if titles else (Way(words, False, False), count)


def _counting(ask: Ask, query: str) -> Statement:
    return Statement(COUNT_SQL["gin"], (query, *_exact(ask), ask.in_stock, HITS_MAX + 1))


def _page(ask: Ask, way: Way, sort: str, place: Place, limit: int) -> Statement:
    exact, words = _exact(ask), query_of(way.words)
    if way.gathered:
        query = narrow_query(way.words, facets_asked(ask), "^" if way.titles else "")
        return Statement(HITS_SQL[sort], (words, words, query, *exact, ask.in_stock, *place, limit))
    match = "all" if not way.words else "title" if way.titles else "word"
    params = (*((words,) if words else ()), *exact, ask.in_stock, *place, limit)
    return Statement(ORDER_SQL[sort, match, _cap(ask, sort)], params)


def _cap(ask: Ask, sort: str) -> int:
    """Return the least usual cap that all cards asked for stay within; 0 without one, or where another index leads."""
    if sort != "earning" or ask.multiple_to_bps is None:
        return 0
    return next((cap for cap in CAPS_BPS if cap >= ask.multiple_to_bps), 0)


def _exact(ask: Ask) -> tuple[Any, ...]:
    named = (ask.category, ask.brand_id, ask.supplier_id)
    scaled = (ask.earn_from_minor, ask.multiple_to_bps, ask.hours_to, ask.rating_from_x100, ask.since)
    return (
        *(value for each in named for value in (each, each)), ask.term, ask.term, ask.term,
        *(value for each in scaled for value in (each, each)), ask.sample,
    )  # fmt: skip


# --- places ----------------------------------------------------------------------------------------------------------


def _first(sort: str) -> Place:
    if SORTS[sort][1]:
        return LEAST, UUID(int=0)
    return ("infinity" if sort == "newest" else -LEAST), UUID(int=(1 << 128) - 1)


def _cursor(sort: str, way: Way, row: Mapping[str, Any]) -> str:
    key = row["key"].isoformat() if isinstance(row["key"], datetime) else row["key"]
    words = " ".join(word.text + ("*" if word.open else "") for word in way.words)
    return cursor_of(sort, way.letter, words, key, row["id"])


def _continued(cursor: str, sort: str) -> tuple[Way, Place]:
    parts = parts_of(cursor, 5)
    if parts is None or parts[0] != sort or parts[1] not in WAYS:
        raise BadCursor()
    words = tuple(Asked(word.removesuffix("*"), word.endswith("*")) for word in parts[2].split())
    if len(words) > WORDS_MAX or not all(is_word(word.text) for word in words):
        raise BadCursor()
    try:
        key: Any = moment_of(parts[3]) if sort == "newest" else int(parts[3])
        place = key, UUID(parts[4])
    except ValueError:
        raise BadCursor() from None
    if sort != "newest" and abs(key) > -LEAST:
        raise BadCursor()
    return Way(words, *WAYS[parts[1]]), place


# --- what a mistyped word may have meant -----------------------------------------------------------------------------


def _mended(ask: Ask) -> Generator[Statement, Rows, tuple[Asked, ...]]:
    """Return the words, those that no card has (or a Chinese one that was cut apart) replaced by the likest of the cards' words."""
    rows = yield Statement(FOUND, ([word.query() for word in ask.words],))
    known = {ask.words[int(number) - 1].text for number, there in rows if there}
    unsure = [word.text for word in ask.words if word.text not in known] + _cut_apart(ask.q)
    if not unsure:
        return ask.words
    near = [" ".join(swapped(text)) for text in unsure]
    told = [shapes(text) if is_han(text) else "" for text in unsure]
    rows = yield Statement(LIKE, (unsure, near, told, LIKE_MAX, LIKE_MAX))
    better = {
        text: best
        for place, text in enumerate(unsure, 1)
        if (best := likest(text, [(word, cards) for number, word, cards in rows if number == place]))
    }
    return _replaced(ask.q, better)


def _cut_apart(question: str) -> list[str]:
    return [
        run for run in runs(question[:QUESTION_MAX]) if is_han(run) and 3 <= len(run) <= 6 and len(asked_words(run)) > 1
    ]


def _replaced(question: str, better: Mapping[str, str]) -> tuple[Asked, ...]:
    found: list[Asked] = []
    for run in runs(question[:QUESTION_MAX]):
        if is_han(run) and run in better:
            found.append(Asked(better[run]))
        else:
            found += [Asked(better[word.text]) if word.text in better else word for word in asked_words(run)]
    # Only the very last word may still go on.
    closed = [Asked(word.text, word.open and place == len(found) - 1) for place, word in enumerate(found)]
    return tuple(dict.fromkeys(closed))[:WORDS_MAX]


def find_cards(actor: Actor, ask: Ask, *, after: str | None = None, limit: int = 24) -> Found:
    """Return a page of the pool for creators, suppliers and operators. Errors: SignInNeeded, NotFound, BadCursor."""
    require_pool(actor)
    return run(searching(ask, after=after, limit=limit))


def run(program: Searching) -> Found:
    """Run a search on Django's connection."""
    with connection.cursor() as cursor:
        try:
            statement = next(program)
            while True:
                cursor.execute(statement.sql, statement.params)
                statement = program.send(cursor.fetchall())
        except StopIteration as ended:
            found: Found = ended.value
            return found


def read_cards(actor: Actor, product_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """Return the cards of these products that are in the pool now, in the order given; one statement."""
    require_pool(actor)
    with connection.cursor() as cursor:
        cursor.execute(LIVE_SQL, (list(product_ids)[:LIMIT_MAX], False))
        return [dict(zip(SHOWN, row, strict=True)) for row in cursor.fetchall()]

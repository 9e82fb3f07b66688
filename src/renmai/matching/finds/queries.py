"""Find people, goods and posts by words, Chinese and others, for everyone. What is shown is read live.

Each list is one statement, whatever there is; a mistyped question costs a few more, once. At most HITS_MAX rows that fit are
put in order: a word that more than those have says little.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from renmai.kit.access import Actor
from renmai.matching.search.queries import run, searching
from renmai.matching.search.rules import Ask
from renmai.matching.search.words import QUESTION_MAX, asked_words, folded, query_of

UNTYPED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
HITS_MAX = 2_000
PICKS_LOOKED_AT = 50
LIMIT_MAX = 101  # one more than a page holds, so that a door knows whether there is a next one
Place = tuple[int, UUID]
FIRST: Place = (2**31 - 1, UUID(int=(1 << 128) - 1))

PEOPLE = """
with hits as materialized (
  select f.subject_id, (f.words @@ %s::tsquery)::int as rank from matching_findable f
  where f.kind = 'person' and f.words @@ %s::tsquery limit %s
)
select s.id, s.handle, s.name, s.name_zh, s.words, s.words_zh, s.face_id, s.ai_persona, s.owner_id, r.rank
from hits h join places_shop s on s.id = h.subject_id and s.open and s.hidden_at is null and s.exposure > 0
cross join lateral (select case when s.exposure = 1 then -1 else h.rank end as rank) r
where (r.rank, s.id) < (%s, %s::uuid) order by r.rank desc, s.id desc limit %s
"""
LIKE = """
select s.id, s.handle, s.name, s.name_zh, s.words, s.words_zh, s.face_id, s.ai_persona, s.owner_id, 0
from matching_findable f
join places_shop s on s.id = f.subject_id and s.open and s.hidden_at is null and s.exposure > 0
where f.kind = 'person' and %s <%% f.named order by s.exposure desc, word_similarity(%s, f.named) desc, s.id desc limit %s
"""
PEOPLE_COLUMNS = ("id", "handle", "name", "name_zh", "words", "words_zh", "face_id", "ai_persona", "owner_id", "rank")
POSTS = """
with hits as materialized (
  select f.subject_id, (f.words @@ %s::tsquery)::int as rank from matching_findable f
  where f.kind = 'post' and f.words @@ %s::tsquery limit %s
)
select p.id, h.rank from hits h
join places_post p on p.id = h.subject_id and p.state = 'published' and p.hidden_at is null
join places_shop s on s.id = p.shop_id and s.open and s.hidden_at is null and s.exposure > 0
where (h.rank, p.id) < (%s, %s::uuid) order by h.rank desc, p.id desc limit %s
"""
# Whom credit shows to followers alone is not found; whom it shows after the others stands behind them.
# A product is shown by one who stands for it: somebody the reader follows, else who picked it last.
GOODS = """
with hits as materialized (
  select c.product_id, (c.title_words @@ %(query)s::tsquery)::int * 1000000 + c.quality as rank from matching_card c
  where c.words @@ %(query)s::tsquery and c."left" > 0 limit %(hits)s
)
select k.id, p.title, p.title_zh, p.cover_id, k.word, k.word_zh, a.price_minor, a.multiple_bps, a.currency,
       k.handle, k.name, k.name_zh, k.face_id, k.ai_persona, k.owner_id, h.product_id, h.rank
from hits h join goods_product p on p.id = h.product_id and p.state = 'approved'
cross join lateral (
  select n.id, n.term, n.word, n.word_zh, s.handle, s.name, s.name_zh, s.face_id, s.ai_persona, s.owner_id
  from (
    select * from places_pick n where n.product_id = h.product_id and n.removed_at is null order by n.id desc limit %(looked)s
  ) n
  join places_shop s on s.id = n.shop_id and s.open and s.hidden_at is null
  left join people_follow f on f.follower_id = %(person)s and f.followed_id = s.owner_id
  where s.exposure > 0 or f.id is not null
  order by f.id is null, s.exposure desc, n.id desc limit 1
) k
cross join lateral (
  select min(x.price) as price_minor, min(v.currency) as currency,
         max((x.price * 10000 + v.supply_price_minor - 1) / v.supply_price_minor) as multiple_bps
  from goods_sku v left join places_pickprice pp on pp.pick_id = k.id and pp.sku_id = v.id
  cross join lateral (select case when k.term = 'margin' then pp.price_minor else v.price_minor end as price) x
  where v.product_id = h.product_id and v.active and v.recall_id is null and x.price is not null
) a
where a.price_minor is not null and (h.rank, h.product_id) < (%(rank)s, %(last)s::uuid)
order by h.rank desc, h.product_id desc limit %(limit)s
"""
GOODS_COLUMNS = (
    "id", "title", "title_zh", "cover_id", "word", "word_zh", "price_minor", "multiple_bps", "currency", "handle",
    "name", "name_zh", "face_id", "ai_persona", "owner_id", "product_id", "rank",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is looked for: `text`, and its words as tsqueries, anywhere and in names and titles."""

    text: str
    query: str
    titled: str


def question_of(text: str) -> Question:
    """Return a question ready to ask; without words nothing is found."""
    # A NUL, say, nobody can type and PostgreSQL keeps none; a line's end is a space.
    kept = " ".join(UNTYPED.sub(" ", text).split())[:QUESTION_MAX]
    words = asked_words(kept)
    return Question(kept, query_of(words), query_of(words, "^"))


def understood(question: Question) -> Question | None:
    """Return what a mistyped question most likely meant, by the words of goods; None where nothing is near."""
    instead = run(searching(Ask(q=question.text), limit=1)).instead if question.query else None
    return question_of(instead) if instead else None


def find_people(question: Question, *, after: Place | None = None, limit: int = 12) -> list[dict[str, Any]]:
    """Return people whose name, address or words fit, names first; `after` is (rank, id) of the last one seen.

    One statement; one more where nobody fits, for mistyped names.
    """
    if not question.query:
        return []
    params = (question.titled, question.query, HITS_MAX, *(after or FIRST), _limited(limit))
    found = _rows(PEOPLE, params, PEOPLE_COLUMNS)
    if found or after:
        return found
    like = folded(question.text)
    return _rows(LIKE, (like, like, _limited(limit)), PEOPLE_COLUMNS)


def find_goods(
    actor: Actor, question: Question, *, after: Place | None = None, limit: int = 12
) -> list[dict[str, Any]]:
    """Return goods that fit, each by one person who stands for it (one the actor follows, if any); one statement.

    `after` is (rank, product_id) of the last one seen.
    """
    if not question.query:
        return []
    rank, last = after or FIRST
    params = {
        "query": question.query, "hits": HITS_MAX, "looked": PICKS_LOOKED_AT, "person": actor.person_id, "rank": rank,
        "last": last, "limit": _limited(limit),
    }  # fmt: skip
    return _rows(GOODS, params, GOODS_COLUMNS)


def find_posts(question: Question, *, after: Place | None = None, limit: int = 12) -> list[dict[str, Any]]:
    """Return "id" and "rank" of posts that fit, titles first, newest first; one statement."""
    if not question.query:
        return []
    params = (question.titled, question.query, HITS_MAX, *(after or FIRST), _limited(limit))
    return _rows(POSTS, params, ("id", "rank"))


def _limited(limit: int) -> int:
    return max(1, min(limit, LIMIT_MAX))


def _rows(sql: str, params: Any, columns: tuple[str, ...]) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

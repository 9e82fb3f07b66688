"""Search for everyone: people, goods with who stands for them, posts; in Chinese and other languages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Word
from renmai.api.v1.paging import PageQuery, page_json, place_after, wide
from renmai.kit.access import ANONYMOUS
from renmai.kit.paging import BadCursor
from renmai.matching.finds.queries import find_goods, find_people, find_posts, question_of
from renmai.matching.search.words import QUESTION_MAX
from renmai.places.posts.queries import posts_by_id

router = Router(tags=["Search"])


class FindQuery(PageQuery):
    """What to look for. Its first eight words count, and all of them must fit."""

    q: Annotated[Word, Field(min_length=1, max_length=QUESTION_MAX)] = Field(examples=["春雾"])


class FoundPerson(Answer):
    """A person with a shop."""

    id: UUID
    handle: str = Field(examples=["lin"])
    name: str = Field(examples=["Lin"])
    name_zh: str = Field(examples=["林"])
    words: str
    words_zh: str
    face_id: UUID | None
    ai_persona: bool


class FoundGoods(Answer):
    """A product, by one pick of it: the word, the price of its cheapest variant, the highest multiple, who stands for it."""

    id: UUID = Field(description="The pick.")
    product_id: UUID
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    cover_id: UUID | None
    word: str = Field(examples=["The cup I reach for."])
    word_zh: str = Field(examples=["我最常用的杯子。"])
    price_minor: int = Field(examples=[6000])
    multiple_bps: int = Field(examples=[24_000])
    currency: str = Field(examples=["CNY"])
    handle: str = Field(examples=["lin"])
    name: str = Field(examples=["Lin"])
    name_zh: str = Field(examples=["林"])
    face_id: UUID | None
    ai_persona: bool


class FoundPost(Answer):
    """A post: who said it, and how it begins. With `goods` above 0 it is advertising."""

    id: UUID
    shop_id: UUID
    shop_handle: str = Field(examples=["lin"])
    shop_name: str = Field(examples=["Lin"])
    shop_name_zh: str = Field(examples=["林"])
    title: str
    excerpt: str
    cover_id: UUID | None
    video_id: UUID | None
    goods: int = Field(examples=[1])
    ai_made: bool
    ai_persona: bool
    likes: int
    comments: int
    published_at: datetime


class FoundPeople(Answer):
    """People who fit, by name before by words."""

    items: list[FoundPerson]
    next: str | None


class FoundGoodsPage(Answer):
    """Goods that fit, by title before by words, the best screened first."""

    items: list[FoundGoods]
    next: str | None


class FoundPosts(Answer):
    """Posts that fit, by title before by words, newest first."""

    items: list[FoundPost]
    next: str | None


@operation(router, "GET", "/search/people", audience="public", answer=FoundPeople, problems=(BadCursor,))
def search_people(request: Call, query: Query[FindQuery]) -> dict[str, Any]:
    """Find people by name, address and words; a mistyped name is forgiven where nobody fits."""
    rows = find_people(question_of(query.q), after=place_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["rank"], row["id"]), lambda row: shown(FoundPerson, row))


@operation(router, "GET", "/search/goods", audience="public", answer=FoundGoodsPage, problems=(BadCursor,))
def search_goods(request: Call, query: Query[FindQuery]) -> dict[str, Any]:
    """Find goods, each by who picked it last."""
    rows = find_goods(ANONYMOUS, question_of(query.q), after=place_after(query.after), limit=wide(query.limit))
    return page_json(
        rows, query.limit, lambda row: (row["rank"], row["product_id"]), lambda row: shown(FoundGoods, row)
    )


@operation(router, "GET", "/search/posts", audience="public", answer=FoundPosts, problems=(BadCursor,))
def search_posts(request: Call, query: Query[FindQuery]) -> dict[str, Any]:
    """Find posts by title and words."""
    rows = find_posts(question_of(query.q), after=place_after(query.after), limit=wide(query.limit))
    page = page_json(rows, query.limit, lambda row: (row["rank"], row["id"]))
    posts = posts_by_id(row["id"] for row in page["items"]) if page["items"] else {}
    page["items"] = [shown(FoundPost, posts[row["id"]]) for row in page["items"] if row["id"] in posts]
    return page

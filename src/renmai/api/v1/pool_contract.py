"""The contract of `GET /pool`: the plain listing, and the same with words, filters and orders. Two doors speak it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from renmai.api.v1.fields import Answer, Body, Limit, Moment, storable
from renmai.goods.products.queries import POOL_COLUMNS, pool_params
from renmai.goods.products.queries import Place as PoolPlace
from renmai.kit.money import AMOUNT_MINOR_MAX
from renmai.kit.paging import BadCursor, cursor_of, moment_of, parts_of
from renmai.matching.search.queries import Found
from renmai.matching.search.rules import Ask, Sort

Minor = Annotated[int, Field(ge=0, le=AMOUNT_MINOR_MAX)]
Bps = Annotated[int, Field(ge=0, le=1_000_000)]


class PoolQuery(Body):
    """What is asked of the pool."""

    after: Annotated[str, StringConstraints(max_length=800), AfterValidator(storable)] | None = None
    limit: Limit = 24
    category: Annotated[str, StringConstraints(pattern="^[a-z0-9_-]{1,50}$")] | None = None
    term: Literal["margin", "commission"] | None = None
    in_stock: bool = False
    q: Annotated[str, StringConstraints(max_length=100), AfterValidator(storable)] = Field(
        "", description="Words in Chinese or English; all of them are looked for.", examples=["青瓷 茶杯"]
    )
    brand: UUID | None = None
    supplier: UUID | None = None
    earn_from_minor: Minor | None = Field(None, description="Earns at least so much a sale.")
    multiple_to_bps: Bps | None = Field(None, description="At most so many times the supply price.")
    hours_to: Annotated[int, Field(ge=0, le=10_000)] | None = Field(
        None, description="Handed over within so many hours."
    )
    rating_from_x100: Annotated[int, Field(ge=0, le=500)] | None = Field(None, description="Rated 4.20 or better: 420.")
    since: Moment | None = Field(None, description="In the pool since then.")
    sample: bool = Field(False, description="A sample can be asked for.")
    sort: Sort | None = Field(None, description="Without: relevance where there are words, else newest.")

    @property
    def ask(self) -> Ask | None:
        """Return what is asked of search; None for the plain listing."""
        asked = Ask(
            q=self.q, category=self.category, brand_id=self.brand, supplier_id=self.supplier, term=self.term,
            earn_from_minor=self.earn_from_minor, multiple_to_bps=self.multiple_to_bps, hours_to=self.hours_to,
            rating_from_x100=self.rating_from_x100, in_stock=self.in_stock, sample=self.sample, since=self.since,
            sort=self.sort,
        )  # fmt: skip
        plain = Ask(category=self.category, term=self.term, in_stock=self.in_stock)
        return None if asked == plain else asked


class PoolCard(Answer):
    """What helps to decide; some seconds old, sales and ratings some hours.

    `earn_minor`: what a sale at the lowest suggested price earns on the better term (`earn_term`), for a shop without a fee
    of its own. `rating_x100`: mean of the buyers' scores in 180 days. `returns_bps`: of the lines sold in them, those given
    back; `late_bps`: of the supplier's parcels in 90 days, those handed over late. `sample`: one can be asked for.
    """

    brand_id: UUID | None
    brand: str | None = Field(examples=["hill"])
    brand_name: str | None = Field(examples=["Hill & Son"])
    brand_name_zh: str | None
    earn_minor: int = Field(examples=[3200])
    earn_term: str = Field(examples=["margin"])
    hand_over_hours: int = Field(examples=[48])
    sample: bool
    targeted: bool
    exclusive: bool
    rating_x100: int | None = Field(examples=[465])
    rating_count: int = Field(examples=[31])
    sold_30_days: int = Field(examples=[120])
    returns_bps: int | None = Field(examples=[150])
    late_bps: int | None = Field(examples=[0])
    shops: int = Field(examples=[8])


class PoolItem(Answer):
    """A product of the pool. `multiple_bps`: the highest price / supply price of its variants, in basis points."""

    id: UUID
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    cover_id: UUID | None
    approved_at: datetime
    commission_bps: int | None = Field(examples=[2000])
    margin_allowed: bool
    category: str = Field(examples=["home"])
    category_name: str = Field(examples=["Home"])
    category_name_zh: str = Field(examples=["家居"])
    cap_multiple_bps: int = Field(examples=[30_000])
    supplier_id: UUID
    supplier_name: str = Field(examples=["Kiln Street"])
    supplier_name_zh: str = Field(examples=["窑街"])
    supply_price_from_minor: int = Field(examples=[2500])
    price_from_minor: int = Field(examples=[6000])
    multiple_bps: int = Field(examples=[24_000])
    currency: str = Field(examples=["CNY"])
    sku_count: int = Field(examples=[2])
    left: int = Field(examples=[120])
    card: PoolCard | None = Field(description="Only where something is searched, filtered or sorted.")


class PoolPage(Answer):
    """A page of the pool. `count` stands on the first page of a search; 1001 is more than a thousand.

    `instead` is the question as it was understood where a word of it is nowhere in the pool.
    """

    items: list[PoolItem]
    next: str | None
    count: int | None = Field(examples=[42])
    instead: str | None


def pool_place(after: str | None) -> PoolPlace | None:
    """Return (approved_at, id) of a cursor. Errors: BadCursor."""
    parts = parts_of(after, 2)
    if parts is None:
        return None
    try:
        return moment_of(parts[0]), UUID(parts[1])
    except ValueError:
        raise BadCursor() from None


def pool_ask(query: PoolQuery) -> tuple[Any, ...]:
    """Return the parameters of POOL_SQL, for one row more than asked. Errors: BadCursor."""
    wide = pool_params(
        after=pool_place(query.after),
        limit=query.limit,
        category=query.category,
        term=query.term,
        in_stock=query.in_stock,
    )
    return (*wide[:-1], query.limit + 1)


def pool_answer(rows: Sequence[dict[str, Any]], limit: int) -> dict[str, Any]:
    """Return the page of `rows` (POOL_COLUMNS; one more than `limit` when there are more)."""
    items: list[dict[str, Any]] = [{**row, "card": None} for row in rows[:limit]]
    after = cursor_of(items[-1]["approved_at"].isoformat(), items[-1]["id"]) if len(rows) > limit else None
    return {"items": items, "next": after, "count": None, "instead": None}


def card_item(row: dict[str, Any]) -> dict[str, Any]:
    """Return a product found (COLUMNS of search) as an item."""
    return {**{name: row[name] for name in POOL_COLUMNS}, "card": {name: row[name] for name in PoolCard.model_fields}}


def found_answer(found: Found) -> dict[str, Any]:
    """Return the page of a search."""
    items = [card_item(row) for row in found.rows]
    return {"items": items, "next": found.next_cursor, "count": found.count, "instead": found.instead}

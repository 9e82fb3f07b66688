"""Pallets: put together by suppliers and the house, picked from by creators, many at once."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.goods.pallets.actions import (
    NotForPallet,
    PalletClosed,
    PalletEmpty,
    PalletFull,
    TooManyPallets,
    close_pallet,
    make_pallet,
    order_items,
    publish_pallet,
    put_item,
    take_item,
)
from renmai.goods.pallets.models import Pallet
from renmai.goods.pallets.queries import (
    access_own_pallet,
    access_shown_pallet,
    list_items,
    list_own_pallets,
    list_shown_pallets,
    state_of,
)
from renmai.kit.paging import BadCursor
from renmai.kit.problems import Forbidden, NotFound
from renmai.places.shops.pick_many import Outcome, TooManyAtOnce, Wish, pick_many

router = Router(tags=["Pallets"])
TermName = Literal["margin", "commission"]
READERS = ("creator", "creator:content", "supplier", "operator")
KEEPERS = ("supplier", "operator")


class PalletBody(Body):
    """A draft: of a supplier's goods, or (supplier_id null) of the house."""

    supplier_id: UUID | None = None
    title: Word = Field(examples=["A first tea shelf"])
    title_zh: Word = Field("", examples=["第一格茶"])
    words: Lines = ""
    words_zh: Lines = ""
    starter: bool = Field(False, description="Offered to shops without picks; the house's only.")


class ItemBody(Body):
    """The term suggested, and a word that creators may take over."""

    term: TermName = "margin"
    word: Lines = Field(examples=["The cup I reach for."])
    word_zh: Lines = ""


class PalletOrderBody(Body):
    """Products in the order in which they are to stand."""

    product_ids: Annotated[list[UUID], Field(max_length=50)]


class WishBody(Body):
    """A product to pick at the suggested prices, with one's word for it."""

    product_id: UUID
    term: TermName = "margin"
    word: Lines = Field(examples=["The cup I reach for."])
    word_zh: Lines = ""


class BatchBody(Body):
    """Products to pick, at most 100."""

    picks: Annotated[list[WishBody], Field(max_length=200)]


class PalletAnswer(Answer):
    """A pallet."""

    id: UUID
    supplier_id: UUID | None
    title: str = Field(examples=["A first tea shelf"])
    title_zh: str
    words: str
    words_zh: str
    starter: bool
    state: str = Field(examples=["published"])
    created_at: datetime
    published_at: datetime | None


class ItemAnswer(Answer):
    """A product on a pallet. `in_pool` false: it can be picked no longer."""

    product_id: UUID
    term: str = Field(examples=["margin"])
    word: str
    word_zh: str
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str
    supply_price_from_minor: int | None = Field(examples=[2500])
    price_from_minor: int | None = Field(examples=[5000])
    multiple_bps: int | None = Field(examples=[20_000])
    commission_bps: int | None
    margin_allowed: bool
    left: int = Field(examples=[120])
    in_pool: bool


class PalletPageAnswer(PalletAnswer):
    """A pallet with what stands on it."""

    items: list[ItemAnswer]


class PalletPage(Answer):
    """Pallets, newest first."""

    items: list[PalletAnswer]
    next: str | None


class PalletQuery(PageQuery):
    """Which pallets: published ones; a supplier's own; the house's own, for an operator."""

    of: Literal["published", "starters", "own"] = "published"
    supplier_id: UUID | None = None


class OutcomeAnswer(Answer):
    """What became of one: "picked", or the code of the refusal with its sentence."""

    product_id: UUID
    code: str = Field(examples=["picked"])
    pick_id: UUID | None
    detail: str


class BatchAnswer(Answer):
    """What became of each, in the order asked."""

    items: list[OutcomeAnswer]
    next: str | None


def _shown(pallet: Pallet) -> dict[str, Any]:
    own = PalletAnswer.model_fields.keys() - {"state"}
    return shown(PalletAnswer, {name: getattr(pallet, name) for name in own} | {"state": state_of(pallet)})


def _who(request: Call) -> dict[str, Any]:
    return {"actor": request.actor, "now": request.now}


@operation(router, "GET", "/pallets", audience=READERS, answer=PalletPage, problems=(NotFound, Forbidden, BadCursor))
def list_pallets(request: Call, query: Query[PalletQuery]) -> dict[str, Any]:
    """List pallets to pick from, or one's own in every state."""
    page: dict[str, Any] = {"after": id_after(query.after), "limit": wide(query.limit)}
    if query.of == "own":
        rows = list_own_pallets(request.actor, query.supplier_id, **page)
    else:
        rows = list_shown_pallets(request.actor, starter=True if query.of == "starters" else None, **page)
    return page_json(rows, query.limit, lambda row: (row.id,), _shown)


@operation(router, "GET", "/pallets/{uuid:pallet_id}", audience=READERS, answer=PalletPageAnswer, problems=(NotFound,))
def read_pallet(request: Call, pallet_id: UUID) -> dict[str, Any]:
    """Show a published pallet, or one's own, with what stands on it."""
    return _page(request, pallet_id)


def _page(request: Call, pallet_id: UUID) -> dict[str, Any]:
    try:
        pallet, own = access_own_pallet(request.actor, pallet_id), True
    except NotFound:
        pallet, own = access_shown_pallet(request.actor, pallet_id), False
    return shown(PalletPageAnswer, _shown(pallet) | {"items": list_items(pallet, also_gone=own)})


@operation(
    router,
    "POST",
    "/pallets",
    audience=KEEPERS,
    answer=PalletAnswer,
    status=201,
    key="once",
    problems=(NotFound, Forbidden, TooManyPallets),
)
def make_own_pallet(request: Call, body: PalletBody) -> dict[str, Any]:
    """Make a draft of a pallet."""
    return _shown(make_pallet(**_who(request), **body.model_dump()))


@operation(
    router,
    "PUT",
    "/pallets/{uuid:pallet_id}/items/{uuid:product_id}",
    audience=KEEPERS,
    answer=PalletPageAnswer,
    key="once",
    problems=(NotFound, NotForPallet, PalletFull, PalletClosed),
)
def put_on_pallet(request: Call, pallet_id: UUID, product_id: UUID, body: ItemBody) -> dict[str, Any]:
    """Put a product on a pallet, or change its term and word."""
    put_item(**_who(request), pallet_id=pallet_id, product_id=product_id, **body.model_dump())
    return _page(request, pallet_id)


@operation(
    router,
    "DELETE",
    "/pallets/{uuid:pallet_id}/items/{uuid:product_id}",
    audience=KEEPERS,
    answer=PalletPageAnswer,
    key="once",
    problems=(NotFound, PalletClosed),
)
def take_off_pallet(request: Call, pallet_id: UUID, product_id: UUID) -> dict[str, Any]:
    """Take a product off a pallet."""
    take_item(**_who(request), pallet_id=pallet_id, product_id=product_id)
    return _page(request, pallet_id)


@operation(
    router,
    "PUT",
    "/pallets/{uuid:pallet_id}/order",
    audience=KEEPERS,
    answer=PalletPageAnswer,
    key="once",
    problems=(NotFound, PalletClosed),
)
def order_pallet(request: Call, pallet_id: UUID, body: PalletOrderBody) -> dict[str, Any]:
    """Put the products of a pallet in order."""
    order_items(**_who(request), pallet_id=pallet_id, product_ids=body.product_ids)
    return _page(request, pallet_id)


@operation(
    router,
    "POST",
    "/pallets/{uuid:pallet_id}/publication",
    audience=KEEPERS,
    answer=PalletAnswer,
    key="once",
    problems=(NotFound, PalletEmpty, PalletClosed),
)
def publish_own_pallet(request: Call, pallet_id: UUID) -> dict[str, Any]:
    """Show a pallet to creators."""
    return _shown(publish_pallet(**_who(request), pallet_id=pallet_id))


@operation(
    router,
    "POST",
    "/pallets/{uuid:pallet_id}/closure",
    audience=KEEPERS,
    answer=PalletAnswer,
    key="once",
    problems=(NotFound,),
)
def close_own_pallet(request: Call, pallet_id: UUID) -> dict[str, Any]:
    """Show a pallet no longer, for good; picks made from it stay."""
    return _shown(close_pallet(**_who(request), pallet_id=pallet_id))


@operation(
    router,
    "POST",
    "/shops/{uuid:shop_id}/picks/batch",
    audience=("creator", "creator:content"),
    answer=BatchAnswer,
    key="once",
    problems=(NotFound, TooManyAtOnce),
)
def pick_batch(request: Call, shop_id: UUID, body: BatchBody) -> dict[str, Any]:
    """Put many products into a shop at once; one that cannot be picked fails no other."""
    wishes = [Wish(**wish.model_dump()) for wish in body.picks]
    outcomes = pick_many(**_who(request), shop_id=shop_id, wishes=wishes)
    return {"items": [_outcome(outcome) for outcome in outcomes], "next": None}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    said = outcome.refusal.text if outcome.refusal else ""
    return {"product_id": outcome.product_id, "code": outcome.code, "pick_id": outcome.pick_id, "detail": said}

"""Shops: everyone's to read, their own people's to open and change."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import File, Query, Router, UploadedFile
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.paging import PageQuery, id_after, page_json, place_after, wide
from renmai.kit.media.actions import store_picture
from renmai.kit.media.rules import MediaTooLarge, NotAPicture, TooManyPixels
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.people.accounts.rules import TEAM_ROLES
from renmai.places.shops.actions import (
    BadHandle,
    HandleTaken,
    NotAPublicPicture,
    TooManyShops,
    change_shop,
    open_shop,
)
from renmai.places.shops.queries import access_shop, list_own_shops, list_shop_picks, list_shops

router = Router(tags=["Shops"])


class ShopBody(Body):
    """A new shop: a handle (its address), a name, and words in one's own voice."""

    handle: Annotated[Word, Field(max_length=60)] = Field(examples=["lin"])
    name: Word = Field(examples=["Lin"])
    name_zh: Word = Field("", examples=["林"])
    words: Lines = Field("", examples=["I drink what I sell."])
    words_zh: Lines = Field("", examples=["我卖的都是我自己喝的。"])
    face_id: UUID | None = None


class ShopChangeBody(Body):
    """What is to change; what is left out stays."""

    name: Word | None = Field(None, examples=["Lin"])
    name_zh: Word | None = None
    words: Lines | None = None
    words_zh: Lines | None = None
    face_id: UUID | None = None
    cover_id: UUID | None = None
    open: bool | None = None


class ShopAnswer(Answer):
    """A shop: the person before the goods."""

    id: UUID
    handle: str = Field(examples=["lin"])
    name: str = Field(examples=["Lin"])
    name_zh: str = Field(examples=["林"])
    words: str = Field(examples=["I drink what I sell."])
    words_zh: str = Field(examples=["我卖的都是我自己喝的。"])
    face_id: UUID | None
    cover_id: UUID | None
    created_at: datetime


class ListedShop(ShopAnswer):
    """A shop in a list, with how many picks it has."""

    picks: int = Field(examples=[12])


class ShopPage(Answer):
    """Open shops, newest first."""

    items: list[ListedShop]
    next: str | None


class OwnShops(Answer):
    """The shops one acts for."""

    items: list[ShopAnswer]
    next: str | None


class ListedPick(Answer):
    """A pick in a shop: the creator's word, and from which price. `left` is what all variants can still promise.

    The creator earns when it sells: a recommendation is advertising, and is to be shown as such.
    """

    id: UUID
    product_id: UUID
    term: str = Field(examples=["margin"])
    word: str = Field(examples=["The cup I reach for."])
    word_zh: str = Field(examples=["我最常用的杯子。"])
    position: int = Field(examples=[0])
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    cover_id: UUID | None
    category: str = Field(examples=["home"])
    supplier_name: str = Field(examples=["Kiln Street"])
    supplier_name_zh: str = Field(examples=["窑街"])
    price_from_minor: int | None = Field(examples=[6000])
    multiple_bps: int | None = Field(examples=[24_000])
    currency: str | None = Field(examples=["CNY"])
    left: int = Field(examples=[120])
    sold_now: bool
    created_at: datetime


class PickPage(Answer):
    """The picks of a shop, in its order."""

    items: list[ListedPick]
    next: str | None


class UploadedPicture(Answer):
    """A public picture that was taken in; address `/media/<id>/<longest side in px>`."""

    id: UUID
    width: int | None = Field(examples=[1200])
    height: int | None = Field(examples=[800])


@operation(router, "GET", "/shops", audience="public", answer=ShopPage, problems=(BadCursor,))
def list_open_shops(request: Call, query: Query[PageQuery]) -> dict[str, Any]:
    """List open shops, newest first."""
    rows = list_shops(after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["id"],))


@operation(router, "GET", "/shops/{slug:handle}", audience="public", answer=ShopAnswer, problems=(NotFound,))
def read_shop(request: Call, handle: str) -> dict[str, Any]:
    """Show an open shop."""
    return shown(ShopAnswer, access_shop(handle))


@operation(
    router, "GET", "/shops/{slug:handle}/picks", audience="public", answer=PickPage, problems=(NotFound, BadCursor)
)
def list_picks(request: Call, handle: str, query: Query[PageQuery]) -> dict[str, Any]:
    """List what a shop sells now, in its order."""
    shop = access_shop(handle)
    rows = list_shop_picks(shop.id, after=place_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["position"], row["id"]))


@operation(
    router,
    "POST",
    "/shops",
    audience="person",
    scope="shop",
    answer=ShopAnswer,
    status=201,
    key="once",
    problems=(NotFound, BadHandle, HandleTaken, TooManyShops, NotAPublicPicture),
)
def open_new_shop(request: Call, body: ShopBody) -> dict[str, Any]:
    """Open a shop; the person becomes its creator."""
    return shown(ShopAnswer, open_shop(actor=request.actor, now=request.now, **body.model_dump()))


@operation(
    router,
    "PATCH",
    "/shops/{slug:handle}",
    audience="creator",
    answer=ShopAnswer,
    key="once",
    problems=(NotFound, NotAPublicPicture),
)
def change_own_shop(request: Call, handle: str, body: ShopChangeBody) -> dict[str, Any]:
    """Change a shop of one's own, open or closed."""
    shop = next((shop for shop in list_own_shops(request.actor) if shop.handle == handle), None)
    if shop is None:
        raise NotFound()
    nullable = {"face_id", "cover_id"}
    given = body.model_dump(exclude_unset=True)
    changes = {name: value for name, value in given.items() if value is not None or name in nullable}
    return shown(ShopAnswer, change_shop(actor=request.actor, now=request.now, shop_id=shop.id, **changes))


@operation(router, "GET", "/me/shops", audience="person", scope="shop", answer=OwnShops)
def list_shops_of_mine(request: Call) -> dict[str, Any]:
    """List the shops of whose team one is."""
    return {"items": [shown(ShopAnswer, shop) for shop in list_own_shops(request.actor, TEAM_ROLES)], "next": None}


@operation(
    router,
    "POST",
    "/pictures",
    audience="person",
    answer=UploadedPicture,
    status=201,
    key="once",
    problems=(MediaTooLarge, NotAPicture, TooManyPixels),
)
def upload_picture(request: Call, file: File[UploadedFile]) -> dict[str, Any]:
    """Upload a public picture (JPEG, PNG or WebP): a face, a cover."""
    media = store_picture(data=file.read(), name=file.name or "", actor=request.actor, now=request.now)
    return shown(UploadedPicture, media)

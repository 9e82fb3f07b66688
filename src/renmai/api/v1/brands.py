"""Brands: for everyone to find, and for their suppliers to make, prove and hand in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import File, Form, Query, Router, UploadedFile
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines, Word
from renmai.api.v1.house import DecisionAnswer
from renmai.api.v1.paging import PageQuery, page_json, place_after, wide
from renmai.goods.brands.actions import (
    NotBrandPicture,
    SlugTaken,
    TooManyBrands,
    TooManyProofs,
    WrongBrandState,
    add_proof,
    change_brand,
    make_brand,
    submit_brand,
)
from renmai.goods.brands.queries import access_own_brand, chain_of, find_public_brand, list_own_brands
from renmai.goods.products.brand import set_brand
from renmai.goods.products.models import Product
from renmai.goods.screening.actions import NotEvidence, UnknownVerdict
from renmai.goods.screening.brand_actions import ChainTooLong, add_link, screen_brand
from renmai.goods.screening.deciding import NotReady
from renmai.kit.media.actions import store_document
from renmai.kit.media.rules import MediaTooLarge, NotADocument, NotAPicture, TooManyPixels
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound
from renmai.places.shops.brands import list_brand_creators, list_brand_goods, list_brands
from renmai.trade.reports.brands import read_brand_figures

router = Router(tags=["Brands"])
Country = Annotated[Word, Field(max_length=2)]
Verdict = Literal["approved", "rejected", "suspended"]


class BrandQuery(PageQuery):
    """What brands to look for, and in which order."""

    category: Word | None = Field(None, examples=["home"])
    country: Country | None = Field(None, examples=["CN"])
    town: Word | None = Field(None, examples=["Jingdezhen"])
    sort: Literal["newest", "creators"] = "newest"


class BrandRow(Answer):
    """A brand in a list: who they are, and how many creators stand for it."""

    id: UUID
    slug: str = Field(examples=["clay-sky"])
    name: str = Field(examples=["Clay & Sky"])
    name_zh: str = Field(examples=["泥与天"])
    story: str
    story_zh: str
    town: str = Field(examples=["Jingdezhen"])
    country: str = Field(examples=["CN"])
    founded: int | None = Field(examples=[1987])
    face_id: UUID | None
    cover_id: UUID | None
    goods: int = Field(examples=[12])
    creators: int = Field(examples=[3])


class BrandPage(Answer):
    """Brands, in the order asked for."""

    items: list[BrandRow]
    next: str | None


class ProofAnswer(Answer):
    """Something a maker can show."""

    id: UUID
    title: str = Field(examples=["Kiln visited"])
    title_zh: str
    issuer: str
    number: str
    issued_on: date | None
    picture_id: UUID | None


class CreatorOfBrand(Answer):
    """A creator who stands for a brand, with the newest word for one of its goods."""

    handle: str = Field(examples=["lin"])
    name: str = Field(examples=["Lin"])
    name_zh: str
    picks: int = Field(examples=[2])
    word: str
    word_zh: str
    pick_id: UUID


class GoodsPick(Answer):
    """Where goods of a brand can be bought, and who recommends them."""

    id: UUID
    handle: str = Field(examples=["lin"])
    word: str
    word_zh: str


class GoodsOfBrand(Answer):
    """Goods of a brand, with those who recommend them."""

    id: UUID
    title: str = Field(examples=["Celadon teacup"])
    title_zh: str = Field(examples=["青瓷茶杯"])
    price_from_minor: int = Field(examples=[5000])
    currency: str = Field(examples=["CNY"])
    picks: list[GoodsPick]


class BrandFiguresAnswer(Answer):
    """Counted over the last `days`: paid orders, units in them, orders of which some was given back."""

    days: int = Field(examples=[90])
    orders: int = Field(examples=[42])
    units: int = Field(examples=[51])
    returned: int = Field(examples=[1])


class BrandPageAnswer(Answer):
    """A brand for everyone."""

    id: UUID
    slug: str = Field(examples=["clay-sky"])
    name: str = Field(examples=["Clay & Sky"])
    name_zh: str
    story: str
    story_zh: str
    town: str
    country: str = Field(examples=["CN"])
    founded: int | None
    face_id: UUID | None
    cover_id: UUID | None
    proofs: list[ProofAnswer]
    creators: list[CreatorOfBrand]
    goods: list[GoodsOfBrand]
    figures: BrandFiguresAnswer


class BrandBody(Body):
    """A draft of a brand. `owner` is the owner of the mark, as registered."""

    name: Word = Field(examples=["Clay & Sky"])
    name_zh: Word = ""
    owner: Word = Field(examples=["Jingdezhen Clay Ltd"])
    mark_number: Word = ""
    story: Lines = ""
    story_zh: Lines = ""
    town: Word = ""
    country: Country = Field("CN", examples=["CN"])
    founded: Annotated[int, Field(strict=True, ge=1, le=9999)] | None = Field(None, examples=[1987])
    slug: Word = Field("", examples=["clay-sky"])


class BrandChangeBody(Body):
    """What is to change; what is left out stays."""

    name: Word | None = Field(None, examples=["Clay & Sky"])
    name_zh: Word | None = None
    owner: Word | None = None
    mark_number: Word | None = None
    story: Lines | None = None
    story_zh: Lines | None = None
    town: Word | None = None
    country: Country | None = Field(None, examples=["CN"])
    founded: Annotated[int, Field(strict=True, ge=1, le=9999)] | None = None
    face_id: UUID | None = None
    cover_id: UUID | None = None


class ProofBody(Body):
    """Something to show on the brand's page."""

    title: Word = Field(examples=["Kiln visited"])
    title_zh: Word = ""
    issuer: Word = ""
    number: Word = ""
    issued_on: date | None = None
    picture_id: UUID | None = None


class BrandLinkAnswer(Answer):
    """A link of a chain of authorisations."""

    id: UUID
    brand_id: UUID
    supplier_id: UUID
    position: int
    grantor: str = Field(examples=["Jingdezhen Clay Ltd"])
    grantee: str = Field(examples=["Kiln Street"])
    valid_until_on: date | None
    evidence_id: UUID


class OwnBrandAnswer(Answer):
    """A brand for its supplier and operators."""

    id: UUID
    supplier_id: UUID
    slug: str = Field(examples=["clay-sky"])
    name: str = Field(examples=["Clay & Sky"])
    name_zh: str
    owner: str = Field(examples=["Jingdezhen Clay Ltd"])
    mark_number: str
    story: str
    story_zh: str
    town: str
    country: str = Field(examples=["CN"])
    founded: int | None
    face_id: UUID | None
    cover_id: UUID | None
    state: str = Field(examples=["draft"])
    created_at: datetime
    approved_at: datetime | None


class OwnBrands(Answer):
    """The brands a supplier keeps (100 at most)."""

    items: list[OwnBrandAnswer]
    next: str | None


class ChainAnswer(Answer):
    """The links of the keeper's chain, in order."""

    items: list[BrandLinkAnswer]
    next: str | None


class BrandVerdictBody(Body):
    """A decision on a brand, with its reason."""

    verdict: Verdict = Field(examples=["approved"])
    reason: Lines = Field(examples=["Mark and chain checked."])


class BrandOfBody(Body):
    """The brand that goods carry; null for none."""

    brand_id: UUID | None


class BrandedAnswer(Answer):
    """Goods with their brand."""

    id: UUID
    brand_id: UUID | None
    state: str = Field(examples=["screening"])


@operation(router, "GET", "/brands", audience="public", answer=BrandPage, problems=(BadCursor,))
def list_public_brands(request: Call, query: Query[BrandQuery]) -> dict[str, Any]:
    """List brands: makers, and who stands for them."""
    asked = query.model_dump(include={"category", "country", "town", "sort"})
    rows = list_brands(**asked, after=place_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row["creators"], row["id"]), lambda row: shown(BrandRow, row))


@operation(router, "GET", "/brands/{slug:slug}", audience="public", answer=BrandPageAnswer, problems=(NotFound,))
def read_brand(request: Call, slug: str) -> dict[str, Any]:
    """Show a brand: story, proofs, goods, the creators who stand for it, and counted figures."""
    brand = find_public_brand(slug)
    names = OwnBrandAnswer.model_fields.keys() & BrandPageAnswer.model_fields.keys()
    return shown(BrandPageAnswer, {
        **{name: getattr(brand, name) for name in names},
        "proofs": list(brand.proofs.all()), "creators": list_brand_creators(brand.id),
        "goods": list_brand_goods(brand.id), "figures": read_brand_figures(brand.id, now=request.now),
    })  # fmt: skip


@operation(
    router, "GET", "/suppliers/{uuid:supplier_id}/brands", audience="supplier", answer=OwnBrands, problems=(NotFound,)
)
def list_brands_of_mine(request: Call, supplier_id: UUID) -> dict[str, Any]:
    """List the brands a supplier keeps, newest first."""
    rows = list_own_brands(request.actor, supplier_id)
    return {"items": [shown(OwnBrandAnswer, row) for row in rows], "next": None}


@operation(
    router,
    "POST",
    "/suppliers/{uuid:supplier_id}/brands",
    audience="supplier",
    answer=OwnBrandAnswer,
    status=201,
    key="once",
    problems=(NotFound, SlugTaken, TooManyBrands),
)
def make_own_brand(request: Call, supplier_id: UUID, body: BrandBody) -> dict[str, Any]:
    """Make a draft of a brand."""
    row = make_brand(actor=request.actor, now=request.now, supplier_id=supplier_id, **body.model_dump())
    return shown(OwnBrandAnswer, row)


@operation(
    router,
    "PATCH",
    "/own-brands/{uuid:brand_id}",
    audience="supplier",
    answer=OwnBrandAnswer,
    key="once",
    problems=(NotFound, NotBrandPicture),
)
def change_own_brand(request: Call, brand_id: UUID, body: BrandChangeBody) -> dict[str, Any]:
    """Change what a brand says; its name, owner or mark sends an approved one back to screening."""
    changes = body.model_dump(exclude_unset=True)
    given = {
        name: value
        for name, value in changes.items()
        if value is not None or name in {"founded", "face_id", "cover_id"}
    }
    return shown(OwnBrandAnswer, change_brand(actor=request.actor, now=request.now, brand_id=brand_id, **given))


@operation(
    router,
    "POST",
    "/own-brands/{uuid:brand_id}/submission",
    audience="supplier",
    answer=OwnBrandAnswer,
    key="once",
    problems=(NotFound, WrongBrandState),
)
def submit_own_brand(request: Call, brand_id: UUID) -> dict[str, Any]:
    """Hand a draft or a rejected brand in for screening."""
    return shown(OwnBrandAnswer, submit_brand(actor=request.actor, now=request.now, brand_id=brand_id))


@operation(
    router,
    "POST",
    "/own-brands/{uuid:brand_id}/proofs",
    audience="supplier",
    answer=ProofAnswer,
    status=201,
    key="once",
    problems=(NotFound, TooManyProofs, NotBrandPicture),
)
def add_brand_proof(request: Call, brand_id: UUID, body: ProofBody) -> dict[str, Any]:
    """Show something on the brand's page."""
    given = body.model_dump()
    return shown(ProofAnswer, add_proof(actor=request.actor, now=request.now, brand_id=brand_id, **given))


@operation(
    router,
    "GET",
    "/own-brands/{uuid:brand_id}/links",
    audience=("supplier", "operator"),
    answer=ChainAnswer,
    problems=(NotFound,),
)
def list_brand_links(request: Call, brand_id: UUID) -> dict[str, Any]:
    """List the chain of authorisations by which the keeper sells the brand."""
    brand = access_own_brand(request.actor, brand_id)
    return {"items": [shown(BrandLinkAnswer, row) for row in chain_of(brand.id, brand.supplier_id)], "next": None}


@operation(
    router,
    "POST",
    "/own-brands/{uuid:brand_id}/links",
    audience="supplier",
    answer=BrandLinkAnswer,
    status=201,
    key="once",
    problems=(NotFound, NotEvidence, ChainTooLong, MediaTooLarge, NotADocument, NotAPicture, TooManyPixels),
)
def add_brand_link(
    request: Call, brand_id: UUID, grantor: Form[Word], grantee: Form[Word], file: File[UploadedFile],
    valid_until_on: Form[date | None] = None,
) -> dict[str, Any]:  # fmt: skip
    """Put a link behind the last one of the keeper's chain, with the document that shows it. It stays private."""
    brand = access_own_brand(request.actor, brand_id)
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    media = store_document(data=file.read(), name=file.name or "", **who)
    row = add_link(
        **who, brand_id=brand_id, supplier_id=brand.supplier_id, grantor=grantor, grantee=grantee, media_id=media.id,
        valid_until_on=valid_until_on,
    )  # fmt: skip
    return shown(BrandLinkAnswer, row)


@operation(
    router,
    "PUT",
    "/products/{uuid:product_id}/brand",
    audience="supplier",
    answer=BrandedAnswer,
    key="once",
    problems=(NotFound,),
)
def set_product_brand(request: Call, product_id: UUID, body: BrandOfBody) -> dict[str, Any]:
    """Put goods under a brand one may sell, or under none; an approved product is screened again."""
    product: Product = set_brand(
        actor=request.actor, now=request.now, product_id=product_id, brand_id=body.brand_id, via="api"
    )
    return shown(BrandedAnswer, product)


@operation(
    router,
    "POST",
    "/screening/brands/{uuid:brand_id}/decisions",
    audience="operator",
    answer=DecisionAnswer,
    status=201,
    key="once",
    problems=(NotFound, NotReady, WrongBrandState, UnknownVerdict),
)
def decide_on_brand(request: Call, brand_id: UUID, body: BrandVerdictBody) -> dict[str, Any]:
    """Approve, reject or suspend a brand, with the reason."""
    row = screen_brand(actor=request.actor, now=request.now, brand_id=brand_id, **body.model_dump())
    return shown(DecisionAnswer, row)

"""Files of goods, stock and prices: taken in, looked through, brought in; addresses that are fetched by themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import File, Form, Query, Router, UploadedFile
from pydantic import Field

from renmai.api.v1.door import Call, operation, shown
from renmai.api.v1.fields import Answer, Body, Lines
from renmai.api.v1.paging import PageQuery, id_after, page_json, wide
from renmai.goods.catalogue import pulls
from renmai.goods.catalogue.actions import (
    TooManyFiles,
    WrongImportState,
    apply_import,
    discard_import,
    start_import,
)
from renmai.goods.catalogue.files import UnreadableFile
from renmai.goods.catalogue.imports import BadSupplyShare, SupplierNotOpen
from renmai.goods.catalogue.queries import access_import, access_pull, list_imports, list_pulled, list_pulls
from renmai.kit.paging import BadCursor
from renmai.kit.problems import NotFound

router = Router(tags=["Imports"])
OWN = ("supplier", "operator")
Kind = Literal["products", "stock", "prices"]
SupplyShare = Annotated[int, Field(ge=1, le=10_000)]


class BadRowAnswer(Answer):
    """A row that did not go in, and why."""

    row: int = Field(examples=[7])
    column: str | None = Field(examples=["Variant Price"])
    code: str = Field(examples=["price.above_cap"])
    reason: str = Field(examples=["The price is above the cap of 3 x the supply price."])
    handle: str | None = Field(examples=["celadon-teacup"])


class WouldChangeAnswer(Answer):
    """One value that applying the file would change; field `new` is a new product, `state` where it would stand."""

    product: str = Field(examples=["celadon-teacup"])
    sku: str | None = Field(examples=["CUP-CEL"])
    field: str = Field(examples=["price_minor"])
    before: Any = Field(examples=[5000])
    after: Any = Field(examples=[5200])


class ListedImport(Answer):
    """One run of a file. In files of stock and prices the counts of products are of variants."""

    id: UUID
    supplier_id: UUID
    file_name: str = Field(examples=["products.csv"])
    kind: str = Field(examples=["products"])
    state: str = Field(examples=["previewed"])
    products_new: int = Field(examples=[12])
    products_changed: int = Field(examples=[1])
    products_same: int = Field(examples=[40])
    rows_bad: int = Field(examples=[2])
    rows_done: int = Field(examples=[210])
    bytes_done: int = Field(examples=[35_000])
    bytes_size: int = Field(examples=[35_000])
    pull_id: UUID | None
    at: datetime
    done_at: datetime | None


class ImportFault(Answer):
    """Why a file could not be read as a whole."""

    code: str = Field(examples=["file.columns"])
    reason: str = Field(examples=["goods.csv lacks these columns: Title."])


class ImportAnswer(ListedImport):
    """A run with its bad rows (the first 1,000) and what it would change (the first 200 differences)."""

    bad: list[BadRowAnswer]
    preview: list[WouldChangeAnswer]
    error: ImportFault | None


class ImportPage(Answer):
    """Runs, newest first."""

    items: list[ListedImport]
    next: str | None


class ImportQuery(PageQuery):
    """A supplier's runs."""

    supplier_id: UUID


class PullBody(Body):
    """An address to fetch every so many hours."""

    supplier_id: UUID
    url: Annotated[Lines, Field(max_length=2000)] = Field(examples=["https://shop.example.org/feed.xml"])
    every_hours: Annotated[int, Field(strict=True, ge=1, le=168)] = Field(examples=[24])
    kind: Kind = "products"
    supply_bps: SupplyShare | None = Field(
        default=None, examples=[6000], description="The supply price as a share of the price, for feeds without costs."
    )


class PullAnswer(Answer):
    """An address that is fetched. Without `next_at` it is paused; `error` is why the last try failed."""

    id: UUID
    supplier_id: UUID
    url: str
    kind: str
    every_hours: int
    supply_bps: int | None
    next_at: datetime | None
    last_at: datetime | None
    last_import_id: UUID | None
    failures: int
    error: str
    ended_at: datetime | None


class PullWithRuns(PullAnswer):
    """An address with its last ten runs."""

    runs: list[ListedImport]


class PullList(Answer):
    """A supplier's addresses, at most ten."""

    items: list[PullAnswer]


class PullQuery(Body):
    """Whose addresses."""

    supplier_id: UUID


@operation(
    router,
    "POST",
    "/imports",
    audience=OWN,
    answer=ImportAnswer,
    status=202,
    key="around",
    problems=(NotFound, SupplierNotOpen, BadSupplyShare, TooManyFiles, UnreadableFile),
)
def import_file(
    request: Call,
    supplier_id: Form[UUID],
    file: File[UploadedFile],
    kind: Form[Kind] = "products",
    supply_bps: Form[SupplyShare | None] = None,
) -> dict[str, Any]:
    """Take a file in to be looked through; nothing goes in before its application.

    Products: Shopify's CSV, XLSX of the same columns, JSON lines, Google Merchant feeds (XML or tab-separated). Stock and
    prices: CSV, XLSX or JSON lines by SKU. Ask for the run until it is `previewed` or `failed`.
    """
    file.seek(0)
    stream: Any = file.file
    run = start_import(
        actor=request.actor, now=request.now, supplier_id=supplier_id, stream=stream, file_name=file.name or "file",
        kind=kind, supply_bps=supply_bps,
    )  # fmt: skip
    return shown(ImportAnswer, run)


@operation(router, "GET", "/imports", audience=OWN, answer=ImportPage, problems=(NotFound, BadCursor))
def list_own_imports(request: Call, query: Query[ImportQuery]) -> dict[str, Any]:
    """List a supplier's runs of files."""
    rows = list_imports(request.actor, query.supplier_id, after=id_after(query.after), limit=wide(query.limit))
    return page_json(rows, query.limit, lambda row: (row.id,), lambda row: shown(ListedImport, row))


@operation(router, "GET", "/imports/{uuid:import_id}", audience=OWN, answer=ImportAnswer, problems=(NotFound,))
def read_import(request: Call, import_id: UUID) -> dict[str, Any]:
    """Show one run of a file: how far it is, what it changes, its bad rows."""
    return shown(ImportAnswer, access_import(request.actor, import_id))


@operation(
    router,
    "POST",
    "/imports/{uuid:import_id}/application",
    audience=OWN,
    answer=ImportAnswer,
    status=202,
    key="once",
    problems=(NotFound, SupplierNotOpen, WrongImportState),
)
def apply_file(request: Call, import_id: UUID) -> dict[str, Any]:
    """Have a file that was looked through brought in; ask for the run until it is `done`."""
    return shown(ImportAnswer, apply_import(actor=request.actor, now=request.now, import_id=import_id))


@operation(
    router,
    "DELETE",
    "/imports/{uuid:import_id}",
    audience=OWN,
    answer=ImportAnswer,
    key="once",
    problems=(NotFound, WrongImportState),
)
def discard_file(request: Call, import_id: UUID) -> dict[str, Any]:
    """Put a file away that was not brought in."""
    return shown(ImportAnswer, discard_import(actor=request.actor, now=request.now, import_id=import_id))


@operation(router, "GET", "/pulls", audience=OWN, answer=PullList, problems=(NotFound,))
def list_own_pulls(request: Call, query: Query[PullQuery]) -> dict[str, Any]:
    """List the addresses that are fetched for a supplier."""
    return {"items": [shown(PullAnswer, row) for row in list_pulls(request.actor, query.supplier_id)]}


@operation(
    router,
    "POST",
    "/pulls",
    audience=OWN,
    answer=PullAnswer,
    status=201,
    key="once",
    problems=(NotFound, SupplierNotOpen, BadSupplyShare, pulls.BadAddress, pulls.TooManyPulls),
)
def add_own_pull(request: Call, body: PullBody) -> dict[str, Any]:
    """Have an address fetched every so many hours and brought in by itself; screening holds as for any file."""
    pull = pulls.add_pull(actor=request.actor, now=request.now, **body.model_dump())
    return shown(PullAnswer, pull)


@operation(router, "GET", "/pulls/{uuid:pull_id}", audience=OWN, answer=PullWithRuns, problems=(NotFound,))
def read_pull(request: Call, pull_id: UUID) -> dict[str, Any]:
    """Show an address that is fetched, with its last runs."""
    pull = access_pull(request.actor, pull_id)
    runs = [shown(ListedImport, run) for run in list_pulled(request.actor, pull_id)]
    return {**shown(PullAnswer, pull), "runs": runs}


@operation(
    router, "POST", "/pulls/{uuid:pull_id}/pause", audience=OWN, answer=PullAnswer, key="once", problems=(NotFound,)
)
def pause_own_pull(request: Call, pull_id: UUID) -> dict[str, Any]:
    """Fetch an address no more for now."""
    return shown(PullAnswer, pulls.pause_pull(actor=request.actor, now=request.now, pull_id=pull_id))


@operation(
    router,
    "DELETE",
    "/pulls/{uuid:pull_id}/pause",
    audience=OWN,
    answer=PullAnswer,
    key="once",
    problems=(NotFound, SupplierNotOpen),
)
def resume_own_pull(request: Call, pull_id: UUID) -> dict[str, Any]:
    """Fetch an address again, the first time at once."""
    return shown(PullAnswer, pulls.resume_pull(actor=request.actor, now=request.now, pull_id=pull_id))


@operation(router, "DELETE", "/pulls/{uuid:pull_id}", audience=OWN, answer=PullAnswer, key="once", problems=(NotFound,))
def end_own_pull(request: Call, pull_id: UUID) -> dict[str, Any]:
    """Give an address up for good; what it brought stays."""
    return shown(PullAnswer, pulls.end_pull(actor=request.actor, now=request.now, pull_id=pull_id))

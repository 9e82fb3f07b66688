"""Bring a supplier's file in: good rows go in batch by batch, bad ones are named, the same file again changes nothing.

What a file says of a product is hashed; the same hash means there is nothing to do. Stock follows the file only where
the file's own number changed since the last one: then that number is what is available from now on (beside what is
sold and held). So neither running a file again nor changing a title brings sold goods back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Protocol
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from renmai.goods.catalogue.batch import Batch, shown_products
from renmai.goods.catalogue.decide import Arrival, Hand, KindOfGoods, decide_arrivals
from renmai.goods.catalogue.files import (
    DEFAULT_LIMITS,
    BadRow,
    FileLimits,
    Place,
    PriceLine,
    ProductRow,
    StockLine,
    read_increment_file,
    read_products,
)
from renmai.goods.catalogue.lane import write_arrivals
from renmai.goods.catalogue.models import FileKind, ProductImport
from renmai.goods.catalogue.price_lane import price_batch
from renmai.goods.catalogue.rules import supply_share_sound
from renmai.goods.catalogue.stock_lane import stock_batch
from renmai.goods.products.actions import ensure_fallback_category
from renmai.goods.products.models import Category
from renmai.goods.suppliers.models import SupplierState
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError
from renmai.people.standing.queries import term_in_force

PRODUCTS_PER_BATCH = 200
VARIANTS_PER_BATCH = 2_000
LINES_PER_BATCH = 1_000
BAD_ROWS_KEPT = 1_000
SHOWN_KEPT = 200


class SupplierNotOpen(DomainError):
    """A supplier that was rejected or suspended brings nothing in."""

    code = "supplier.not_open"
    status = 409
    message = "A supplier that is {state} cannot bring products in."


class BadSupplyShare(DomainError):
    """A supply share outside its limits."""

    code = "import.supply_share"
    status = 422
    message = "A supply share is between 0.01 % and 100 % of the price."


@dataclass(slots=True)
class ImportReport:
    """What a run did, or would do. `bad` holds the first 1,000 bad rows: row, column, code, reason, handle.

    `shown` holds the first 200 differences: product, sku, field, before, after. In files of stock and prices the counts
    are of variants. `rows_done` and `bytes_done` say how far it is.
    """

    import_id: UUID
    products_new: int = 0
    products_changed: int = 0
    products_same: int = 0
    rows_bad: int = 0
    bad: list[dict[str, Any]] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)
    rows_done: int = 0
    bytes_done: int = 0
    bytes_size: int = 0


Progress = Callable[[ImportReport], None]
Item = ProductRow | StockLine | PriceLine | BadRow


class Keeper(Protocol):
    """Keeps what a run has done so far, in the transaction of each batch."""

    def keep(self, report: ImportReport) -> None: ...


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be read and how: `write` brings it in, without it only what would change is told."""

    hand: Hand
    kind: str
    write: bool
    file_name: str
    supply_bps: int | None = None
    limits: FileLimits = DEFAULT_LIMITS


def import_products(
    *,
    actor: Actor,
    now: datetime,
    supplier_id: UUID,
    stream: BinaryIO,
    file_name: str,
    progress: Progress | None = None,
    limits: FileLimits = DEFAULT_LIMITS,
    kind: str = FileKind.PRODUCTS,
    supply_bps: int | None = None,
    preview: bool = False,
) -> ImportReport:
    """Bring a file in at once, and products in for screening; safe to run again, also after a crash midway.

    Not one transaction but one per batch: memory and locks stay small, and `progress` is called after each.
    After: products new, changed or untouched; a ProductImport with counts and bad rows; events product.submitted,
    product.changed, sku.priced, stock.changed; a ProductChange for each value that differs. An approved product stays
    approved unless its category, its pictures, or a price by more than the term `rescreen_rise_bps` rises. With `preview` nothing at all.
    Errors: NotFound, SupplierNotOpen, BadSupplyShare, UnreadableFile and its kinds (what went in before stays in).
    """
    check_supplier(actor, supplier_id, supply_bps)
    name = tidy_name(file_name)
    hand = hand_of(supplier_id, actor.person_id, "file", now)
    report = ImportReport(new_id())
    job = Job(hand, kind, not preview, name, supply_bps, limits)
    return read_file(job, stream, report, None if preview else _Inline(hand, kind, name), progress)


def check_supplier(actor: Actor, supplier_id: UUID, supply_bps: int | None = None) -> None:
    """Refuse a supplier that is not the actor's or may bring nothing in. Errors: NotFound, SupplierNotOpen, BadSupplyShare."""
    supplier = access_supplier(actor, supplier_id)
    if supplier.state not in {SupplierState.APPLIED, SupplierState.APPROVED}:
        raise SupplierNotOpen(state=supplier.state)
    if not supply_share_sound(supply_bps):
        raise BadSupplyShare()


def tidy_name(file_name: str) -> str:
    """Return a file's name as it is kept."""
    return "".join(char for char in file_name if char.isprintable()).strip()[:120] or "file"


def hand_of(supplier_id: UUID, by_id: UUID | None, via: str, now: datetime) -> Hand:
    """Return what all batches of a run have in common, as it holds now."""
    rise_bps = term_in_force("rescreen_rise_bps", supplier_id)
    may_add = bool(term_in_force("products_allowed", supplier_id))
    return Hand(supplier_id, by_id, via, now, rise_bps, may_add, kinds_of_goods())


def kinds_of_goods() -> dict[str, KindOfGoods]:
    """Return casefolded slug or name -> category; "other" is always there."""
    ensure_fallback_category()
    found: dict[str, KindOfGoods] = {}
    for category in Category.objects.order_by("slug"):
        kind = KindOfGoods(category.id, category.slug, category.cap_multiple_bps)
        for name in (category.name, category.name_zh, category.slug):
            found[name.casefold()] = kind
    return found


def read_file(
    job: Job, stream: BinaryIO, report: ImportReport, keeper: Keeper | None, progress: Progress | None
) -> ImportReport:
    """Read a file and bring it in or preview it; a report that is under way already goes on where it stopped.

    Errors: UnreadableFile and its kinds, and what `keeper` raises.
    """
    place = Place()
    run = _Run(job, report, keeper, progress, place)
    for item in _after(_items(job, stream, place), report.rows_done):
        run.take(item)
    run.flush()
    return report


def _items(job: Job, stream: BinaryIO, place: Place) -> Iterator[Item]:
    currency = settings.CONFIG.currency
    if job.kind == FileKind.PRODUCTS:
        yield from read_products(
            stream, name=job.file_name, limits=job.limits, currency=currency, supply_bps=job.supply_bps, place=place
        )
    else:
        yield from read_increment_file(
            stream, job.kind, name=job.file_name, limits=job.limits, currency=currency, place=place
        )


def _after(items: Iterator[Item], rows_done: int) -> Iterator[Item]:
    """Yield what comes after so many rows: a reader gives the same rows again, and a batch ends between two products."""
    skipped = 0
    for item in items:
        if skipped >= rows_done:
            yield item
        else:
            skipped += _rows(item)


def _rows(item: Item) -> int:
    return max(len(item.row_numbers), len(item.variants)) if isinstance(item, ProductRow) else 1


class _Run:
    """One run: gathers a batch, writes it, counts. The reader gives a product's bad rows right after the product."""

    def __init__(
        self, job: Job, report: ImportReport, keeper: Keeper | None, progress: Progress | None, place: Place
    ) -> None:
        self.job, self.report, self.keeper, self.progress, self.place = job, report, keeper, progress, place
        self.waiting: list[ProductRow] = []
        self.lines: list[Any] = []
        self.taken = self.variants = 0
        self.partial: set[str] = set()

    def take(self, item: Item) -> None:
        """Take the next row; a full batch is written when the next product or line begins."""
        if isinstance(item, BadRow) and self.waiting:
            self._refused(item)
            return
        full = len(self.waiting) >= PRODUCTS_PER_BATCH or self.variants >= VARIANTS_PER_BATCH
        if full or len(self.lines) >= LINES_PER_BATCH or self.taken >= 5 * VARIANTS_PER_BATCH:
            self.flush()
        if isinstance(item, BadRow):
            self._refused(item)
            return
        if isinstance(item, ProductRow):
            self.waiting.append(item)
            self.variants += len(item.variants)
        else:
            self.lines.append(item)
        self.taken += _rows(item)

    def _refused(self, row: BadRow) -> None:
        self.taken += 1
        self.note(row)
        if row.handle is not None:
            self.partial.add(row.handle)

    def note(self, row: BadRow) -> None:
        """Count a bad row, and keep it while there is room."""
        self.report.rows_bad += 1
        if len(self.report.bad) < BAD_ROWS_KEPT:
            kept = {"row": row.row_number, "column": row.column, "code": row.code, "reason": row.reason}
            self.report.bad.append({**kept, "handle": row.handle})

    def flush(self) -> None:
        """Write what waits in one transaction, with the counts so far."""
        report = self.report
        with transaction.atomic(), connection.cursor() as cursor:
            done = self._batch(cursor)
            for bad in done.bad:
                self.note(bad)
            counts = Counter(done.outcomes)
            report.products_new += counts["new"]
            report.products_changed += counts["changed"]
            report.products_same += counts["same"]
            report.shown += done.shown[: max(0, SHOWN_KEPT - len(report.shown))]
            report.rows_done += self.taken
            report.bytes_done, report.bytes_size = self.place.bytes_done, self.place.bytes_size
            if self.keeper is not None:
                self.keeper.keep(report)
        self.waiting, self.lines, self.taken, self.variants, self.partial = [], [], 0, 0, set()
        if self.progress is not None:
            self.progress(report)

    def _batch(self, cursor: Any) -> Batch:
        hand, write = self.job.hand, self.job.write
        if self.job.kind == FileKind.STOCK:
            return stock_batch(cursor, self.lines, hand, write=write)
        if self.job.kind == FileKind.PRICES:
            return price_batch(cursor, self.lines, hand, write=write)
        arrivals = [Arrival(row, row.handle in self.partial) for row in self.waiting]
        if write:
            return shown_products(write_arrivals(cursor, arrivals, hand))
        return shown_products(decide_arrivals(cursor, arrivals, hand, lock=False))


class _Inline:
    """Keeps a run that is read at once, without a file of its own: its row appears with the first batch."""

    def __init__(self, hand: Hand, kind: str, file_name: str) -> None:
        self.hand, self.kind, self.file_name = hand, kind, file_name
        self.started = False

    def keep(self, report: ImportReport) -> None:
        """Write the counts so far."""
        counts = counts_of(report)
        if self.started:
            ProductImport.objects.filter(id=report.import_id).update(**counts)
            return
        ProductImport.objects.create(
            id=report.import_id,
            supplier_id=self.hand.supplier_id,
            file_name=self.file_name,
            kind=self.kind,
            by_id=self.hand.by_id or UUID(int=0),
            at=self.hand.now,
            done_at=self.hand.now,
            **counts,
        )
        self.started = True


def counts_of(report: ImportReport) -> dict[str, Any]:
    """Return the columns of a run that its report fills."""
    return {
        "products_new": report.products_new,
        "products_changed": report.products_changed,
        "products_same": report.products_same,
        "rows_bad": report.rows_bad,
        "bad": report.bad,
        "rows_done": report.rows_done,
        "bytes_done": report.bytes_done,
        "bytes_size": report.bytes_size,
    }

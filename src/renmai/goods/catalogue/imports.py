"""Bring a supplier's file in: good rows go in batch by batch, bad ones are named, the same file again changes nothing.

What a file says of a product is hashed; the same hash means there is nothing to do. Stock follows the file only where
the file's own number changed since the last one: then that number is what is available from now on (beside what is
sold and held). So neither running a file again nor changing a title brings sold goods back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction

from renmai.goods.catalogue.files import DEFAULT_LIMITS, BadRow, FileLimits, ProductRow, read_products
from renmai.goods.catalogue.lane import Arrival, KindOfGoods, write_arrivals
from renmai.goods.catalogue.models import ProductImport
from renmai.goods.products.actions import ensure_fallback_category
from renmai.goods.products.models import Category
from renmai.goods.suppliers.models import SupplierState
from renmai.goods.suppliers.queries import access_supplier
from renmai.kit.access import Actor
from renmai.kit.ids import new_id
from renmai.kit.problems import DomainError

PRODUCTS_PER_BATCH = 200
VARIANTS_PER_BATCH = 2_000
BAD_ROWS_KEPT = 1_000


class SupplierNotOpen(DomainError):
    """A supplier that was rejected or suspended brings nothing in."""

    code = "supplier.not_open"
    status = 409
    message = "A supplier that is {state} cannot bring products in."


@dataclass(slots=True)
class ImportReport:
    """What a run did. `bad` holds the first 1,000 bad rows: row, column, code, reason, handle."""

    import_id: UUID
    products_new: int = 0
    products_changed: int = 0
    products_same: int = 0
    rows_bad: int = 0
    bad: list[dict[str, Any]] = field(default_factory=list)


Progress = Callable[[ImportReport], None]


def import_products(
    *,
    actor: Actor,
    now: datetime,
    supplier_id: UUID,
    stream: BinaryIO,
    file_name: str,
    progress: Progress | None = None,
    limits: FileLimits = DEFAULT_LIMITS,
) -> ImportReport:
    """Bring the products of a file in and hand them in for screening; safe to run again, also after a crash midway.

    Not one transaction but one per batch: memory and locks stay small, and `progress` is called after each.
    After: products new, changed or untouched; a ProductImport with counts and bad rows; events product.submitted and
    product.changed. An approved product stays approved unless a price rises.
    Errors: NotFound, SupplierNotOpen, UnreadableFile and its kinds (what went in before stays in).
    """
    supplier = access_supplier(actor, supplier_id)
    if supplier.state not in {SupplierState.APPLIED, SupplierState.APPROVED}:
        raise SupplierNotOpen(state=supplier.state)
    run = _Run(actor, now, supplier_id, file_name.strip()[:120] or "file", _kinds(), progress)
    rows = read_products(stream, name=run.file_name, limits=limits, currency=settings.CONFIG.currency)
    for row in rows:
        run.take(row)
    run.flush()
    return run.report


def _kinds() -> dict[str, KindOfGoods]:
    """Return casefolded slug or name -> category; "other" is always there."""
    ensure_fallback_category()
    found: dict[str, KindOfGoods] = {}
    for category in Category.objects.order_by("slug"):
        kind = KindOfGoods(category.id, category.slug, category.cap_multiple_bps)
        for name in (category.name, category.name_zh, category.slug):
            found[name.casefold()] = kind
    return found


class _Run:
    """One run: gathers a batch, writes it, counts. The reader gives a product's bad rows right after the product."""

    def __init__(
        self,
        actor: Actor,
        now: datetime,
        supplier_id: UUID,
        file_name: str,
        kinds: dict[str, KindOfGoods],
        progress: Progress | None,
    ) -> None:
        self.actor, self.now, self.supplier_id, self.file_name = actor, now, supplier_id, file_name
        self.kinds = kinds
        self.progress = progress
        self.report = ImportReport(new_id())
        self.waiting: list[ProductRow] = []
        self.variants = 0
        self.partial: set[str] = set()
        self.started = False

    def take(self, row: ProductRow | BadRow) -> None:
        """Take the next row; a full batch is written when the next product begins."""
        if isinstance(row, BadRow):
            self.note(row)
            if row.handle is not None:
                self.partial.add(row.handle)
            return
        if len(self.waiting) >= PRODUCTS_PER_BATCH or self.variants >= VARIANTS_PER_BATCH:
            self.flush()
        self.waiting.append(row)
        self.variants += len(row.variants)

    def note(self, row: BadRow) -> None:
        """Count a bad row, and keep it while there is room."""
        self.report.rows_bad += 1
        if len(self.report.bad) < BAD_ROWS_KEPT:
            kept = {"row": row.row_number, "column": row.column, "code": row.code, "reason": row.reason}
            self.report.bad.append({**kept, "handle": row.handle})

    def flush(self) -> None:
        """Write what waits in one transaction, with the counts so far."""
        arrivals = [Arrival(row, row.handle in self.partial) for row in self.waiting]
        with transaction.atomic(), connection.cursor() as cursor:
            done = write_arrivals(
                cursor,
                arrivals,
                supplier_id=self.supplier_id,
                kinds=self.kinds,
                by_id=self.actor.person_id,
                now=self.now,
            )
            for bad in done.bad:
                self.note(bad)
            counts = Counter(done.outcomes)
            self.report.products_new += counts["new"]
            self.report.products_changed += counts["changed"]
            self.report.products_same += counts["same"]
            self._keep_counts()
        self.waiting, self.variants, self.partial = [], 0, set()
        if self.progress is not None:
            self.progress(self.report)

    def _keep_counts(self) -> None:
        report = self.report
        counts = {
            "products_new": report.products_new,
            "products_changed": report.products_changed,
            "products_same": report.products_same,
            "rows_bad": report.rows_bad,
            "bad": report.bad,
        }
        if self.started:
            ProductImport.objects.filter(id=report.import_id).update(**counts)
        else:
            ProductImport.objects.create(
                id=report.import_id,
                supplier_id=self.supplier_id,
                file_name=self.file_name,
                by_id=self.actor.person_id or UUID(int=0),
                at=self.now,
                **counts,
            )
            self.started = True

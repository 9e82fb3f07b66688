"""`import`: a product file of many variants brought in as `renmai import` does it: rows/s and memory beside what was there.

Baseline in the same run: the same products, variants and stock by COPY, as text, without reading a file, rules, receipts,
events, batches that a crash leaves whole, or anyone being told what was wrong.
"""

from __future__ import annotations

import resource
import tempfile
import threading
import time
from io import BytesIO
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from benchmarks.house import empty_house, one, report
from renmai.goods.catalogue.imports import import_products
from renmai.goods.products.actions import ensure_fallback_category
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.access import SYSTEM
from renmai.kit.ids import new_id

VARIANTS = 4
HEAD = "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Cost per item\n"
COPIES = (
    ("goods_product (id, supplier_id, category_id, handle, title, body, option_names, margin_allowed, state, created_at,"
     " title_zh, body_zh)"),
    ("goods_sku (id, product_id, code, options, options_zh, supply_price_minor, price_minor, floor_price_minor, currency,"
     " position, active)"),
    "goods_stock (sku_id, received, sold, held)",
)  # fmt: skip


def import_file(seconds: float, size: int) -> None:
    """Measure a file of `size` variants, four to a product; `seconds` is not used: one file is one run."""
    empty_house()
    supplier = Supplier.objects.create(name="Bench", state="approved", created_at=clock.now())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "goods.csv"
        path.write_text(HEAD + "".join(_line(n) for n in range(size)))
        before, peak = _rss(), _Peak()
        began = time.monotonic()
        with path.open("rb") as stream, peak:
            done = import_products(
                actor=SYSTEM, now=clock.now(), supplier_id=supplier.id, stream=stream, file_name="goods.csv"
            )
        took = time.monotonic() - began
        began = time.monotonic()
        with path.open("rb") as stream:
            again = import_products(
                actor=SYSTEM, now=clock.now(), supplier_id=supplier.id, stream=stream, file_name="goods.csv"
            )
        took_again = time.monotonic() - began
    if (done.products_new, done.rows_bad, again.products_same) != (size // VARIANTS, 0, size // VARIANTS):
        raise RuntimeError("the file did not go in whole")
    variants = one("select count(*) from goods_sku")
    empty_house()
    baseline = _copy(size)
    report(
        name="import",
        value=size / took,
        unit="rows/s",
        baseline="COPY of the same products, variants and stock in one transaction: no rules, receipts or events",
        baseline_value=size / baseline,
        variants=variants,
        again_rows_per_second=round(size / took_again),
        memory_mb=round((peak.most - before) / 2**20),
    )
    empty_house()


def _line(n: int) -> str:
    product, variant = divmod(n, VARIANTS)
    text = f"Product {product},<p>{'Made by hand. ' * 12}</p>,Size" if not variant else ",,"
    return f"product-{product},{text},S{variant},SKU-{n},25,{50 + product % 9}.00,25.00\n"


class _Peak:
    """The most memory the process held while this was open, looked at every 20 ms."""

    def __enter__(self) -> None:
        self.most, self.ended = _rss(), threading.Event()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _look(self) -> None:
        while not self.ended.wait(0.02):
            self.most = max(self.most, _rss())

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.thread.join()


def _rss() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:  # no /proc: the most so far
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _copy(size: int) -> float:
    """Return the seconds that COPY takes for the same rows."""
    supplier = Supplier.objects.create(name="Bench", state="approved", created_at=clock.now())
    products, skus, stocks = _rows(size, supplier.id, ensure_fallback_category().id)
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in zip(COPIES, (products, skus, stocks), strict=True):
            with cursor.copy(f"copy {table} from stdin") as copy:
                copy.write(rows)
    return time.monotonic() - began


def _rows(size: int, supplier_id: UUID, category_id: UUID) -> tuple[bytes, bytes, bytes]:
    products, skus, stocks = BytesIO(), BytesIO(), BytesIO()
    at, product_id = clock.now().isoformat(), new_id()
    for n in range(size):
        product, variant = divmod(n, VARIANTS)
        if not variant:
            product_id = new_id()
            told = (
                product_id,
                supplier_id,
                category_id,
                f"product-{product}",
                f"Product {product}",
                "Made by hand. " * 12,
            )
            products.write(("\t".join([*map(str, told), '["Size"]', "t", "screening", at, "", ""]) + "\n").encode())
        sku_id, price = new_id(), (50 + product % 9) * 100
        band = f"{{}}\t2500\t{price}\t2700\tCNY\t{variant}\tt"
        skus.write(f'{sku_id}\t{product_id}\tSKU-{n}\t{{"Size": "S{variant}"}}\t{band}\n'.encode())
        stocks.write(f"{sku_id}\t25\t0\t0\n".encode())
    return products.getvalue(), skus.getvalue(), stocks.getvalue()

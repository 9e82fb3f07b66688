"""A file looked through, then applied: what a preview says, what applying writes, crashes, races, denials."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from renmai.goods.catalogue import imports, runs
from renmai.goods.catalogue.actions import (
    TooManyFiles,
    WrongImportState,
    apply_import,
    discard_import,
    start_import,
)
from renmai.goods.catalogue.files import EmptyFile
from renmai.goods.catalogue.imports import BadSupplyShare
from renmai.goods.catalogue.models import ProductImport
from renmai.goods.catalogue.rules import STEPS, may_become
from renmai.goods.catalogue.runs import work_imports
from renmai.goods.products.lane import note_screened
from renmai.goods.products.models import Product, ProductChange, Sku, Stock, StockReceipt, Warehouse, WarehouseStock
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.problems import NotFound, SignInNeeded
from tests.goods.pool import NOW, category, digest, member, product, refused, strangers, supplier
from tests.goods.runs import work_files

HEAD = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price,Cost per item\n"


def approve() -> None:
    """Approve all there is, as screening would."""
    for row in Product.objects.all():
        Product.objects.filter(id=row.id).update(state="approved")
        note_screened(row.id)


@pytest.fixture
def kiln(house: None) -> Supplier:
    category("home")
    return supplier()


@pytest.fixture
def own(kiln: Supplier) -> Actor:
    return member(kiln)


def start(own: Actor, kiln: Supplier, text: str, kind: str = "products", **more: Any) -> ProductImport:
    return start_import(
        actor=own, now=NOW, supplier_id=kiln.id, stream=BytesIO(text.encode()), file_name="f.csv", kind=kind, **more
    )


def brought_in(own: Actor, kiln: Supplier, text: str, kind: str = "products") -> ProductImport:
    run = start(own, kiln, text, kind)
    work_files()
    apply_import(actor=own, now=NOW, import_id=run.id)
    work_files()
    run.refresh_from_db()
    return run


def counts(run: ProductImport) -> tuple[str, int, int, int, int]:
    run.refresh_from_db()
    return run.state, run.products_new, run.products_changed, run.products_same, run.rows_bad


def differences(run: ProductImport) -> set[tuple[Any, ...]]:
    return {(d["product"], d["sku"], d["field"], d["before"], d["after"]) for d in run.preview}


def test_a_preview_says_what_applying_then_writes(kiln: Supplier, own: Actor) -> None:
    brought_in(own, kiln, HEAD + "mug,Mug,m,5,50,25\n")
    Product.objects.update(state="approved")
    run = start(own, kiln, HEAD + "mug,Cup,m,7,56,26\nbowl,Bowl,b,1,50,25\nodd,Odd,o,1,x,25\n")
    place = Path(settings.CONFIG.home) / run.path
    assert place.read_text().startswith("Handle") and place.stat().st_mode & 0o077 == 0
    before = Product.objects.get(handle="mug")
    work_files()
    assert counts(run) == ("previewed", 1, 1, 0, 1)
    assert differences(run) == {
        ("mug", None, "title", "Mug", "Cup"), ("mug", "m", "price_minor", 5000, 5600), ("mug", "m", "available", 5, 7),
        ("mug", "m", "supply_price_minor", 2500, 2600), ("mug", "m", "floor_price_minor", 2700, 2808),
        ("mug", None, "state", "approved", "screening"), ("bowl", None, "new", None, "Bowl"),
    }  # fmt: skip
    assert (Product.objects.count(), Product.objects.get(handle="mug").title) == (1, before.title)
    assert ProductChange.objects.count() == 0
    for _ in range(2):
        assert apply_import(actor=own, now=NOW, import_id=run.id).state == "applying"
    work_files()
    assert counts(run) == ("done", 1, 1, 0, 1)
    assert not place.exists() and run.path == ""
    told = ProductChange.objects.order_by("field").values_list("kind", "field", "before", "after", "via", "by_id")
    assert list(told) == [
        ("stock", "available", 5, 7, "file", own.person_id), ("price", "floor_price_minor", 2700, 2808, "file", own.person_id),
        ("price", "price_minor", 5000, 5600, "file", own.person_id),
        ("price", "supply_price_minor", 2500, 2600, "file", own.person_id), ("text", "title", "Mug", "Cup", "file", own.person_id),
    ]  # fmt: skip
    again = brought_in(own, kiln, HEAD + "mug,Cup,m,7,56,26\nbowl,Bowl,b,1,50,25\nodd,Odd,o,1,x,25\n")
    assert counts(again) == ("done", 0, 0, 2, 1)
    assert ProductChange.objects.count() == 5


def test_new_pictures_or_another_category_are_screened_again(kiln: Supplier, own: Actor) -> None:
    head = HEAD.strip() + ",Type,Image Src\n"
    brought_in(own, kiln, head + "mug,Mug,m,5,50,25,,https://example.org/a.jpg\n")
    for line, state in (
        ("mug,Cup,m,5,50,25,,https://example.org/a.jpg", "approved"),
        ("mug,Cup,m,5,50,25,,https://example.org/b.jpg", "screening"),
        ("mug,Cup,m,5,50,25,home,https://example.org/b.jpg", "screening"),
        ("mug,Cup,m,5,50,25,unheard of,https://example.org/b.jpg", "approved"),
    ):
        Product.objects.update(state="approved")
        brought_in(own, kiln, head + line + "\n")
        assert Product.objects.get().state == state, line
    assert list(ProductChange.objects.exclude(field="title").order_by("id").values_list("kind", "field")) == [
        ("picture", "pictures"),
        ("text", "category_id"),
    ]


def test_new_variants_by_file_climb_no_further_than_what_was_screened(kiln: Supplier, own: Actor) -> None:
    head, rows = HEAD.strip() + ",Option1 Name,Option1 Value\n", "mug,Mug,m,5,50,25,Size,m\n"
    brought_in(own, kiln, head + rows)
    approve()
    states = []
    for code, price in (("n", 55), ("o", 55.01)):
        rows += f"mug,Mug,{code},5,{price},25,Size,{code}\n"
        brought_in(own, kiln, head + rows)
        states.append(Product.objects.get().state)
    assert states == ["approved", "screening"]
    assert Sku.objects.get(code="n").screened_price_minor == 5000


def test_stock_by_sku_is_followed_where_its_number_changed(kiln: Supplier, own: Actor) -> None:
    mug = product(kiln, "mug", stock=10)
    Stock.objects.update(sold=4, held=1)
    other = product(supplier("Other"), "tea")
    text = "SKU;Stock\nmug-0;8\ntea-0;5\nnobody;1\nmug-0;9\nx;\n"
    run = brought_in(own, kiln, text, "stock")
    assert counts(run) == ("done", 0, 1, 0, 4)
    assert sorted(bad["code"] for bad in run.bad) == ["sku.repeated", "sku.unknown", "sku.unknown", "stock.missing"]
    stock = Stock.objects.get(sku__product=mug)
    assert (stock.received, stock.received - stock.sold - stock.held) == (13, 8)
    assert Stock.objects.get(sku__product=other).received == 10
    Stock.objects.filter(sku__product=mug).update(sold=6)
    assert counts(brought_in(own, kiln, "SKU,Stock\nmug-0,8\n", "stock")) == ("done", 0, 0, 1, 0)
    assert Stock.objects.get(sku__product=mug).received == 13
    assert list(ProductChange.objects.values_list("field", "before", "after")) == [("available", 5, 8)]
    assert Event.objects.get(kind="stock.changed").data["quantity_delta"] == 3
    assert sum(StockReceipt.objects.filter(sku__product=mug).values_list("quantity", flat=True)) == 13


def test_stock_by_warehouse_is_what_lies_there(kiln: Supplier, own: Actor) -> None:
    mug = product(kiln, "mug", stock=10)
    for name in ("North", "South"):
        Warehouse.objects.create(supplier=kiln, name=name, created_at=NOW)
    text = '{"sku": "mug-0", "stock": 4, "warehouse": "north"}\n{"sku": "mug-0", "stock": 2, "warehouse": "South"}\n'
    run = brought_in(own, kiln, text + '{"sku": "mug-0", "stock": 1, "warehouse": "West"}\n', "stock")
    assert (counts(run), run.bad[0]["code"]) == (("done", 0, 2, 0, 1), "warehouse.unknown")
    assert Stock.objects.get(sku__product=mug).received == 16
    assert dict(WarehouseStock.objects.values_list("warehouse__name", "received")) == {"North": 4, "South": 2}
    WarehouseStock.objects.filter(warehouse__name="North").update(shipped=3)
    assert counts(brought_in(own, kiln, text, "stock"))[:4] == ("done", 0, 0, 2)
    Stock.objects.update(sold=15)
    run = brought_in(own, kiln, "SKU,Stock,Warehouse\nmug-0,0,South\n", "stock")
    assert (run.bad[0]["code"], Stock.objects.get(sku__product=mug).received) == ("stock.too_low", 16)
    brought_in(own, kiln, "SKU,Stock,Warehouse\nmug-0,0,North\n", "stock")
    assert dict(WarehouseStock.objects.values_list("warehouse__name", "received")) == {"North": 3, "South": 2}


def test_goods_that_a_file_moves_between_warehouses_are_not_missing_meanwhile(kiln: Supplier, own: Actor) -> None:
    product(kiln, "mug", stock=0)
    for name in ("North", "South"):
        Warehouse.objects.create(supplier=kiln, name=name, created_at=NOW)
    brought_in(own, kiln, "SKU,Stock,Warehouse\nmug-0,10,North\n", "stock")
    Stock.objects.update(sold=8)
    run = brought_in(own, kiln, "SKU,Stock,Warehouse\nmug-0,0,North\nmug-0,10,South\n", "stock")
    assert counts(run) == ("done", 0, 2, 0, 0)
    assert Stock.objects.get().received == 10
    assert dict(WarehouseStock.objects.values_list("warehouse__name", "received")) == {"North": 0, "South": 10}


def test_a_warehouse_that_a_file_names_twice_is_counted_once(kiln: Supplier, own: Actor) -> None:
    product(kiln, "mug", stock=10)
    Warehouse.objects.create(supplier=kiln, name="North", created_at=NOW)
    brought_in(own, kiln, "SKU,Stock,Warehouse\nmug-0,4,North\nmug-0,6,north\n", "stock")
    assert (Stock.objects.get().received, WarehouseStock.objects.get().received) == (16, 6)


def test_prices_by_sku_keep_to_the_band_and_to_screening(kiln: Supplier, own: Actor) -> None:
    mug, bowl = product(kiln, "mug"), product(kiln, "bowl")
    product(kiln, "gone", state="recalled")
    run = brought_in(
        own, kiln, "货号,供货价,售价,最低价\nmug-0,26,,\nbowl-0,,55.01,\ngone-0,,40,\nmug-1,1,2,\nbowl-9,,,\n", "prices"
    )
    assert counts(run) == ("done", 0, 2, 0, 3)
    assert sorted(bad["code"] for bad in run.bad) == ["price.missing", "product.recalled", "sku.unknown"]
    bands = Sku.objects.filter(product__in=[mug, bowl]).order_by("code")
    assert list(bands.values_list("supply_price_minor", "floor_price_minor", "price_minor")) == [
        (2500, 3000, 5501), (2600, 3000, 5000),
    ]  # fmt: skip
    assert dict(Product.objects.exclude(handle="gone").values_list("handle", "state")) == {
        "mug": "approved",
        "bowl": "screening",
    }
    assert sorted(Event.objects.values_list("kind", flat=True)) == ["product.submitted", "sku.priced", "sku.priced"]
    refused_run = brought_in(own, kiln, "SKU,Price,Floor price\nmug-0,90,\nbowl-0,,60\n", "prices")
    assert [bad["code"] for bad in refused_run.bad] == ["price.above_cap", "price.not_ordered"]
    assert ProductChange.objects.count() == 2


def test_small_rises_add_up_to_a_screening(kiln: Supplier, own: Actor) -> None:
    product(kiln, "mug")
    states = []
    for price in ("53", "55", "57"):
        brought_in(own, kiln, f"SKU,Price\nmug-0,{price}\n", "prices")
        states.append(Product.objects.get().state)
    assert states == ["approved", "approved", "screening"]


def test_one_code_of_two_products_is_refused(kiln: Supplier, own: Actor) -> None:
    Sku.objects.filter(product__in=[product(kiln, "a"), product(kiln, "b")]).update(code="same")
    run = brought_in(own, kiln, "SKU,Stock\nsame,1\n", "stock")
    assert [bad["code"] for bad in run.bad] == ["sku.ambiguous"]


def test_the_states_of_a_run_are_those_of_the_table(kiln: Supplier, own: Actor) -> None:
    steps = {(a, b) for a in STEPS for b in STEPS if may_become(a, b)}
    assert steps == {(a, b) for a, nexts in STEPS.items() for b in nexts}
    for state in STEPS:
        run = ProductImport.objects.create(supplier=kiln, file_name="f", state=state, by_id=own.person_id, at=NOW)
        for do, goal, stays in (
            (apply_import, "applying", {"applying", "done"}),
            (discard_import, "discarded", {"discarded"}),
        ):
            ProductImport.objects.filter(id=run.id).update(state=state)
            if may_become(state, goal):
                assert do(actor=own, now=NOW, import_id=run.id).state == goal
            elif state in stays:
                assert do(actor=own, now=NOW, import_id=run.id).state == state
            else:
                refused(WrongImportState, lambda do=do, run=run: do(actor=own, now=NOW, import_id=run.id))


def test_only_its_supplier_starts_applies_and_discards(kiln: Supplier, own: Actor) -> None:
    run = start(own, kiln, HEAD + "mug,Mug,m,5,50,25\n")
    work_files()
    for stranger in strangers():
        kind = NotFound if stranger.person_id else SignInNeeded
        refused(kind, lambda stranger=stranger: start(stranger, kiln, HEAD))
        for do in (apply_import, discard_import):
            refused(kind, lambda stranger=stranger, do=do: do(actor=stranger, now=NOW, import_id=run.id))
    refused(BadSupplyShare, lambda: start(own, kiln, HEAD, supply_bps=10_001))
    refused(EmptyFile, lambda: start(own, kiln, ""))
    assert discard_import(actor=own, now=NOW, import_id=run.id).path == ""
    assert list((Path(settings.CONFIG.home) / "imports").glob(str(run.id))) == []
    for _ in range(20):
        start(own, kiln, HEAD)
    refused(TooManyFiles, lambda: start(own, kiln, HEAD))


def test_what_cannot_be_read_fails_with_its_reason(kiln: Supplier, own: Actor) -> None:
    run = start(own, kiln, "a,b\n1,2\n")
    gone = start(own, kiln, HEAD)
    (Path(settings.CONFIG.home) / gone.path).unlink()
    work_files()
    run.refresh_from_db()
    gone.refresh_from_db()
    assert (run.state, run.error["code"], run.path) == ("failed", "file.columns", "")
    assert (gone.state, gone.error["code"]) == ("failed", "import.file_gone")


def many(count: int) -> str:
    return HEAD + "".join(f"p{n},P {n},p{n},3,50,25\n" for n in range(count))


KILLED = """
import os, sys
import django
from django.conf import settings
django.setup()
settings.DATABASES["default"]["NAME"] = sys.argv[1]
from django.db import connections
connections["default"].settings_dict["NAME"] = sys.argv[1]
from renmai.goods.catalogue import imports, runs
from renmai.kit import clock
imports.PRODUCTS_PER_BATCH = 20
print("ready", flush=True)
runs.work_imports(now=clock.now(), clock=clock.now)
"""


def test_a_worker_that_is_killed_midway_is_followed_without_doubling(kiln: Supplier, own: Actor) -> None:
    run = start(own, kiln, many(3_000) + "odd,Odd,o,1,x,25\n")
    work_files()
    apply_import(actor=own, now=NOW, import_id=run.id)
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "renmai.settings", "DATABASE_URL": _database_url()}
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED, connection.settings_dict["NAME"]], env=env, stdout=subprocess.PIPE
    )
    until = time.monotonic() + 60
    while not 100 < Product.objects.count() < 3_000 and time.monotonic() < until:
        assert worker.poll() is None
        time.sleep(0.01)
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    run.refresh_from_db()
    assert run.state == "applying" and 0 < run.rows_done < 3_001 and run.products_new == Product.objects.count()
    assert work_imports(now=clock.now(), clock=clock.now) == 0  # it may still live: its last beat is young
    late = clock.now() + timedelta(seconds=61)
    assert work_imports(now=late, clock=clock.now) == 1
    assert counts(run) == ("done", 3_000, 0, 0, 1)
    assert (Product.objects.count(), StockReceipt.objects.count()) == (3_000, 3_000)
    assert (len(run.bad), run.rows_done) == (1, 3_001)


def _database_url() -> str:
    told = connection.settings_dict
    return f"postgresql://{told['USER']}:{told['PASSWORD']}@/{told['NAME']}?host={told['HOST']}&port={told['PORT']}"


def test_a_worker_taken_for_dead_stops_when_another_has_the_run(
    kiln: Supplier, own: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "PRODUCTS_PER_BATCH", 20)
    run = start(own, kiln, many(400))
    work_files()
    apply_import(actor=own, now=NOW, import_id=run.id)
    threads = [threading.Thread(target=_work_late) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work_imports(now=clock.now() + timedelta(hours=1), clock=clock.now)
    assert counts(run) == ("done", 400, 0, 0, 0)
    assert (Product.objects.count(), StockReceipt.objects.count()) == (400, 400)


def _work_late() -> None:
    """Take any run that is under way, as if its worker were dead."""
    try:
        runs.work_imports(now=clock.now() + timedelta(hours=1), clock=clock.now)
    finally:
        connection.close()


def test_a_preview_writes_nothing_at_all(kiln: Supplier, own: Actor) -> None:
    brought_in(own, kiln, HEAD + "mug,Mug,m,5,50,25\n")
    before = digest()
    report = imports.import_products(
        actor=own, now=NOW, supplier_id=kiln.id, stream=BytesIO(many(50).encode()), file_name="f", preview=True
    )
    assert (report.products_new, digest()) == (50, before)

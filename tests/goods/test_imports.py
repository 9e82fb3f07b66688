"""Bringing a file in: once, again, changed, broken, by the wrong person; and fetching its pictures."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import Any
from uuid import UUID

import pytest
from PIL import Image

from renmai.goods.catalogue import imports
from renmai.goods.catalogue.files import UnreadableFile
from renmai.goods.catalogue.imports import ImportReport, SupplierNotOpen, import_products
from renmai.goods.catalogue.models import ProductImport
from renmai.goods.products.models import Category, Product, ProductPicture, Sku, Stock, StockReceipt
from renmai.goods.products.pictures import fetch_pictures
from renmai.goods.suppliers.models import Supplier
from renmai.kit.access import Actor
from renmai.kit.events.models import Event
from renmai.kit.media.models import Media
from renmai.kit.problems import NotFound, SignInNeeded
from tests.goods.pool import NOW, category, digest, member, refused, strangers, supplier
from tests.kit.loopback import Server

pytestmark = pytest.mark.django_db
COLUMNS = (
    "Handle", "Title", "Body (HTML)", "Type", "Option1 Name", "Option1 Value", "Variant SKU", "Variant Inventory Qty",
    "Variant Price", "Cost per item", "Image Src", "Image Position", "Commission %", "Service Fee %",
)  # fmt: skip


def file(*rows: dict[str, Any]) -> BytesIO:
    text = StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return BytesIO(text.getvalue().encode())


def row(handle: str = "mug", **cells: Any) -> dict[str, Any]:
    names = {
        "title": "Title", "type": "Type", "option": "Option1 Name", "value": "Option1 Value", "sku": "Variant SKU",
        "stock": "Variant Inventory Qty", "price": "Variant Price", "cost": "Cost per item", "image": "Image Src",
        "commission": "Commission %", "service": "Service Fee %",
    }  # fmt: skip
    given = {
        "title": handle.title(),
        "type": "Home",
        "sku": handle,
        "stock": 5,
        "price": "50.00",
        "cost": "25.00",
    } | cells
    return {"Handle": handle, **{names[name]: value for name, value in given.items()}}


@pytest.fixture
def kiln() -> Supplier:
    category("home")
    return supplier()


@pytest.fixture
def own(kiln: Supplier) -> Actor:
    return member(kiln)


def run(actor: Actor, kiln: Supplier, *rows: dict[str, Any]) -> ImportReport:
    return import_products(actor=actor, now=NOW, supplier_id=kiln.id, stream=file(*rows), file_name="goods.csv")


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.products_new, report.products_changed, report.products_same, report.rows_bad


def left(code: str) -> int:
    stock = Stock.objects.get(sku__code=code)
    return stock.received - stock.sold - stock.held


def test_good_rows_go_in_and_wait_for_screening(kiln: Supplier, own: Actor) -> None:
    report = run(
        own, kiln,
        row(option="Colour", value="Red", sku="m-r", image="https://example.org/a.jpg"),
        row(option="", value="Blue", sku="m-b", price="60", title=""),
        row("tea", price="30.00", cost="10.00", stock=0, type="Leaves"),
    )  # fmt: skip
    assert counts(report) == (2, 0, 0, 0)
    mug = Product.objects.get(handle="mug")
    assert (mug.state, mug.category.slug, mug.option_names, mug.title) == ("screening", "home", ["Colour"], "Mug")
    assert Product.objects.get(handle="tea").category.slug == "other"
    found = mug.skus.order_by("position").values_list(
        "code", "supply_price_minor", "floor_price_minor", "price_minor", "options"
    )
    assert list(found) == [
        ("m-r", 2500, 2700, 5000, {"Colour": "Red"}),
        ("m-b", 2500, 2700, 6000, {"Colour": "Blue"}),
    ]
    assert (left("m-r"), StockReceipt.objects.count()) == (5, 2)
    assert Event.objects.filter(kind="product.submitted").count() == 2
    kept = ProductImport.objects.get(id=report.import_id)
    assert (kept.products_new, kept.rows_bad, kept.file_name, kept.by_id) == (2, 0, "goods.csv", own.person_id)
    assert list(ProductPicture.objects.values_list("source_url", "position")) == [("https://example.org/a.jpg", 0)]


def test_the_same_file_again_changes_nothing(kiln: Supplier, own: Actor) -> None:
    rows = [row(f"p{n}", price="bad" if n == 3 else "50.00") for n in range(6)]
    assert counts(run(own, kiln, *rows)) == (5, 0, 0, 1)
    Stock.objects.filter(sku__code="p0").update(sold=2)
    Product.objects.filter(handle="p1").update(state="approved")
    before = digest()
    again = run(own, kiln, *rows)
    assert counts(again) == (0, 0, 5, 1)
    ProductImport.objects.filter(id=again.import_id).delete()
    assert digest() == before
    assert left("p0") == 3


def test_stock_follows_the_file_only_where_its_number_changed(kiln: Supplier, own: Actor) -> None:
    run(own, kiln, row(stock=5))
    Stock.objects.update(sold=2, held=1)
    assert counts(run(own, kiln, row(stock=5, title="Cup"))) == (0, 1, 0, 0)
    assert left("mug") == 2
    run(own, kiln, row(stock=9, title="Cup"))
    stock = Stock.objects.get()
    assert (left("mug"), stock.received) == (9, 12)
    run(own, kiln, row(stock=0, title="Cup"))
    assert left("mug") == 0
    assert sum(StockReceipt.objects.values_list("quantity", flat=True)) == Stock.objects.get().received == 3


def test_bad_rows_are_named_with_number_column_and_reason(kiln: Supplier, own: Actor) -> None:
    report = run(
        own, kiln,
        row("good"),
        row("dear", price="75.01"),
        row("exact", price="75.00"),
        row("half", option="Size", value="S", sku="s"),
        row("half", option="", value="L", sku="l", price="80.00"),
        row("negative", price="-3"),
    )  # fmt: skip
    assert counts(report) == (3, 0, 0, 3)
    named = {(bad["row"], bad["column"], bad["code"], bad["handle"]) for bad in report.bad}
    assert named == {
        (3, "Price", "price.above_cap", "dear"),
        (6, "Price", "price.above_cap", "half"),
        (7, "Variant Price", "price.negative", "negative"),
    }
    assert all(bad["reason"] for bad in report.bad)
    assert ProductImport.objects.get().bad == report.bad
    assert [sku.code for sku in Product.objects.get(handle="half").skus.all()] == ["s"]


def test_what_the_house_refused_is_named_again_and_goes_in_once_nothing_stands_against_it(
    kiln: Supplier, own: Actor
) -> None:
    rows = row(option="Size", value="S", sku="s"), row(option="", value="L", sku="l", price="80.00")
    assert counts(run(own, kiln, *rows)) == (1, 0, 0, 1)
    Product.objects.update(state="approved")
    assert counts(run(own, kiln, *rows)) == (0, 0, 1, 1)  # still above the cap
    Category.objects.update(cap_multiple_bps=40_000)
    assert counts(run(own, kiln, *rows)) == (0, 1, 0, 0)
    assert set(Sku.objects.values_list("code", "price_minor")) == {("s", 5000), ("l", 8000)}
    Sku.objects.filter(code="s").update(supply_tiers=[[10, 2400]])
    cheaper = row(option="Size", value="S", sku="s", cost="24"), row(option="", value="L", sku="l", cost="24")
    for expected in ((0, 1, 0, 1), (0, 0, 1, 1)):  # below it there would be a price by quantity
        assert counts(run(own, kiln, *cheaper)) == expected
    assert Sku.objects.get(code="s").supply_price_minor == 2500
    Sku.objects.update(supply_tiers=[])
    assert counts(run(own, kiln, *cheaper)) == (0, 1, 0, 0)
    assert set(Sku.objects.values_list("supply_price_minor", flat=True)) == {2400}


def test_a_service_fee_in_a_file_stands_beside_its_commission(kiln: Supplier, own: Actor) -> None:
    assert counts(run(own, kiln, row(commission="50", service="40%"), row("tea", commission="10"))) == (2, 0, 0, 0)
    rates = Product.objects.order_by("handle").values_list("commission_bps", "service_bps")
    assert list(rates) == [(5000, 4000), (1000, 0)]
    refused_rows = [
        row("a", commission="51", service="40"), row("b", commission="10", service="41"), row("c", service="1"),
        row("d", commission="10", service="x"), row("e", commission="10", service="1.234"),
    ]  # fmt: skip
    report = run(own, kiln, *refused_rows)
    assert sorted((bad["handle"], bad["code"]) for bad in report.bad) == [
        ("a", "service.range"), ("b", "service.range"), ("c", "service.range"), ("d", "service.not_a_number"),
        ("e", "service.decimals"),
    ]  # fmt: skip
    assert Product.objects.count() == 2
    assert counts(run(own, kiln, row(commission="50"))) == (0, 1, 0, 0)
    assert Product.objects.get(handle="mug").service_bps == 0  # the file says all


def test_a_file_without_chinese_leaves_the_chinese_that_stands(kiln: Supplier, own: Actor) -> None:
    run(own, kiln, row())
    Product.objects.update(title_zh="青瓷杯", body_zh="柴烧。")
    assert counts(run(own, kiln, row(title="Another name"))) == (0, 1, 0, 0)
    product = Product.objects.get()
    assert (product.title, product.title_zh, product.body_zh) == ("Another name", "青瓷杯", "柴烧。")


def test_no_more_than_the_first_bad_rows_are_kept(kiln: Supplier, own: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BAD_ROWS_KEPT", 2)
    report = run(own, kiln, *(row(f"p{n}", price="x") for n in range(5)))
    assert (report.rows_bad, len(report.bad), len(ProductImport.objects.get().bad)) == (5, 2, 2)


def test_an_approved_product_stays_so_unless_a_price_rises_far(kiln: Supplier, own: Actor) -> None:
    run(own, kiln, row())
    Product.objects.update(state="approved", approved_at=NOW)
    run(own, kiln, row(title="Better mug", price="45.00"))
    mug = Product.objects.get()
    assert (mug.state, mug.title, mug.approved_at) == ("approved", "Better mug", NOW)
    assert Event.objects.filter(kind="product.changed").count() == 1
    for price, state in (("55.00", "approved"), ("55.01", "screening")):  # 10 % above the 50.00 that screening saw
        run(own, kiln, row(title="Better mug", price=price))
        mug.refresh_from_db()
        assert mug.state == state


def test_what_was_recalled_does_not_come_back(kiln: Supplier, own: Actor) -> None:
    run(own, kiln, row())
    Product.objects.update(state="recalled")
    report = run(own, kiln, row(title="Other"))
    assert [bad["code"] for bad in report.bad] == ["product.recalled"]
    assert Product.objects.get().title == "Mug"


def test_a_variant_that_is_gone_ends_but_one_with_a_bad_row_does_not(kiln: Supplier, own: Actor) -> None:
    both = row(option="Size", value="S", sku="s"), row(option="", value="L", sku="l")
    run(own, kiln, *both)
    run(own, kiln, both[0], row(option="", value="L", sku="l", price="x"))
    assert set(Sku.objects.filter(active=True).values_list("code", flat=True)) == {"s", "l"}
    run(own, kiln, both[0])
    assert set(Sku.objects.filter(active=True).values_list("code", flat=True)) == {"s"}
    run(own, kiln, *both)
    assert Sku.objects.filter(active=True).count() == 2


def test_only_the_supplier_and_only_while_open(kiln: Supplier, own: Actor) -> None:
    for stranger in strangers():
        refused(NotFound if stranger.person_id else SignInNeeded, lambda actor=stranger: run(actor, kiln, row()))
    Supplier.objects.update(state="suspended")
    refused(SupplierNotOpen, lambda: run(own, kiln, row()))


def test_a_file_that_cannot_be_read_leaves_nothing(kiln: Supplier, own: Actor) -> None:
    with pytest.raises(UnreadableFile):
        import_products(
            actor=own, now=NOW, supplier_id=kiln.id, stream=BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), file_name="x"
        )
    assert (ProductImport.objects.count(), Product.objects.count()) == (0, 0)


def test_batches_take_a_fixed_number_of_statements(
    kiln: Supplier, own: Actor, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    monkeypatch.setattr(imports, "PRODUCTS_PER_BATCH", 25)
    seen: list[int] = []
    rows = [row(f"p{n}", image=f"https://example.org/{n}.jpg") for n in range(100)]
    with django_assert_max_num_queries(4 * 26 + 10):
        report = import_products(
            actor=own, now=NOW, supplier_id=kiln.id, stream=file(*rows), file_name="x",
            progress=lambda so_far: seen.append(so_far.products_new),
        )  # fmt: skip
    assert (report.products_new, seen) == (100, [25, 50, 75, 100])


def picture() -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def media_home(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def served(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def test_pictures_are_fetched_once_and_failures_are_named(kiln: Supplier, own: Actor, media_home: None) -> None:
    with Server(served(picture())) as good, Server(served(b"", "404 Not Found")) as gone:
        origins = frozenset(f"http://127.0.0.1:{server.port}" for server in (good, gone))
        run(
            own, kiln,
            row("mug", image=f"http://127.0.0.1:{good.port}/a.png"),
            row("gone", image=f"http://127.0.0.1:{gone.port}/a.png"),
            row("inside", image="http://127.0.0.1:1/a.png"),
        )  # fmt: skip
        assert fetch_pictures(now=NOW, allow=origins) == 3
        assert fetch_pictures(now=NOW, allow=origins) == 0
        media = Media.objects.get()
        assert cover("mug") == media.id
        assert error("gone") == "The server answered 404."
        assert "may not be called" in error("inside")
        run(own, kiln, row("mug", title="Cup", image=f"http://127.0.0.1:{good.port}/a.png"))
        assert (fetch_pictures(now=NOW, allow=origins), cover("mug"), len(good.requests)) == (0, media.id, 1)


def test_the_first_picture_that_can_be_fetched_is_the_cover(kiln: Supplier, own: Actor, media_home: None) -> None:
    with Server(served(picture())) as good, Server(served(b"", "404 Not Found")) as gone:
        addresses = [f"http://127.0.0.1:{server.port}" for server in (gone, good)]
        more = {"Handle": "mug", "Image Src": f"{addresses[1]}/b.png"}
        run(own, kiln, row("mug", image=f"{addresses[0]}/a.png"), more)
        assert fetch_pictures(now=NOW, allow=frozenset(addresses)) == 2
    assert cover("mug") == Media.objects.get().id


def cover(handle: str) -> UUID | None:
    return Product.objects.get(handle=handle).cover_id


def error(handle: str) -> str:
    return ProductPicture.objects.get(product__handle=handle).error

"""The supplier's console by HTTP: application, files, goods, parcels, refunds, earnings."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from renmai.goods.catalogue.models import ProductImport
from renmai.goods.products.models import Category, Product, ProductChange, Sku, Stock, StockReceipt
from renmai.goods.screening.checklists import make_requirement
from renmai.goods.screening.models import Decision, Evidence
from renmai.goods.suppliers.models import Supplier
from renmai.kit import clock
from renmai.people.accounts.models import Membership, Person
from renmai.trade.orders.models import Order, OrderLine, Parcel, Refund
from tests.goods.runs import work_files
from tests.web.desk_world import Consoles, a_picture, key, make_consoles, paid_order, statements, words_of
from tests.web.operator_world import PDF_BYTES, deliver, settle, signed_in, waiting_product

COMPANY = {
    "name": "Cloud Terrace", "name_zh": "云台茶舍", "licence_number": "91330106MA2B0XKQ3T", "country": "cn",
    "contact_email": "tea@example.org", "town": "Hangzhou", "story": "Nine families.", "story_zh": "九户人家。",
}  # fmt: skip


@pytest.fixture
def house_of(house: None) -> Consoles:
    return make_consoles()


def file_of(text: str, name: str = "goods.csv") -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = name
    return file


def bring_in(consoles: Consoles, file: io.BytesIO) -> Any:
    """Hand a file in, have it looked through and, if it can be read, applied."""
    answer = consoles.supplier.post("/supplier/imports", {"document": file, "key": key()})
    if answer.status_code == 302:
        assert work_files() == 1
        consoles.supplier.post(answer["Location"], {"what": "apply", "key": key()})
        work_files()
    return answer


def test_an_application_is_handed_in_once_and_its_documents_are_private(house_of: Consoles) -> None:
    assert "Become a supplier" in words_of(house_of.nobody.get("/supplier"))
    form = COMPANY | {"key": key()}
    for _ in range(2):
        assert house_of.nobody.post("/supplier", form)["Location"] == "/supplier/company"
    supplier = Supplier.objects.get(name="Cloud Terrace")
    assert (supplier.state, supplier.country) == ("applied", "CN")
    assert "Next: add your business licence" in words_of(house_of.nobody.get("/supplier/company"))
    licence = io.BytesIO(PDF_BYTES)
    licence.name = "licence.pdf"
    sent = {"which": "evidence", "title": "Business licence", "document": licence, "key": key()}
    assert house_of.nobody.post("/supplier/company", sent).status_code == 302
    evidence = Evidence.objects.get(supplier_id=supplier.id)
    page = house_of.nobody.get("/supplier/company")
    assert f'href="/media/{evidence.media_id}"' in page.content.decode()
    document = house_of.nobody.get(f"/media/{evidence.media_id}")
    assert b"".join(document.streaming_content) == PDF_BYTES
    document.close()
    assert house_of.supplier.get(f"/media/{evidence.media_id}").status_code == 404
    assert "Waiting for screening" in words_of(house_of.nobody.get("/supplier"))


def test_a_refused_application_loses_nothing(house_of: Consoles) -> None:
    page = house_of.nobody.post("/supplier", COMPANY | {"contact_email": "tea", "key": key()})
    assert page.status_code == 422
    assert "Enter a valid email address." in words_of(page)
    assert "九户人家。" in words_of(page)
    assert Supplier.objects.count() == 2


def test_the_reasons_of_a_rejection_are_shown_and_it_is_handed_in_again(house_of: Consoles) -> None:
    supplier = house_of.world.suppliers[0]
    Supplier.objects.filter(id=supplier.id).update(state="rejected")
    Decision.objects.create(
        subject_id=supplier.id, verdict="rejected", reason="The licence has expired.", by_id=supplier.id, at=clock.now()
    )
    for address in ("/supplier", "/supplier/company"):
        assert "The licence has expired." in words_of(house_of.supplier.get(address))
    assert "cannot bring goods in" in words_of(house_of.supplier.get("/supplier/imports"))
    house_of.supplier.post("/supplier/company", {"which": "resubmit", "key": key()})
    assert Supplier.objects.get(id=supplier.id).state == "applied"


def test_company_and_freight_are_changed(house_of: Consoles) -> None:
    supplier = house_of.world.suppliers[0]
    house_of.supplier.post("/supplier/company", COMPANY | {"which": "profile", "key": key()})
    house_of.supplier.post("/supplier/company", {"which": "freight", "freight": "12.50", "key": key()})
    supplier.refresh_from_db()
    assert (supplier.name, supplier.freight_minor) == ("Cloud Terrace", 1250)
    page = house_of.supplier.post("/supplier/company", {"which": "freight", "freight": "1000.01", "key": key()})
    assert page.status_code == 422
    assert 'value="1000.01"' in page.content.decode()
    assert "Freight must be between 0 and ¥1,000.00." in words_of(page)
    supplier.refresh_from_db()
    assert supplier.freight_minor == 1250


def test_the_template_goes_in_as_it_is_and_again_changes_nothing(house_of: Consoles) -> None:
    template = house_of.supplier.get("/supplier/imports/template.csv").content.decode("utf-8-sig")
    first = bring_in(house_of, file_of(template))
    page = words_of(house_of.supplier.get(first["Location"]))
    assert "New products 2 Changed 0 Same 0 Bad rows 0" in page
    assert sorted(Product.objects.filter(state="screening").values_list("handle", "skus__code")) == [
        ("blue-tea-bowl", "BOWL-L"), ("blue-tea-bowl", "BOWL-S"), ("plain-incense", "INCENSE"),
    ]  # fmt: skip
    before = list(Stock.objects.order_by("sku_id").values_list("sku_id", "received"))
    again = bring_in(house_of, file_of(template))
    page = words_of(house_of.supplier.get(again["Location"]))
    assert "New products 0 Changed 0 Same 2 Bad rows 0" in page
    assert "Nothing changed" in page
    assert list(Stock.objects.order_by("sku_id").values_list("sku_id", "received")) == before


def test_bad_rows_are_named_with_number_column_and_reason(house_of: Consoles) -> None:
    text = (
        "Handle,Title,Variant SKU,Variant Price,Cost per item\n"
        "good,Good bowl,G,50.00,25.00\n"
        "dear,Dear bowl,D,99.00,25.00\n"
        "odd,Odd bowl,O,many,25.00\n"
    )
    run = bring_in(house_of, file_of(text))["Location"]
    page = words_of(house_of.supplier.get(run))
    assert "New products 1 Changed 0 Same 0 Bad rows 2" in page
    assert "3 Price dear The price is above the cap of 3 x the supply price." in page
    assert "4 Variant Price odd" in page
    rows = list(csv.reader(io.StringIO(house_of.supplier.get(f"{run}/bad.csv").content.decode("utf-8-sig"))))
    assert [row[0] for row in rows] == ["Row", "3", "4"] or [row[0] for row in rows] == ["Row", "4", "3"]
    house_of.supplier.cookies["renmai_language"] = "zh-hans"
    assert "价格高于该分类允许的供货价最高倍数。" in words_of(house_of.supplier.get(run))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "The submitted file is empty."),
        ("a,b\n1,2\n", "lacks these columns"),
        ("[1, 2]", "JSON"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(house_of: Consoles, text: str, said: str) -> None:
    page = bring_in(house_of, file_of(text))
    if page.status_code == 302:
        page = house_of.supplier.get(page["Location"])
        assert [run.state for run in ProductImport.objects.all()] == ["failed"]
    assert said in words_of(page)
    assert Product.objects.filter(state="screening").count() == 0


def test_stock_counts_once_a_form_and_never_below_what_is_sold(house_of: Consoles) -> None:
    sku = house_of.world.skus["mug"]
    address = f"/supplier/goods/{sku.product_id}"
    form = {"which": "stock", "sku": sku.id, "change": "20", "reason": "came in", "key": key()}
    for _ in range(2):
        assert house_of.supplier.post(address, form)["Location"] == address
    assert Stock.objects.get(sku=sku).received == 120
    assert StockReceipt.objects.filter(sku=sku, reason="came in").count() == 1
    low = house_of.supplier.post(address, form | {"change": "-121", "key": key()})
    assert low.status_code == 422
    assert "Only 120 can be taken away" in words_of(low)
    assert 'value="-121"' in low.content.decode()
    assert Stock.objects.get(sku=sku).received == 120


def test_prices_stay_within_the_band(house_of: Consoles) -> None:
    sku = house_of.world.skus["mug"]
    address = f"/supplier/goods/{sku.product_id}"
    form = {"which": "prices", "sku": sku.id, "supply": "20", "floor": "25", "price": "60.01", "key": key()}
    refused = house_of.supplier.post(address, form)
    assert refused.status_code == 422
    assert "The suggested price is above the highest price of ¥60.00." in words_of(refused)
    assert house_of.supplier.post(address, form | {"price": "60"}).status_code == 302
    sku.refresh_from_db()
    assert (sku.supply_price_minor, sku.floor_price_minor, sku.price_minor) == (2000, 2500, 6000)


def test_terms_and_handing_in_again(house_of: Consoles) -> None:
    product = waiting_product(house_of.world, clock.now())
    Product.objects.filter(id=product.id).update(state="rejected")
    address = f"/supplier/goods/{product.id}"
    terms = f"{address}/terms"
    assert house_of.supplier.post(terms, {"which": "terms", "commission": "12.5", "key": key()}).status_code == 302
    product.refresh_from_db()
    assert (product.commission_bps, product.margin_allowed) == (1250, False)
    none = house_of.supplier.post(terms, {"which": "terms", "commission": "", "key": key()})
    assert none.status_code == 422
    assert "Offer a commission of at most 90%, or let creators set their own price." in words_of(none)
    assert house_of.supplier.post(address, {"which": "submit", "key": key()}).status_code == 302
    assert Product.objects.get(id=product.id).state == "screening"


def test_a_parcel_is_handed_over_with_carrier_and_tracking(house_of: Consoles) -> None:
    order = paid_order(house_of.world, "parcel-001", mug=2, tea=1)
    page = words_of(house_of.supplier.get("/supplier/parcels"))
    assert "mug × 2" in page
    assert "tea" not in page
    assert "1 Lake Rd" in page
    assert "Late" not in page
    parcel = Parcel.objects.get(order=order, supplier_id=house_of.world.suppliers[0].id)
    address = f"/supplier/parcels/{parcel.id}/hand-over"
    refused = house_of.supplier.post(address, {"carrier": "SF Express", "tracking": "", "key": key()})
    assert refused.status_code == 422
    assert 'value="SF Express"' in refused.content.decode()
    for _ in range(2):
        sent = {"carrier": "SF Express", "tracking": "SF1", "key": key()}
        assert house_of.supplier.post(address, sent)["Location"] == "/supplier/parcels"
    parcel.refresh_from_db()
    assert (parcel.state, parcel.tracking) == ("handed_over", "SF1")
    assert "SF1" in words_of(house_of.supplier.get("/supplier/parcels?state=handed_over"))
    house_of.supplier.post(f"/supplier/parcels/{parcel.id}/delivery", {"said": "delivered", "key": key()})
    parcel.refresh_from_db()
    assert parcel.state == "delivered"


def test_a_late_parcel_is_marked(house_of: Consoles) -> None:
    paid_order(house_of.world, "late-00001", mug=1)
    Parcel.objects.update(hand_over_by=clock.now() - timedelta(minutes=1))
    assert "Late" in words_of(house_of.supplier.get("/supplier/parcels"))
    assert "To hand over 1 1 is late" in words_of(house_of.supplier.get("/supplier"))


def test_a_supplier_sees_and_refunds_its_own_lines_only(house_of: Consoles) -> None:
    order = paid_order(house_of.world, "own-000001", mug=2, tea=1)
    address = f"/supplier/orders/{order.id}"
    page = words_of(house_of.supplier.get(address))
    assert "tea" not in page
    assert "You will get ¥58.00" in page
    teas = OrderLine.objects.get(order=order, title__startswith="tea")
    for _ in range(2):
        form = {"how": "part", f"amount_{teas.id}": "1", "reason": "x", "key": key()}
        assert house_of.supplier.post(address, form).status_code == 422
    assert Refund.objects.count() == 0
    form = {"how": "whole", "reason": "Kiln broke.", "key": key()}
    for _ in range(2):
        assert house_of.supplier.post(address, form).status_code == 302
    assert [r.amount_minor for r in Refund.objects.all()] == [12_800]
    assert Order.objects.get(id=order.id).refunded_minor == 12_800
    assert Stock.objects.get(sku=house_of.world.skus["mug"]).sold == 0


def test_another_suppliers_things_are_not_there(house_of: Consoles) -> None:
    tea = house_of.world.skus["tea"]
    order = paid_order(house_of.world, "others-001", tea=1)
    parcel = Parcel.objects.get(order=order)
    for address in (f"/supplier/goods/{tea.product_id}", f"/supplier/orders/{order.id}"):
        assert house_of.supplier.get(address).status_code == 404
    other = house_of.world.suppliers[1].id
    assert house_of.supplier.get(f"/supplier?supplier={other}").status_code == 404
    form = {"which": "stock", "sku": tea.id, "change": "5", "reason": "x", "key": key()}
    assert house_of.supplier.post(f"/supplier/goods/{tea.product_id}", form).status_code == 404
    own = f"/supplier/goods/{house_of.world.skus['mug'].product_id}"
    assert house_of.supplier.post(own, form).status_code == 404
    sent = {"carrier": "SF", "tracking": "1", "key": key()}
    assert house_of.supplier.post(f"/supplier/parcels/{parcel.id}/hand-over", sent).status_code in {404, 422}
    house_of.supplier.post(f"/supplier/parcels/{parcel.id}/delivery", {"said": "delivered", "key": key()})
    parcel.refresh_from_db()
    assert parcel.state == "waiting"
    assert Stock.objects.get(sku=tea).received == 100


def test_earnings_of_a_supplier_readd(house_of: Consoles) -> None:
    order = paid_order(house_of.world, "earn-00001", mug=2)
    assert "Estimated ¥ 58 .00" in words_of(house_of.supplier.get("/supplier/earnings"))
    deliver(house_of.world, order, clock.now())
    assert "Pending ¥ 58 .00" in words_of(house_of.supplier.get("/supplier/earnings"))
    settle(clock.now() + timedelta(days=30))
    page = house_of.supplier.get("/supplier/earnings", {"start": "2026-01-01", "end": "2099-01-01"})
    assert page.context["statement"].bill.closing_minor == 5800
    assert "Balance ¥ 58 .00" in words_of(page)


def test_lists_cost_the_same_however_long_they_are(house_of: Consoles) -> None:
    pages = ("/supplier", "/supplier/goods", "/supplier/parcels", "/supplier/imports")
    paid_order(house_of.world, "cost-00001", mug=1)
    few = [statements(house_of.supplier, page) for page in pages]
    for number in range(6):
        paid_order(house_of.world, f"more-{number:05}", mug=1)
        waiting_product(house_of.world, clock.now(), handle=f"bowl-{number}")
    assert [statements(house_of.supplier, page) for page in pages] == few


def test_a_preview_costs_the_same_however_many_categories_change(house_of: Consoles) -> None:
    supplier, home = house_of.world.suppliers[0], house_of.world.skus["mug"].product.category
    row = {"product": "cup", "sku": None, "field": "category_id", "before": str(home.id), "after": str(home.id)}
    runs = [
        ProductImport.objects.create(
            supplier=supplier, file_name="g.csv", state="previewed", preview=[row] * count, at=clock.now(), by_id=supplier.id,
        )
        for count in (1, 12)
    ]  # fmt: skip
    few, many = (f"/supplier/imports/{run.id}" for run in runs)
    assert words_of(house_of.supplier.get(many)).count(f"Category {home.name} {home.name}") == 12
    assert statements(house_of.supplier, many) == statements(house_of.supplier, few)


def a_product(house_of: Consoles) -> dict[str, str]:
    """The form of a new product, filled in."""
    home = house_of.world.skus["mug"].product.category
    return {
        "category": str(home.id), "rows": "1", "title": "Celadon cup", "v0-code": "CUP", "v0-supply": "25",
        "v0-price": "50", "v0-stock": "3",
    }  # fmt: skip


def test_a_new_product_that_is_sent_twice_is_made_once(house_of: Consoles) -> None:
    form = a_product(house_of) | {"key": key()}
    first = house_of.supplier.post("/supplier/goods/new", form)
    made = Product.objects.get(title="Celadon cup")
    assert first["Location"] == f"/supplier/goods/{made.id}"
    other = signed_in(Person.objects.get(email="kiln@example.org"))  # its session knows nothing of the first
    assert other.post("/supplier/goods/new", form)["Location"] == "/supplier/goods"
    assert Product.objects.filter(title="Celadon cup").count() == 1


def test_a_new_product_with_a_senseless_number_of_rows_is_shown_with_the_usual_ones(house_of: Consoles) -> None:
    page = house_of.supplier.post("/supplier/goods/new", a_product(house_of) | {"rows": "9" * 5000, "more": "1"})
    assert (page.status_code, page.context["row_count"]) == (200, 4)


def test_the_history_names_categories_and_sources_in_words(house_of: Consoles) -> None:
    product = house_of.world.skus["mug"].product
    Category.objects.filter(id=product.category_id).update(name_zh="家居")
    home, sku_id = product.category, str(house_of.world.skus["tea"].id)
    for field, value in (("category", home.slug), ("category_id", str(home.id)), ("served_by", sku_id)):
        ProductChange.objects.create(
            product=product, kind="text", field=field, after=value, via="house", at=clock.now()
        )
    house_of.supplier.cookies["renmai_language"] = "zh-hans"
    words = words_of(house_of.supplier.get(f"/supplier/goods/{product.id}/history"))
    assert words.count("类目 - 家居") == 2
    assert "由其他货源供货 -" in words
    assert not any(raw in words for raw in (home.slug, str(home.id), sku_id, "served by"))


def test_of_several_pictures_all_are_added_or_none(house_of: Consoles) -> None:
    product = house_of.world.skus["mug"].product
    before = product.pictures.count()
    broken = io.BytesIO(b"no picture")
    broken.name = "broken.png"
    here, form = f"/supplier/goods/{product.id}/pictures", {"which": "add", "key": key()}
    assert house_of.supplier.post(here, form | {"pictures": [a_picture(), broken]}).status_code == 422
    assert product.pictures.count() == before
    assert house_of.supplier.post(here, form | {"pictures": [a_picture(), a_picture("blue")]})["Location"] == here
    assert product.pictures.count() == before + 2


def test_a_document_of_a_product_that_is_refused_keeps_what_was_typed(house_of: Consoles) -> None:
    product = house_of.world.skus["mug"].product
    asked = make_requirement(
        actor=house_of.world.operator, now=clock.now(), subject="product", code="test", title="Test", title_zh="检测"
    )
    here, licence = f"/supplier/goods/{product.id}", io.BytesIO(b"not a document")
    licence.name = "test.pdf"
    form = {"which": "point", "point": str(asked.id), "subject": str(product.id), "number": "T-7", "document": licence}
    page = house_of.supplier.post(here, form | {"key": key()})
    assert page.status_code == 422
    assert 'name="number" value="T-7"' in page.content.decode()
    assert not Evidence.objects.filter(number="T-7").exists()
    licence = io.BytesIO(PDF_BYTES)
    licence.name = "test.pdf"
    assert house_of.supplier.post(here, form | {"document": licence, "key": key()})["Location"] == here
    assert Evidence.objects.get(number="T-7").subject_id == product.id
    assert house_of.supplier.post(here, form | {"point": "%s{x", "key": key()}).status_code == 404


def test_the_goods_list_shows_state_stock_band_and_multiple(house_of: Consoles) -> None:
    page = words_of(house_of.supplier.get("/supplier/goods"))
    assert "mug mug Approved 1 100 ¥25.00 ¥50.00 2.0x -" in page
    assert "tea" not in page
    assert "None of this kind" in words_of(house_of.supplier.get("/supplier/goods?state=recalled"))


def test_very_long_names_and_chinese_stay_whole(house_of: Consoles) -> None:
    supplier = house_of.world.suppliers[0]
    Supplier.objects.filter(id=supplier.id).update(name_zh="欧阳慕容听雨楼主人在苏州平江路的小小手工杂货铺")
    house_of.supplier.cookies["renmai_language"] = "zh-hans"
    assert "欧阳慕容听雨楼主人在苏州平江路的小小手工杂货铺" in words_of(house_of.supplier.get("/supplier"))
    assert Membership.objects.filter(subject_id=supplier.id).count() == 1
    assert Sku.objects.count() == 3

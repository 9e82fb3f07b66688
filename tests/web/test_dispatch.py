"""The supplier's pages for packing and sending, by HTTP."""

from __future__ import annotations

import io

import pytest

from renmai.goods.products.models import Warehouse, WarehouseStock
from renmai.kit import clock
from renmai.trade.dispatch.models import ParcelLabel
from renmai.trade.orders.models import Parcel
from tests.web.desk_world import Consoles, key, make_consoles, paid_order, statements, words_of


@pytest.fixture
def house_of(house: None) -> Consoles:
    return make_consoles()


def test_papers_are_pdf_and_nothing_to_pack_is_said(house_of: Consoles) -> None:
    empty = house_of.supplier.get("/supplier/parcels/pick-list.pdf", follow=True)
    assert "Nothing waits to be handed over." in words_of(empty)
    paid_order(house_of.world, "key-00000001", mug=2)
    for name in ("pick-list", "slips"):
        answer = house_of.supplier.get(f"/supplier/parcels/{name}.pdf")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer.content.startswith(b"%PDF-")
        assert house_of.creator.get(f"/supplier/parcels/{name}.pdf").status_code in {302, 403, 404}


def test_the_template_filled_in_and_sent_back_hands_over(house_of: Consoles) -> None:
    paid_order(house_of.world, "key-00000001", mug=2)
    paid_order(house_of.world, "key-00000002", mug=1)
    template = b"".join(house_of.supplier.get("/supplier/parcels/tracking.csv").streaming_content).decode("utf-8-sig")
    head, first, second = template.strip().split("\r\n")
    assert head == "Parcel,Order,Recipient,Goods,Carrier,Tracking number"
    assert first.endswith("mug x 2,,")
    filled = "\r\n".join([head, f"{first[:-1]}SF Express,SF1", second])
    file = io.BytesIO(filled.replace("2,SF", "2,SF").encode())
    file.name = "numbers.csv"
    answer = house_of.supplier.post("/supplier/parcels/tracking", {"document": file, "key": key()})
    assert answer.status_code == 200
    assert "What became of the file" in words_of(answer)
    assert list(Parcel.objects.order_by("id").values_list("state", "tracking")) == [
        ("handed_over", "SF1"),
        ("waiting", ""),
    ]


def test_a_file_that_cannot_be_read_is_refused_on_the_form(house_of: Consoles) -> None:
    paid_order(house_of.world, "key-00000001", mug=1)
    file = io.BytesIO(b"Parcel,Number\r\n1,2\r\n")
    file.name = "numbers.csv"
    answer = house_of.supplier.post("/supplier/parcels/tracking", {"document": file, "key": key()})
    assert answer.status_code == 422
    assert "lacks these columns" in words_of(answer)
    broken = io.BytesIO(b"PK\x03\x04 no workbook")
    broken.name = "numbers.xlsx"
    house_of.supplier.cookies["renmai_language"] = "zh-hans"
    answer = house_of.supplier.post("/supplier/parcels/tracking", {"document": broken, "key": key()})
    assert answer.status_code == 422
    assert "文件已损坏，或不是支持的格式。" in words_of(answer)
    assert "workbook" not in words_of(answer)


def test_a_label_is_made_opened_and_offered_again(house_of: Consoles) -> None:
    order = paid_order(house_of.world, "key-00000001", mug=1)
    parcel = Parcel.objects.get(order=order)
    assert "Make a label" in words_of(house_of.supplier.get("/supplier/parcels"))
    answer = house_of.supplier.post(f"/supplier/parcels/{parcel.id}/label", {"key": key()})
    label = ParcelLabel.objects.get()
    assert answer["Location"] == f"/media/{label.media_id}"
    document = house_of.supplier.get(answer["Location"])
    assert document["Content-Disposition"].startswith("attachment")
    assert b"".join(document.streaming_content).startswith(b"%PDF-")
    document.close()
    assert house_of.creator.get(answer["Location"]).status_code == 404
    assert "Open the label" in words_of(house_of.supplier.get("/supplier/parcels"))


def test_lists_cost_the_same_whatever_their_length(house_of: Consoles) -> None:
    paid_order(house_of.world, "key-00000001", mug=1)
    pages = ("/supplier/parcels", "/supplier/sellers")
    few = [statements(house_of.supplier, page) for page in pages]
    for n in range(2, 6):
        paid_order(house_of.world, f"key-0000000{n}", mug=1)
    assert [statements(house_of.supplier, page) for page in pages] == few


def test_who_sells_my_goods_is_shown(house_of: Consoles) -> None:
    assert "Who sells my goods" in words_of(house_of.supplier.get("/supplier/sellers"))
    paid_order(house_of.world, "key-00000001", mug=2)
    words = words_of(house_of.supplier.get("/supplier/sellers?days=7"))
    assert "@lin" in words
    assert "2.4x" in words
    product_id = house_of.world.picks["mug"].product_id
    assert "@lin" in words_of(house_of.supplier.get(f"/supplier/sellers?product={product_id}"))
    foreign = house_of.world.picks["soap"].product_id
    assert house_of.supplier.get(f"/supplier/sellers?product={foreign}").status_code == 404


def test_a_parcel_leaves_a_warehouse_with_its_batch(house_of: Consoles) -> None:
    supplier_id, sku_id = house_of.world.suppliers[0].id, house_of.world.skus["mug"].id
    parcel = Parcel.objects.get(order=paid_order(house_of.world, "key-00000001", mug=1))
    assert "Leaves from" not in words_of(house_of.supplier.get("/supplier/parcels"))
    north = Warehouse.objects.create(supplier_id=supplier_id, name="North", created_at=clock.now())
    assert "Leaves from" in words_of(house_of.supplier.get("/supplier/parcels"))
    sent = {"carrier": "SF", "tracking": "1", "warehouse": str(north.id), "batch": "B7", "key": key()}
    refused = house_of.supplier.post(f"/supplier/parcels/{parcel.id}/hand-over", sent)
    assert refused.status_code == 422
    assert 'value="B7"' in refused.content.decode()
    WarehouseStock.objects.create(warehouse=north, sku_id=sku_id, received=5)
    assert house_of.supplier.post(f"/supplier/parcels/{parcel.id}/hand-over", sent | {"key": key()}).status_code == 302
    parcel.refresh_from_db()
    assert (parcel.state, parcel.warehouse_id, parcel.batch) == ("handed_over", north.id, "B7")
    assert WarehouseStock.objects.get().shipped == 1
    assert "North · batch B7" in words_of(house_of.supplier.get("/supplier/parcels?state=handed_over"))

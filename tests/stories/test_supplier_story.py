"""A supplier at a desk: application, document, product file with bad rows, then a parcel handed over; both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from renmai.goods.products.models import Product, Stock
from renmai.goods.screening.models import Evidence
from renmai.goods.suppliers.models import Supplier
from renmai.trade.orders.models import Parcel
from tests.goods.runs import work_files
from tests.stories.desk_browser import DESK, PHONE, fits, needs_chromium, opened
from tests.web.desk_world import Consoles, make_consoles, paid_order
from tests.web.operator_world import PDF_BYTES

pytestmark = needs_chromium
WORDS = {
    "en": {"apply": "Hand in the application", "licence": "Next: add your business licence", "hand in": "Hand in",
           "import": "Import", "bad": "The price is above the cap of 3 x the supply price.", "over": "Confirm hand-over",
           "same": "Nothing would change.", "apply file": "Apply", "in": "The goods went in.", "none": "Nothing to hand over", "stock": "Change stock"},
    "zh-hans": {"apply": "提交申请", "licence": "下一步：添加营业执照", "hand in": "提交", "import": "导入",
                "bad": "价格高于该分类允许的供货价最高倍数。", "over": "确认发货", "same": "不会有任何变化。", "apply file": "确认导入", "in": "商品已导入", "none": "没有待发货",
                "stock": "调整库存"},
}  # fmt: skip
GOOD = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price,Cost per item\nbowl,Bowl,B,40,50.00,25.00\n"
BAD = GOOD + "dear,Dear bowl,D,1,99.00,25.00\n"


@pytest.fixture
def consoles(house: None, live_server: LiveServer) -> Consoles:
    return make_consoles()


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_from_application_to_goods_in_screening(
    consoles: Consoles, live_server: LiveServer, language: str, tmp_path: Path
) -> None:
    words = WORDS[language]
    for name, content in (("licence.pdf", PDF_BYTES), ("bad.csv", BAD.encode()), ("good.csv", GOOD.encode())):
        (tmp_path / name).write_bytes(content)
    with opened(live_server.url, consoles.nobody, language, DESK) as page:
        page.goto(f"{live_server.url}/supplier")
        fits(page)
        page.locator("#id_name").fill("Cloud Terrace Tea")
        page.locator("#id_name_zh").fill("云台茶舍")
        page.locator("#id_licence_number").fill("91330106MA2B0XKQ3T")
        page.get_by_role("button", name=words["apply"]).click()
        expect(page.get_by_text(words["licence"])).to_be_visible()
        page.locator("#id_title").fill("Business licence")
        page.locator("#id_document").set_input_files(str(tmp_path / "licence.pdf"))
        page.get_by_role("button", name=words["hand in"], exact=True).click()
        expect(page.get_by_text("licence.pdf")).to_be_visible()
        fits(page)
        page.goto(f"{live_server.url}/supplier/imports")
        page.locator("#id_document").set_input_files(str(tmp_path / "bad.csv"))
        page.get_by_role("button", name=words["import"], exact=True).click()
        expect(page.locator("progress")).to_be_visible()
        fits(page)
        work_files()
        expect(page.get_by_text(words["bad"])).to_be_visible()  # the page looks again by itself
        fits(page)
        page.get_by_role("button", name=words["apply file"], exact=True).click()
        expect(page.locator("progress")).to_be_visible()
        work_files()
        expect(page.get_by_text(words["in"])).to_be_visible()
        expect(page.get_by_text(words["bad"])).to_be_visible()
        fits(page)
        page.goto(f"{live_server.url}/supplier/imports")
        page.locator("#id_document").set_input_files(str(tmp_path / "good.csv"))
        page.get_by_role("button", name=words["import"], exact=True).click()
        work_files()
        expect(page.get_by_text(words["same"])).to_be_visible()
        page.goto(f"{live_server.url}/supplier/goods")
        expect(page.get_by_role("rowheader").get_by_text("Bowl", exact=True)).to_be_visible()
        fits(page)
    supplier = Supplier.objects.get(name="Cloud Terrace Tea")
    assert Evidence.objects.filter(supplier_id=supplier.id).count() == 1
    assert list(Product.objects.filter(supplier=supplier).values_list("handle", "state")) == [("bowl", "screening")]


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("zh-hans", DESK), ("zh-hans", PHONE)])
def test_a_parcel_is_handed_over(
    consoles: Consoles, live_server: LiveServer, language: str, size: dict[str, int]
) -> None:
    paid_order(consoles.world, "story-0001", mug=2)
    words, parcel = WORDS[language], Parcel.objects.get()
    with opened(live_server.url, consoles.supplier, language, size) as page:
        page.goto(f"{live_server.url}/supplier/parcels")
        fits(page)
        page.locator("input[name=carrier]").fill("顺丰")
        page.locator("input[name=tracking]").fill("SF1442009873")
        page.get_by_role("button", name=words["over"]).click()
        expect(page.get_by_text(words["none"])).to_be_visible()
        page.goto(f"{live_server.url}/supplier/parcels?state=handed_over")
        fits(page)
        page.locator("button[name=said][value=delivered]").click()
        expect(page.locator(".parcel")).to_have_count(0)
    parcel.refresh_from_db()
    assert (parcel.state, parcel.carrier, parcel.tracking) == ("delivered", "顺丰", "SF1442009873")


def test_stock_is_changed_with_a_reason(consoles: Consoles, live_server: LiveServer) -> None:
    sku = consoles.world.skus["mug"]
    with opened(live_server.url, consoles.supplier, "en", DESK) as page:
        page.goto(f"{live_server.url}/supplier/goods/{sku.product_id}")
        fits(page)
        page.locator("summary", has_text="Change stock").click()
        page.locator(f"#stock_{sku.id}_change").fill("-200")
        page.locator(f"#stock_{sku.id}_reason").fill("broken")
        page.get_by_role("button", name="Change stock").click()
        expect(page.get_by_text("Only 100 can be taken away")).to_be_visible()
        assert page.locator(f"#stock_{sku.id}_reason").input_value() == "broken"
        page.locator(f"#stock_{sku.id}_change").fill("-2")
        page.get_by_role("button", name="Change stock").click()
        expect(page.get_by_role("definition").get_by_text("98", exact=True)).to_be_visible()
    assert Stock.objects.get(sku=sku).received == 98
